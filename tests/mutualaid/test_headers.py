"""The headers of every kind of page, in production, are an A+ by MDN's HTTP Observatory."""

import json
from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.mutualaid import production
from tests.mutualaid.observatory import Scan, score
from tests.mutualaid.test_who_may_what import (  # noqa: F401 -- fixtures
    address,
    asking,
    cast,
    post,
    routes,
)

pytestmark = pytest.mark.django_db
HOST = "example.org"
ORIGIN = {"origin": "https://evil.example"}
# Where production is, and its secrets: the tests have their own.
OURS = {"DATABASES", "SECRET_KEY", "DIGEST_KEY", "ENCRYPTION_KEYS", "STORAGES", "SMS_PROVIDER"}
OURS |= {"ROOT_URLCONF", "WHITENOISE_USE_FINDERS", "WHITENOISE_AUTOREFRESH"}
SHOW = """
import json
from mutualaid import settings
shown = {}
for name in filter(str.isupper, dir(settings)):
    value = getattr(settings, name)
    try:
        if json.loads(json.dumps(value)) == value:
            shown[name] = value
    except TypeError:
        pass  # paths, spans of time
print(json.dumps(shown))
"""


@pytest.fixture(scope="module")
def in_production() -> dict[str, object]:
    done = production.start("-c", SHOW, ALLOWED_HOSTS=HOST)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def live(in_production, settings) -> Callable[[], Client]:
    """The site with production's settings; `live()` is a new browser."""
    for name, value in in_production.items():
        if name not in OURS and getattr(settings, name, None) != value:
            setattr(settings, name, value)
    assert settings.SECURE_SSL_REDIRECT
    assert not settings.DEBUG
    return lambda: Client(SERVER_NAME=HOST, raise_request_exception=False)


def kept_cookies(response: HttpResponse) -> SimpleCookie:
    """What a browser keeps: a cookie that is taken away is none."""
    kept = {k: v for k, v in response.cookies.items() if v["max-age"] != 0}
    return SimpleCookie("") if not kept else fill(SimpleCookie(), kept)


def fill(jar: SimpleCookie, morsels: dict) -> SimpleCookie:
    for name, morsel in morsels.items():
        jar[name] = morsel.value
        jar[name].update(morsel)
    return jar


def scan(browser: Client, url: str, method: str = "get", data: dict | None = None) -> Scan:
    http = browser.get(url)
    if method == "post":
        https = browser.post(url, data, secure=True)
    else:
        https = browser.get(url, secure=True, headers=ORIGIN)
    if https.streaming:
        https.close()  # a file
    return Scan(HOST, https, http, kept_cookies(https))


def assert_a_plus(found: Scan, what: str) -> None:
    total, points = score(found)
    assert total >= 100, (what, total, points, dict(found.https.headers))


PUBLIC = {
    "the square": "/",
    "needs": "/?kind=need",
    "the catalogue": "/medicines/",
    "a medicine": "/medicines/ibuprofen/",
    "a search, in part": "/medicines/search/?q=ibuprofen",
    "a form": "/need/",
    "the place": "/place/",
    "a map's data": "/place/outline/",
    "the map": "/map/?kind=need",
    "the map's counts": "/map/cells/?kind=need&tile=3.563.2373",
    "posters": "/posters/",
    "a poster": "/posters/file/?size=phone&format=svg",
    "sign-in": "/signin/",
    "a page that is not there": "/no/such/page/",
    "robots": "/robots.txt",
    "a verification file that is not there": "/MP_verify_a1B2c3D4.txt",
    "the sitemap": "/sitemap.xml",
    "a feed": "/feed/?kind=need",
    "the examples for partners": "/partners/help/",
    "the areas": "/areas/",
    "an area": "/areas/440305/",
    "an area that is not known": "/areas/999999/",
    "a redirect to sign-in": "/account/",
    "a redirect to the slash": "/medicines",
    "a style sheet": "/static/css/site.css",
    "a script": "/static/js/place.js",
    "a picture": "/static/icon.svg",
    "the maps' script": "/static/js/map_base.js",
    "a library's file": "/static/leaflet/leaflet.js",
    "a file that is not there": "/static/nothing.css",
    "the staff's sign-in": "/admin/login/",
}


@pytest.mark.parametrize("what", PUBLIC)
def test_a_page_for_everybody_is_an_a_plus(live, what):
    found = scan(live(), PUBLIC[what])
    assert_a_plus(found, what)
    assert found.https.status_code in {200, 301, 302, 404}
    assert found.http.status_code == 301
    assert found.http["Location"].startswith(f"https://{HOST}/")


def test_the_files_are_really_there(live):
    for what in ("a style sheet", "a script", "a picture", "a library's file"):
        assert scan(live(), PUBLIC[what]).https.status_code == 200, what


@pytest.mark.parametrize(
    ("url", "data", "status"),
    [
        ("/language/", {"language": "en"}, 302),
        ("/signin/", {"phone": "12"}, 422),
        ("/signin/", {"phone": "13800138000"}, 302),
        ("/place/at/", {"row": "1", "column": "1"}, 200),
        ("/place/at/", {"row": "x"}, 400),
        ("/place/forget/", {}, 302),
        ("/signout/", {}, 302),
        ("/admin/login/", {"username": "x", "password": "y"}, 422),
    ],
)
def test_what_a_form_answers_is_an_a_plus(live, url, data, status):
    found = scan(live(), url, "post", data)
    assert found.https.status_code == status
    assert_a_plus(found, url)


