"""Replay: a code or a form that did its work once must not do it again."""

import itertools
import json
import time

import pytest
from django.core.cache import cache
from django.test import Client

from posts.models import Post
from safety.models import AuditEntry
from tests.conftest import signed_in
from tests.posts.test_publish_need import fill_in
from tests.verification.conftest import enters, inbox  # noqa: F401 -- the phone that receives texts
from tests.verification.threads import at_once
from verification import consent, phone_proof
from verification.adapter import AccountAdapter
from verification.models import PhoneProof, Resident

pytestmark = pytest.mark.django_db
PHONE = "13800138022"


@pytest.fixture(autouse=True)
def empty_cache(db):
    cache.clear()


@pytest.fixture(autouse=True)
def codes_that_differ(monkeypatch):
    """Two random codes are the same once in a million runs."""
    numbers = itertools.count(100_001)
    monkeypatch.setattr(
        AccountAdapter, "generate_phone_verification_code", lambda *_a, **_k: str(next(numbers))
    )


def ask(browser: Client) -> None:
    assert browser.post("/signin/", {"phone": PHONE}).status_code == 302


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_a_code_signs_in_once(client, inbox):  # noqa: F811
    ask(client)
    enters(client, inbox.code)
    assert is_signed_in(client)
    client.post("/signout/")
    enters(client, inbox.code)
    assert not is_signed_in(client)


def test_a_code_works_only_in_the_browser_that_asked_for_it(client, inbox):  # noqa: F811
    """Somebody reads the code over a shoulder and types it on his own phone."""
    ask(client)
    thief = Client()
    enters(thief, inbox.code)
    assert not is_signed_in(thief)
    overheard = inbox.code
    ask(thief)
    thief.post("/signin/code/", {"code": overheard})
    assert not is_signed_in(thief)
    assert not Resident.objects.exists()


def test_the_cookies_of_before_sign_in_are_worth_nothing_after_it(client, inbox):  # noqa: F811
    ask(client)
    before = client.cookies["sessionid"].value
    enters(client, inbox.code)
    thief = Client()
    thief.cookies["sessionid"] = before
    assert thief.get("/account/").status_code == 302
    assert not is_signed_in(thief)


def test_the_cookie_of_a_session_that_was_signed_out_is_worth_nothing(client, inbox):  # noqa: F811
    ask(client)
    enters(client, inbox.code)
    stolen = client.cookies["sessionid"].value
    client.post("/signout/")
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert thief.get("/account/").status_code == 302


def test_the_same_form_sent_twice_publishes_once(as_resident):
    fill_in(as_resident)
    as_resident.post("/need/check/")
    as_resident.post("/need/check/")
    assert Post.objects.count() == 1


# --- the code beside 发布 -------------------------------------------------------------------------
AGREED = {f"agree_{purpose}": "on" for purpose in consent.NEEDED["publish"]}


@pytest.fixture
def phone_is_enough(settings):
    settings.LEVEL_TO_PUBLISH = "phone"


def publish(browser: Client, code: str):
    return browser.post("/need/check/", {**AGREED, "code": code})


def copy_of(browser: Client) -> Client:
    """The same cookies on another device."""
    other = Client()
    other.cookies = browser.cookies.copy()
    return other


@pytest.mark.usefixtures("phone_is_enough")
def test_the_code_beside_publishing_publishes_once(client, inbox):  # noqa: F811
    fill_in(client, contact={"phone": PHONE})
    before = copy_of(client)
    used = inbox.code
    assert "/published/" in publish(client, used)["Location"]
    assert publish(before, used)["Location"] == "/need/"
    assert not is_signed_in(before)
    client.post("/signout/")
    fill_in(client, contact={"phone": PHONE})
    assert publish(client, used).status_code == 422
    assert not is_signed_in(client)
    assert Post.objects.count() == 1


@pytest.mark.usefixtures("phone_is_enough")
def test_the_code_beside_publishing_is_for_one_browser_and_one_number(client, inbox):  # noqa: F811
    fill_in(client, contact={"phone": PHONE})
    overheard = inbox.code
    thief = Client()
    thief.cookies["draft-need"] = client.cookies["draft-need"].value
    publish(thief, overheard)
    fill_in(client, contact={"phone": "13800138023"})
    assert publish(client, overheard).status_code == 422
    assert not Resident.objects.exists()
    assert not Post.objects.exists()


@pytest.mark.usefixtures("phone_is_enough")
def test_the_code_beside_publishing_does_nothing_else(client, inbox):  # noqa: F811
    fill_in(client, contact={"phone": PHONE})
    used = inbox.code
    publish(client, used)
    age_of_the_last_code(client, minutes=11)
    assert_refused_elsewhere(client, used)
    client.post("/signout/")
    ask(client)
    enters(client, used)
    assert not is_signed_in(client)


