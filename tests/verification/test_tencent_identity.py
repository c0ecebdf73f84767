"""Real names by Tencent Cloud FaceID: every documented outcome, and what never leaves a trace."""

import logging

import pytest
from django.test import Client

from safety.models import AuditEntry
from tests.verification import tencent_server
from tests.verification.test_real_name import NAME, NUMBER, every_text_in_the_database, payload
from verification import identity, real_name
from verification import tencent as calls
from verification.documents import Document
from verification.identity import Outcome
from verification.models import DocumentType, Level, RealNameCheck

pytestmark = pytest.mark.django_db
State, Reason = RealNameCheck.State, RealNameCheck.Reason
PERSON = (Outcome.NEEDS_PERSON, "")


def check(kind=DocumentType.ID_CARD, number=NUMBER):
    answer = identity.provider().check(Document(kind, NAME, number))
    return answer.outcome, answer.reason


def problems(caplog):
    return [each for each in caplog.records if each.levelno >= logging.WARNING]


def test_name_and_number_are_asked_for_in_a_rightly_signed_call(tencent, caplog):
    assert check() == (Outcome.VERIFIED, "")
    assert tencent.requests == [{"IdCard": NUMBER, "Name": NAME}]
    assert not problems(caplog)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("0", (Outcome.VERIFIED, "")),
        ("-1", (Outcome.REFUSED, Reason.MISMATCH)),
        ("-2", (Outcome.REFUSED, Reason.INVALID)),
        ("-3", (Outcome.REFUSED, Reason.INVALID)),
        ("-4", PERSON),
        ("-5", PERSON),
        ("-6", PERSON),
        ("-7", (Outcome.REFUSED, Reason.LIMIT)),
        ("1", PERSON),
        ("no such result", PERSON),
    ],
)
def test_each_result_has_its_meaning(tencent, result, expected):
    tencent.answers[:] = [result]
    assert check() == expected
    assert len(tencent.requests) == 1


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("FailedOperation.IdNameMisMatch", (Outcome.REFUSED, Reason.MISMATCH)),
        ("FailedOperation.IdFormatError", (Outcome.REFUSED, Reason.INVALID)),
        ("FailedOperation.NameFormatError", (Outcome.REFUSED, Reason.INVALID)),
        ("FailedOperation.IdNoExistSystem", PERSON),
        ("FailedOperation.IdentityAuthLimitExceeded", (Outcome.REFUSED, Reason.LIMIT)),
    ],
)
def test_an_error_about_the_document_is_an_answer(tencent, code, expected, caplog):
    tencent.answers[:] = [f"error {code}"]
    assert check() == expected
    assert not problems(caplog)


@pytest.mark.parametrize(
    "code",
    [
        "AuthFailure.InvalidSecretId",
        "AuthFailure.UnauthorizedOperation",
        "FailedOperation.CompareLibServiceUnavailable",
        "FailedOperation.DecryptSystemError",
        "FailedOperation.RequestLimitExceeded",
        "FailedOperation.StsUnAuthErrError",
        "FailedOperation.UnKnown",
        "InvalidParameter",
        "InvalidParameterValue",
        "IpNotInWhitelist",
        "LimitExceeded",
        "MissingParameter",
        "ResourceInsufficient",
        "UnauthorizedOperation.ActivateError",
        "UnauthorizedOperation.Activating",
        "UnauthorizedOperation.Arrears",
        "UnauthorizedOperation.ChargeStatusException",
        "UnauthorizedOperation.NonAuthorize",
        "UnauthorizedOperation.Nonactivated",
        "UnsupportedOperation",
    ],
)
def test_what_the_operator_has_to_mend_is_an_error_in_the_log_and_a_person_decides(
    tencent, code, caplog
):
    tencent.answers[:] = [f"error {code}"]
    assert check() == PERSON
    assert len(tencent.requests) == 1  # to ask again would cost, and change nothing
    (problem,) = problems(caplog)
    assert problem.levelno == logging.ERROR
    assert code in problem.getMessage()
    assert tencent_server.REQUEST_ID in problem.getMessage()


PASSING = [
    "close",
    "busy",
    "garbled",
    "redirect",
    "error InternalError",
    "error InternalError.UnKnown",
    "error RequestLimitExceeded",
    "error RequestLimitExceeded.IPLimitExceeded",
]


@pytest.mark.parametrize("trouble", PASSING)
def test_passing_trouble_is_asked_about_once_more(tencent, trouble):
    tencent.answers[:] = [trouble]
    assert check() == (Outcome.VERIFIED, "")
    assert len(tencent.requests) == 2


@pytest.mark.parametrize("trouble", PASSING)
def test_lasting_trouble_ends_after_two_tries_with_a_person(tencent, trouble, caplog):
    tencent.answers[:] = [trouble] * 9
    assert check() == PERSON
    assert len(tencent.requests) == 2
    (problem,) = problems(caplog)
    assert problem.levelno == logging.WARNING


