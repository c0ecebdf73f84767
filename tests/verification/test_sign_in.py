"""Sign-in by phone and code: one page for the new and the known."""

import re
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client

from safety.models import Alarm, AuditEntry
from safety.quotas import Quota
from tests.verification.conftest import enters
from tests.verification.threads import at_once
from verification import codes, known_browsers, sms
from verification.models import Level, Resident

pytestmark = pytest.mark.django_db

NEW = "13800138000"


def ask(client, phone=NEW, **more):
    return client.post("/signin/", {"phone": phone, **more})


def text_of(response):
    """A page without what differs on every request: tokens."""
    return re.sub(rb'(csrfmiddlewaretoken" value=|nonce=)"[^"]*"', b"", response.content)


@pytest.fixture(autouse=True)
def empty_cache(db):
    cache.clear()


def test_a_new_number_gets_an_account_when_its_owner_has_agreed(client, inbox):
    ask(client)
    assert not Resident.objects.exists()
    response = enters(client, inbox.code)
    assert response.url == "/"
    newcomer = Resident.objects.get()
    assert (newcomer.phone, newcomer.level) == ("+8613800138000", Level.PHONE)
    assert not newcomer.has_usable_password()
    assert client.session["_auth_user_id"] == str(newcomer.pk)
    acts = AuditEntry.objects.filter(actor=newcomer.pk).order_by("id").values_list("act", flat=True)
    assert list(acts) == ["joined", "consent given", "consent given"]


def test_a_known_number_signs_in_to_its_account(client, inbox, newcomer):
    ask(client, newcomer.phone)
    enters(client, inbox.code)
    assert client.session["_auth_user_id"] == str(newcomer.pk)
    assert Resident.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("13800138000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("+86 138-0013-8000", "+8613800138000"),
        ("008613800138000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("＋８６ 138 0013 8000", "+8613800138000"),
        ("+1 202-555-0143", "+12025550143"),
        ("+852 5123 4567", "+85251234567"),
    ],
)
def test_a_number_may_be_typed_in_many_ways(client, inbox, typed, stored):
    assert ask(client, typed).status_code == 302
    assert inbox.messages[0][0] == stored


@pytest.mark.parametrize(
    "typed", ["", "12345", "name@example.com", "+999 1234567", "\x00", "1" * 500]
)
def test_what_is_no_number_is_refused_beside_the_field(client, inbox, typed):
    response = ask(client, typed)
    assert response.status_code == 422
    assert b'aria-invalid="true"' in response.content
    assert not inbox.messages


@pytest.mark.parametrize(
    "phone",
    ["+449098790123", "+447012345678", "+881612345678", "+442079460123", "+8008001234", "95588"],
)
def test_numbers_that_only_cost_us_get_no_code(client, inbox, phone):
    """Premium, personal and satellite numbers: who owns one earns from every text of ours."""
    response = client.post("/signin/", {"phone": phone})
    assert response.status_code == 422
    assert not inbox.messages


@pytest.mark.parametrize("phone", ["13800138000", "+85291234567", "+14155552671", "+447400123456"])
def test_mobile_numbers_of_any_country_get_a_code(client, inbox, phone):
    assert client.post("/signin/", {"phone": phone}).status_code == 302
    assert len(inbox.messages) == 1


def test_a_landline_is_refused_because_it_gets_no_texts(client, inbox):
    response = ask(client, "010-62345678")
    assert response.status_code == 422
    assert response.context["form"].has_error("phone", "landline")
    assert "010-62345678" in response.content.decode()


def test_known_and_unknown_numbers_get_the_same_answer(client, inbox, newcomer):
    pages, queries = [], []
    for phone in (NEW, newcomer.phone):
        visitor = Client()
        with CountQueries() as count:
            answer = ask(visitor, phone)
        page = visitor.get(answer.url)
        pages.append(
            (
                answer.status_code,
                answer.url,
                text_of(page).replace(f"•••• {phone[-4:]}".encode(), b""),
            )
        )
        queries.append(count.number)
    assert pages[0] == pages[1]
    assert queries[0] == queries[1]
    assert [len(message.values[0]) for _, message in inbox.messages] == [6, 6]


