"""Whatever is sent to a public page or form, it answers: never an error inside (500)."""

import json
import uuid

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts.models import Post
from tests.conftest import signed_in
from tests.posts.factories import need, offer
from tests.posts.test_publish_need import CONTACT, DETAILS, PLACE
from tests.posts.test_publish_offer import DETAILS as OFFER

pytestmark = pytest.mark.django_db

PAGES = [
    "/", "/area/", "/place/", "/place/outline/", "/medicines/", "/medicines/search/",
    "/medicines/ibuprofen/", "/signin/", "/signin/code/", "/signin/suspended/", "/real-name/",
    "/phone/prove/", "/account/", "/mine/", "/need/", "/need/details/", "/need/place/",
    "/need/contact/", "/need/check/", "/offer/", "/offer/details/", "/offer/place/",
    "/offer/contact/", "/offer/check/", "/posts/{post}/", "/posts/{post}/contact/",
    "/posts/{post}/published/", "/posts/{unknown}/",
]  # fmt: skip
FORMS = [
    *PAGES, "/language/", "/place/picker/", "/place/at/", "/place/forget/",
    "/posts/{post}/edit/", "/posts/{post}/resolve/", "/posts/{post}/outcome/",
    "/posts/{post}/reopen/", "/posts/{post}/extend/", "/posts/{post}/amount/",
]  # fmt: skip
FIELDS = [
    "kind", "medicine", "area", "whom", "sort", "after", "next", "q", "target", "picker", "go",
    "province", "city", "district", "row", "column", "by_area", "landmark", "language",
    "phone", "code", "resend", "document_type", "name", "number", "consent", "wechat", "handover",
    "courier_payer", "people", "youngest", "youngest_unit", "none_left", "fever_days", "note",
    "source", "ibuprofen-amount", "ibuprofen-unit", "ibuprofen-per_household", "ibuprofen-form",
    "ibuprofen-strength", "ibuprofen-expiry_year", "ibuprofen-expiry_month", "item", "left",
    "outcome",
]  # fmt: skip
GOOD = [
    "need", "offer", "ibuprofen", "any:fever", "440305", "440000", "over_65", "child", "distance",
    "search", "1", "2", "4506", "18988", "on", "id-card", "张三", "13800138000", "courier",
    "pickup", "2027", "12", "years", "tablet", "slow-release", "pharmacy", "/need/",
]  # fmt: skip
BAD = [
    "", "\0", "a\0b", "NaN", "Infinity", "-1", "0", "1e400", "9" * 30, "9" * 5000, "٣", "²",
    "１２３４５６", "𝟒𝟒𝟎𝟑𝟎𝟓", "000000", "999999", "any:", "any:\0", "../etc/passwd",
    "//evil.example", "http://[", "/\\evil.example", "/\r\nSet-Cookie: a=b", "javascript:alert(1)", "<script>",
    "'; DROP TABLE posts_post; --", "%s%n%(x)s", "{{ 7*7 }}", "\u202e12345", "\u200f", "\ufeff",
    "\U000e0001", "ü" * 500, "市" * 300, "😷" * 99, "|" * 40, "\\",
    ".*(" * 20, "gAAAAA", "true",
    "None", "[]", "+86 1", "+" + "1" * 50, "18" * 9, "\n" * 50, "x" * 30_000,
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(GOOD), st.sampled_from(BAD), st.text(st.characters(exclude_categories=["Cs"]))
)
queries = st.dictionaries(st.sampled_from(FIELDS), st.lists(texts, min_size=1, max_size=3))
thorough = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def visitors(resident, helper) -> list[tuple[Client, str]]:
    """Somebody unknown, a poster and somebody who looks, each with the id of a post."""
    post = offer(resident)
    need(resident, note="谢谢")
    clients = [Client(), signed_in(resident), signed_in(helper)]
    for client in clients:
        client.raise_request_exception = False
        client.post("/need/details/", {"medicine": "ibuprofen"})
        client.post("/offer/details/", {"medicine": "ibuprofen"})
        client.post("/place/", {"row": "4506", "column": "18988"})
    return [(client, str(post.public_id)) for client in clients]


