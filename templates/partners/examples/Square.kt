import android.annotation.SuppressLint
import android.content.Intent
import android.os.Bundle
import android.webkit.WebResourceRequest
import android.webkit.WebView
import android.webkit.WebViewClient
import androidx.activity.OnBackPressedCallback
import androidx.appcompat.app.AppCompatActivity

class SquareActivity : AppCompatActivity() {
    private val site = "{{ site }}/"

    @SuppressLint("SetJavaScriptEnabled")
    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        val web = WebView(this)
        web.settings.javaScriptEnabled = true // it works without, and is smoother with
        web.settings.domStorageEnabled = true
        web.webViewClient = object : WebViewClient() {
            override fun shouldOverrideUrlLoading(view: WebView, asked: WebResourceRequest): Boolean {
                if (asked.url.toString().startsWith(site)) return false
                // tel: dials, other sites open in the browser
                runCatching { startActivity(Intent(Intent.ACTION_VIEW, asked.url)) }
                return true
            }
        }
        onBackPressedDispatcher.addCallback(this, object : OnBackPressedCallback(true) {
            override fun handleOnBackPressed() {
                if (web.canGoBack()) web.goBack() else finish()
            }
        })
        setContentView(web)
        if (state == null) web.loadUrl("$site?src={{ slug }}") else web.restoreState(state)
    }
}
