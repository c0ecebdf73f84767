"""How long somebody stays signed in: shared devices, other devices, numbers with a new owner."""

import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from safety.models import AuditEntry
from tests.conftest import make_resident as make_with_level
from tests.conftest import signed_in
from tests.posts.factories import offer
from tests.verification.conftest import enters
from tests.verification.threads import at_once
from verification import real_name, suspension
from verification.documents import Document
from verification.models import DocumentType, Level, RealNameCheck, Resident

pytestmark = pytest.mark.django_db
PHONE = "13800138000"


@pytest.fixture(autouse=True)
def empty_cache(db):
    cache.clear()


def sign_in(inbox, phone=PHONE, **more) -> Client:
    cache.clear()  # allauth lets one number ask three times a minute
    browser = Client()
    browser.post("/signin/", {"phone": phone, **more})
    enters(browser, inbox.code)
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


def row(browser: Client) -> Session:
    return Session.objects.get(pk=browser.cookies["sessionid"].value)


def pass_by(browser: Client, minutes: float) -> None:
    """Let time go by for one session: its row, and what it remembers of its last use."""
    session = browser.session
    session["_used_at"] = session["_used_at"] - minutes * 60
    session.save()
    end = row(browser).expire_date - timedelta(minutes=minutes)
    Session.objects.filter(pk=session.session_key).update(expire_date=end)


# --- a device that others use too -----------------------------------------------------------------
def test_on_ones_own_device_one_stays_signed_in(inbox):
    browser = sign_in(inbox)
    assert browser.cookies["sessionid"]["max-age"] == 14 * 24 * 3600
    assert row(browser).expire_date > timezone.now() + timedelta(days=13)


def test_on_a_shared_device_the_session_ends_with_the_browser(inbox):
    browser = sign_in(inbox, shared="on")
    assert is_in(browser)
    assert browser.cookies["sessionid"]["max-age"] == ""
    assert browser.cookies["sessionid"]["expires"] == ""


def test_on_a_shared_device_it_ends_after_half_an_hour_without_use(inbox):
    browser = sign_in(inbox, shared="on")
    pass_by(browser, 29)
    assert is_in(browser)  # which begins the half hour anew
    pass_by(browser, 29)
    assert is_in(browser)
    pass_by(browser, 31)
    assert not is_in(browser)


def test_the_row_of_a_shared_session_is_not_written_by_every_request(inbox):
    browser = sign_in(inbox, shared="on")
    before = row(browser).expire_date
    is_in(browser)
    assert row(browser).expire_date == before


def test_the_tick_for_a_shared_device_survives_a_wrong_code_and_a_new_one(inbox):
    browser = Client()
    browser.post("/signin/", {"phone": PHONE, "shared": "on"})
    browser.post("/signin/code/", {"code": inbox.wrong_code})
    browser.post("/signin/code/", {"resend": "1"})
    enters(browser, inbox.code)
    assert browser.cookies["sessionid"]["max-age"] == ""


def test_a_number_that_is_refused_keeps_the_tick(client, inbox):
    page = client.post("/signin/", {"phone": "12", "shared": "on"})
    assert page.status_code == 422
    assert 'name="shared" aria-describedby="id_shared_helptext" id="id_shared" checked' in (
        page.content.decode()
    )


