"""Keys for the API: shown once, kept as a digest, exchanged with an overlap, counted apart."""

import logging
import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from partners import applying, keys
from partners.api import limits
from partners.models import Key, Refusal
from safety.models import AuditEntry
from safety.quotas import Quota
from tests.aging import pass_days
from tests.conftest import signed_in
from tests.partners.bodies import approved, operator_called

pytestmark = pytest.mark.django_db
URL = "/api/v1/medicines"
MADE = re.compile(r"yao_[A-Za-z0-9_-]{43}")


@pytest.fixture
def partner(resident):
    return approved(resident)


def ask(client, key: str):
    return client.get(URL, headers={"authorization": f"Bearer {key}"})


def test_a_key_is_shown_once_and_only_its_digest_is_kept(as_resident, client, partner):
    as_resident.post("/partners/yuehai/keys/", {"make": "1"})
    page = as_resident.get("/partners/yuehai/keys/").content.decode()
    [key] = set(MADE.findall(page))
    assert not MADE.findall(as_resident.get("/partners/yuehai/keys/").content.decode())
    assert ask(client, key).status_code == 200
    assert Key.objects.get().digest == keys.digest_of(key) != key
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{key}%"])
            assert cursor.fetchone() == (0,), table
    assert AuditEntry.objects.get(act="key made").details == {}


def test_the_page_of_a_key_is_kept_by_no_cache(as_resident, partner):
    as_resident.post("/partners/yuehai/keys/", {"make": "1"})
    assert "no-store" in as_resident.get("/partners/yuehai/keys/")["Cache-Control"]


def test_a_key_has_a_higher_limit_of_its_own(client, partner, resident, monkeypatch):
    minute = timedelta(minutes=1)
    monkeypatch.setattr(limits, "PER_ADDRESS", Quota("test address", 1, minute))
    monkeypatch.setattr(limits, "PER_PARTNER", Quota("test key", 3, minute))
    key = keys.make(partner, resident)
    assert client.get(URL)["RateLimit-Policy"] == '"address";q=1;w=60'
    assert client.get(URL).status_code == 429
    answers = [ask(client, key) for _each in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert answers[0]["RateLimit-Policy"] == '"key";q=3;w=60'
    assert [each["RateLimit"] for each in answers] == [
        f'"key";r={left};t=60' for left in (2, 1, 0, 0)
    ]
    assert 1 <= int(answers[3]["Retry-After"]) <= 60


@pytest.mark.parametrize(
    "header",
    ["Bearer yao_unknown", "Bearer", "Bearer  ", "Basic dXNlcjpwYXNz", "yao_unknown", "Bearer \0",
     "Bearer " + "x" * 5000, "bearer 密钥"],
)  # fmt: skip
def test_an_unknown_key_is_a_problem_and_counted(client, partner, header, caplog, monkeypatch):
    monkeypatch.setattr(limits, "PER_ADDRESS", Quota("test address", 2, timedelta(minutes=1)))
    with caplog.at_level(logging.DEBUG):
        answers = [client.get(URL, headers={"authorization": header}) for _each in range(3)]
    assert [each.status_code for each in answers] == [401, 401, 429]
    first = answers[0]
    assert first["Content-Type"] == "application/problem+json"
    assert first["WWW-Authenticate"] == "Bearer" and first["Cache-Control"] == "no-store"
    assert first.json()["detail"] == "没有这个密钥，或者它已经停用了。"
    assert first["RateLimit-Policy"] == '"address";q=2;w=60'
    if len(header) > 10:
        assert header not in caplog.text and header not in first.content.decode()


def test_no_log_holds_a_key(client, partner, resident, caplog, monkeypatch):
    key = keys.make(partner, resident)
    monkeypatch.setattr(client, "raise_request_exception", False)

    def fails(*_args, **_kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("partners.api.medicines.medicine_document", fails)
    with caplog.at_level(logging.DEBUG):
        assert ask(client, key).status_code == 500
    assert caplog.text and key not in caplog.text


def test_the_old_key_goes_on_for_a_week_and_the_one_before_it_not(client, partner, resident):
    first = keys.make(partner, resident)
    second = keys.make(partner, resident)
    assert ask(client, first).status_code == ask(client, second).status_code == 200
    third = keys.make(partner, resident)
    assert ask(client, first).status_code == 401
    assert ask(client, second).status_code == 200
    Key.objects.filter(digest=keys.digest_of(second)).update(
        made_at=timezone.now() - timedelta(days=9), stops_at=timezone.now() - timedelta(seconds=1)
    )
    assert ask(client, second).status_code == 401
    assert ask(client, third).status_code == 200
    assert keys.remove_stopped() == 1 and Key.objects.count() == 1


def test_a_week_is_a_week(client, partner, resident):
    first = keys.make(partner, resident)
    keys.make(partner, resident)
    pass_days(6)
    assert ask(client, first).status_code == 200
    pass_days(2)
    assert ask(client, first).status_code == 401


def test_a_key_that_somebody_saw_is_stopped_at_once(as_resident, client, partner, resident):
    key = keys.make(partner, resident)
    old = Key.objects.get().pk
    as_resident.post("/partners/yuehai/keys/", {"stop": old})
    as_resident.post("/partners/yuehai/keys/", {"stop": old})
    assert ask(client, key).status_code == 401
    assert AuditEntry.objects.filter(act="key stopped").count() == 1


def test_nobody_stops_the_key_of_another_body(as_stranger, client, partner, resident, stranger):
    key = keys.make(partner, resident)
    approved(stranger, slug="other", name="另一个居委会")
    as_stranger.post("/partners/other/keys/", {"stop": Key.objects.get().pk})
    assert ask(client, key).status_code == 200


def test_the_key_of_a_body_that_ended_opens_nothing(client, partner, resident):
    key = keys.make(partner, resident)
    applying.end(partner.pk, operator_called("boss"), Refusal.ASKED)
    assert ask(client, key).status_code == 401


def test_there_is_one_key_that_does_not_stop(partner, resident):
    keys.make(partner, resident)
    with pytest.raises(IntegrityError), transaction.atomic():
        Key.objects.create(partner=partner, digest="0" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        Key.objects.update(digest="yao_plain")


def test_openapi_says_that_a_key_may_be_sent_and_what_a_wrong_one_gives(client):
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["components"]["securitySchemes"]["Key"] == {"type": "http", "scheme": "bearer"}
    for methods in schema["paths"].values():
        for operation in methods.values():
            assert operation["security"] == [{"Key": []}, {}]
            assert "401" in operation["responses"]


def test_a_page_elsewhere_may_ask_before_it_sends_a_key(client):
    answer = client.options(
        URL,
        headers={
            "origin": "https://yuehai.example",
            "access-control-request-method": "GET",
            "access-control-request-headers": "authorization",
        },
    )
    assert "authorization" in answer["Access-Control-Allow-Headers"]


def test_only_the_owner_makes_keys(partner, stranger):
    answer = signed_in(stranger).post("/partners/yuehai/keys/", {"make": "1"})
    assert answer.status_code == 404 and not Key.objects.exists()
