"""A new number: no account before its owner has agreed to the terms and is old enough."""

import time

import pytest
from django.core.cache import cache
from django.test import Client

from safety.models import AuditEntry
from tests.verification.conftest import enters
from tests.verification.threads import at_once
from verification import consent, leaving
from verification.models import Resident

pytestmark = pytest.mark.django_db

NEW = "13800138000"
JOIN = "/signin/join/"
BOTH = {"agree_terms": "on", "agree_age": "on"}


@pytest.fixture(autouse=True)
def empty_cache(db):
    cache.clear()


def proves(browser, inbox, phone=NEW, **more):
    browser.post("/signin/", {"phone": phone, **more})
    return browser.post("/signin/code/", {"code": inbox.code})


def is_in(browser):
    return "_auth_user_id" in browser.session


def test_a_right_code_of_a_new_number_makes_no_account_yet(client, inbox):
    assert proves(client, inbox).url == JOIN
    page = client.get(JOIN).content.decode()
    assert 'name="agree_terms"' in page
    assert 'name="agree_age"' in page
    assert not Resident.objects.exists()
    assert not AuditEntry.objects.filter(act="joined").exists()
    assert not is_in(client)


@pytest.mark.parametrize("left_out", sorted(BOTH))
def test_without_one_of_the_boxes_there_is_no_account(client, inbox, left_out):
    proves(client, inbox)
    answer = client.post(JOIN, {each: "on" for each in BOTH if each != left_out})
    assert answer.status_code == 422
    assert answer.context["form"].has_error(left_out)
    assert answer.content.decode().count(" checked") == 1  # the other tick is not lost
    assert not Resident.objects.exists()
    assert client.post(JOIN, BOTH).url == "/"
    assert consent.given(Resident.objects.get()) == {"terms", "age"}


def test_the_account_and_what_its_owner_agreed_to_come_together_or_not_at_all(
    client, inbox, monkeypatch
):
    proves(client, inbox)

    def fail(*_args):
        raise OSError

    with monkeypatch.context() as broken, pytest.raises(OSError, match="^$"):
        broken.setattr(consent, "give", fail)
        client.post(JOIN, BOTH)
    assert not Resident.objects.exists()


def test_a_known_number_is_not_asked_again(client, inbox, newcomer):
    assert proves(client, inbox, newcomer.phone).url == "/"
    assert is_in(client)


def test_the_way_back_and_the_shared_device_are_kept(client, inbox):
    client.post("/signin/", {"phone": NEW, "shared": "on", "next": "/need/"})
    answer = enters(client, inbox.code, "?next=/need/")
    assert answer.url == "/need/"
    assert client.cookies["sessionid"]["max-age"] == ""


def test_who_has_proven_nothing_is_led_back(client, inbox):
    assert client.post(JOIN, BOTH, follow=True).redirect_chain[-1][0] == "/signin/"
    client.post("/signin/", {"phone": NEW})
    assert client.post(JOIN, BOTH).url == "/signin/code/"
    assert not Resident.objects.exists()


def test_a_proven_number_is_not_asked_for_its_code_again(client, inbox):
    proves(client, inbox)
    assert client.get("/signin/code/").url == JOIN
    assert client.post("/signin/code/", {"code": inbox.code}).url == JOIN


def test_there_are_ten_minutes_to_read_the_terms(client, inbox, monkeypatch):
    proves(client, inbox)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 590)
    assert client.get(JOIN).status_code == 200
    monkeypatch.setattr(time, "time", lambda: now + 601)
    assert client.post(JOIN, BOTH, follow=True).redirect_chain[-1][0] == "/signin/"
    assert not Resident.objects.exists()


def test_another_browser_cannot_join_with_the_proof_of_this_one(client, inbox):
    proves(client, inbox)
    assert Client().post(JOIN, BOTH).url == "/signin/code/"
    assert not Resident.objects.exists()


def test_the_session_gets_a_new_key_when_one_joins(client, inbox):
    proves(client, inbox)
    before = client.session.session_key
    client.post(JOIN, BOTH)
    assert is_in(client)
    assert client.session.session_key != before


def test_a_number_that_was_erased_lately_is_told_before_it_is_asked(client, inbox, newcomer):
    phone = newcomer.phone
    leaving.erase(newcomer, newcomer)
    assert proves(client, inbox, phone).status_code == 403


def test_who_is_signed_in_has_nothing_to_join(client, newcomer):
    client.force_login(newcomer)
    assert client.get(JOIN).url == "/"


@pytest.mark.django_db(transaction=True)
def test_two_who_prove_one_number_and_join_at_once_make_one_account(inbox):
    browsers = [Client(), Client()]
    for each in browsers:
        proves(each, inbox)
    at_once(*(lambda each=each: each.post(JOIN, BOTH) for each in browsers))
    person = Resident.objects.get()
    assert sorted(person.consents.values_list("purpose", flat=True)) == ["age", "terms"]
    assert all(map(is_in, browsers))
