"""Every address × every kind of person: what each gets, and which fields no page gives to whom.

The outcomes stand in who_may_what.txt, a line for each method and address. A new address fails the
test until somebody has thought about who may use it.
"""

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from medicines.models import Medicine, SymptomGroup
from posts import contact, links, messaging
from posts.models import Case, Message, Post, Reach, ReportReason, Reveal
from posts.reports import Reporter, Subject, report
from safety import alarms
from safety.models import Alarm, AuditEntry, ScreeningWord
from tests.conftest import make_resident, signed_in
from tests.posts.factories import NANSHAN, offer
from verification import real_name, suspension
from verification.documents import Document
from verification.models import DocumentType, Level, RealNameCheck, Resident

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).with_name("who_may_what.txt")
ROLES = [
    "visitor", "resident", "helper", "caller", "poster", "blocked", "suspended",
    "staff", "moderator", "reviewer",
]  # fmt: skip
# What is secret about the poster, as it would look on a page.
SECRETS = {
    "contact phone": r"138[ -]?0013[ -]?8055",
    "account phone": r"138[ -]?0013[ -]?8001",
    "WeChat ID": "liu_123456",
    "landmark": "南门岗亭",
    "real name": "刘小红",
    "document": "E12345678",
    "who looked": r"•••• 800[46] <span",
}
SENT = {
    "item": "1",
    "left": "1",
    "in_hand": "1",
    "blocked": "1",
    "outcome": "elsewhere",
    "reason": "other",
    "language": "en",
    "answer": "resolved",
    "recall": "1",
}


class Undo(Exception):  # noqa: N818 -- no error: it takes back what a request did
    pass


def routes() -> Iterator[tuple[str, str]]:
    """Name and pattern of every address; the admin's with `admin:` before the name."""

    def within(patterns, prefix: str, space: str) -> Iterator[tuple[str, str]]:
        for each in patterns:
            route = prefix + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from within(each.url_patterns, route, each.namespace or space)
            elif isinstance(each, URLPattern) and each.name:
                yield f"{space}:{each.name}".lstrip(":"), "/" + route

    return within(get_resolver().url_patterns, "", "")


@pytest.fixture
def post(resident) -> Post:
    """An offer with all that a poster may give; one who looked was then blocked."""
    return offer(
        resident, landmark="南门岗亭", contact_wechat="liu_123456", contact_phone="+8613800138055"
    )


def staff(name: str, *groups: str) -> Resident:
    made = Resident.objects.create_user(name, "a long enough password", is_staff=True)
    made.groups.set(Group.objects.filter(name__in=groups))
    return made


@pytest.fixture
def asking(resident) -> Post:
    """An offer of the same poster who asks to be written to first."""
    return offer(
        resident, landmark="北门药店", reached_by=Reach.MESSAGE, contact_phone="",
        contact_name="邹先生",
    )  # fmt: skip


@pytest.fixture
def cast(post, asking, resident, stranger, moderator, settings) -> dict[str, Client]:
    """A browser for each role. The caller was shown the contact of the one post and wrote about the
    other, and the poster said yes; a helper may do both.
    """
    settings.REAL_NAME_PROVIDER = "manual"
    real_name.submit(resident, Document(DocumentType.PASSPORT, "刘小红", "E12345678"))
    helper = make_resident("+8613800138002", Level.REAL_NAME)
    caller = make_resident("+8613800138006", Level.REAL_NAME)
    blocked = make_resident("+8613800138004", Level.PHONE)
    contact.reveal(post, blocked)
    contact.set_blocked(post, resident, Reveal.objects.get().pk, True)
    contact.reveal(post, caller)
    written = messaging.send(asking, caller, "今晚可以送到小区门口", caller.phone)
    messaging.set_agreed(asking, resident, written.public_id, True)
    report(Subject(post), Reporter(visitor="v" * 64), ReportReason.SOLD)
    suspended = make_resident("+8613800138005", Level.PHONE)
    alarms.ring(Alarm.Kind.CODES)
    people = {
        "resident": stranger,
        "helper": helper,
        "caller": caller,
        "poster": resident,
        "blocked": blocked,
        "suspended": suspended,
        "staff": staff("staff"),
        "moderator": staff("post-moderator", "post moderator"),
        "reviewer": staff("reviewer", "identity reviewer"),
    }
    browsers = {role: signed_in(person) for role, person in people.items()}
    suspension.set_suspended(suspended, moderator, True, suspension.Reason.SPAM)
    return {"visitor": Client(), **browsers}


def address(name: str, route: str, post: Post) -> str:
    """A real address of a route: of the poster's post, account and so on."""
    objects = {
        "post": post.pk,
        "reveal": Reveal.objects.all()[0].pk,
        "message": Message.objects.all()[0].pk,
        "case": Case.objects.get(kind="post").pk,
        "resident": post.resident_id,
        "realnamecheck": RealNameCheck.objects.get().pk,
        "auditentry": AuditEntry.objects.order_by("pk")[0].pk,
        "alarm": Alarm.objects.get().pk,
        "screeningword": ScreeningWord.objects.all()[0].pk,
        "area": NANSHAN,
        "medicine": Medicine.objects.get(slug="ibuprofen").pk,
        "symptomgroup": SymptomGroup.objects.all()[0].pk,
    }
    model = name.split("_")[1] if name.startswith("admin:") and "_" in name else ""
    model = {"suspension": "resident"}.get(model, model)
    values = {
        "uuid:public_id": post.public_id,
        "slug:slug": "ibuprofen",
        "uuid:resident_id": post.resident_id,
        "uuid:case_id": objects["case"],
        "id": post.resident_id,
        "path:object_id": objects.get(model, 1),
        "path:content_type_id": 1,
        "int:alarm_id": objects["alarm"],
        "str:language": "en",
    }
    if "str:token" in route:
        values["str:token"] = links.make(post).split("/")[-2]
    route = re.sub(r"\^\(\?P<app_label>.*", "posts/", route)
    return re.sub(r"<([^>]+)>", lambda found: str(values[found[1]]), route)


