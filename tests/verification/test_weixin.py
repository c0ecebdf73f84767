"""Sign-in by WeChat, against a stand-in that checks the protocol."""

import json
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from posts.models import Post
from safety.models import AuditEntry
from safety.quotas import Quota
from tests.conftest import make_resident as make_with_level
from tests.partners.bodies import approved
from tests.posts.factories import NANSHAN
from tests.posts.test_publish_need import DETAILS, REACH
from tests.verification import weixin_server
from tests.verification.conftest import enters
from tests.verification.threads import at_once
from verification import consent, leaving, recovery, signin, suspension
from verification import weixin as rules
from verification.models import Level, RealNameCheck, Resident, WeixinTie

pytestmark = pytest.mark.django_db
PHONE = "13800138000"
IN_WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605.1.15 MicroMessenger/8.0.50"
OUTSIDE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"
BUTTON = "/signin/weixin/"
FAILED = "这次没能用微信登录"


@pytest.fixture(autouse=True)
def empty_cache(db):
    cache.clear()


@pytest.fixture
def browser() -> Client:
    return Client(headers={"user-agent": IN_WECHAT})


def text(response) -> str:
    return response.content.decode()


def goes_to_weixin(browser: Client, **sent):
    """Tap the button: WeChat's page, as the address that leads there."""
    response = browser.post(BUTTON, sent)
    assert response.status_code == 302
    return response["Location"]


def comes_back(browser: Client, weixin, location: str):
    """What our page answers when WeChat has led the visitor back."""
    parts = urlsplit(location)
    target = weixin.page(parts.path, parts.query)
    return browser.get(target.removeprefix("http://testserver"))


def by_weixin(browser: Client, weixin, **sent):
    return comes_back(browser, weixin, goes_to_weixin(browser, **sent))


def proves(browser: Client, inbox, phone: str = PHONE, query: str = "", **sent):
    """On the sign-in page, where WeChat led to."""
    cache.clear()
    sent = {"phone": phone, "ties_weixin": "on", **sent}
    response = browser.post(f"/signin/{query}", {k: v for k, v in sent.items() if v})
    assert response.status_code == 302, text(response)
    return enters(browser, inbox.code, query)


def is_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


@pytest.fixture
def tied(browser, weixin, inbox) -> Resident:
    """A resident whom WeChat signs in; she is signed out now."""
    by_weixin(browser, weixin)
    proves(browser, inbox)
    browser.post("/signout/")
    return WeixinTie.objects.get().resident


def acts(resident: Resident) -> list[str]:
    rows = AuditEntry.objects.filter(subject=str(resident.pk)).order_by("id")
    return [f"{act} {details.get('reason', '')}".strip() for act, details in
            rows.values_list("act", "details") if act.startswith("weixin")]  # fmt: skip


# --- off unless there are keys --------------------------------------------------------------------
def test_without_keys_there_is_neither_button_nor_page(browser):
    page = browser.get("/signin/")
    assert "微信登录" not in text(page)
    assert "form-action 'self';" in page["Content-Security-Policy"] + ";"
    for method in (browser.get, browser.post):
        assert method("/signin/weixin/").status_code == 404
        assert method("/signin/weixin/back/?code=a&state=b").status_code == 404
    assert "点“用微信登录”" not in text(browser.get("/privacy/"))


def test_with_keys_the_privacy_page_says_what_wechat_learns(browser, weixin):
    assert "点“用微信登录”" in text(browser.get("/privacy/"))


@pytest.mark.parametrize(
    ("kind", "agent", "is_shown"),
    [
        ("official-account", IN_WECHAT, True),
        ("official-account", OUTSIDE, False),
        ("official-account", f"{IN_WECHAT} wxwork/4.1", False),
        ("website", IN_WECHAT, False),
        ("website", OUTSIDE, True),
    ],
)
def test_the_button_stands_where_wechat_can_be_asked(weixin, settings, kind, agent, is_shown):
    settings.WEIXIN_KIND = kind
    page = Client(headers={"user-agent": agent}).get("/signin/")
    assert ("用微信登录" in text(page)) == is_shown
    allowed = f"form-action 'self' http://{settings.WEIXIN_ENDPOINT}"
    assert (allowed in page["Content-Security-Policy"]) == is_shown


