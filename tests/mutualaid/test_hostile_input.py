"""Nothing that a visitor sends makes a 500: hostile parameters on every public page and form."""

import tempfile
import uuid
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import ClientHandler
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mutualaid.charset import read_as_utf8
from mutualaid.wsgi import application
from posts import links
from posts.models import Reach
from tests.conftest import signed_in
from tests.partners.bodies import approved, file_of
from tests.posts.factories import offer
from tests.posts.test_publish_need import DETAILS, REACH

pytestmark = pytest.mark.django_db
NAMES = [
    "kind", "medicine", "area", "whom", "sort", "after", "next", "q", "target", "row", "column",
    "province", "city", "district", "picker", "phone", "code", "resend", "name", "number",
    "document_type", "consent", "note", "people", "youngest", "youngest_unit", "fever_days",
    "handover", "wechat", "landmark", "by_area", "courier_payer", "ibuprofen-amount",
    "ibuprofen-unit", "ibuprofen-expiry_year", "ibuprofen-expiry_month", "source", "item", "left",
    "outcome", "answer", "recall", "reveal", "reason", "words", "who", "blocked", "in_hand",
    "language", "go", "text", "message", "agreed", "reached_by",
    "shared", "without", "ibuprofen-per_household", "ibuprofen-form", "ibuprofen-original_packing",
    "purpose", "agree_terms", "agree_age", "agree_sensitive", "cell", "tile", "lang", "map",
    "size", "format", "page", "compact", "back", "src", "slug", "line", "about", "origins",
    "contact_name", "contact_phone",
    "contact_email", "shows_kind", "shows_medicine", "shows_sort", "promise", "keep", "make",
    "stop", "remove", "owner", "invitation", "accepts", "whose", "caller", "as",
]  # fmt: skip
HOSTILE = [
    "", "\0", "a\0b", "\ud7ff\u202e\u200b", "0", "-1", "1e309", "NaN", "inf", "9" * 400,
    "x" * 100_000,
    "２０２６", "٣", "2026-02-30", "0000-00-00", "9999-12-31", "-0", "1e5", "0x10",
    "１３８００１３８０００",
    "13\u200b8001\u200d38000", "\u202e00083100831", "\ufeff布洛芬", "\u2066a\u2069", "e\u0301" * 50,
    "\U0001f9ea",
 "' OR 1=1 --", "<script>alert(1)</script>", "../../etc/passwd",
    "//evil.example", "https://evil.example/", "javascript:alert(1)", "any:", "any:fever",
    "ibuprofen",
    "440305", "440300", "999999", "%00", "{{ 7*7 }}", "on", "need", "distance", "infant", "id-card",
    "13800138000", "+86", "110101199003070011", "0.4506.18988", "15.0.0", "3.-2251.-3750",
    "a4", "phone", "png", "line", "caller", "https://[", "committee",
]  # fmt: skip
values = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40))
sent = st.dictionaries(st.sampled_from(NAMES), st.lists(values, min_size=1, max_size=3), max_size=6)


def public_urls() -> list[str]:
    """Every address outside the admin, with an id where one belongs."""
    found: list[str] = []

    def collect(patterns, prefix: str) -> None:
        for each in patterns:
            route = prefix + str(each.pattern).replace("<uuidstr:", "<uuid:")  # django-ninja's
            if isinstance(each, URLResolver):
                if not route.startswith("admin"):
                    collect(each.url_patterns, route)
            elif isinstance(each, URLPattern):
                found.append("/" + route)

    collect(get_resolver().url_patterns, "")
    return found


URLS = public_urls()


def test_all_pages_are_among_them():
    assert len(URLS) > 30
    assert "/posts/<uuid:public_id>/contact/" in URLS


@pytest.fixture
def people(client, resident, helper):
    post = offer(resident)
    file_of(approved(resident))
    half_way, at_the_code = signed_in(helper), Client()
    for browser in (half_way, at_the_code):
        browser.post("/need/details/", DETAILS)
        browser.post("/need/reach/", {**REACH, "phone": "13800138066"})
    return post, [client, half_way, at_the_code, signed_in(resident)]


@pytest.fixture
def ids(people, resident) -> list[dict[str, str]]:
    """What stands in addresses: a post that shows its phone, one that asks first, and nothing."""
    phoned, _people = people
    asked = offer(resident, reached_by=Reach.MESSAGE, contact_phone="")
    return [
        *(
            {
                "<uuid:public_id>": str(post.public_id),
                "<str:name>": "MP_verify_a1B2c3D4",
                "<str:token>": links.make(post).split("/")[-2],
            }
            for post in (phoned, asked)
        ),
        {"<uuid:public_id>": str(uuid.uuid4()), "<str:token>": "x" * 22},
    ]


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    route=st.sampled_from(URLS),
    person=st.integers(0, 3),
    method=st.sampled_from(["get", "post"]),
    query=sent,
    which=st.integers(0, 2),
    slug=st.sampled_from(["ibuprofen", "paxlovid", "x" * 60]),
    body=st.sampled_from(["yuehai", "nobody", "apply", "x" * 60]),
)
def test_never_a_500(people, ids, route, person, method, query, which, slug, body):
    _post, clients = people
    url = route.replace("<slug:slug>", slug).replace("<slug:body>", body)
    for placeholder, value in ids[which].items():
        url = url.replace(placeholder, value)
    response = getattr(clients[person], method)(url, query)
    assert response.status_code < 500
    location = response.headers.get("Location", "")
    assert not location.startswith(("//", "http", "javascript"))


