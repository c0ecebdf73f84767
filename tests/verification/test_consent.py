"""Consent: asked before the first act, again when the wording changes, and taken back at will."""

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from posts import contact, messaging
from posts.models import Draft, Kind, Listing, Message, Post, Reveal, State
from safety.models import AuditEntry
from tests.conftest import signed_in
from tests.posts.factories import need, offer
from tests.posts.test_publish_need import fill_in
from tests.verification.test_real_name import document
from tests.verification.threads import at_once
from verification import consent, real_name
from verification.models import Consent, KeptDigest, Level, RealNameCheck, Resident

pytestmark = pytest.mark.django_db
Purpose = Consent.Purpose
ALL = {f"agree_{purpose}": "on" for purpose in consent.NEEDED["publish"]}


@pytest.fixture
def fresh(resident) -> Resident:
    """Somebody who was never asked."""
    Consent.objects.filter(resident=resident).delete()
    return resident


def test_publishing_asks_for_each_consent_by_a_box_of_its_own(fresh, as_resident):
    fill_in(as_resident)
    page = as_resident.get("/need/check/").content.decode()
    for name in ALL:
        assert f'name="{name}"' in page
    assert "checked" not in page.partition('name="agree_terms"')[2][:200]
    assert 'href="/privacy/"' in page
    assert 'href="/terms/"' in page


@pytest.mark.parametrize("left_out", ALL)
def test_without_one_of_them_nothing_is_published_and_nothing_is_lost(fresh, as_resident, left_out):
    fill_in(as_resident)
    ticked = {name: on for name, on in ALL.items() if name != left_out}
    response = as_resident.post("/need/check/", ticked)
    assert response.status_code == 422
    assert f'href="#id_{left_out}"' in response.content.decode()
    assert not Post.objects.exists()
    assert not fresh.consents.exists()
    assert Draft.objects.get().resident == fresh


def test_with_all_of_them_it_is_published_and_nobody_is_asked_twice(fresh, as_resident):
    fill_in(as_resident)
    assert as_resident.post("/need/check/", ALL).status_code == 302
    assert Post.objects.count() == 1
    assert consent.given(fresh) == {"terms", "age", "sensitive"}
    fill_in(as_resident)
    assert "agree_" not in as_resident.get("/need/check/").content.decode()


def test_looking_at_a_number_asks_for_the_terms_and_the_age_only(fresh, as_resident, helper):
    post = offer(helper)
    url = f"/posts/{post.public_id}/contact/"
    page = as_resident.get(url).content.decode()
    assert "agree_terms" in page
    assert "agree_age" in page
    assert "agree_sensitive" not in page
    assert as_resident.post(url).status_code == 422
    assert as_resident.post(url, {"agree_terms": "on"}).status_code == 422
    assert not Reveal.objects.exists()
    as_resident.post(url, {"agree_terms": "on", "agree_age": "on"})
    assert Reveal.objects.get().resident == fresh


@pytest.mark.parametrize("purpose", consent.NEEDED["publish"])
def test_a_new_wording_is_asked_for_again(resident, as_resident, monkeypatch, purpose):
    monkeypatch.setitem(consent.VERSIONS, purpose, "2027-01")
    fill_in(as_resident)
    page = as_resident.get("/need/check/").content.decode()
    assert f"agree_{purpose}" in page
    assert page.count("agree_") == page.count(f"agree_{purpose}")
    assert as_resident.post("/need/check/").status_code == 422
    as_resident.post("/need/check/", {f"agree_{purpose}": "on"})
    assert Post.objects.count() == 1
    versions = resident.consents.filter(purpose=purpose).values_list("version", flat=True)
    assert set(versions) == {"2026-11", "2027-01"}


def test_a_changed_wording_needs_a_new_version():
    """If this fails: raise the version in VERSIONS, then put the new pair here."""
    wordings = {
        purpose.value: (
            consent.VERSIONS[purpose],
            hashlib.sha256(consent.WORDS[purpose]._args[0].encode()).hexdigest()[:12],
        )
        for purpose in Purpose
    }
    assert wordings == {
        "terms": ("2026-11", "9b3d85bf80e0"),
        "age": ("2026-11", "d8cc71e0c787"),
        "sensitive": ("2026-11", "60a2f113b8a5"),
        "real-name": ("2026-11", "d1e249ae66d7"),
    }


def test_an_own_account_needs_an_age_of_14_and_posting_for_a_child_does_not(fresh, as_resident):
    fill_in(as_resident, details={"whom": ["child"], "youngest": "3", "youngest_unit": "years"})
    page = as_resident.get("/need/check/").content.decode()
    assert "14" in page.partition('name="agree_age"')[2][:200]
    without_age = {name: on for name, on in ALL.items() if name != "agree_age"}
    assert as_resident.post("/need/check/", without_age).status_code == 422
    assert as_resident.post("/need/check/", ALL).status_code == 302
    post = Post.objects.get()
    assert (post.whom, post.youngest_months) == (["child"], 36)