def test_a_form_without_its_token_is_refused_with_an_a_plus(live):
    browser = Client(SERVER_NAME=HOST, enforce_csrf_checks=True)
    found = scan(browser, "/signin/", "post", {"phone": "13800138000"})
    assert found.https.status_code == 403
    assert_a_plus(found, "forged")


def test_what_nobody_may_keep_is_an_a_plus(live, resident, helper, post):  # noqa: F811
    """Contact data, one's own pages."""
    url = f"/posts/{post.public_id}/contact/"
    browser = live()
    browser.force_login(helper)
    browser.post(url, secure=True)
    found = scan(browser, url)
    assert "138" in found.https.content.decode()
    assert "no-store" in found.https["Cache-Control"]
    assert_a_plus(found, url)
    for own in ("/account/", "/mine/", "/real-name/"):
        assert_a_plus(scan(browser, own), own)


@pytest.mark.urls("tests.mutualaid.failing_urls")
@pytest.mark.parametrize("status", [400, 403, 500])
def test_an_error_page_is_an_a_plus(live, status):
    found = scan(live(), f"/fail/{status}/")
    assert found.https.status_code == status
    assert_a_plus(found, str(status))


def test_every_address_is_an_a_plus_for_those_who_may_most(live, cast, post, moderator):  # noqa: F811
    """Each route, as its poster and as a superuser: no view takes a header away."""
    staff, poster = live(), live()
    staff.force_login(moderator)
    poster.force_login(post.resident)
    assert staff.get("/admin/", secure=True).status_code == 200
    assert poster.get("/mine/", secure=True).status_code == 200
    for name, route in sorted(routes()):
        browser = staff if name.startswith("admin:") else poster
        url = address(name, route, post)
        response = browser.get(url, secure=True, headers=ORIGIN)
        assert_a_plus(Scan(HOST, response, None, kept_cookies(response)), f"{name} {url}")


def test_the_other_headers_are_there_too(live):
    answer = live().get("/", secure=True)
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert "geolocation=(self)" in answer["Permissions-Policy"]
    assert "camera=()" in answer["Permissions-Policy"]
    hsts = answer["Strict-Transport-Security"]
    assert "includeSubDomains" in hsts
    assert "preload" in hsts


def test_locally_nothing_asks_for_https(client):
    assert client.get("/").status_code == 200


# --- the rules themselves -------------------------------------------------------------------------
NO_FRAME = "frame-ancestors 'none'"
GOOD = {
    "Content-Security-Policy": f"default-src 'none'; {NO_FRAME}; form-action 'self'",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def points(content: bytes = b"", cookies: str = "", http=None, **changes) -> int:
    headers = GOOD | {name.replace("_", "-"): value for name, value in changes.items()}
    response = HttpResponse(content, headers={k: v for k, v in headers.items() if v is not None})
    return score(Scan(HOST, response, http, SimpleCookie(cookies)))[0]


def test_the_best_there_is_without_the_preload_list():
    assert points() == 100 + 10 + 5 + 5 + 10
    assert points(cookies="__Host-a=b; Secure; HttpOnly; SameSite=Lax") == 135


def test_no_header_at_all_fails():
    assert score(Scan(HOST, HttpResponse(), HttpResponse()))[0] == 100 - 25 - 20 - 20 - 5 - 20


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({"Content_Security_Policy": None}, 55),
        ({"Content_Security_Policy": None, "X_Frame_Options": "DENY"}, 75),
        ({"Content_Security_Policy": f"default-src 'self' 'unsafe-inline'; {NO_FRAME}"}, 80),
        ({"Content_Security_Policy": f"script-src data:; object-src 'none'; {NO_FRAME}"}, 80),
        ({"Content_Security_Policy": f"img-src 'self'; {NO_FRAME}"}, 80),
        ({"Content_Security_Policy": f"default-src 'self'; {NO_FRAME}"}, 125),
        ({"Strict_Transport_Security": None}, 80),
        ({"Strict_Transport_Security": "max-age=3600"}, 120),
        ({"Referrer_Policy": "unsafe-url"}, 120),
        ({"X_Content_Type_Options": None}, 125),
        ({"Cross_Origin_Resource_Policy": "anybody"}, 115),
        ({"cookies": "sessionid=x; Secure"}, 70),
        ({"cookies": "sessionid=x; HttpOnly; SameSite=Lax"}, 120),
        ({"cookies": "csrftoken=x; Secure"}, 80),
        ({"content": b'<script src="//cdn.example/x.js"></script>'}, 50),
        ({"content": b'<script src="https://cdn.example/x.js"></script>'}, 125),
        (
            {
                "Access_Control_Allow_Origin": "https://evil.example",
                "Access_Control_Allow_Credentials": "true",
            },
            50,
        ),
        ({"http": HttpResponse("here")}, 80),
    ],
)
def test_the_score_falls_with_each_fault(changes, total):
    assert points(**changes) == total
