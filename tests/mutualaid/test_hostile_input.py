"""Nothing that a visitor sends makes a 500: hostile parameters on every public page and form."""

import tempfile
import uuid
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import signed_in
from tests.posts.factories import offer
from tests.posts.test_publish_need import CONTACT, DETAILS, PLACE

pytestmark = pytest.mark.django_db
NAMES = [
    "kind", "medicine", "area", "whom", "sort", "after", "next", "q", "target", "row", "column",
    "province", "city", "district", "picker", "phone", "code", "resend", "name", "number",
    "document_type", "consent", "note", "people", "youngest", "youngest_unit", "fever_days",
    "handover", "wechat", "landmark", "by_area", "courier_payer", "ibuprofen-amount",
    "ibuprofen-unit", "ibuprofen-expiry_year", "ibuprofen-expiry_month", "source", "item", "left",
    "outcome", "reveal", "reason", "words", "who", "blocked", "in_hand", "language", "go",
    "text", "message", "agreed", "reached_by",
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
    "13800138000", "+86", "110101199003070011",
]  # fmt: skip
values = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40))
sent = st.dictionaries(st.sampled_from(NAMES), st.lists(values, min_size=1, max_size=3), max_size=6)


def public_urls() -> list[str]:
    """Every address outside the admin, with an id where one belongs."""
    found: list[str] = []

    def collect(patterns, prefix: str) -> None:
        for each in patterns:
            route = prefix + str(each.pattern)
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
    half_way = signed_in(helper)
    for step, typed in (("details", DETAILS), ("place", PLACE), ("contact", CONTACT)):
        half_way.post(f"/need/{step}/", typed)
    return post, [client, half_way, signed_in(resident)]


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    route=st.sampled_from(URLS),
    person=st.integers(0, 2),
    method=st.sampled_from(["get", "post"]),
    query=sent,
    own_post=st.booleans(),
    slug=st.sampled_from(["ibuprofen", "paxlovid", "x" * 60]),
)
def test_never_a_500(people, route, person, method, query, own_post, slug):
    post, clients = people
    public_id = post.public_id if own_post else uuid.uuid4()
    url = route.replace("<uuid:public_id>", str(public_id)).replace("<slug:slug>", slug)
    response = getattr(clients[person], method)(url, query)
    assert response.status_code < 500
    location = response.headers.get("Location", "")
    assert not location.startswith(("//", "http", "javascript"))


@pytest.mark.parametrize("route", URLS)
def test_a_body_of_a_megabyte_is_refused_with_a_sentence(people, route):
    _post, (_visitor, _half_way, poster) = people
    url = route.replace("<uuid:public_id>", str(uuid.uuid4())).replace("<slug:slug>", "ibuprofen")
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