class CountQueries:
    def __enter__(self):
        self.number = 0
        self.wrapper = connection.execute_wrapper(self.count)
        self.wrapper.__enter__()
        return self

    def count(self, execute, *args):
        self.number += 1
        return execute(*args)

    def __exit__(self, *args):
        self.wrapper.__exit__(*args)


def test_a_wrong_code_is_refused_and_the_right_one_still_works(client, inbox):
    ask(client)
    response = client.post("/signin/code/", {"code": inbox.wrong_code})
    assert response.status_code == 422
    assert response.context["form"].has_error("code")
    assert not Resident.objects.exists()
    assert enters(client, inbox.code).status_code == 302


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "1234567", "١٢٣٤٥٦x"])
def test_what_is_no_code_is_refused_and_costs_no_guess(client, inbox, code):
    ask(client)
    for _ in range(7):
        assert enters(client, code).status_code == 422
    assert enters(client, inbox.code).status_code == 302


@pytest.mark.parametrize(
    "typed", ["{0:.3} {0[3]}{0[4]}{0[5]}", " {0} ", "{0:.3}-{0[3]}{0[4]}{0[5]}"]
)
def test_a_pasted_code_may_hold_spaces_and_dashes(client, inbox, typed):
    ask(client)
    assert enters(client, typed.format(inbox.code)).status_code == 302
    assert Resident.objects.exists()


def test_five_wrong_codes_kill_the_code(client, inbox):
    ask(client)
    for _ in range(5):
        response = client.post("/signin/code/", {"code": inbox.wrong_code})
    assert response.url == "/signin/"
    assert enters(client, inbox.code).url == "/signin/"
    assert not Resident.objects.exists()


def test_a_code_runs_out_after_ten_minutes(client, inbox, monkeypatch):
    ask(client)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    response = enters(client, inbox.code)
    assert response.url == "/signin/"
    assert not Resident.objects.exists()


def test_a_new_code_can_be_asked_for_twice_and_replaces_the_old_one(client, inbox):
    ask(client)
    old = inbox.code
    for _ in range(3):
        client.post("/signin/code/", {"resend": "1"})
    assert len(inbox.messages) == 3
    if old != inbox.code:
        assert client.post("/signin/code/", {"code": old}).status_code == 422
    assert enters(client, inbox.code).status_code == 302


def test_the_code_page_without_a_code_under_way_leads_back_with_next(client):
    assert client.get("/signin/code/?next=/need/").url == "/signin/?next=%2Fneed%2F"


def test_the_way_back_survives_sign_in(client, inbox):
    response = client.get("/signin/?next=/need/%3Fstep=2")
    assert 'name="next" value="/need/?step=2"' in response.content.decode()
    response = ask(client, next="/need/?step=2")
    response = enters(client, inbox.code, response.url.removeprefix("/signin/code/"))
    assert response.url == "/need/?step=2"


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_way_back_to_another_site_is_ignored(client, inbox, bad):
    response = ask(client, next=bad)
    assert "evil" not in response.url
    response = enters(client, inbox.code, f"?next={bad}")
    assert response.url == "/"


def test_the_session_gets_a_new_key_at_sign_in(client, inbox):
    ask(client)
    before = client.session.session_key
    enters(client, inbox.code)
    assert client.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()


def test_no_row_of_the_session_or_cache_table_shows_the_number_or_the_code(client, inbox):
    ask(client)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_data FROM django_session UNION ALL SELECT cache_key || value FROM cache"
        )
        stored = "".join(row[0] for row in cursor.fetchall())
    assert stored
    for secret in ("13800138000", inbox.code, "127.0.0.1"):
        assert secret not in stored


def test_a_suspended_resident_is_told_so_and_stays_out(client, inbox, make_resident):
    newcomer = make_resident(is_active=False)
    ask(client, newcomer.phone)
    response = client.post("/signin/code/", {"code": inbox.code}, follow=True)
    assert response.status_code == 403
    assert "_auth_user_id" not in client.session