@pytest.mark.parametrize("route", URLS)
def test_a_body_of_a_megabyte_is_refused_with_a_sentence(people, route):
    _post, (*_others, poster) = people
    url = route.replace("<uuid:public_id>", str(uuid.uuid4())).replace("<slug:slug>", "ibuprofen")
    url = url.replace("<slug:body>", "yuehai")
    body = "note=" + "x" * 1_000_000
    response = poster.post(url, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code < 500  # pages that read no body answer as always
    if response.status_code == 400:
        assert "没看懂这次请求" in response.content.decode()


def test_no_form_takes_a_file_and_nothing_of_one_is_kept(client, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    picture = SimpleUploadedFile("card.jpg", b"x" * 3_000_000)
    response = client.post("/signin/", {"phone": "13800138000", "picture": picture})
    assert response.status_code == 400
    assert not list(Path(tmp_path).iterdir())


CONTENT_TYPES = [
    "", ";;;", "text/html; charset=zzz", "text/html; charset=hex", "text/html; charset=rot13",
    "text/html; charset=idna", "text/html; charset=undefined", "text/html; charset=utf-16",
    "text/html; charset=" + "x" * 5000, "text/html; charset*=utf-8''x",
    "text/html; charset*=hex''x",
    "application/json; charset=base64", "application/x-www-form-urlencoded; charset=gbk",
    "application/x-www-form-urlencoded; charset=punycode", "multipart/form-data",
    "application/x-www-form-urlencoded; charset=\0", "multipart/form-data; charset=hex",
    "multipart/form-data; boundary=", "multipart/form-data; boundary=x; charset=hex",
    "multipart/form-data; boundary=" + "x" * 300,
]  # fmt: skip
STAFF_URLS = ["/admin/", "/admin/login/", "/admin/second-factor/", "/admin/posts/post/"]


class BehindWsgi(ClientHandler):
    """The test client makes its request without our WSGI application: this puts it before."""

    def __call__(self, environ):
        answer = super().__call__
        return read_as_utf8(lambda environ, _start: answer(environ))(environ, None)


def behind_wsgi(browser: Client) -> Client:
    browser.handler = BehindWsgi(enforce_csrf_checks=False)
    return browser


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_an_odd_content_type_is_never_a_500(people, moderator, content_type):
    post, (*_others, poster) = people
    query, body = "?kind=need&q=%e4%b8%ad&next=/x&medicine=%ff", b"phone=13800138000&note=%ff\xff"
    staff = signed_in(moderator)
    for route in [*URLS, *STAFF_URLS]:
        url = route.replace("<uuid:public_id>", str(post.public_id)).replace("<slug:slug>", "x")
        browser = behind_wsgi(staff if route in STAFF_URLS else poster)
        for method in ("GET", "POST"):
            answer = browser.generic(method, url + query, body, content_type=content_type)
            assert answer.status_code < 500, (method, url)


def test_an_address_is_read_as_utf_8_whatever_charset_a_request_names(client):
    answers = {
        behind_wsgi(client)
        .generic("GET", "/medicines/search/?q=%E5%B8%83", content_type=each)
        .content
        for each in ("text/html", "text/html; charset=utf-16", "text/html; charset=hex")
    }
    assert len(answers) == 1
    assert "布洛芬" in answers.pop().decode()


@pytest.mark.parametrize("charset", ["gbk", "hex", "zzz"])
def test_a_form_in_another_charset_is_refused_kindly(client, charset):
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    answer = behind_wsgi(client).generic(
        "POST", "/signin/", b"phone=1", content_type=kind, headers={"accept-language": "en"}
    )
    assert answer.status_code == 400
    assert "We could not read this request" in answer.content.decode()


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8"])
def test_a_form_in_utf_8_is_read_and_so_is_one_in_parts(client, charset):
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    answer = behind_wsgi(client).generic("POST", "/signin/", b"phone=12", content_type=kind)
    assert 'value="12"' in answer.content.decode()
    parts = b'--x\r\nContent-Disposition: form-data; name="phone"\r\n\r\n34\r\n--x--\r\n'
    for kind in (f"multipart/form-data; boundary=x; charset={charset}", f"{PARTS}; charset=hex"):
        answer = behind_wsgi(client).generic("POST", "/signin/", parts, content_type=kind)
        assert 'value="34"' in answer.content.decode()


PARTS = "multipart/form-data; boundary=x"


def test_the_application_that_is_served_reads_so():
    """What the server calls: mutualaid.wsgi. (A page that needs no database.)"""
    environ: dict = {
        "CONTENT_TYPE": "text/html; charset=hex",
        "PATH_INFO": "/language/",
        "QUERY_STRING": "next=/offer/",
    }
    setup_testing_defaults(environ)
    seen = []
    application(environ, lambda status, headers: seen.append((status, dict(headers)["Location"])))
    assert seen == [("302 Found", "/offer/")]