def send(browser: Client, method: str, url: str) -> HttpResponse:
    """One request, whose effect is taken back, in the database as in the browser."""
    cookies = browser.cookies.output(header="")
    try:
        with transaction.atomic():
            response = browser.post(url, SENT) if method == "post" else browser.get(url)
            raise Undo
    except Undo:
        browser.cookies = SimpleCookie(cookies)
        return response


def outcome(response: HttpResponse) -> str:
    """In a word: what happened."""
    if response.status_code != 302:
        return {200: "page"}.get(response.status_code, str(response.status_code))
    location = response["Location"].partition("?")[0]
    if location == "/admin/login/":
        return "staff"
    return {"/signin/": "sign-in", "/real-name/": "real-name"}.get(location, "on")


def outcomes(cast: dict[str, Client], post: Post, names: set[str] | None = None) -> list[str]:
    lines = []
    for name, route in sorted(routes()):
        if names and name not in names:
            continue
        url = address(name, route, post)
        for method in ("get", "post"):
            words = [outcome(send(cast[role], method, url)) for role in ROLES]
            lines.append(f"{method:5}{name:42}" + "".join(f"{word:10}" for word in words).rstrip())
    return lines


def test_every_address_gives_each_role_what_the_table_says(cast, post):
    expected = [line for line in TABLE.read_text().splitlines() if line and line[0] != "#"]
    assert "\n".join(outcomes(cast, post)) == "\n".join(expected)


# The same for a post that asks first, where it differs.
ASKING = """
get  ask                                       sign-in   page      page      page      on        403       sign-in   on        on        on
post ask                                       sign-in   422       422       on        on        422       sign-in   on        on        on
get  contact                                   sign-in   on        on        on        on        on        sign-in   on        on        on
post contact                                   sign-in   on        on        on        on        on        sign-in   on        on        on
get  messages                                  sign-in   404       404       404       page      404       sign-in   404       404       404
post messages                                  sign-in   404       404       404       on        404       sign-in   404       404       404
get  take-back                                 405       405       405       405       405       405       405       405       405       405
post take-back                                 sign-in   on        on        on        on        on        sign-in   on        on        on
"""  # noqa: E501


def test_a_post_that_asks_first_gives_each_role_what_the_table_says(cast, asking):
    names = {"ask", "contact", "messages", "take-back"}
    assert "\n".join(outcomes(cast, asking, names)) == ASKING.strip()


def test_no_page_gives_a_field_to_a_role_that_may_not_see_it(cast, post):
    """Whoever is not in this list sees none of the poster's secrets anywhere."""
    assert who_sees(SECRETS, cast, post) == {
        ("caller", "contact phone"): {"contact"},
        ("caller", "WeChat ID"): {"contact"},
        ("caller", "landmark"): {"contact"},
        ("poster", "who looked"): {"seen"},
    }


def test_a_document_is_shown_to_the_reviewer_who_holds_its_case(cast):
    case = RealNameCheck.objects.get().cases.get()
    url = f"/admin/posts/case/{case.pk}/change/"
    for holds in (False, True):
        pages = {role: cast[role].get(url).content.decode() for role in ROLES}
        for secret in ("real name", "document"):
            seen = {role for role in ROLES if re.search(SECRETS[secret], pages[role])}
            assert seen == ({"reviewer"} if holds else set()), secret
        cast["reviewer"].post("/admin/posts/case/take/", {"case": case.pk})
    assert cast["moderator"].get(url).status_code == 404


def test_a_number_that_is_not_shown_is_on_no_page_and_a_message_on_two(cast, asking):
    """The poster's number for nobody; the sender's for himself and the poster."""
    secrets = {
        "poster's number": SECRETS["account phone"],
        "landmark": "北门药店",
        "message": "今晚可以送到小区门口",
        "sender's number": r"138[ -]?0013[ -]?8006",
    }
    assert who_sees(secrets, cast, asking) == {
        ("caller", "landmark"): {"ask"},
        ("caller", "message"): {"ask"},
        ("caller", "sender's number"): {"ask"},
        ("poster", "message"): {"messages"},
        ("poster", "sender's number"): {"messages"},
    }


def who_sees(
    secrets: dict[str, str], cast: dict[str, Client], post: Post
) -> dict[tuple[str, str], set[str]]:
    """By role and secret, the pages on which it stands, of all addresses there are."""
    seen: dict[tuple[str, str], set[str]] = {}
    for name, route in routes():
        url = address(name, route, post)
        for role in ROLES:
            for method in ("get", "post"):
                page = send(cast[role], method, url).content.decode(errors="replace")
                for secret, pattern in secrets.items():
                    if re.search(pattern, page):
                        seen.setdefault((role, secret), set()).add(name)
    return seen
