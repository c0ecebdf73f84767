"""Every address × every kind of person: what each gets, and which fields no page gives to whom.

The poster also owns the page of a body.

The outcomes stand in who_may_what.txt, a line for each method and address: first of an open post
that shows a number, then, under a heading each, for posts in other states and for drafts. A new
address fails the test until somebody has thought about who may use it.
"""

import re
from collections.abc import Callable, Container, Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from medicines.models import Medicine, SymptomGroup
from partners.models import Feedback, Partner
from posts import closing, contact, drafts, links, messaging, moderation
from posts.models import (
    Case,
    HiddenFor,
    Kind,
    Message,
    Outcome,
    Post,
    Reach,
    ReportReason,
    Reveal,
)
from posts.reports import Reporter, Subject, report
from safety import alarms, timed
from safety.models import Alarm, AuditEntry, FailedTask, ScreeningWord
from tests.conftest import make_resident, signed_in
from tests.partners.bodies import approved, file_of
from tests.posts import test_publish_need, test_publish_offer
from tests.posts.factories import NANSHAN, offer
from tests.verification.conftest import inbox  # noqa: F401 -- visitors are sent a code
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
# The same of an offer that asks to be written to first, and of who wrote.
ASKING_SECRETS = {
    "poster's number": SECRETS["account phone"],
    "landmark": "北门药店",
    "message": "今晚可以送到小区门口",
    "sender's number": r"138[ -]?0013[ -]?8006",
}
SENT = {
    "item": "0",  # of no post
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
            route = prefix + str(each.pattern).replace("<uuidstr:", "<uuid:")  # django-ninja's
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
    file_of(approved(resident))
    Feedback.objects.create(text="很好用", page="/")
    timed.run.enqueue("tidy")
    FailedTask.objects.update(status="FAILED", finished_at=timezone.now())
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
        "failedtask": FailedTask.objects.get().pk,
        "feedback": Feedback.objects.get().pk,
        "screeningword": ScreeningWord.objects.all()[0].pk,
        "area": NANSHAN,
        "medicine": Medicine.objects.get(slug="ibuprofen").pk,
        "partner": Partner.objects.get().pk,
        "symptomgroup": SymptomGroup.objects.all()[0].pk,
    }
    model = name.split("_")[1] if name.startswith("admin:") and "_" in name else ""
    model = {"suspension": "resident"}.get(model, model)
    values = {
        "uuid:public_id": post.public_id,
        "slug:slug": "ibuprofen",
        "slug:body": "yuehai",
        "uuid:resident_id": post.resident_id,
        "uuid:case_id": objects["case"],
        "id": post.resident_id,
        "uuid:feedback_id": objects["feedback"],
        "path:object_id": objects.get(model, 1),
        "path:content_type_id": 1,
        "int:alarm_id": objects["alarm"],
        "str:language": "en",
        "str:code": NANSHAN,
        "str:name": "MP_verify_a1B2c3D4",
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


Seen = dict[tuple[str, str], set[str]]
ADDRESSES = dict(routes())
OF_A_POST = {n for n, route in ADDRESSES.items() if "public_id" in route or "token" in route}
# Where a post, its contact or who looked could stand, besides its own addresses.
WITH_POSTS = {"square", "map", "mine", "account", "own_data"} | {
    name for name in ADDRESSES if name.startswith(("admin:posts_post_", "admin:posts_case_"))
}
STEPS = {f"{kind.word}-{step}" for kind in Kind for step in ("choose", "details", "reach", "check")}


def table(heading: str) -> str:
    """The lines of who_may_what.txt below `== heading`; below none, those before the first."""
    parts = re.split(r"^== (.*)\n", "== \n" + TABLE.read_text(), flags=re.MULTILINE)[1:]
    lines = dict(zip(parts[::2], parts[1::2], strict=True))[heading].splitlines()
    return "\n".join(line for line in lines if line and line[0] != "#")


def walk(
    cast: dict[str, Client],
    post: Post,
    secrets: dict[str, str],
    names: Container[str] = ADDRESSES,
    in_table: Container[str] = ADDRESSES,
) -> tuple[str, Seen]:
    """Every role at each of these addresses: the table of what happened, a line for each address
    `in_table`; and, by role and secret, the pages on which it stands.
    """
    lines: list[str] = []
    seen: Seen = {}
    for name, route in sorted(ADDRESSES.items()):
        if name not in names:
            continue
        url = address(name, route, post)
        for method in ("get", "post"):
            answers = {role: send(cast[role], method, url) for role in ROLES}
            if name in in_table:
                words = "".join(f"{outcome(answer):10}" for answer in answers.values())
                lines.append(f"{method:5}{name:42}{words}".rstrip())
            for role, answer in answers.items():
                page = answer.content.decode(errors="replace")
                for secret, pattern in secrets.items():
                    if re.search(pattern, page):
                        seen.setdefault((role, secret), set()).add(name)
    return "\n".join(lines), seen


def test_every_address_gives_each_role_what_the_table_says_and_no_secret(cast, post):
    """Whoever is not in this list sees none of the poster's secrets anywhere."""
    lines, seen = walk(cast, post, SECRETS)
    assert lines == table("")
    assert seen == {
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


def test_a_post_that_asks_first_shows_no_number_and_its_messages_to_two(cast, asking):
    """The poster's number for nobody; the sender's for himself and the poster."""
    lines, seen = walk(cast, asking, ASKING_SECRETS, in_table=OF_A_POST)
    assert lines == table("a post that asks first")
    assert seen == {
        ("caller", "landmark"): {"ask"},
        ("caller", "message"): {"ask"},
        ("caller", "sender's number"): {"ask"},
        ("poster", "message"): {"messages"},
        ("poster", "sender's number"): {"messages"},
    }


def resolve(post: Post, moderator: Resident) -> None:
    closing.resolve(post, post.resident, Outcome.THROUGH_HERE)


def hide(post: Post, moderator: Resident) -> None:
    """For the reason that tells the most: whoever got in touch is warned of it."""
    moderation.hide(post, moderator, HiddenFor.UNSAFE)


@pytest.mark.parametrize(
    ("state", "close"), [("a resolved post", resolve), ("a hidden post", hide)]
)
def test_a_closed_post_shows_its_contact_to_nobody(
    cast, post, moderator, state: str, close: Callable
):
    """Not to the caller who was shown it; who looked stays with the poster."""
    close(post, moderator)
    lines, seen = walk(cast, post, SECRETS, OF_A_POST | WITH_POSTS, in_table=OF_A_POST)
    assert lines == table(state)
    assert seen == {("poster", "who looked"): {"seen"}}


@pytest.mark.parametrize(
    ("state", "close", "of_the_sender"),
    [
        ("a resolved post that asked first", resolve, {"ask"}),
        ("a hidden post that asked first", hide, set()),
    ],
)
def test_a_closed_post_that_asked_first_shows_at_most_the_sender_what_he_wrote(
    cast, asking, moderator, state: str, close: Callable, of_the_sender: set[str]
):
    close(asking, moderator)
    lines, seen = walk(cast, asking, ASKING_SECRETS, OF_A_POST | WITH_POSTS, in_table=OF_A_POST)
    assert lines == table(state)
    own = {("caller", "message"): of_the_sender, ("caller", "sender's number"): of_the_sender}
    assert seen == {key: pages for key, pages in own.items() if pages}


DRAFT = {"landmark": "西门车棚", "phone": "138 0013 8056", "wechat": "zou_98765"}
DRAFT_SECRETS = {
    "number": r"138[ -]?0013[ -]?8056",
    "WeChat ID": "zou_98765",
    "landmark": "西门车棚",
    "note": "谢谢好心人|送给需要的邻居",
}


def begin_drafts(browser: Client, **reached: str) -> None:
    """A need and an offer, typed up to the page that publishes."""
    for kind, pages in ((Kind.NEED, test_publish_need), (Kind.OFFER, test_publish_offer)):
        browser.post(f"/{kind.word}/details/", pages.DETAILS)
        browser.post(f"/{kind.word}/reach/", {**test_publish_need.REACH, **reached})


def test_the_steps_with_a_draft_give_each_role_what_the_table_says(cast, post, inbox):  # noqa: F811
    for browser in cast.values():
        begin_drafts(browser, reached_by=Reach.MESSAGE)
    lines, _seen = walk(cast, post, {}, STEPS)
    assert lines == table("a draft of their own")


def test_the_draft_of_somebody_else_is_no_draft_whoever_copies_its_cookie(cast, post):
    begin_drafts(cast["poster"], **DRAFT)
    for kind in Kind:
        name = drafts.cookie_name(kind)
        for browser in cast.values():
            browser.cookies[name] = cast["poster"].cookies[name].value
    lines, seen = walk(cast, post, DRAFT_SECRETS, STEPS)
    assert lines == table("the poster's draft, its cookie copied")
    reached = {"need-reach", "offer-reach", "need-check", "offer-check"}
    assert seen == {
        ("poster", "number"): reached,
        ("poster", "WeChat ID"): reached,
        ("poster", "landmark"): reached,
        ("poster", "note"): {"need-details", "offer-details", "need-check", "offer-check"},
    }