def test_taking_the_consent_back_takes_the_posts_off_and_empties_them(resident, as_resident):
    post = need(resident, landmark="南门岗亭", contact_wechat="liu_123456", note="家里有老人")
    as_resident.post("/account/data/withdraw/", {"purpose": "sensitive"})
    post.refresh_from_db()
    assert post.state == State.RESOLVED
    assert (post.contact_phone, post.contact_wechat, post.landmark) == ("", "", "")
    assert (post.contact_name, post.note, post.whom, post.fever_since) == ("", "", [], None)
    assert (post.point, post.by_area) == (post.area.point, True)
    assert not Listing.objects.exists()
    assert "sensitive" not in consent.given(resident)
    assert resident.consents.get(purpose="sensitive").withdrawn_at
    assert AuditEntry.objects.get(act="consent withdrawn").details == {"purpose": "sensitive"}
    assert as_resident.get("/mine/").status_code == 200
    assert as_resident.get(f"/posts/{post.public_id}/contact/").status_code == 200


def test_what_one_wrote_to_others_goes_with_the_consent(resident, helper):
    asks = need(helper, reached_by="message", contact_phone="", contact_wechat="")
    messaging.send(asks, resident, "请打给我", resident.phone)
    consent.withdraw(resident, Purpose.TERMS)
    message = Message.objects.get()
    assert (message.text, message.phone, message.state) == ("", "", Message.State.WITHDRAWN)


def test_whoever_gives_it_again_can_publish_again(resident, as_resident):
    consent.withdraw(resident, Purpose.TERMS)
    fill_in(as_resident)
    assert as_resident.post("/need/check/").status_code == 422
    as_resident.post("/need/check/", {"agree_terms": "on"})
    assert Post.objects.filter(state=State.OPEN).count() == 1
    assert resident.consents.filter(purpose="terms").count() == 2


def test_taking_the_real_name_back_erases_the_check_and_the_mark(newcomer, settings):
    settings.LEVEL_TO_PUBLISH = "phone"
    checked = real_name.submit(newcomer, document())
    newcomer.refresh_from_db()
    post = offer(newcomer)
    assert post.level == Level.REAL_NAME
    consent.withdraw(newcomer, Purpose.REAL_NAME)
    newcomer.refresh_from_db()
    post.refresh_from_db()
    assert newcomer.level == post.level == Level.PHONE
    assert post.state == State.OPEN
    assert not RealNameCheck.objects.exists()
    assert KeptDigest.objects.get().digest == checked.document_digest


def test_where_the_real_name_is_needed_for_posting_the_posts_go_with_it(newcomer):
    real_name.submit(newcomer, document())
    newcomer.refresh_from_db()
    post = offer(newcomer)
    consent.withdraw(newcomer, Purpose.REAL_NAME)
    post.refresh_from_db()
    assert post.state == State.RESOLVED


def test_the_page_shows_what_was_agreed_and_nothing_of_others(resident, as_resident, helper):
    page = as_resident.get("/account/data/").content.decode()
    assert page.count('action="/account/data/withdraw/"') == 3
    consent.withdraw(resident, Purpose.AGE)
    page = as_resident.get("/account/data/").content.decode()
    assert page.count('action="/account/data/withdraw/"') == 2
    as_resident.post("/account/data/withdraw/", {"purpose": "no such"})
    as_resident.get("/account/data/withdraw/")
    assert consent.given(helper) == {"terms", "age", "sensitive"}
    assert consent.given(resident) == {"terms", "sensitive"}


def test_one_who_was_shown_a_number_before_may_look_again_without_being_asked(resident, helper):
    post = offer(helper)
    contact.reveal(post, resident)
    Consent.objects.all().delete()
    assert signed_in(resident).get(f"/posts/{post.public_id}/contact/").status_code == 200


def test_the_database_keeps_one_consent_for_each_wording(resident):
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.create(resident=resident, purpose="terms", version="2026-11")
    early = timezone.now() - timedelta(days=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consent.objects.filter(resident=resident).update(withdrawn_at=early)


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_gives_one_consent(make_resident):
    person = make_resident()

    def give():
        consent.give(Resident.objects.get(pk=person.pk), ["terms", "age"])
        connection.close()

    at_once(*[give] * 4)
    assert sorted(person.consents.values_list("purpose", flat=True)) == ["age", "terms"]


def test_a_draft_that_edits_a_post_goes_with_the_consent(resident):
    post = offer(resident)
    Draft.objects.create(kind=Kind.OFFER, resident=resident, editing=post)
    consent.withdraw(resident, Purpose.SENSITIVE)
    assert not Draft.objects.exists()
