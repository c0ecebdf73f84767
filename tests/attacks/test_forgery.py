"""Requests that somebody else makes a browser send, frames it, or sends it elsewhere."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from posts.models import Kind, Post, State
from tests.conftest import signed_in
from tests.mutualaid.test_hostile_input import URLS
from tests.partners.bodies import approved, file_of
from tests.posts import test_publish_need, test_publish_offer
from tests.posts.factories import NANSHAN, offer

pytestmark = pytest.mark.django_db
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "https:/evil.example",
    " //evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "//localhost@evil.example/",
]

FRAMED = "/embed/<slug:body>/"  # on its partner's sites alone: tests/partners/test_embed.py


def address(route: str, post: Post) -> str:
    """A real address of a route."""
    values = {
        "uuid:public_id": post.public_id,
        "slug:slug": "ibuprofen",
        "slug:body": "yuehai",
        "str:token": "x" * 22,
        "str:language": "en",
        "str:code": NANSHAN,
        "str:name": "MP_verify_a1B2c3D4",
    }
    return re.sub(r"<([^>]+)>", lambda found: str(values[found[1]]), route)


@pytest.fixture
def post(resident) -> Post:
    file_of(approved(resident))
    return offer(resident, landmark="南门岗亭")


def everything() -> dict[str, list]:
    """All rows that a visitor's act could change."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.startswith(("posts_", "partners_", "verification_", "safety_audit")):
                cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
                found[table] = cursor.fetchall()
    return found


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_no_foreign_page_can_act_for_a_signed_in_resident(resident, post, origin):
    """Every address, as a form on another site would send it, with the resident's cookies."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(resident)
    before = everything()
    for route in URLS:
        browser.post(
            address(route, post),
            {"in_hand": "1", "blocked": "1", "next": "/", "language": "en", "left": "0"},
            headers={"origin": origin, "sec-fetch-site": "cross-site"},
        )
    assert everything() == before
    assert browser.get(reverse("mine")).status_code == 200  # nor was he signed out


def test_the_same_act_from_our_own_page_works(as_resident, post):
    """The test above can fail: without the foreign origin the act is done."""
    as_resident.post(reverse("resolve", args=[post.public_id]))
    post.refresh_from_db()
    assert post.state == State.RESOLVED


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_page_leads_to_another_site(client, resident, helper, post, target):
    for browser in (client, signed_in(resident), signed_in(helper)):
        for route in URLS:
            url = address(route, post)
            for response in (
                browser.get(url, {"next": target}),
                browser.post(url, {"next": target, "go": target, "language": "en"}),
            ):
                location = response.headers.get("Location", "/")
                assert re.match(r"/(?![/\\\t ])|\?|\.", location), (url, location)
                text = response.content.decode(errors="replace")
                links = re.findall(r'(?:href|action|src)="([^"]*)"', text)
                assert not [
                    link for link in links if re.match(r"\s*(//|\\|https?:(?!//)|java)", link)
                ]
                assert not [link for link in links if re.search(r"//[^/]*evil", link)]


def test_no_page_can_be_framed_or_guessed_to_be_a_script(client, resident, post):
    for browser in (client, signed_in(resident)):
        for route in URLS:
            response = browser.get(address(route, post))
            if route != FRAMED:
                assert response["X-Frame-Options"] == "DENY"
            assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
            assert response["X-Content-Type-Options"] == "nosniff"


def test_a_host_of_somebody_else_is_refused_and_never_repeated(client, settings, post):
    settings.ALLOWED_HOSTS = ["yaofang.example"]
    for route in URLS:
        response = client.get(address(route, post), headers={"host": "evil.example"})
        assert response.status_code == 400
        assert "evil.example" not in response.content.decode()


def test_a_host_handed_on_by_a_proxy_header_is_not_believed(client, post):
    for route in URLS:
        response = client.get(
            address(route, post),
            headers={"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"},
        )
        assert "evil.example" not in response.content.decode(errors="replace")
        assert "evil.example" not in response.headers.get("Location", "")


@pytest.mark.parametrize("kind", list(Kind))
def test_fields_that_no_form_has_are_not_taken(as_resident, resident, kind):
    """Mass assignment: what a form does not ask, nobody can set by sending it."""
    details = {Kind.NEED: test_publish_need, Kind.OFFER: test_publish_offer}[kind].DETAILS
    extra = {
        "resident": "0" * 32, "resident_id": "0" * 32, "level": "2", "state": "resolved",
        "is_demo": "on", "expires_at": "2099-01-01", "confirmed_at": "2099-01-01", "kind": "2",
        "public_id": "0" * 32, "submission": "0" * 32, "point": "POINT(113.9304 22.5333)",
        "lat": "22.5333", "lng": "113.9304", "contact_phone": "+8613900000000", "hidden_for": "",
        "is_staff": "on", "is_superuser": "on", "rests_until": "2099-01-01", "in_hand": "on",
        "id": "1", "pk": "1", "created_at": "2001-01-01", "username": "boss", "groups": "1",
        "level_needed": "0", "held": "", "editing": "1", "area": "110101", "area_id": "110101",
    }  # fmt: skip
    steps = {
        "details": details,
        "reach": test_publish_need.REACH,
        "check": {},
    }
    for step, typed in steps.items():
        response = as_resident.post(f"/{kind.word}/{step}/", {**extra, **typed})
    assert response.status_code == 302, response.content.decode()
    made = Post.objects.get()
    resident.refresh_from_db()
    assert (made.resident_id, made.kind, made.state) == (resident.pk, kind, State.OPEN)
    assert (made.is_demo, made.in_hand, made.rests_until) == (False, False, None)
    assert made.contact_phone == resident.phone
    assert made.created_at.year > 2001
    assert made.expires_at < timezone.now() + kind.lifetime
    assert made.public_id.int and made.submission.int
    assert not resident.is_staff and not resident.is_superuser and not resident.username