@pytest.mark.usefixtures("phone_is_enough")
@pytest.mark.django_db(transaction=True)
def test_one_code_sent_twice_at_once_publishes_once(client, inbox):  # noqa: F811
    fill_in(client, contact={"phone": PHONE})
    browsers = [client, copy_of(client)]
    at_once(*[lambda browser=each: publish(browser, inbox.code).status_code for each in browsers])
    assert Post.objects.count() == Resident.objects.count() == 1


# --- the proof of another number ------------------------------------------------------------------
OTHER, THIRD = "13900139000", "13900139001"


def begin_proof(browser: Client, phone: str = OTHER) -> None:
    fill_in(browser, contact={"phone": phone})
    assert browser.post("/need/check/", AGREED)["Location"] == "/phone/prove/"


def prove(browser: Client, code: str):
    return browser.post("/phone/prove/", {"code": code})


def test_a_code_proves_a_number_once(as_resident, resident, inbox):  # noqa: F811
    begin_proof(as_resident)
    used = inbox.code
    prove(as_resident, used)
    PhoneProof.objects.all().delete()  # as if it had been taken back
    assert prove(as_resident, used)["Location"] == "/account/"
    begin_proof(as_resident)
    assert prove(as_resident, used).status_code == 422
    assert not PhoneProof.objects.exists()


def test_a_code_proves_the_number_it_went_to_alone(as_resident, resident, inbox):  # noqa: F811
    begin_proof(as_resident)
    first = inbox.code
    begin_proof(as_resident, THIRD)
    assert prove(as_resident, first).status_code == 422
    assert prove(as_resident, inbox.code).status_code == 302
    assert phone_proof.is_proven(resident, f"+86{THIRD}")
    assert not phone_proof.is_proven(resident, f"+86{OTHER}")


def test_a_code_proves_a_number_for_who_asked_and_where(as_resident, resident, helper, inbox):  # noqa: F811
    begin_proof(as_resident)
    first = inbox.code
    again, other = signed_in(resident), signed_in(helper)
    for browser in (again, other):
        assert prove(browser, first)["Location"] == "/account/"
    begin_proof(again)
    assert prove(again, first).status_code == 422
    assert not PhoneProof.objects.exists()


def test_the_code_of_a_proof_confirms_nothing(as_resident, inbox):  # noqa: F811
    begin_proof(as_resident)
    assert_refused_elsewhere(as_resident, inbox.code)


# --- the code before an act that cannot be taken back ---------------------------------------------
COPY, ERASE, CONFIRM = "/account/data/copy/", "/account/erase/", "/account/confirm/"


def age_of_the_last_code(browser: Client, minutes: float) -> None:
    session = browser.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 60 * minutes
    session.save()


def confirm(browser: Client, code: str):
    return browser.post(CONFIRM, {"code": code})


def assert_refused_elsewhere(browser: Client, code: str) -> None:
    """A code of something else neither hands data out nor erases: not where none is asked for, and
    not beside one of its own that is.
    """
    assert confirm(browser, code)["Location"] == "/account/data/"
    for act in (COPY, ERASE):
        assert browser.post(act)["Location"] == CONFIRM
        assert confirm(browser, code).status_code == 422
        assert browser.post(act)["Location"] == CONFIRM
    assert not AuditEntry.objects.filter(act__in=["account erased", "data exported"]).exists()


def test_a_confirmation_is_of_one_session_and_runs_out(as_resident, resident, inbox):  # noqa: F811
    assert as_resident.post(COPY)["Location"] == CONFIRM
    used = inbox.code
    other = signed_in(resident)
    assert confirm(other, used)["Location"] == "/account/data/"
    confirm(as_resident, used)
    assert json.loads(as_resident.post(COPY).content)["data"]
    assert other.post(COPY)["Location"] == CONFIRM
    assert confirm(other, used).status_code == 422
    assert other.post(COPY)["Location"] == CONFIRM
    age_of_the_last_code(as_resident, minutes=11)
    assert confirm(as_resident, used)["Location"] == "/account/data/"
    assert as_resident.post(ERASE)["Location"] == CONFIRM
    assert confirm(as_resident, used).status_code == 422
    assert as_resident.post(ERASE)["Location"] == CONFIRM
    assert Resident.objects.filter(pk=resident.pk).exists()


def test_the_code_of_a_confirmation_proves_no_number_and_signs_nobody_in(
    as_resident,
    resident,
    client,
    inbox,  # noqa: F811
):
    as_resident.post(COPY)
    own = inbox.code
    begin_proof(as_resident)
    assert prove(as_resident, own).status_code == 422
    assert not PhoneProof.objects.exists()
    assert client.post("/signin/", {"phone": resident.phone}).status_code == 302
    enters(client, own)
    assert not is_signed_in(client)