def test_a_quick_fourth_code_is_refused(client, inbox):
    answers = [ask(client) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 422]
    assert len(inbox.messages) == 3


def test_a_phone_gets_five_codes_an_hour_whoever_asks(client, inbox):
    for _ in range(7):
        cache.clear()
        answer = ask(Client())
    assert answer.status_code == 422
    assert len(inbox.messages) == 5


def test_an_address_and_the_whole_site_have_limits_too(client, inbox, monkeypatch):
    monkeypatch.setattr(
        codes, "PER_ADDRESS", codes.Quota("test address", 2, codes.timedelta(hours=1))
    )
    answers = [ask(client, f"1380013800{n}").status_code for n in range(3)]
    assert answers == [302, 302, 422]
    monkeypatch.setattr(
        codes, "PER_ADDRESS", codes.Quota("test address 2", 9, codes.timedelta(hours=1))
    )
    monkeypatch.setattr(codes, "OVERALL", codes.Quota("test all", 1, codes.timedelta(hours=1)))
    assert [ask(client, f"1380013801{n}").status_code for n in range(2)] == [302, 422]


def test_a_phone_gets_ten_codes_a_day_whoever_asks(inbox, monkeypatch):
    monkeypatch.setattr(codes, "PER_PHONE", Quota("test phone", 100, timedelta(hours=1)))
    for number in range(12):
        cache.clear()
        answer = ask(Client(REMOTE_ADDR=f"192.0.2.{number}"))
    assert answer.status_code == 422
    assert len(inbox.messages) == 10
    assert not Alarm.objects.exists()


def test_a_range_of_numbers_has_a_limit_that_rings_an_alarm(client, inbox, monkeypatch):
    monkeypatch.setattr(codes, "PER_RANGE", Quota("test range", 3, timedelta(hours=1)))
    answers = [ask(client, f"1380013{number}").status_code for number in range(8000, 8005)]
    assert answers == [302, 302, 302, 422, 422]
    assert ask(client, "13800148000").status_code == 302
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.times) == (Alarm.Kind.NUMBERS, 2)


def test_the_limit_for_everybody_rings_an_alarm_once(client, inbox, monkeypatch, caplog):
    monkeypatch.setattr(codes, "OVERALL", Quota("test all", 2, timedelta(hours=1)))
    answers = [ask(client, f"138001{number}000").status_code for number in range(10, 16)]
    assert answers == [302, 302, 422, 422, 422, 422]
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.times) == (Alarm.Kind.CODES, 4)
    assert sum("ALARM codes" in each.getMessage() for each in caplog.records) == 1
    assert "1380" not in caplog.text


def test_a_code_that_the_site_has_no_room_for_costs_the_phone_nothing(client, inbox, monkeypatch):
    overall = codes.OVERALL
    monkeypatch.setattr(codes, "OVERALL", Quota("test none", 1, timedelta(hours=1)))
    ask(client, "13900139000")
    for _each in range(12):
        cache.clear()
        assert ask(Client()).status_code == 422
    monkeypatch.setattr(codes, "OVERALL", overall)
    cache.clear()
    assert ask(Client()).status_code == 302


def test_a_phones_codes_are_guessed_twenty_times_a_day(inbox, monkeypatch):
    monkeypatch.setattr(codes, "PER_PHONE", Quota("test phone", 100, timedelta(hours=1)))
    compared, pages = [], []
    original = codes.compare_user_code
    monkeypatch.setattr(
        codes, "compare_user_code", lambda **pair: compared.append(1) or original(**pair)
    )
    for _code in range(5):
        cache.clear()
        visitor = Client(headers={"accept-language": "en"})
        ask(visitor)
        for _guess in range(5):
            answer = visitor.post("/signin/code/", {"code": inbox.wrong_code}, follow=True)
            pages.append(answer.content.decode())
    assert len(compared) == 20
    assert sum("Too many wrong codes for this number" in page for page in pages) == 1
    cache.clear()
    ask(visitor)
    enters(visitor, inbox.code)
    assert not Resident.objects.exists()


