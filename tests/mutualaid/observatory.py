"""The rules of MDN's HTTP Observatory, by which the headers of one answer are scored.

Source of the rules and points: developer.mozilla.org/en-US/observatory/docs/tests_and_scoring, and
github.com/mdn/mdn-http-observatory (its scanner, November 2024 on). 100 to begin with; bonuses
count only if what is lost leaves 90 or more; 100 is an A+. Not scored: the HSTS preload list (a
bonus that the operator applies for) and certificates.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from django.http import HttpResponse

HALF_A_YEAR = 15_552_000  # seconds, as the Observatory counts it
BROAD = {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
INLINE = {"'unsafe-inline'", "data:"}
GOOD_REFERRER = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
BAD_REFERRER = {"origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"}


@dataclass
class Scan:
    """What the Observatory would see of one address of `host`."""

    host: str
    https: HttpResponse  # asked with a foreign Origin, so that it shows its CORS as well
    http: HttpResponse | None = None  # None: nobody listens there
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def header(self, name: str) -> str:
        return self.https.headers.get(name, "").strip()


def score(scan: Scan) -> tuple[int, dict[str, int]]:
    """The points, and how many each test gave or took."""
    points = {name: test(scan) for name, test in TESTS.items()}
    lost = 100 + sum(each for each in points.values() if each < 0)
    return (100 + sum(points.values()) if lost >= 90 else lost), points


def policy_of(header: str) -> dict[str, set[str]]:
    policy: dict[str, set[str]] = {}
    for directive in filter(None, map(str.strip, header.split(";"))):
        name, *sources = directive.split()
        policy.setdefault(name.lower(), {each.lower() for each in sources})
    return policy


def content_security_policy(scan: Scan) -> int:
    policy = policy_of(scan.header("Content-Security-Policy"))
    if not policy:
        return -25
    default = policy.get("default-src", {"*"})
    scripts, styles = policy.get("script-src", default), policy.get("style-src", default)
    objects = policy.get("object-src", default)
    scripts, styles = without_idle_inline(scripts), without_idle_inline(styles)
    passive = policy.get("img-src", default) | policy.get("media-src", default)
    others = (sources for name, sources in policy.items() if name not in {"img-src", "media-src"})
    if scripts & (BROAD | INLINE) or objects & BROAD:
        return -20
    if any(insecure(sources) for sources in others):
        return -20
    if "'unsafe-eval'" in scripts | styles or insecure(passive):
        return -10
    if styles & (BROAD | INLINE):
        return 0
    return 10 if policy.get("default-src") == {"'none'"} else 5


def without_idle_inline(sources: set[str]) -> set[str]:
    """Browsers ignore 'unsafe-inline' beside a nonce or a hash."""
    has_nonce = any(each.startswith(("'nonce-", "'sha")) for each in sources)
    return sources - {"'unsafe-inline'"} if has_nonce else sources


def insecure(sources: Iterable[str]) -> bool:
    return any(each.startswith(("http:", "ftp:")) for each in sources)


def cookies(scan: Scan) -> int:
    if not scan.cookies:
        return 0
    has_hsts = strict_transport_security(scan) >= 0
    return min(cookie(name, morsel, has_hsts) for name, morsel in scan.cookies.items())


def cookie(name: str, morsel, has_hsts: bool) -> int:
    is_session = any(word in name.lower() for word in ("login", "sess"))
    same_site = morsel["samesite"].lower()
    if is_session and not morsel["secure"]:
        return -10 if has_hsts else -40
    if is_session and not morsel["httponly"]:
        return -30
    if same_site not in {"", "lax", "strict", "none"} or same_site == "none" != morsel["secure"]:
        return -20
    if "csrf" in name.lower() and not same_site:
        return -20
    if not morsel["secure"]:
        return -5 if has_hsts else -20
    return 5 if same_site else 0


def cross_origin_sharing(scan: Scan) -> int:
    allowed = scan.header("Access-Control-Allow-Origin")
    with_credentials = scan.header("Access-Control-Allow-Credentials").lower() == "true"
    return -50 if allowed not in {"", "*"} and with_credentials else 0


def redirection(scan: Scan) -> int:
    if scan.http is None:
        return 0
    if not 300 <= scan.http.status_code < 400:
        return -20
    target = urlsplit(scan.http["Location"])
    if target.scheme != "https":
        return -20
    return 0 if target.hostname == scan.host else -5


def referrer_policy(scan: Scan) -> int:
    words = [word.strip().lower() for word in scan.header("Referrer-Policy").split(",")]
    if words == [""]:
        return 0
    known = [word for word in words if word in GOOD_REFERRER | BAD_REFERRER]
    return 5 if known and known[-1] in GOOD_REFERRER else -5


def strict_transport_security(scan: Scan) -> int:
    found = re.search(r"max-age=(\d+)", scan.header("Strict-Transport-Security").lower())
    if not found or "," in scan.header("Strict-Transport-Security"):
        return -20
    return 0 if int(found[1]) >= HALF_A_YEAR else -10


def subresource_integrity(scan: Scan) -> int:
    if not scan.header("Content-Type").startswith("text/html"):
        return 0
    tags = re.findall(r"<script\b[^>]*>", scan.https.content.decode(errors="replace"))
    with_source = [(tag, found[1]) for tag in tags if (found := re.search(r'src="([^"]*)"', tag))]
    ours = [tag for tag, source in with_source if is_own(scan, source)]
    foreign = [(tag, source) for tag, source in with_source if not is_own(scan, source)]
    if any(not source.startswith("https:") for _tag, source in foreign):
        return -50 if any("integrity=" not in tag for tag, _source in foreign) else -20
    if any("integrity=" not in tag for tag, _source in foreign):
        return -5
    return 5 if foreign or any("integrity=" in tag for tag in ours) else 0


def is_own(scan: Scan, source: str) -> bool:
    return not re.match(r"(https?:)?//", source) or urlsplit(source).hostname == scan.host


def content_type_options(scan: Scan) -> int:
    return 0 if scan.header("X-Content-Type-Options").lower() == "nosniff" else -5


def frame_options(scan: Scan) -> int:
    if "frame-ancestors" in policy_of(scan.header("Content-Security-Policy")):
        return 5
    return 0 if scan.header("X-Frame-Options").lower() in {"deny", "sameorigin"} else -20


def resource_policy(scan: Scan) -> int:
    points = {"same-origin": 10, "same-site": 10, "cross-origin": 0, "": 0}
    return points.get(scan.header("Cross-Origin-Resource-Policy").lower(), -5)


TESTS = {
    "Content-Security-Policy": content_security_policy,
    "cookies": cookies,
    "CORS": cross_origin_sharing,
    "redirection": redirection,
    "Referrer-Policy": referrer_policy,
    "Strict-Transport-Security": strict_transport_security,
    "Subresource Integrity": subresource_integrity,
    "X-Content-Type-Options": content_type_options,
    "X-Frame-Options": frame_options,
    "Cross-Origin-Resource-Policy": resource_policy,
}