# --- the protocol ---------------------------------------------------------------------------------
def test_an_official_account_asks_for_who_it_is_and_nothing_more(browser, weixin, settings):
    location = goes_to_weixin(browser)
    assert location.startswith(f"http://{settings.WEIXIN_ENDPOINT}/connect/oauth2/authorize?appid=")
    assert location.endswith("#wechat_redirect")
    asked = parse_qs(urlsplit(location).query)
    assert asked["scope"] == ["snsapi_base"]
    assert asked["redirect_uri"] == ["http://testserver/signin/weixin/back/"]
    settings.WEIXIN_ENDPOINT = ""
    real = goes_to_weixin(browser)
    assert real.startswith("https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx")


def test_a_website_asks_by_its_qr_code(weixin, inbox, settings):
    settings.WEIXIN_KIND = "website"
    browser = Client(headers={"user-agent": OUTSIDE})
    location = goes_to_weixin(browser)
    assert "/connect/qrconnect?appid=" in location and "scope=snsapi_login&" in location
    comes_back(browser, weixin, location)
    proves(browser, inbox)
    assert WeixinTie.objects.count() == 1


def test_the_visitor_cannot_widen_what_is_asked(browser, weixin):
    response = browser.post(
        f"{BUTTON}?scope=snsapi_userinfo&auth_params=forcePopup%3Dtrue&process=connect"
    )
    asked = parse_qs(urlsplit(response["Location"]).query)
    assert sorted(asked) == sorted(weixin_server.ORDER)
    assert asked["scope"] == ["snsapi_base"]


def test_name_and_picture_are_never_asked_for_and_no_token_is_kept(browser, weixin, inbox, tied):
    by_weixin(browser, weixin)
    assert is_in(browser)
    assert weixin.paths == ["/sns/oauth2/access_token"] * 2
    assert all(asked["secret"] == weixin_server.APP_SECRET for asked in weixin.asked)
    for model in (SocialAccount, SocialApp, SocialToken):
        assert not model.objects.exists()


@pytest.mark.parametrize("table", ["socialaccount", "socialapp", "socialtoken"])
def test_the_database_keeps_allauths_tables_empty(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conname = 'nothing_is_kept_here' AND conrelid = %s::regclass",
            [f"socialaccount_{table}"],
        )
        assert cursor.fetchall() == [("CHECK (false) NOT VALID",)]


def test_allauth_could_not_keep_an_account_if_it_tried(newcomer):
    with pytest.raises(IntegrityError), transaction.atomic():
        SocialAccount.objects.create(user=newcomer, provider="weixin", uid="x")


# --- who comes for the first time -----------------------------------------------------------------
def test_an_unknown_wechat_makes_no_account_but_leads_to_the_phone(browser, weixin):
    response = by_weixin(browser, weixin, next="/need/?src=yuehai")
    assert response["Location"] == "/signin/?next=%2Fneed%2F%3Fsrc%3Dyuehai"
    page = text(browser.get(response["Location"]))
    assert "微信只告诉我们是您" in page
    assert 'name="next" value="/need/?src=yuehai"' in page
    assert 'action="/signin/weixin/"' not in page, "it would lead round in a circle"
    assert not Resident.objects.exists() and not WeixinTie.objects.exists()
    assert not is_in(browser)


def test_the_phone_ties_it_to_a_new_account_in_one_go(browser, weixin, inbox):
    by_weixin(browser, weixin, next="/mine/")
    assert proves(browser, inbox, query="?next=/mine/")["Location"] == "/mine/"
    newcomer = Resident.objects.get()
    assert newcomer.weixin_tie.identity == rules.identity_of(weixin_server.OPENID)
    assert (newcomer.phone, newcomer.level) == ("+8613800138000", Level.PHONE)
    assert acts(newcomer) == ["weixin tied"]
    assert "以后用微信就能登录" in text(browser.get("/account/"))
    assert rules.PENDING not in browser.session


