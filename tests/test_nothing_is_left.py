"""A whole life on the square is played; then time passes, or its owner leaves: nothing is left.

The database itself is searched: every column of every table, ciphertext decrypted.
"""

import json

import pytest
from django.core.management import call_command
from django.test import Client

from places import grid
from places.models import Area
from posts import contact, messaging, reports
from posts.models import Kind, Post, PostCount, ReportReason
from safety.encryption import digest
from safety.models import AuditEntry
from tests.aging import pass_days, where, written
from tests.conftest import make_resident
from tests.posts.factories import NANSHAN, need, offer
from tests.posts.test_publish_need import DETAILS, REACH
from tests.verification.conftest import Inbox, enters
from verification import consent, leaving, real_name, sms
from verification.documents import Document
from verification.models import DocumentType, Level, RealNameCheck, Resident

pytestmark = pytest.mark.django_db
FROM = {"REMOTE_ADDR": "203.0.113.77"}
NUMBER = "110101199003070011"
AT = (22.5483, 113.9404)  # in Nanshan, far from where its other posts are and its own point
CELL = grid.snap(*AT)
TYPED_CELL = {"row": str(CELL.row), "column": str(CELL.column)}
DOCUMENT = Document(DocumentType.ID_CARD, "刘小红", NUMBER)
PLANTED = {
    "account phone": "+8613711137111",
    "fingerprint of the account phone": digest("phone", "+8613711137111"),
    "contact phone": "+8613722237222",
    "fingerprint of the contact phone": digest("phone", "+8613722237222"),
    "WeChat ID": "xiaohong_711",
    "landmark": "南门岗亭",
    "name on the post": "红姐",
    "note": "上夜班,白天在家",
    "full name": "刘小红",
    "name as shown": "刘**",
    "document number": NUMBER,
    "fingerprint of the document": DOCUMENT.digest,
    "network address": FROM["REMOTE_ADDR"],
    "fingerprint of the network address": digest("address", FROM["REMOTE_ADDR"]),
    "unpublished words": "还没写完的话",
    "note that waits": "等人看的留言",
    "words of a message": "我在红楼等您电话",
    "words of a report": "他要我先付定金",
    "cell": written(CELL.point),
    "number of the cell": str(CELL.number),
    "cell as typed": f'"row": ["{CELL.row}"], "column": ["{CELL.column}"]',
}


@pytest.fixture
def inbox(monkeypatch) -> Inbox:
    inbox = Inbox()
    monkeypatch.setattr(sms, "provider", lambda: inbox)
    return inbox


@pytest.fixture
def life(inbox, settings, moderator) -> dict[str, str]:
    """Sign-in, real-name check, a post, looks, a block, a draft; what is to be looked for.

    Twice a look is taken: before the reviewer decides and after.
    """
    settings.REAL_NAME_PROVIDER = "manual"
    settings.LEVEL_TO_PUBLISH = "phone"
    browser = Client(**FROM)
    browser.post("/signin/", {"phone": "137 1113 7111"})
    enters(browser, inbox.code)
    person = Resident.objects.get(phone_digest=PLANTED["fingerprint of the account phone"])
    check = real_name.submit(person, DOCUMENT)
    seen = where(PLANTED)
    real_name.decide(check.pk, moderator, RealNameCheck.State.VERIFIED)
    publish(browser, inbox)
    browser.post("/need/details/", {**DETAILS, "note": PLANTED["unpublished words"]})
    browser.post("/need/reach/", {**REACH, **TYPED_CELL})
    other = make_resident("+8613800138002", Level.PHONE)
    person.refresh_from_db()
    mine = Post.objects.get(resident=person)
    contact.reveal(mine, other)
    contact.set_blocked(mine, person, mine.reveals.get().pk, True)
    shown = offer(other)
    contact.reveal(shown, person)
    reports.report(
        reports.Subject(shown),
        reports.Reporter(resident=person),
        ReportReason.SOLD,
        PLANTED["words of a report"],
    )
    asks = need(other, reached_by="message", contact_phone="", contact_wechat="")
    messaging.send(asks, person, PLANTED["words of a message"], person.phone)
    need(person, at=AT, held_note=PLANTED["note that waits"])
    planted = {**PLANTED, "identifier": str(person.pk)}
    never_kept = planted.keys() - seen.keys() - where(planted).keys()
    assert never_kept == {"network address"}, "the search finds all the rest"
    return planted


