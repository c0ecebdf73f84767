import UIKit
import WebKit

final class SquareController: UIViewController, WKNavigationDelegate {
    private let site = "{{ site }}/"

    override func viewDidLoad() {
        super.viewDidLoad()
        let web = WKWebView(frame: view.bounds)
        web.autoresizingMask = [.flexibleWidth, .flexibleHeight]
        web.allowsBackForwardNavigationGestures = true
        web.navigationDelegate = self
        view.addSubview(web)
        web.load(URLRequest(url: URL(string: site + "?src={{ slug }}")!))
    }

    func webView(
        _ web: WKWebView, decidePolicyFor action: WKNavigationAction,
        decisionHandler: @escaping (WKNavigationActionPolicy) -> Void
    ) {
        guard let url = action.request.url, !url.absoluteString.hasPrefix(site) else {
            return decisionHandler(.allow)
        }
        UIApplication.shared.open(url) // tel: dials, other sites open in the browser
        decisionHandler(.cancel)
    }
}