def test_without_the_consents_there_is_neither_account_nor_tie(browser, weixin, inbox):
    by_weixin(browser, weixin)
    browser.post("/signin/", {"phone": PHONE, "ties_weixin": "on"})
    browser.post("/signin/code/", {"code": inbox.code})
    assert browser.post("/signin/join/", {}).status_code == 422
    assert not Resident.objects.exists() and not WeixinTie.objects.exists()


def test_a_known_phone_gets_the_tie_too(browser, weixin, inbox, newcomer):
    by_weixin(browser, weixin)
    proves(browser, inbox, newcomer.phone)
    assert newcomer.weixin_tie
    assert Resident.objects.count() == 1


def test_a_tie_that_fails_leaves_no_half_account(browser, weixin, inbox, monkeypatch):
    by_weixin(browser, weixin)
    monkeypatch.setattr(signin.weixin, "tie", lambda *_a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        proves(browser, inbox)
    assert not Resident.objects.exists()


def test_the_second_time_wechat_alone_signs_in(browser, weixin, tied):
    response = by_weixin(browser, weixin, next="/mine/")
    assert response["Location"] == "/mine/"
    assert browser.session["_auth_user_id"] == str(tied.pk)
    assert Resident.objects.count() == 1


def test_the_session_gets_a_new_key(browser, weixin, tied):
    location = goes_to_weixin(browser)
    before = browser.session.session_key
    comes_back(browser, weixin, location)
    assert is_in(browser)
    assert browser.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()


def test_who_unticks_the_box_is_signed_in_without_a_tie(browser, weixin, inbox):
    by_weixin(browser, weixin)
    proves(browser, inbox, ties_weixin="")
    assert is_in(browser) and not WeixinTie.objects.exists()


def test_on_a_shared_device_nothing_is_tied(browser, weixin, inbox):
    by_weixin(browser, weixin)
    proves(browser, inbox, shared="on")
    assert is_in(browser) and not WeixinTie.objects.exists()


def test_who_publishes_with_a_code_ties_nothing_that_no_page_spoke_of(
    browser, weixin, inbox, settings
):
    settings.LEVEL_TO_PUBLISH = "phone"
    by_weixin(browser, weixin)
    browser.post("/need/details/", DETAILS)
    browser.post("/need/reach/", {**REACH, "phone": PHONE})
    agreed = {f"agree_{purpose}": "on" for purpose in consent.NEEDED["publish"]}
    browser.post("/need/check/", {**agreed, "code": inbox.code})
    assert Post.objects.count() == 1
    assert not WeixinTie.objects.exists()


def test_what_wechat_said_is_forgotten_after_ten_minutes(browser, weixin, inbox, monkeypatch):
    by_weixin(browser, weixin)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    assert "微信只告诉我们是您" not in text(browser.get("/signin/"))
    assert rules.PENDING not in browser.session
    proves(browser, inbox)
    assert is_in(browser) and not WeixinTie.objects.exists()


# --- publishing -----------------------------------------------------------------------------------
def test_on_the_way_to_publishing_nothing_typed_is_lost(browser, weixin, inbox, settings, resident):
    """The body's link, the draft, WeChat, the phone, and back to the step."""
    settings.LEVEL_TO_PUBLISH = "phone"
    approved(resident)
    browser.get("/need/?src=yuehai")
    browser.post("/need/details/", DETAILS)
    page = browser.get("/need/reach/")
    assert 'name="weixin"' in text(page)
    assert (
        f"form-action 'self' http://{settings.WEIXIN_ENDPOINT}" in page["Content-Security-Policy"]
    )
    half = {**REACH, "phone": "", "weixin": "1"}
    location = browser.post("/need/reach/", half)["Location"]
    back = comes_back(browser, weixin, location)
    assert back["Location"] == "/signin/?next=%2Fneed%2Freach%2F"
    assert proves(browser, inbox, query="?next=/need/reach/")["Location"] == "/need/reach/"
    page = text(browser.get("/need/reach/"))
    assert "刘女士" in page and 'name="weixin"' not in page
    assert 'value="138 0013 8000"' in page, "it was left empty: now it is the account's"
    response = browser.post("/need/reach/", {**REACH, "phone": PHONE})
    assert response["Location"] == "/need/check/"
    agreed = {f"agree_{purpose}": "on" for purpose in consent.NEEDED["publish"]}
    browser.post("/need/check/", agreed)
    post = Post.objects.get()
    assert post.resident == WeixinTie.objects.get().resident
    assert post.brought_by.slug == "yuehai"
    assert post.area_id == NANSHAN


def test_without_keys_the_button_of_that_step_does_nothing(browser, inbox):
    browser.post("/need/details/", DETAILS)
    assert 'name="weixin"' not in text(browser.get("/need/reach/"))
    response = browser.post("/need/reach/", {**REACH, "phone": PHONE, "weixin": "1"})
    assert response["Location"] == "/need/check/"


# --- who may not ----------------------------------------------------------------------------------
def test_a_suspended_resident_is_told_so_and_stays_out(browser, weixin, tied):
    Resident.objects.filter(pk=tied.pk).update(is_active=False)
    response = by_weixin(browser, weixin)
    assert response["Location"] == "/signin/suspended/"
    assert not is_in(browser)


def test_suspending_unties(browser, weixin, tied, moderator):
    suspension.set_suspended(tied, moderator, True, suspension.Reason.STOLEN)
    assert not WeixinTie.objects.exists()
    suspension.set_suspended(tied, moderator, False, suspension.Reason.SETTLED)
    assert by_weixin(browser, weixin)["Location"] == "/signin/"
    assert acts(tied)[-1] == "weixin untied sessions-ended"


def test_staff_are_never_signed_in_by_wechat(browser, weixin, tied):
    Resident.objects.filter(pk=tied.pk).update(is_staff=True, username="clerk")
    response = by_weixin(browser, weixin)
    assert response["Location"] == "/signin/"
    assert not is_in(browser)
    assert rules.PENDING not in browser.session


def test_staff_get_no_tie(browser, weixin, inbox, newcomer):
    Resident.objects.filter(pk=newcomer.pk).update(is_staff=True, username="clerk")
    by_weixin(browser, weixin)
    proves(browser, inbox, newcomer.phone)
    assert not WeixinTie.objects.exists()


def test_what_cannot_be_taken_back_still_asks_for_a_code(browser, weixin, tied):
    by_weixin(browser, weixin)
    assert browser.post("/account/erase/")["Location"] == reverse("confirm")
    assert Resident.objects.filter(pk=tied.pk).exists()


# --- numbers and accounts that change hands -------------------------------------------------------
def long_ago(resident: Resident, days: int) -> None:
    then = timezone.now() - timedelta(days=days)
    Resident.objects.filter(pk=resident.pk).update(phone_proven_at=then)


@pytest.mark.parametrize(("days", "is_signed_in"), [(89, True), (91, False)])
def test_a_number_that_was_not_proven_for_long_is_asked_for_again(
    browser, weixin, inbox, tied, days, is_signed_in
):
    long_ago(tied, days)
    by_weixin(browser, weixin)
    assert is_in(browser) == is_signed_in
    if not is_signed_in:
        proves(browser, inbox)
        browser.post("/signout/")
        by_weixin(browser, weixin)
        assert is_in(browser)


def test_the_new_owner_of_a_number_does_not_share_the_account(browser, weixin, inbox, tied):
    """WeChat has signed its old owner in all the time; his number was given to somebody else."""
    Resident.objects.filter(pk=tied.pk).update(level=Level.REAL_NAME, last_login=timezone.now())
    long_ago(tied, 91)
    new_owner = Client()
    new_owner.post("/signin/", {"phone": PHONE})
    enters(new_owner, inbox.code)
    tied.refresh_from_db()
    assert tied.level == Level.PHONE, "his name is not the new owner's"
    assert not WeixinTie.objects.exists()
    by_weixin(browser, weixin)
    assert not is_in(browser)


def test_a_sign_in_by_wechat_is_no_proof_of_the_number(browser, weixin, tied):
    long_ago(tied, 80)
    before = Resident.objects.get().phone_proven_at
    by_weixin(browser, weixin)
    after = Resident.objects.get()
    assert after.phone_proven_at == before
    assert after.last_login > timezone.now() - timedelta(minutes=1)


def test_a_code_that_confirms_an_act_proves_the_number_too(browser, weixin, inbox, tied):
    long_ago(tied, 80)
    by_weixin(browser, weixin)
    browser.post("/account/data/copy/")
    browser.post("/account/confirm/", {"code": inbox.code})
    assert Resident.objects.get().phone_proven_at > timezone.now() - timedelta(minutes=1)


def test_another_wechat_with_the_same_phone_takes_the_place_of_the_first(
    browser, weixin, inbox, tied
):
    weixin.openid = "oAnother_wechat-of-hers"
    by_weixin(browser, weixin)
    proves(browser, inbox)
    assert WeixinTie.objects.get().identity == rules.identity_of(weixin.openid)
    weixin.openid = weixin_server.OPENID
    browser.post("/signout/")
    by_weixin(browser, weixin)
    assert not is_in(browser)
    assert acts(tied) == ["weixin tied", "weixin untied another-weixin", "weixin tied"]


def test_one_wechat_signs_in_to_one_account(browser, weixin, inbox, tied):
    """After 90 days its owner has another number: the account of that one, from now on."""
    long_ago(tied, 91)
    by_weixin(browser, weixin)
    proves(browser, inbox, "13800138009")
    tie = WeixinTie.objects.get()
    assert tie.resident.phone == "+8613800138009"
    assert acts(tied) == ["weixin tied", "weixin untied tied-elsewhere"]


def test_signing_out_everywhere_unties(browser, weixin, tied):
    by_weixin(browser, weixin)
    browser.post("/account/sign-out-elsewhere/")
    assert is_in(browser), "here he stays"
    thief = Client(headers={"user-agent": IN_WECHAT})
    assert by_weixin(thief, weixin)["Location"] == "/signin/"
    assert not is_in(thief)


def test_a_verification_that_moves_away_unties_the_account_it_leaves(
    browser, weixin, tied, moderator, settings
):
    now = timezone.now()
    Resident.objects.filter(pk=tied.pk).update(level=Level.REAL_NAME)
    other = make_with_level("+8613800138055", Level.PHONE)
    paper = {"document_type": "passport", "document_digest": "d" * 64, "provider": "manual"}
    held = RealNameCheck.objects.create(
        resident=tied, state="verified", decided_at=now, masked_name="刘**", **paper
    )
    asked = RealNameCheck.objects.create(
        resident=other, state="waiting", recovers=held, confirm_after=now - timedelta(hours=1),
        erase_after=now + timedelta(days=1), masked_name="刘**", **paper,
    )  # fmt: skip
    recovery.decide(asked.pk, moderator, RealNameCheck.State.VERIFIED)
    assert not WeixinTie.objects.exists()
    assert acts(tied)[-1] == "weixin untied verification-moved"


def test_an_erased_account_leaves_no_tie(browser, weixin, tied):
    leaving.erase(tied, by=tied)
    assert not WeixinTie.objects.exists()
    assert by_weixin(browser, weixin)["Location"] == "/signin/"


def test_the_database_takes_one_wechat_for_one_resident(make_resident):
    one, two = make_resident(), make_resident()
    WeixinTie.objects.create(resident=one, identity="a" * 64)
    for resident, identity in ((two, "a" * 64), (one, "b" * 64), (two, weixin_server.OPENID)):
        with pytest.raises(IntegrityError), transaction.atomic():
            WeixinTie.objects.create(resident=resident, identity=identity)


@pytest.mark.django_db(transaction=True)
def test_of_two_accounts_that_prove_one_wechat_at_once_one_gets_it(make_resident):
    people = [make_resident() for _each in range(4)]
    at_once(*[lambda each=each: rules.tie(each, "c" * 64) for each in people])
    assert WeixinTie.objects.count() == 1


# --- forged returns -------------------------------------------------------------------------------
def test_a_return_that_this_browser_did_not_begin_is_refused(browser, weixin, tied):
    """Login CSRF: somebody sends his own code and state to another's browser."""
    theirs = Client(headers={"user-agent": IN_WECHAT})
    location = goes_to_weixin(theirs)
    response = comes_back(browser, weixin, location)
    assert response["Location"] == "/signin/"
    assert FAILED in text(browser.get("/signin/"))
    assert rules.PENDING not in browser.session
    assert not is_in(browser)
    assert not weixin.asked[1:], "the code was not even exchanged"


def test_a_return_is_good_once(browser, weixin, tied):
    location = goes_to_weixin(browser)
    parts = urlsplit(location)
    target = weixin.page(parts.path, parts.query).removeprefix("http://testserver")
    browser.get(target)
    browser.post("/signout/")
    assert browser.get(target)["Location"] == "/signin/"
    assert not is_in(browser)


def test_who_goes_back_while_signed_in_is_led_on(browser, weixin, tied):
    location = goes_to_weixin(browser)
    parts = urlsplit(location)
    target = weixin.page(parts.path, parts.query).removeprefix("http://testserver")
    browser.get(target)
    for _again in range(2):
        assert browser.get(target)["Location"] == "/"
    assert browser.post(BUTTON, {"next": "/mine/"})["Location"] == "/mine/"


def test_a_state_runs_out(browser, weixin, tied, monkeypatch):
    location = goes_to_weixin(browser)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    assert comes_back(browser, weixin, location)["Location"] == "/signin/"


@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_way_back_to_another_site_is_ignored(browser, weixin, tied, bad):
    assert by_weixin(browser, weixin, next=bad)["Location"] == "/"


def test_the_button_needs_its_token(weixin):
    strict = Client(enforce_csrf_checks=True, headers={"user-agent": IN_WECHAT})
    assert strict.post(BUTTON).status_code == 403
    assert strict.get(BUTTON).status_code == 405
    assert strict.head("/signin/weixin/back/?code=a&state=b").status_code == 405


# --- when WeChat does not do as it should ---------------------------------------------------------
ANSWERS = [*weixin_server.BROKEN, "close", "slow", "preview", -1, 40013, 40029, 40125, 40163, 45011]


@pytest.mark.parametrize("answer", ANSWERS)
def test_whatever_wechat_answers_the_phone_is_the_way(browser, weixin, tied, answer, caplog):
    weixin.answers = [answer]
    response = by_weixin(browser, weixin, next="/mine/")
    assert response["Location"] == "/signin/?next=%2Fmine%2F"
    page = text(browser.get(response["Location"]))
    assert FAILED in page and 'name="phone"' in page
    assert not is_in(browser)
    assert weixin.paths.count("/elsewhere") == 0, "the secret goes nowhere else"
    said = "\n".join(str(each.getMessage()) for each in caplog.records)
    for secret in (weixin_server.APP_SECRET, weixin_server.OPENID, "ACCESS_", "code="):
        assert secret not in said
    assert ("ERROR" in {each.levelname for each in caplog.records}) == (answer in (40013, 40125))


def test_a_wechat_that_cannot_be_reached_is_no_error_of_ours(browser, weixin, tied, settings):
    location = goes_to_weixin(browser)
    settings.WEIXIN_ENDPOINT = "127.0.0.1:9"
    assert comes_back(browser, weixin, location)["Location"] == "/signin/"
    assert FAILED in text(browser.get("/signin/"))


def test_who_says_no_in_wechat_is_led_to_the_phone(browser, weixin):
    weixin.refuses = True
    response = by_weixin(browser, weixin, next="/mine/")
    page = text(browser.get(response["Location"]))
    assert "没有用微信登录" in page and FAILED not in page
    assert 'value="/mine/"' in page


@pytest.mark.parametrize(
    "query",
    ["", "?code=x", "?state=x", "?code=&state=", "?error=access_denied", "?code=%00&state=%00",
     "?code=x&code=y&state=a&state=b", "?state=" + "s" * 5000],
)  # fmt: skip
def test_a_return_in_any_shape_is_answered(browser, weixin, query):
    assert browser.get(f"/signin/weixin/back/{query}")["Location"] == "/signin/"


@pytest.mark.parametrize("code", ["", "\0", "a b", "x" * 129, "<script>"])
def test_what_is_no_code_is_not_sent_to_wechat(browser, weixin, code):
    state = parse_qs(urlsplit(goes_to_weixin(browser)).query)["state"][0]
    response = browser.get("/signin/weixin/back/", {"code": code, "state": state})
    assert response["Location"] == "/signin/"
    assert not weixin.asked


def test_an_address_has_a_limit(browser, weixin, monkeypatch):
    monkeypatch.setattr(rules, "PER_ADDRESS", Quota("test weixin", 2, timedelta(hours=1)))
    answers = [browser.post(BUTTON, {"next": "/mine/"})["Location"] for _each in range(3)]
    assert answers[2] == "/signin/?next=%2Fmine%2F"
    assert "手机号" in text(browser.get(answers[2]))


# --- what is kept, shown and told -----------------------------------------------------------------
def test_no_table_holds_the_openid(browser, weixin, tied):
    by_weixin(browser, weixin)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT string_agg(t::text, E'\\n') FROM \"{table}\" t")
            kept = cursor.fetchone()[0] or ""
            for secret in (weixin_server.OPENID, "o6_bmasd", "ACCESS_", weixin_server.NICKNAME):
                assert secret not in kept, table


