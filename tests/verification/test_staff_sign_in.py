"""Staff sign in by password and a second factor; before both, nothing in the admin opens."""

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.fernet import Fernet, InvalidToken
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from safety.encryption import decrypt
from safety.models import Alarm, AuditEntry
from tests.conftest import force_login, signed_in
from tests.mutualaid import production
from tests.verification.threads import at_once
from verification import staff
from verification.models import Resident

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"
STEP, SET_UP, CODES = (
    "/admin/second-factor/",
    "/admin/second-factor/set-up/",
    "/admin/recovery-codes/",
)


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """A good hash takes its time on purpose; here it would be a minute."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def judge(quick_passwords, db) -> Resident:
    return Resident.objects.create_user("judge", PASSWORD, is_staff=True)


@pytest.fixture
def clock(monkeypatch):
    """Time stands still until a test moves it on: `clock.now += 30`."""

    class Clock:
        now = 1_800_000_000

    monkeypatch.setattr(time, "time", lambda: Clock.now)
    return Clock


def give_password(browser: Client, name="judge", password=PASSWORD, **more):
    return browser.post("/admin/login/", {"username": name, "password": password, **more})


def app_code(secret: str, at: float) -> str:
    return format_hotp_value(hotp_value(secret, int(at) // 30))


def key_on(page) -> str:
    return re.search(r'class="key">([A-Z2-7 ]+)<', page.content.decode())[1].replace(" ", "")


@pytest.fixture
def secret(judge, clock) -> str:
    """The key in the app of a judge who has set it up, a minute ago."""
    browser = Client()
    give_password(browser)
    key = key_on(browser.get(SET_UP))
    browser.post(SET_UP, {"code": app_code(key, clock.now)})
    clock.now += 60
    return key


@pytest.fixture
def half_way(secret, client) -> Client:
    give_password(client)
    return client


def is_in(browser: Client) -> bool:
    return browser.get("/admin/").status_code == 200


def acts() -> list[str]:
    done = AuditEntry.objects.filter(actor__isnull=False)
    return list(done.order_by("id").values_list("act", flat=True))


# --- the way in ----------------------------------------------------------------------------------
def test_a_password_alone_signs_nobody_in(client, judge):
    answer = give_password(client)
    assert answer.url == f"{STEP}?next=%2Fadmin%2F" or answer.url == STEP
    assert "_auth_user_id" not in client.session
    assert client.get("/admin/").url.startswith("/admin/login/")
    assert client.get("/account/").url.startswith("/signin/")


def test_staff_without_a_device_set_one_up_before_anything_else(client, judge, clock):
    give_password(client, next="/admin/posts/post/")
    step = client.get(f"{STEP}?next=/admin/posts/post/")
    assert step.url == f"{SET_UP}?next=%2Fadmin%2Fposts%2Fpost%2F"
    page = client.get(step.url)
    assert "<svg" in page.content.decode()
    assert "style=" not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    codes = client.post(SET_UP, {"code": app_code(key_on(page), clock.now)})
    shown = re.findall(r"<li>(\d{4}) (\d{4})</li>", codes.content.decode())
    assert len(shown) == 10
    assert "no-store" in codes["Cache-Control"]
    assert is_in(client)
    assert acts() == ["second factor set up", "staff signed in"]
    assert AuditEntry.objects.latest("id").actor == judge.pk


def test_who_has_a_device_gets_in_with_its_code(half_way, secret, clock):
    answer = half_way.post(f"{STEP}?next=/admin/posts/post/", {"code": app_code(secret, clock.now)})
    assert answer.url == "/admin/posts/post/"
    assert is_in(half_way)
    assert AuditEntry.objects.latest("id").details == {"factor": "totp"}


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_way_back_to_another_site_is_ignored(client, secret, clock, bad):
    answer = give_password(client, next=bad)
    assert "evil" not in answer.url
    answer = client.post(f"{STEP}?next={bad}", {"code": app_code(secret, clock.now)})
    assert answer.url == "/admin/"


def test_clocks_may_differ_by_half_a_minute(half_way, secret, clock):
    assert half_way.post(STEP, {"code": app_code(secret, clock.now - 60)}).status_code == 422
    assert half_way.post(STEP, {"code": app_code(secret, clock.now + 60)}).status_code == 422
    assert half_way.post(STEP, {"code": app_code(secret, clock.now + 30)}).status_code == 302


def test_a_code_is_good_once(half_way, secret, clock):
    code = app_code(secret, clock.now)
    assert half_way.post(STEP, {"code": code}).status_code == 302
    shoulder = Client()
    give_password(shoulder)
    assert shoulder.post(STEP, {"code": code}).status_code == 422
    clock.now += 30
    assert shoulder.post(STEP, {"code": app_code(secret, clock.now)}).status_code == 302


def test_the_code_that_set_the_app_up_does_not_sign_in_again(judge, clock, client):
    give_password(client)
    code = app_code(key_on(client.get(SET_UP)), clock.now)
    client.post(SET_UP, {"code": code})
    second = Client()
    give_password(second)
    assert second.post(STEP, {"code": code}).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_one_code_at_the_same_moment_in_two_browsers_signs_one_in(judge):
    first = Client()
    give_password(first)
    key = key_on(first.get(SET_UP))
    first.post(SET_UP, {"code": app_code(key, time.time())})
    browsers = [Client(), Client()]
    for each in browsers:
        give_password(each)
    code = app_code(key, time.time() + 30)
    answers = at_once(*(lambda b=b: b.post(STEP, {"code": code}).status_code for b in browsers))
    assert sorted(answers) == [302, 422]


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "1234567", "\0", "9" * 400])
def test_what_is_no_code_is_refused_beside_the_field_and_costs_no_guess(
    half_way, typed, secret, clock
):
    for _each in range(7):
        answer = half_way.post(STEP, {"code": typed})
        assert answer.status_code == 422
        assert answer.context["form"].has_error("code")
    assert half_way.post(STEP, {"code": app_code(secret, clock.now)}).status_code == 302


def test_the_password_is_forgotten_after_ten_minutes(half_way, secret, clock):
    clock.now += 601
    answer = half_way.post(STEP, {"code": app_code(secret, clock.now)})
    assert answer.url == "/admin/login/"
    assert not is_in(half_way)


def test_a_new_password_ends_a_sign_in_that_is_under_way(half_way, judge, secret, clock):
    judge.set_password("another long password")
    judge.save()
    assert half_way.post(STEP, {"code": app_code(secret, clock.now)}).url == "/admin/login/"


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_who_is_no_staff_any_more_does_not_get_in(half_way, judge, secret, clock, change):
    Resident.objects.filter(pk=judge.pk).update(**change)
    assert half_way.post(STEP, {"code": app_code(secret, clock.now)}).url == "/admin/login/"


@pytest.mark.parametrize("page", [STEP, SET_UP, CODES])
def test_the_pages_of_the_second_step_lead_back_without_the_first(client, page, judge):
    assert client.get(page).url.startswith("/admin/login/")
    assert client.post(page, {"code": "123456"}).url.startswith("/admin/login/")


def test_a_second_device_cannot_be_set_up_with_the_password_alone(half_way, secret, clock):
    assert half_way.get(SET_UP).url == "/admin/login/"
    half_way.post(SET_UP, {"code": app_code(half_way.session[staff.PENDING]["secret"], clock.now)})
    assert not is_in(half_way)
    assert decrypt(Authenticator.objects.get(type="totp").data["secret"]) == secret


@pytest.mark.django_db(transaction=True)
def test_two_set_ups_at_the_same_moment_keep_one_device(judge):
    browsers = [Client(), Client()]
    for each in browsers:
        give_password(each)
    codes = [app_code(key_on(each.get(SET_UP)), time.time()) for each in browsers]
    answers = at_once(
        *(
            lambda b=b, c=c: b.post(SET_UP, {"code": c}).status_code
            for b, c in zip(browsers, codes, strict=True)
        )
    )
    assert sorted(answers) in ([200, 302], [200, 422])
    assert Authenticator.objects.filter(type="totp").count() == 1
    assert sorted(map(is_in, browsers)) == [False, True]


def test_staff_who_signed_in_by_phone_are_not_in_the_admin(make_resident):
    """Their phone opens their own posts; for the admin they show password and second factor."""
    both = make_resident(is_staff=True, is_superuser=True, username="both")
    browser = Client()
    force_login(browser, both)
    assert browser.get("/account/").status_code == 200
    assert browser.get("/admin/").url.startswith("/admin/login/")
    assert browser.get("/admin/posts/post/").url.startswith("/admin/login/")


def test_the_stamp_of_one_account_is_not_good_for_another(judge, moderator):
    browser = signed_in(judge)
    session = browser.session
    session[staff.PASSED] = str(moderator.pk)
    session.save()
    assert browser.get("/admin/").url.startswith("/admin/login/")


def test_the_session_gets_a_new_key_at_each_step(client, secret, clock):
    client.get("/admin/login/")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    give_password(client)
    half = client.session.session_key
    client.post(STEP, {"code": app_code(secret, clock.now)})
    assert len({planted, half, client.session.session_key}) == 3
    assert not Session.objects.filter(pk__in=[planted, half]).exists()


def test_an_admin_session_that_nobody_uses_ends(half_way, secret, clock):
    half_way.post(STEP, {"code": app_code(secret, clock.now)})
    assert half_way.cookies["sessionid"]["max-age"] == ""
    end = Session.objects.get(pk=half_way.session.session_key).expire_date
    assert end < timezone.now() + timedelta(seconds=staff.IDLE + 5)


# --- guessing -------------------------------------------------------------------------------------
def test_a_wrong_password_is_refused_and_recorded_without_names(client, judge):
    answer = give_password(client, password="wrong")
    assert answer.status_code == 422
    assert 'value="judge"' in answer.content.decode()
    entry = AuditEntry.objects.get(act="staff sign-in failed")
    assert (entry.actor, entry.subject, entry.details) == (
        None,
        str(judge.pk),
        {"step": "password"},
    )


def test_known_and_unknown_names_get_the_same_answer(judge):
    def answer(name):
        page = give_password(Client(), name=name, password="wrong")
        text = re.sub(
            r'csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"', "", page.content.decode()
        )
        return page.status_code, text.replace(name, "")

    assert answer("judge") == answer("nobody")


def test_passwords_of_one_name_are_tried_ten_times_wherever_from(judge):
    for number in range(10):
        answer = give_password(Client(REMOTE_ADDR=f"192.0.2.{number}"), password="wrong")
        assert "Too many" not in answer.content.decode()
    answer = Client(headers={"accept-language": "en"}).post(
        "/admin/login/", {"username": "judge", "password": PASSWORD}
    )
    assert answer.status_code == 422
    assert "Too many tries" in answer.content.decode()
    assert Alarm.objects.get().kind == Alarm.Kind.STAFF
    assert AuditEntry.objects.filter(act="staff sign-in failed").count() == 10


def test_one_address_tries_passwords_thirty_times_whatever_the_names(judge, client, monkeypatch):
    monkeypatch.setattr(staff, "PASSWORDS_PER_ADDRESS", staff.Quota("test", 3, timedelta(1)))
    for number in range(3):
        give_password(client, name=f"name{number}", password="wrong")
    assert give_password(client).status_code == 422
    assert Alarm.objects.exists()


def test_a_right_password_ends_the_count_of_the_wrong_ones(client, judge):
    for _each in range(3):
        for _wrong in range(4):
            give_password(client, password="wrong")
        assert give_password(client).status_code == 302


def test_five_wrong_codes_close_the_second_step_for_a_while(half_way, secret, clock):
    right = app_code(secret, clock.now)
    wrong = "000000" if right != "000000" else "000001"
    for _each in range(5):
        assert half_way.post(STEP, {"code": wrong}).status_code == 422
    answer = half_way.post(STEP, {"code": right}, headers={"accept-language": "en"})
    assert answer.status_code == 422
    assert "wait half an hour" in answer.content.decode()
    assert Alarm.objects.get().kind == Alarm.Kind.STAFF
    failed = AuditEntry.objects.filter(act="staff sign-in failed")
    assert [each.details for each in failed] == [{"step": "second factor"}] * 5


@pytest.mark.django_db(transaction=True)
def test_codes_guessed_at_the_same_moment_are_all_counted(judge, monkeypatch):
    browser = Client()
    give_password(browser)
    browser.post(SET_UP, {"code": app_code(key_on(browser.get(SET_UP)), time.time())})
    compared = []
    monkeypatch.setattr(staff, "_is_right", lambda *pair: compared.append(1) and False)
    browsers = [Client() for _each in range(10)]
    for each in browsers:
        give_password(each)
    at_once(*(lambda b=b: b.post(STEP, {"code": "123456"}) for b in browsers))
    assert len(compared) == 5 * Authenticator.objects.count()


# --- recovery -------------------------------------------------------------------------------------
def new_codes(browser: Client, code: str) -> list[str]:
    page = browser.post(CODES, {"code": code}).content.decode()
    return [a + b for a, b in re.findall(r"<li>(\d{4}) (\d{4})</li>", page)]


def test_a_recovery_code_signs_in_once(half_way, secret, clock, judge):
    half_way.post(STEP, {"code": app_code(secret, clock.now)})
    clock.now += 30
    code = new_codes(half_way, app_code(secret, clock.now))[3]
    for expected in (302, 422):
        browser = Client()
        give_password(browser)
        assert browser.post(STEP, {"code": f"{code[:4]} {code[4:]}"}).status_code == expected
    assert staff.recovery_codes_left(judge) == 9


def test_new_recovery_codes_need_a_code_and_make_the_old_ones_void(half_way, secret, clock):
    half_way.post(STEP, {"code": app_code(secret, clock.now)})
    clock.now += 30
    old = new_codes(half_way, app_code(secret, clock.now))
    assert half_way.post(CODES, {"code": "123"}).status_code == 422
    assert new_codes(half_way, "000000") == []
    clock.now += 30
    assert len(new_codes(half_way, app_code(secret, clock.now))) == 10
    browser = Client()
    give_password(browser)
    assert browser.post(STEP, {"code": old[0]}).status_code == 422
    assert acts().count("recovery codes renewed") == 2
    assert old[1] not in half_way.get(CODES).content.decode()


def test_the_operator_takes_a_lost_device_away(half_way, secret, clock, judge, capsys):
    half_way.post(STEP, {"code": app_code(secret, clock.now)})
    call_command("make_moderator", new_device="judge")
    assert "judge sets up a new device" in capsys.readouterr().out
    assert not is_in(half_way)
    give_password(half_way)
    assert half_way.get(STEP).url == SET_UP
    entry = AuditEntry.objects.get(act="second factor removed")
    assert (entry.actor, entry.subject) == (None, str(judge.pk))
    with pytest.raises(CommandError, match="called nobody"):
        call_command("make_moderator", new_device="nobody")


def test_a_superuser_takes_a_lost_device_away_and_nobody_else_does(secret, judge, as_moderator):
    url = f"/admin/verification/resident/{judge.pk}/new-device/"
    clerk = Resident.objects.create_user("clerk", PASSWORD, is_staff=True)
    assert signed_in(clerk).post(url).status_code == 403
    assert as_moderator.get(url).status_code == 405
    assert (
        f'action="{url}"' in as_moderator.get(url.replace("new-device", "change")).content.decode()
    )
    assert as_moderator.post(url).status_code == 302
    assert not Authenticator.objects.filter(user=judge).exists()
    assert AuditEntry.objects.get(act="second factor removed").actor is not None


def test_a_resident_has_no_device_to_take_away(newcomer, as_moderator):
    url = f"/admin/verification/resident/{newcomer.pk}/new-device/"
    assert as_moderator.post(url).status_code == 403


# --- secrets and settings -------------------------------------------------------------------------
def test_secrets_are_ciphertext_in_the_database(secret):
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        stored = " ".join(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT string_agg(session_data, ' ') FROM django_session")
        stored += cursor.fetchone()[0]
    assert secret not in stored
    assert "gAAAA" in stored


def test_rotating_the_keys_renews_them(half_way, secret, clock, settings, capsys):
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    call_command("rotate_keys")
    assert "mfa.Authenticator.data: 2 rows" in capsys.readouterr().out
    settings.ENCRYPTION_KEYS = [new]
    browser = Client()
    give_password(browser)
    assert browser.post(STEP, {"code": app_code(secret, clock.now)}).status_code == 302


def test_without_rotating_the_old_key_is_needed(half_way, secret, clock, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(InvalidToken):
        decrypt(Authenticator.objects.get(type="totp").data["secret"])


def test_the_demo_shows_the_code_on_the_page(judge, client, settings, clock):
    assert settings.STAFF_SECOND_FACTOR == "demo"
    give_password(client)
    for url in (SET_UP, STEP, CODES):
        clock.now += 10
        page = client.get(url).content.decode()
        code = re.search(r'demo-code">(\d{6})<', page)[1]
        assert client.post(url, {"code": code}).status_code in (200, 302)
        if url == SET_UP:
            client.post("/admin/logout/")
            give_password(client)
        clock.now += 10
    assert is_in(client)


def test_production_shows_no_code_and_knows_no_demo_and_no_off(judge, client, settings):
    settings.STAFF_SECOND_FACTOR = "app"
    give_password(client)
    assert "demo-code" not in client.get(SET_UP).content.decode()
    show = "from mutualaid import settings; print(settings.STAFF_SECOND_FACTOR)"
    assert production.start("-c", show).stdout == "app\n"
    for value in ("demo", "off", ""):
        done = production.start("manage.py", "check", STAFF_SECOND_FACTOR=value)
        assert done.returncode != 0
        assert f"STAFF_SECOND_FACTOR is {value!r} but must be one of: app." in done.stderr