def test_very_many_wrong_codes_ring_an_alarm_and_nobody_is_kept_out(client, inbox, monkeypatch):
    monkeypatch.setattr(codes, "WRONG_OVERALL", Quota("test wrong", 2, timedelta(hours=1)))
    ask(client)
    for _each in range(4):
        client.post("/signin/code/", {"code": inbox.wrong_code})
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.times) == (Alarm.Kind.GUESSES, 2)
    assert enters(client, inbox.code).status_code == 302


def test_wrong_guesses_are_answered_alike_for_known_and_unknown_numbers(inbox, newcomer):
    answers, queries = [], []
    for phone in (NEW, newcomer.phone):
        visitor = Client()
        ask(visitor, phone)
        with CountQueries() as count:
            page = visitor.post("/signin/code/", {"code": inbox.wrong_code})
        answers.append(
            (page.status_code, text_of(page).replace(f"•••• {phone[-4:]}".encode(), b""))
        )
        queries.append(count.number)
    assert answers[0] == answers[1]
    assert queries[0] == queries[1]


@pytest.mark.django_db(transaction=True)
def test_codes_asked_for_at_the_same_moment_are_all_counted(inbox, monkeypatch):
    """Allauth's own limits count in the cache and may be outrun: ours may not."""
    at_once(*[lambda: ask(Client())] * 10)
    assert len(inbox.messages) <= 5


def test_a_provider_that_fails_is_said_kindly_and_the_number_stays(client, inbox, monkeypatch):
    def fail(phone, message):
        raise sms.NotSentError("gateway away")

    monkeypatch.setattr(inbox, "send", fail)
    response = ask(client)
    assert response.status_code == 422
    assert NEW in response.content.decode()
    assert "gateway away" not in response.content.decode()


def test_the_demo_shows_the_code_on_the_page_and_in_the_console(client, capsys, settings):
    settings.SMS_PROVIDER = "demo"
    page = client.get(ask(client).url).content.decode()
    code = re.search(r'demo-code">(\d{6})<', page).group(1)
    printed = capsys.readouterr().out
    assert code in printed
    assert NEW not in printed
    assert enters(client, code).status_code == 302


def test_a_real_provider_shows_no_code(client, inbox):
    page = client.get(ask(client).url)
    assert inbox.code not in page.content.decode()


def test_signing_out_needs_a_post(client, newcomer):
    client.force_login(newcomer)
    assert client.get("/signout/").status_code == 405
    assert "_auth_user_id" in client.session
    assert client.post("/signout/").url == "/"
    assert "_auth_user_id" not in client.session


def test_who_is_signed_in_is_sent_on(client, newcomer):
    client.force_login(newcomer)
    assert client.get("/signin/?next=/need/").url == "/need/"
    assert client.get("/signin/code/").url == "/"


@pytest.mark.django_db(transaction=True)
def test_two_right_codes_at_once_make_one_account(inbox):
    first, second = Client(), Client()
    ask(first)
    code = inbox.code
    second.cookies = first.cookies.copy()

    def post(visitor):
        return lambda: enters(visitor, code)

    answers = at_once(post(first), post(second))
    assert {answer.status_code for answer in answers} <= {302, 400}
    assert Resident.objects.count() == 1
    assert AuditEntry.objects.filter(act="joined").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sign_ins_of_one_new_number_at_once_make_one_account(inbox):
    visitors = [Client(), Client()]
    found = []
    for visitor in visitors:
        ask(visitor)
        found.append(inbox.code)
    at_once(
        *(
            lambda visitor=visitor, code=code: enters(visitor, code)
            for visitor, code in zip(visitors, found, strict=True)
        )
    )
    assert Resident.objects.count() == 1
    assert all("_auth_user_id" in visitor.session for visitor in visitors)


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_are_all_counted(inbox):
    first = Client()
    ask(first)
    wrong = inbox.wrong_code
    compared = []
    original = codes.compare_user_code
    codes.compare_user_code = lambda **pair: compared.append(1) or original(**pair)
    try:
        visitors = []
        for _ in range(12):
            visitor = Client()
            visitor.cookies = first.cookies.copy()
            visitors.append(visitor)
        at_once(*(lambda v=v: v.post("/signin/code/", {"code": wrong}) for v in visitors))
    finally:
        codes.compare_user_code = original
    assert len(compared) <= 5


