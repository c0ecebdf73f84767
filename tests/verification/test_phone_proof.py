"""A contact number that is not the account's is proven by a code."""

import time

import pytest
from allauth.core.context import request_context
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import Client, RequestFactory

from safety.encryption import digest
from safety.models import AuditEntry
from tests.verification.threads import at_once
from verification import codes, phone_proof
from verification.models import PhoneProof

pytestmark = pytest.mark.django_db

OTHER = "+8613700137000"


def start(client, resident, phone=OTHER):
    """What a form of ours does with the number that it was given."""
    request = RequestFactory().post("/need/reach/")
    request.user = resident
    request.session = client.session
    request._messages = FallbackStorage(request)
    with request_context(request):  # allauth's middleware does this
        response = phone_proof.start_proof(request, phone, "/need/check/")
    request.session.save()
    return response


def test_the_own_number_is_proven(newcomer):
    assert phone_proof.is_proven(newcomer, newcomer.phone)
    assert not phone_proof.is_proven(newcomer, OTHER)


def test_a_right_code_proves_the_number_and_leads_back(as_newcomer, newcomer, inbox):
    response = start(as_newcomer, newcomer)
    assert response.url == "/phone/prove/"
    assert inbox.messages[0][0] == OTHER
    page = as_newcomer.get("/phone/prove/").content.decode()
    assert "7000" in page
    assert OTHER not in page
    assert as_newcomer.post("/phone/prove/", {"code": inbox.code}).url == "/need/check/"
    assert phone_proof.is_proven(newcomer, OTHER)
    assert AuditEntry.objects.get(actor=newcomer.pk).act == "phone proven"
    assert start(as_newcomer, newcomer).url == "/need/check/"
    assert len(inbox.messages) == 1


def test_a_proof_counts_for_its_resident_alone(as_newcomer, newcomer, inbox, make_resident):
    start(as_newcomer, newcomer)
    as_newcomer.post("/phone/prove/", {"code": inbox.code})
    assert not phone_proof.is_proven(make_resident(), OTHER)


def test_a_wrong_code_proves_nothing_and_five_kill_it(as_newcomer, newcomer, inbox):
    start(as_newcomer, newcomer)
    statuses = [
        as_newcomer.post("/phone/prove/", {"code": inbox.wrong_code}).status_code for _ in range(5)
    ]
    assert statuses == [422] * 4 + [302]
    assert as_newcomer.post("/phone/prove/", {"code": inbox.code}).url == "/account/"
    assert not PhoneProof.objects.exists()


def test_a_code_runs_out(as_newcomer, newcomer, inbox, monkeypatch):
    start(as_newcomer, newcomer)
    later = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: later)
    assert as_newcomer.post("/phone/prove/", {"code": inbox.code}).url == "/account/"
    assert not PhoneProof.objects.exists()


def test_the_page_asks_for_sign_in(client):
    assert client.get("/phone/prove/").url.startswith("/signin/")


def test_too_many_codes_lead_back_with_a_sentence(as_newcomer, newcomer, inbox):
    for _code in range(codes.PER_PHONE.capacity):
        assert codes.PER_PHONE.use(digest("phone", OTHER))
    assert start(as_newcomer, newcomer).url == "/need/check/"
    assert not inbox.messages


def test_one_code_is_on_its_way_to_a_number_however_often_it_is_asked_for(
    as_newcomer, newcomer, inbox
):
    for _tap in range(3):
        assert start(as_newcomer, newcomer).url == "/phone/prove/"
    assert len(inbox.messages) == 1


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_are_all_counted(make_resident, inbox, monkeypatch):
    resident, compared = make_resident(), []
    visitors = [Client() for _ in range(12)]
    visitors[0].force_login(resident)
    start(visitors[0], resident)
    compare = codes.compare_user_code
    monkeypatch.setattr(
        codes, "compare_user_code", lambda **pair: compared.append(1) or compare(**pair)
    )
    for visitor in visitors[1:]:
        visitor.cookies = visitors[0].cookies.copy()
    wrong = inbox.wrong_code
    at_once(*(lambda v=v: v.post("/phone/prove/", {"code": wrong}) for v in visitors))
    assert 1 <= len(compared) <= 5


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_makes_one_proof(make_resident, inbox):
    resident = make_resident()
    first, second = Client(), Client()
    first.force_login(resident)
    start(first, resident)
    second.cookies = first.cookies.copy()
    at_once(*(lambda v=v: v.post("/phone/prove/", {"code": inbox.code}) for v in (first, second)))
    assert PhoneProof.objects.count() == 1
