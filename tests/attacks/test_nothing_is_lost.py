"""Whatever is typed, a form that refuses it gives it back, character for character.

The forms are found on the pages themselves, at every address that there is: a new one, or a new
field, is among them without anybody thinking of it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posts import links
from posts.models import Reach
from tests.mutualaid.test_who_may_what import routes
from tests.partners.bodies import approved
from tests.posts.factories import item, offer
from tests.posts.test_publish_need import CONTACT, DETAILS, NOWHERE, REACH
from tests.posts.test_publish_offer import DETAILS as OFFER_DETAILS

pytestmark = pytest.mark.django_db
TYPED_TYPES = {"text", "tel", "number", "search", "email", "url", "password", "date"}
CLICKED_TYPES = {"checkbox", "radio", "submit", "button", "image", "reset"}
# With one of these answers its form is surely wrong, whatever stands in one other field.
REACH_WRONG = {**CONTACT, **NOWHERE, "phone": "1", "handover": []}
WRONG = {
    "need-details": {**DETAILS, "ibuprofen-unit": "barrel"},
    "offer-details": {**OFFER_DETAILS, "ibuprofen-unit": "barrel"},
    "need-reach": REACH_WRONG,
    "offer-reach": REACH_WRONG,
    "account_login": {},
    "real_name": {"document_type": "none", "consent": "on"},
    "report": {},
    "ask": {"phone": "1", "text": ""},
    "place": NOWHERE,
    "square-area": NOWHERE,
    "posters": NOWHERE,
    "partner-apply": {"kind": "none"},
    "partner-change": {**NOWHERE, "keep": []},
    "partner-people": {},
    "partner-files": {},
    "feedback": {"text": ""},
    "mine": {},
    "act-link": {"answer": "still-there"},
    # these refuse nothing: they are searches
    "medicines:catalogue": {},
    "medicines:search": {},
    "need-choose": {},
    "offer-choose": {},
}
# A code is short, of a moment, and few guesses are left: a wrong one is typed anew.
CODES = {"account_confirm_login_code", "prove_phone", "confirm", "need-check", "offer-check"}
typed_text = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("\u200b\u200d\u202e\u2066\ufeff\u00ad٣４Ⅳ①<>&\"'`\n\t {{%"),
    ),
    min_size=1,
    max_size=60,
)
ODD = "\u202e٣４Ⅳ①<b>&amp;\"'` {{ 7 }} \u200b刘"


@dataclass
class Form:
    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)  # as a browser would send them again
    typed: list[str] = field(default_factory=list)  # the fields in which anything may stand


class Forms(HTMLParser):
    """The forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.area: str | None = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.forms.append(Form(given.get("action") or "", given.get("method") or "get"))
        name, kind = given.get("name"), given.get("type") or "text"
        if tag not in {"input", "textarea"} or not name or not self.forms:
            return
        if tag == "textarea" or kind in TYPED_TYPES:
            self.forms[-1].typed.append(name)
        if tag == "textarea":
            self.area = name
            self.forms[-1].values[name] = ""
        elif kind not in CLICKED_TYPES or "checked" in given:
            self.forms[-1].values[name] = given.get("value") or ""

    def handle_data(self, data):
        if self.area is not None:
            self.forms[-1].values[self.area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = None


def with_fields(page: str) -> list[Form]:
    return [form for form in Forms(page).forms if form.typed]


def as_sent(text: str) -> str:
    """Line ends and the first line of a text area are the browser's matter."""
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")


@contextmanager
def taken_back(browser: Client) -> Iterator[None]:
    """What is done within leaves nothing behind, in the database as in the browser."""
    cookies = browser.cookies.output(header="")
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    browser.cookies = SimpleCookie(cookies)


@pytest.fixture
def pages(client, as_helper, as_resident, resident) -> dict[str, tuple[Client, str]]:
    """By name, every page outside the admin on which somebody may type, who and at which address.

    The visitor has drafts and a code on its way, and so has a signed-in person.
    """
    approved(resident)
    theirs = offer(resident, items=[item(amount=8, per_household=4)])
    asking = offer(resident, reached_by=Reach.MESSAGE, contact_phone="")
    values = {
        "uuid:public_id": str(theirs.public_id),
        "str:token": links.make(theirs).split("/")[-2],
        "slug:slug": "ibuprofen",
        "slug:body": "yuehai",
        "str:language": "en",
        "str:code": "440305",
        "str:name": "robots",
    }
    for browser in (client, as_helper):
        browser.post("/need/details/", DETAILS)
        browser.post("/offer/details/", OFFER_DETAILS)
    for step in ("/need/reach/", "/offer/reach/"):
        client.post(step, {**REACH, "phone": "13800138022"})
    as_helper.post("/account/data/copy/")
    as_helper.post(
        f"/posts/{asking.public_id}/ask/", {"text": "今晚可以送到", "phone": "13900139000"}
    )
    found = {}
    for name, route in routes():
        if name.startswith("admin:"):
            continue
        for browser in (as_resident, client, as_helper):
            ids = values | ({"uuid:public_id": str(asking.public_id)} if name == "ask" else {})
            url = re.sub(r"<([^>]+)>", lambda part, ids=ids: ids[part[1]], route)
            query = {"medicine": "ibuprofen"} if name.endswith("-details") else {}
            with taken_back(browser):
                page = browser.get(url, query).content.decode(errors="replace")
            if with_fields(page):
                found[name] = (browser, url)
    return found


def test_every_page_with_something_to_type_is_among_them(pages):
    """A new form needs a line in WRONG, and no more."""
    assert set(pages) == set(WRONG) | CODES


def type_into(browser: Client, url: str, name: str, form: Form, typed_in: str, typed: str) -> None:
    """Send a form as a browser would, with one field typed into, and look whether it is there."""
    sent = {**form.values, **WRONG[name], typed_in: typed}
    to = form.action.partition("#")[0] or url
    with taken_back(browser):
        answer = browser.get(to, sent) if form.method == "get" else browser.post(to, sent)
    if answer.status_code == 302:  # it happens to be right
        assert form.method == "post"
        return
    page = answer.content.decode()
    given = [each.values[typed_in] for each in Forms(page).forms if typed_in in each.values]
    assert as_sent(typed) in [as_sent(each) for each in given], (name, typed_in)
    if form.method == "post":
        assert answer.status_code == 422
        assert re.search(r'class="(banner banner-)?error', page)


def test_every_field_of_every_form_gives_back_what_was_typed(pages):
    tried = set()
    for name in WRONG:
        browser, url = pages[name]
        for form in with_fields(browser.get(url).content.decode()):
            for typed_in in form.typed:
                type_into(browser, url, name, form, typed_in, ODD)
                tried.add((name, typed_in))
    assert len(tried) > 30, "more than one field for most"


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(name=st.sampled_from(sorted(WRONG)), typed=typed_text, data=st.data())
def test_a_refused_form_gives_back_what_was_typed(pages, name, typed, data):
    browser, url = pages[name]
    form = data.draw(st.sampled_from(with_fields(browser.get(url).content.decode())))
    if form.method == "post":  # a search is cut to what its box takes
        typed_in = data.draw(st.sampled_from(form.typed))
        type_into(browser, url, name, form, typed_in, typed)