def test_my_account_says_so_and_takes_it_back(browser, weixin, tied):
    by_weixin(browser, weixin)
    assert "解除微信登录" in text(browser.get("/account/"))
    browser.post("/account/untie-weixin/")
    page = text(browser.get("/account/"))
    assert "解除微信登录" not in page and "微信不再能登录" in page
    assert acts(tied) == ["weixin tied", "weixin untied own-wish"]
    browser.post("/account/untie-weixin/")  # a second tap
    browser.post("/signout/")
    by_weixin(browser, weixin)
    assert not is_in(browser)


def test_the_copy_of_ones_data_tells_of_the_tie(browser, weixin, inbox, tied):
    by_weixin(browser, weixin)
    browser.post("/account/data/copy/")
    browser.post("/account/confirm/", {"code": inbox.code})
    data = json.loads(browser.post("/account/data/copy/").content)["data"]
    (row,) = data["verification.WeixinTie"]
    assert row["identity"] == rules.identity_of(weixin_server.OPENID)


def test_moderators_see_that_there_is_a_tie_and_may_untie(as_moderator, weixin, tied):
    url = reverse("admin:verification_resident_change", args=[tied.pk])
    page = text(as_moderator.get(url))
    assert "解除微信登录" in page
    assert tied.weixin_tie.identity not in page
    as_moderator.post(reverse("admin:verification_untie_weixin", args=[tied.pk]))
    assert not WeixinTie.objects.exists()
    assert acts(tied)[-1] == "weixin untied moderator"
    assert "解除微信登录" not in text(as_moderator.get(url))


def test_others_of_the_staff_may_not_untie(as_reviewer, weixin, tied):
    url = reverse("admin:verification_untie_weixin", args=[tied.pk])
    assert as_reviewer.post(url).status_code == 403
    assert WeixinTie.objects.exists()