def sign_in(client, inbox, **more):
    ask(client, **more)
    return enters(client, inbox.code)


def use_up_codes(inbox):
    """A stranger asks for codes to NEW from many addresses until no more are sent."""
    for number in range(30):
        cache.clear()
        answer = ask(Client(REMOTE_ADDR=f"192.0.2.{number}"))
    assert answer.status_code == 422
    cache.clear()
    inbox.messages.clear()


def test_a_stranger_who_uses_a_numbers_codes_up_does_not_lock_its_owner_out(client, inbox):
    sign_in(client, inbox)
    client.post("/signout/")
    use_up_codes(inbox)
    assert sign_in(client, inbox).status_code == 302
    assert "_auth_user_id" in client.session
    assert len(inbox.messages) == 1


def test_a_stranger_who_guesses_until_no_more_count_does_not_lock_its_owner_out(
    client, inbox, monkeypatch
):
    sign_in(client, inbox)
    client.post("/signout/")
    monkeypatch.setattr(codes, "GUESSES_PER_PHONE", Quota("test guesses", 1, timedelta(days=1)))
    stranger = Client()
    ask(stranger)
    stranger.post("/signin/code/", {"code": inbox.wrong_code})
    enters(stranger, inbox.code)
    assert "_auth_user_id" not in stranger.session
    cache.clear()
    sign_in(client, inbox)
    assert "_auth_user_id" in client.session


def test_an_owners_browser_has_limits_too(client, inbox):
    sign_in(client, inbox)
    client.post("/signout/")
    inbox.messages.clear()
    for _each in range(7):
        cache.clear()
        answer = ask(client)
    assert answer.status_code == 422
    assert len(inbox.messages) == 5


def test_a_browser_that_knows_one_number_has_no_allowance_for_another(client, inbox):
    ask(client, "13900139000")
    enters(client, inbox.code)
    client.post("/signout/")
    use_up_codes(inbox)
    assert ask(client).status_code == 422


def test_a_changed_cookie_is_no_allowance(client, inbox):
    use_up_codes(inbox)
    client.cookies[known_browsers.COOKIE] = known_browsers.subject(f"+86{NEW}")
    assert ask(client).status_code == 422


def test_who_is_signed_in_confirms_though_a_stranger_has_used_the_codes_up(client, inbox):
    sign_in(client, inbox, shared="on")
    assert not client.cookies[known_browsers.COOKIE].value
    use_up_codes(inbox)
    session = client.session
    del session["account_authentication_methods"]  # the code at sign-in was a while ago
    session.save()
    answer = client.post("/account/erase/")
    assert answer.status_code == 302
    assert len(inbox.messages) == 1


def test_a_shared_device_and_an_erased_account_are_not_remembered(client, inbox):
    sign_in(client, inbox)
    assert client.cookies[known_browsers.COOKIE].value
    client.post("/signout/")
    cache.clear()
    sign_in(client, inbox, shared="on")
    assert not client.cookies[known_browsers.COOKIE].value
    client.post("/signout/")
    cache.clear()
    sign_in(client, inbox)
    assert client.cookies[known_browsers.COOKIE].value
    client.post("/account/erase/")
    assert not client.cookies[known_browsers.COOKIE].value
    assert not Resident.objects.filter(is_active=True).exists()


def test_the_cookie_of_a_known_browser_does_not_show_the_number(client, inbox):
    sign_in(client, inbox)
    resident = Resident.objects.get()
    kept = client.cookies[known_browsers.COOKIE]
    assert NEW not in kept.value
    assert resident.phone_digest not in kept.value
    assert kept["httponly"] and kept["samesite"] == "Lax"