def publish(browser: Client, inbox: Inbox) -> None:
    browser.post("/need/details/", {**DETAILS, "note": PLANTED["note"]})
    reached = {
        "landmark": PLANTED["landmark"],
        "name": PLANTED["name on the post"],
        "phone": PLANTED["contact phone"],
        "wechat": PLANTED["WeChat ID"],
    }
    browser.post("/need/reach/", {**REACH, **reached, **TYPED_CELL})
    agreed = {f"agree_{purpose}": "on" for purpose in consent.NEEDED["publish"]}
    browser.post("/need/check/", agreed)
    browser.post("/phone/prove/", {"code": inbox.code})
    assert "published" in browser.post("/need/check/").url


def in_time(days: float) -> None:
    pass_days(days)
    call_command("tidy", verbosity=0)


def test_a_week_after_a_post_is_over_its_contact_is_gone(life):
    in_time(2.5)
    assert {"contact phone", "WeChat ID", "landmark", "note", "cell"} <= where(life).keys()
    in_time(8)  # a need runs out after three days
    left = where(life)
    contact_data = {"contact phone", "WeChat ID", "landmark", "name on the post", "note"}
    assert not contact_data & left.keys(), left
    assert not {"full name", "document number", "unpublished words"} & left.keys()
    assert left["account phone"] == {"verification_resident"}
    assert not {"note that waits", "words of a message"} & left.keys()
    assert not {"cell", "number of the cell", "cell as typed"} & left.keys()
    needs = Post.objects.filter(kind=Kind.NEED)
    assert needs.count() == 3
    middle = written(Area.objects.get(pk=NANSHAN).point)
    assert {written(each.point) for each in needs} == {middle}, "the public district stays"


def test_when_all_times_are_over_nothing_is_left_but_the_log_and_a_count(life):
    in_time(400)
    in_time(10)
    assert where(life) == {"identifier": {"safety_auditentry"}}
    assert sum(PostCount.objects.values_list("number", flat=True)) == 4


def test_whoever_leaves_leaves_only_fingerprints_for_a_stated_time(life):
    person = Resident.objects.get(pk=life["identifier"])
    leaving.erase(person, person)
    left = where(life)
    assert {name for name, tables in left.items() if "verification_keptdigest" in tables} == {
        "fingerprint of the account phone",
        "fingerprint of the document",
    }
    counters = {"safety_quotause", "cache", "verification_keptdigest", "django_session"}
    assert {table for tables in left.values() for table in tables} - counters == {
        "safety_auditentry"
    }
    assert left.pop("identifier") >= {"safety_auditentry"}
    assert all(
        name.startswith("fingerprint") or tables == {"django_session"}
        for name, tables in left.items()
    ), left
    in_time(15)
    assert where(life) == {"identifier": {"safety_auditentry"}}


def test_the_log_alone_says_nothing_of_who_it_was(life):
    person = Resident.objects.get(pk=life["identifier"])
    entries = AuditEntry.objects.filter(actor=person.pk)
    assert entries.count() > 3
    written = json.dumps(list(entries.values("act", "details")), ensure_ascii=False)
    assert not [name for name, value in PLANTED.items() if value in written]


def test_tidying_again_finds_nothing_to_do(life, capsys):
    in_time(400)
    capsys.readouterr()
    call_command("tidy")
    numbers = [line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines()]
    assert len(numbers) > 10
    assert set(numbers) == {"0"}