def test_signing_out_makes_the_browser_forget_its_pages(inbox):
    answer = sign_in(inbox).post("/signout/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'


# --- other devices --------------------------------------------------------------------------------
def test_signing_out_elsewhere_ends_all_sessions_but_this_one(inbox):
    here, there, shared = sign_in(inbox), sign_in(inbox), sign_in(inbox, shared="on")
    before = here.cookies["sessionid"].value
    assert here.post("/account/sign-out-elsewhere/").url == "/account/"
    assert [is_in(each) for each in (here, there, shared)] == [True, False, False]
    assert here.cookies["sessionid"].value != before
    assert is_in(sign_in(inbox))
    entry = AuditEntry.objects.get(act="signed out elsewhere")
    assert entry.actor == Resident.objects.get().pk


def test_signing_out_elsewhere_needs_a_post_and_a_sign_in(client, inbox):
    assert client.post("/account/sign-out-elsewhere/").url.startswith("/signin/")
    assert sign_in(inbox).get("/account/sign-out-elsewhere/").status_code == 405


def test_it_ends_nobody_elses_session(as_newcomer, make_resident):
    other = signed_in(make_resident())
    as_newcomer.post("/account/sign-out-elsewhere/")
    assert is_in(other)


def test_a_suspended_member_of_staff_is_not_back_in_by_an_old_session(moderator):
    clerk = Resident.objects.create_user("clerk", "a long enough password", is_staff=True)
    browser = signed_in(clerk)
    for suspended in (True, False):
        suspension.set_suspended(clerk, moderator, suspended, suspension.Reason.MISTAKE)
    assert browser.get("/admin/").status_code == 302


# --- a number with a new owner --------------------------------------------------------------------
@pytest.fixture
def known(inbox, newcomer, settings) -> Resident:
    """Verified by the demo provider with a passport."""
    settings.REAL_NAME_PROVIDER = "demo"
    real_name.submit(newcomer, Document(DocumentType.PASSPORT, "刘小红", "E12345678"))
    newcomer.refresh_from_db()
    assert newcomer.level == Level.REAL_NAME
    return newcomer


def last_seen(resident: Resident, days: float) -> None:
    Resident.objects.filter(pk=resident.pk).update(last_login=timezone.now() - timedelta(days=days))


def test_who_was_away_for_long_confirms_the_name_again(known, inbox):
    old = signed_in(known)
    last_seen(known, 91)
    browser = sign_in(inbox, known.phone)
    known.refresh_from_db()
    assert known.level == Level.PHONE
    check = RealNameCheck.objects.get()
    assert (check.state, check.reason) == ("try_later", "lapsed")
    assert is_in(browser)
    assert not is_in(old)
    words = browser.get("/real-name/", headers={"accept-language": "en"}).content.decode()
    assert "please confirm your name again" in words.replace("\n", " ")
    assert AuditEntry.objects.get(act="real-name lapsed").subject == str(known.pk)


def test_a_suspended_account_keeps_its_document_however_long_it_is_away(known, inbox, moderator):
    """Else its owner could verify the same document with a new number."""
    suspension.set_suspended(known, moderator, True, suspension.Reason.SPAM)
    last_seen(known, 91)
    sign_in(inbox, known.phone)
    known.refresh_from_db()
    assert known.level == Level.REAL_NAME
    assert RealNameCheck.objects.get().state == "verified"


def test_open_posts_lose_the_mark_of_a_verified_poster_too(known, inbox):
    post = offer(known)
    assert post.level == Level.REAL_NAME
    last_seen(known, 91)
    sign_in(inbox, known.phone)
    post.refresh_from_db()
    assert post.level == Level.PHONE


def test_who_comes_back_in_time_stays_verified(known, inbox):
    last_seen(known, 89)
    assert is_in(sign_in(inbox, known.phone))
    known.refresh_from_db()
    assert known.level == Level.REAL_NAME
    last_seen(known, 89)
    sign_in(inbox, known.phone)
    assert RealNameCheck.objects.get().state == "verified"


def test_who_never_signed_in_counts_from_joining(known, inbox):
    Resident.objects.filter(pk=known.pk).update(
        last_login=None, date_joined=timezone.now() - timedelta(days=91)
    )
    sign_in(inbox, known.phone)
    known.refresh_from_db()
    assert known.level == Level.PHONE


def test_the_new_owner_and_the_old_one_can_both_be_verified(known, inbox):
    last_seen(known, 200)
    sign_in(inbox, known.phone)
    known.refresh_from_db()
    real_name.submit(known, Document(DocumentType.PASSPORT, "王大明", "E87654321"))
    old_owner = make_with_level("+8613700137000", Level.PHONE)
    real_name.submit(old_owner, Document(DocumentType.PASSPORT, "刘小红", "E12345678"))
    for each in (known, old_owner):
        each.refresh_from_db()
        assert each.level == Level.REAL_NAME


@pytest.mark.django_db(transaction=True)
def test_two_sign_ins_at_once_let_the_name_lapse_once(known, inbox):
    last_seen(known, 91)
    browsers, codes = [Client(), Client()], []
    for each in browsers:
        each.post("/signin/", {"phone": known.phone})
        codes.append(inbox.code)
    at_once(*(lambda b=b, c=c: enters(b, c) for b, c in zip(browsers, codes, strict=True)))
    known.refresh_from_db()
    assert known.level == Level.PHONE
    assert AuditEntry.objects.filter(act="real-name lapsed").count() == 1
    assert all(map(is_in, browsers))


def test_time_passes_in_these_tests(inbox):
    """`pass_by` must do what waiting does: a session that it leaves alone goes on."""
    browser = sign_in(inbox, shared="on")
    assert browser.session["_used_at"] == pytest.approx(time.time(), abs=30)