def address(template: str, post: str) -> str:
    return template.format(post=post, unknown=uuid.UUID(int=7))


@thorough
@given(page=st.sampled_from(PAGES), query=queries, who=st.integers(0, 2), htmx=st.booleans())
def test_no_page_fails_whatever_its_address_holds(visitors, page, query, who, htmx):
    client, post = visitors[who]
    headers = {"hx-request": "true"} if htmx else {}
    response = client.get(address(page, post), query, headers=headers)
    assert response.status_code < 500, (page, query)


@thorough
@given(page=st.sampled_from(FORMS), sent=queries, who=st.integers(0, 2))
def test_no_form_fails_whatever_is_sent(visitors, page, sent, who):
    client, post = visitors[who]
    response = client.post(address(page, post), sent)
    assert response.status_code < 500, (page, sent)
    if response.status_code in (301, 302):
        assert response["Location"].startswith("/")
        assert not response["Location"].startswith(("//", "/\\"))


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("cookie", ["sessionid", "place", "draft-need", "django_language"])
def test_no_page_fails_whatever_a_cookie_holds(client, cookie, value):
    client.raise_request_exception = False
    octal = "".join(f"\\{byte:03o}" for byte in value.encode()[:800])
    for text in (f'"{octal}"', f'"{octal * 9}"'):
        for page in ("/", "/mine/", "/need/details/?medicine=ibuprofen"):
            response = client.get(page, headers={"cookie": f"{cookie}={text}"})
            assert response.status_code < 500, (page, value)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://["},
        {"origin": "null"},
        {"sec-fetch-site": "\0"},
        {"accept-language": "x" * 9000},
        {"referer": "http://["},
        {"hx-current-url": "http://["},
        {"content-type": "application/json"},
        {"content-type": "multipart/form-data"},
    ],
)
@pytest.mark.parametrize("page", ["/place/", "/place/at/", "/language/", "/area/", "/signin/"])
def test_no_form_fails_whatever_a_header_holds(client, page, headers):
    client.raise_request_exception = False
    body = json.dumps({"row": 1})
    kind = headers.get("content-type", "application/x-www-form-urlencoded")
    assert client.generic("POST", page, body, kind, headers=headers).status_code < 500


STEPS = {
    "need": {
        "details": {**DETAILS, "medicine": ["ibuprofen", "any:fever"]},
        "place": PLACE,
        "contact": CONTACT,
    },
    "offer": {"details": OFFER, "place": PLACE, "contact": CONTACT},
}
changes = st.dictionaries(
    st.sampled_from(FIELDS), st.one_of(texts, st.lists(texts, max_size=3)), max_size=2
)


@thorough
@given(
    kind=st.sampled_from(["need", "offer"]),
    step=st.sampled_from(["details", "place", "contact"]),
    changed=changes,
)
def test_no_post_fails_whatever_one_of_its_steps_holds(resident, kind, step, changed):
    """All steps are right but for a field or two; then it is published, read and edited."""
    with transaction.atomic():
        client = signed_in(resident)
        client.raise_request_exception = False
        for name, answers in STEPS[kind].items():
            sent = {**answers, **changed} if name == step else answers
            assert client.post(f"/{kind}/{name}/", sent).status_code < 500, (name, changed)
        pages = [client.get(f"/{kind}/check/"), client.post(f"/{kind}/check/")]
        for post in Post.objects.all():
            url = post.get_absolute_url()
            pages += [client.get(url), client.post(f"{url}contact/", follow=True)]
            pages += [client.post(f"{url}edit/"), client.get(f"/{kind}/check/")]
        pages += [client.get("/"), client.get("/?kind=need"), client.get("/mine/")]
        assert max(page.status_code for page in pages) < 500, changed
        transaction.set_rollback(True)
