"""Markup in every text that somebody can type, looked for on every page that shows it."""

from html.parser import HTMLParser

import pytest
from django.utils.html import escape

from posts import messaging
from posts.models import Case, Post, ReportReason
from posts.reports import Reporter, Subject, report
from tests.attacks.test_forgery import address
from tests.conftest import signed_in
from tests.mutualaid.test_hostile_input import URLS
from tests.posts.factories import item, need, offer
from tests.posts.test_messaging import ASKS_FIRST
from tests.posts.test_publish_need import DETAILS

pytestmark = pytest.mark.django_db
# short enough for every field; each breaks out of another place: text, attribute, script, comment
PAYLOADS = [
    "<b id=xss>",
    "\"id='xss'x=\"",
    "'><i id=xss>",
    "</textarea><u id=xss>",
    "--><s id=xss>",
    "</script><p id=xss>",
    "&lt;b id=xss&gt;",
    "{{ 7|add:7654321 }}",
]


class Finder(HTMLParser):
    """Whether any element has the id that only our payloads give."""

    found = False

    def handle_starttag(self, tag, attrs):
        self.found |= ("id", "xss") in attrs or any(name.startswith("on") for name, _value in attrs)


# Answers that no browser takes for a page, whatever is in them (nosniff: test_forgery.py).
DATA = {"application/json", "application/geo+json", "application/problem+json"}


def is_injected(page: str) -> bool:
    finder = Finder()
    finder.feed(page)
    return finder.found or "7654328" in page


def test_the_finder_finds():
    assert is_injected(f'<input value="{PAYLOADS[1]}">')
    assert is_injected(f"<p>{PAYLOADS[0]}</p>")
    assert is_injected("<p onclick=x>")
    assert not is_injected("<p>&lt;b id=xss&gt;</p>")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_people_typed_is_text_on_every_page(
    client, resident, helper, moderator, as_moderator, payload
):
    """Stored as if the forms had let it through: pages may not lean on them."""
    made = [
        need(resident, items=[item()], **ASKS_FIRST),
        offer(resident, items=[item(strength=payload, per_household=1, amount=9)]),
    ]
    for post in made:
        Post.objects.filter(pk=post.pk).update(
            note=payload, contact_name=payload[:20], landmark=payload
        )
    Post.objects.filter(pk=made[1].pk).update(contact_wechat=payload)
    written = messaging.send(made[0], helper, payload, helper.phone)
    messaging.set_agreed(made[0], resident, written.public_id, True)
    people = [client, signed_in(helper), signed_in(resident)]
    people[1].post(f"/posts/{made[1].public_id}/contact/")
    for post in made:
        for browser in people:
            for route in URLS:
                answer = browser.get(address(route, post))
                if answer["Content-Type"] in DATA:
                    continue
                assert not is_injected(answer.content.decode(errors="replace")), route
        for url in ("", f"{post.pk}/change/"):
            page = as_moderator.get(f"/admin/posts/post/{url}").content.decode()
            assert "7654328" not in page
            assert not any(bad in page for bad in (payload, payload[:20]) if "<" in bad)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_moderators_read_is_text_too(resident, helper, as_moderator, payload):
    """A waiting note, the words of a report, a message that was reported."""
    shown = offer(resident, held_note=payload)
    report(Subject(shown), Reporter(helper), ReportReason.SOLD, payload)
    asking = need(resident, **ASKS_FIRST)
    written = messaging.send(asking, helper, payload, helper.phone)
    subject = Subject(asking, helper, quoted=written.text)
    report(subject, Reporter(resident), ReportReason.HARASSMENT, payload)
    urls = [f"/admin/posts/post/{shown.pk}/change/", "/admin/posts/case/"]
    urls += [f"/admin/posts/case/{case.pk}/change/" for case in Case.objects.all()]
    assert len(urls) == 5
    pages = [as_moderator.get(url, follow=True).content.decode() for url in urls]
    for page in pages:
        assert "7654328" not in page
        assert "<" not in payload or payload not in page
    assert any(escape(payload) in page for page in pages)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_refused_passage_is_shown_as_text(client, payload):
    """The page marks the passage within what was typed, so it puts its own markup around it."""
    typed = {**DETAILS, "note": f"{payload}有偿{payload}"}
    page = client.post("/need/details/", typed)
    assert page.status_code == 422
    assert "有偿</mark>" in page.content.decode()
    assert not is_injected(page.content.decode())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_typed_into_a_form_comes_back_as_text(client, resident, payload):
    fields = [
        "q", "next", "note", "name", "phone", "wechat", "landmark", "strength", "people", "number",
        "kind", "medicine", "area", "sort", "after", "code", "ibuprofen-strength", "text",
        "ibuprofen-amount", "fever_days", "youngest", "province", "document_type", "words",
        "reason",
    ]  # fmt: skip
    typed = dict.fromkeys(fields, payload) | {"medicine": ["ibuprofen", payload]}
    post = offer(resident)
    for browser in (client, signed_in(resident)):
        for route in URLS:
            for response in (
                browser.get(address(route, post), typed),
                browser.post(address(route, post), typed),
            ):
                assert not is_injected(response.content.decode(errors="replace")), route