@pytest.mark.parametrize("strange", ["html", "empty"])
def test_an_answer_that_is_none_goes_to_a_person(tencent, strange, caplog):
    tencent.answers[:] = [strange] * 2
    assert check() == PERSON
    assert len(problems(caplog)) == 1


def test_a_slow_service_is_waited_for_so_long_and_no_longer(tencent, monkeypatch):
    monkeypatch.setattr(calls, "TIMEOUT", 0.2)
    tencent.answers[:] = ["slow"] * 2
    assert check() == PERSON


def test_a_service_that_cannot_be_reached_goes_to_a_person(tencent, settings):
    settings.TENCENT_ENDPOINT = "127.0.0.1:1"
    assert check() == PERSON


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"TENCENT_SECRET_ID": "AKIDsomebodyelse00000"}, "AuthFailure.SecretIdNotFound"),
        ({"TENCENT_SECRET_KEY": "anothersecretkey0000000"}, "AuthFailure.SignatureFailure"),
    ],
)
def test_a_wrong_key_is_loud(tencent, settings, caplog, change, code):
    for name, value in change.items():
        setattr(settings, name, value)
    assert check() == PERSON
    assert tencent.requests == []
    assert code in problems(caplog)[0].getMessage()


@pytest.mark.parametrize("seconds", [301, -301])
def test_a_clock_that_is_wrong_by_more_than_five_minutes_is_loud(tencent, caplog, seconds):
    tencent.clock_ahead = seconds
    assert check() == PERSON
    assert "AuthFailure.SignatureExpire" in problems(caplog)[0].getMessage()


def test_the_stand_in_refuses_a_body_that_was_changed_on_the_way(tencent, monkeypatch):
    """Else the tests here would show nothing about the signature."""
    from tencentcloud.common.http.request import ProxyConnection

    send = ProxyConnection.request
    changed = lambda self, method, url, body, headers: send(  # noqa: E731
        self, method, url, body.replace("0011", "0012"), headers
    )
    monkeypatch.setattr(ProxyConnection, "request", changed)
    assert check() == PERSON
    assert tencent.requests == []


@pytest.mark.parametrize(
    "kind", [kind for kind in DocumentType if kind != DocumentType.ID_CARD], ids=str
)
def test_other_documents_go_nowhere_but_to_a_person(tencent, kind):
    assert check(kind, "E12345678") == PERSON
    assert tencent.requests == []


def test_the_page_leads_a_match_to_verified_and_the_rest_to_where_it_belongs(
    tencent, as_newcomer, newcomer
):
    tencent.answers[:] = ["-1", "error UnauthorizedOperation.Arrears"]
    refused = as_newcomer.post("/real-name/", payload(), follow=True)
    assert str(Reason.MISMATCH.label) in refused.content.decode()
    waiting = as_newcomer.post("/real-name/", payload(), follow=True)
    assert str(State.WAITING.label) in waiting.content.decode()
    kept = newcomer.real_name_checks.get(state=State.WAITING)
    assert (kept.provider, kept.number) == ("tencent", NUMBER)
    newcomer.refresh_from_db()
    assert newcomer.level == Level.PHONE


def test_a_match_verifies(tencent, newcomer):
    real_name.submit(newcomer, Document(DocumentType.ID_CARD, NAME, NUMBER))
    newcomer.refresh_from_db()
    assert newcomer.level == Level.REAL_NAME
    assert AuditEntry.objects.get(act="real-name check").details["provider"] == "tencent"


TROUBLES = ["0", "-1", "-5", "error AuthFailure.SignatureFailure", "garbled", "close", "busy"]


@pytest.mark.parametrize("word", TROUBLES)
def test_neither_number_nor_name_is_in_a_log_or_a_table(
    tencent, newcomer, reviewer, caplog, capsys, word
):
    """Even with every log of the client at DEBUG, and a service that repeats what it was sent."""
    for name in ("", "tencentcloud_sdk_common", "urllib3", "requests", "verification"):
        caplog.set_level(logging.DEBUG, logger=name)
    tencent.answers[:] = [word] * 2
    browser = Client()
    browser.force_login(newcomer)
    browser.post("/real-name/", payload())
    if waiting := newcomer.real_name_checks.filter(state=State.WAITING).first():
        real_name.decide(waiting.pk, reviewer, State.VERIFIED)
    printed = capsys.readouterr()
    for text in [*every_text_in_the_database(), caplog.text, printed.out, printed.err]:
        assert NUMBER not in text
        assert NAME not in text


def test_a_report_of_an_error_on_the_way_holds_neither(tencent, as_newcomer, monkeypatch, reports):
    monkeypatch.setattr(calls, "WAITS", (0, "no time at all"))
    tencent.answers[:] = ["busy"]
    as_newcomer.raise_request_exception = False
    assert as_newcomer.post("/real-name/", payload()).status_code == 500
    assert "TypeError" in reports[0]
    assert NUMBER not in reports[0]
    assert NAME not in reports[0]
