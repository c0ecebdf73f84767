"""Whatever is typed, a form that refuses it gives it back, character for character."""

from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.posts.test_publish_need import CONTACT, DETAILS, NOWHERE

pytestmark = pytest.mark.django_db
# Each form with one answer that is surely wrong, and the fields in which anything may stand.
FORMS = {
    "/need/details/": ({**DETAILS, "people": "no number"}, ["note", "ibuprofen-amount"]),
    "/offer/details/": (
        {"medicine": ["ibuprofen"], "ibuprofen-amount": "none", "go": "1"},
        ["note", "ibuprofen-strength"],
    ),
    "/need/reach/": ({**CONTACT, **NOWHERE}, ["landmark", "name", "phone", "wechat"]),
    "/signin/": ({"phone": ""}, ["phone"]),
    "/real-name/": ({"document_type": "passport", "number": "", "consent": "on"}, ["name"]),
}
typed_text = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("\u200b\u200d\u202e\u2066\ufeff\u00ad٣４Ⅳ①<>&\"'`\n\t {{%"),
    ),
    min_size=1,
    max_size=60,
)


class Fields(HTMLParser):
    """The values of the fields of a page, as a browser would send them again."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.area: str | None = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("type") not in {"checkbox", "radio"}:
            self.values[given.get("name") or ""] = given.get("value") or ""
        if tag == "textarea":
            self.area = given.get("name") or ""
            self.values[self.area] = ""

    def handle_data(self, data):
        if self.area is not None:
            self.values[self.area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = None


def as_sent(text: str) -> str:
    """Line ends and the first line of a text area are the browser's matter."""
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(url=st.sampled_from(sorted(FORMS)), typed=typed_text, data=st.data())
def test_a_refused_form_gives_back_what_was_typed(as_helper, client, url, typed, data):
    answers, fields = FORMS[url]
    field = data.draw(st.sampled_from(fields))
    browser = client if url == "/signin/" else as_helper
    page = browser.post(url, {**answers, field: typed})
    if page.status_code != 422:  # e.g. a name that happens to make the phone alone wrong
        assert page.status_code == 302
        return
    assert as_sent(Fields(page.content.decode()).values[field]) == as_sent(typed)
    assert 'class="error' in page.content.decode()
