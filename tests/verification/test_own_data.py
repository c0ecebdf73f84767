"""Taking a copy of one's data, and erasing one's account."""

import json
import time
from datetime import timedelta

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import contact
from posts.models import Block, Draft, Ending, Kind, Listing, Post, PostCount, Reveal
from safety.models import AuditEntry
from tests.conftest import make_resident, signed_in
from tests.posts.factories import need, offer
from tests.verification.conftest import enters
from tests.verification.test_real_name import document
from tests.verification.threads import at_once
from verification import consent, leaving, own_data, real_name, suspension
from verification.models import Consent, KeptDigest, Level, PhoneProof, RealNameCheck, Resident

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
COPY, ERASE = "/account/data/copy/", "/account/erase/"


def with_a_code(client, minutes_ago: float = 0):
    """A session in which a code was typed so long ago."""
    session = client.session
    at = time.time() - 60 * minutes_ago
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "code", "at": at}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return client


@pytest.fixture
def life(resident, helper, stranger) -> Post:
    """What somebody leaves behind: posts, looks, blocks, proofs, drafts, a check."""
    post = need(resident, landmark="南门岗亭", contact_wechat="liu_123456", note="家里有老人")
    contact.reveal(post, helper)
    contact.set_blocked(post, resident, Reveal.objects.get().pk, True)
    contact.reveal(offer(helper), resident)
    PhoneProof.objects.create(resident=resident, phone_digest="d" * 64)
    Draft.objects.create(kind=Kind.NEED, resident=resident, data={"contact": {"name": ["刘"]}})
    resident.level = Level.PHONE
    resident.save()
    real_name.submit(resident, document())
    return post


def test_the_copy_holds_everything_in_plain_words(life, as_resident, resident):
    response = with_a_code(as_resident).post(COPY, headers=ENGLISH)
    assert response["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert "no-store" in response["Cache-Control"]
    data = json.loads(response.content)["data"]
    assert data["verification.Resident"][0]["phone"] == "+8613800138001"
    assert data["posts.Post"][0]["contact_wechat"] == "liu_123456"
    assert data["posts.Post"][0]["landmark"] == "南门岗亭"
    assert data["posts.Post"][0]["kind"] == "need"
    assert set(data["posts.Post"][0]["point"]) == {"latitude", "longitude"}
    assert data["posts.PostItem"][0]["amount"] == 4
    assert data["posts.Draft"][0]["data"]["contact"] == {"name": ["刘"]}
    assert data["verification.RealNameCheck"][0]["masked_name"] == "刘**"
    assert {each["purpose"] for each in data["verification.Consent"]} >= {"real-name check"}
    assert len(data["posts.Reveal"]) == len(data["posts.Block"]) == 1
    assert len(data["verification.PhoneProof"]) == 1
    assert {each["act"] for each in data["safety.AuditEntry"]} >= {"post published"}


def test_the_copy_holds_nothing_of_others(life, as_resident, helper):
    text = with_a_code(as_resident).post(COPY).content.decode()
    assert str(helper.pk) not in text
    assert helper.phone not in text
    assert helper.phone_digest not in text
    assert "password" not in text


def test_the_copy_is_recorded_and_limited(as_resident, resident, settings):
    settings.EXPORTS_PER_DAY = 2
    with_a_code(as_resident)
    assert [as_resident.post(COPY).status_code for _ in range(3)] == [200, 200, 302]
    assert AuditEntry.objects.filter(act="data exported", actor=resident.pk).count() == 2


@pytest.mark.django_db(transaction=True)
def test_copies_at_the_same_moment_are_all_counted(make_resident, settings):
    settings.EXPORTS_PER_DAY = 2
    person = make_resident()

    def take():
        try:
            own_data.take_copy(person)
        except own_data.TooManyCopiesError:
            return False
        return True

    assert sum(at_once(*[take] * 5)) == 2
    assert AuditEntry.objects.filter(act="data exported").count() == 2


def test_the_copy_takes_a_fixed_number_of_queries(resident):
    numbers = []
    for _step in range(2):
        offer(resident)
        with CaptureQueriesContext(connection) as queries:
            own_data.take_copy(resident)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize("url", [COPY, ERASE])
def test_an_old_session_has_to_type_a_code_first(as_resident, resident, inbox, url):
    with_a_code(as_resident, minutes_ago=11)
    assert as_resident.post(url).url == "/account/confirm/"
    assert inbox.messages[-1][0] == resident.phone
    assert as_resident.post("/account/confirm/", {"code": inbox.wrong_code}).status_code == 422
    assert as_resident.post(url).url == "/account/confirm/"
    back = as_resident.post("/account/confirm/", {"code": inbox.code}).url
    assert back == ("/account/data/" if url == COPY else ERASE)
    assert Resident.objects.filter(pk=resident.pk).exists()
    done = as_resident.post(url)
    assert done.status_code == 200
    assert Resident.objects.filter(pk=resident.pk).exists() is (url == COPY)


def test_signing_in_just_now_is_enough(client, inbox, newcomer):
    client.post("/signin/", {"phone": newcomer.phone})
    enters(client, inbox.code)
    assert client.post(COPY)["Content-Type"] == "application/json"


def test_a_code_for_another_number_is_none_for_the_account(as_resident, inbox, rf):
    with_a_code(as_resident, minutes_ago=11)
    as_resident.get("/account/confirm/")  # none was asked for
    as_resident.post("/account/confirm/", {"code": "123456"})
    assert as_resident.post(COPY).url == "/account/confirm/"


def test_get_erases_nothing_and_says_what_happens(as_resident, resident):
    page = with_a_code(as_resident).get(ERASE, headers=ENGLISH)
    assert "For 7 days" in page.content.decode()
    assert Resident.objects.filter(pk=resident.pk).exists()
    assert as_resident.get(COPY).status_code == 405


def test_erasing_takes_everything_but_the_log_and_the_count(life, as_resident, resident, helper):
    log = list(AuditEntry.objects.order_by("id").values_list("id", flat=True))
    checked = RealNameCheck.objects.get()
    elsewhere = signed_in(resident)
    assert with_a_code(as_resident).post(ERASE).status_code == 200
    assert not Resident.objects.filter(pk=resident.pk).exists()
    assert list(Post.objects.values_list("resident", flat=True)) == [helper.pk]
    for model in (Reveal, Block, Draft, PhoneProof, RealNameCheck):
        assert not model.objects.exists(), model
    assert not Consent.objects.filter(resident=resident.pk).exists()
    assert Listing.objects.filter(kind=Kind.NEED).count() == 0
    counted = PostCount.objects.get()
    assert (counted.kind, counted.area_id, counted.ending, counted.number) == (
        Kind.NEED, 440300, Ending.WITHDRAWN, 1,
    )  # fmt: skip
    digests = set(KeptDigest.objects.values_list("digest", flat=True))
    assert digests == {resident.phone_digest, checked.document_digest}
    after = AuditEntry.objects.order_by("id").values_list("id", flat=True)
    assert list(after)[: len(log)] == log
    assert AuditEntry.objects.latest("id").act == "account erased"
    for browser in (as_resident, elsewhere):
        assert browser.get("/account/").url == "/signin/?next=/account/"


def test_others_keep_what_is_theirs(life, as_helper, helper, resident):
    leaving.erase(resident, resident)
    assert as_helper.get("/mine/").status_code == 200
    post = Post.objects.get(resident=helper)
    assert as_helper.get(f"/posts/{post.public_id}/seen/").status_code == 200


def test_the_number_cannot_join_again_at_once_and_later_it_can(client, inbox, newcomer):
    """Else whoever erases his account is rid of every quota, cap and block."""
    phone = newcomer.phone
    leaving.erase(newcomer, newcomer)

    def sign_in():
        client.post("/signin/", {"phone": phone})
        return enters(client, inbox.code)

    refused = sign_in()
    assert refused.status_code == 403
    until = timezone.localtime(KeptDigest.objects.get().erase_after)
    assert f"{until:%Y-%m-%d}" in refused.content.decode()
    assert not Resident.objects.exists()
    assert "_auth_user_id" not in client.session
    KeptDigest.objects.update(erase_after=timezone.now() - timedelta(seconds=1))
    assert sign_in().url == "/"
    assert Resident.objects.get().level == Level.PHONE


def test_nor_can_the_document(newcomer, make_resident):
    real_name.submit(newcomer, document())
    leaving.erase(newcomer, newcomer)
    check = real_name.submit(make_resident(), document())
    assert (check.state, check.reason) == ("refused", "erased")
    KeptDigest.objects.update(erase_after=timezone.now() - timedelta(seconds=1))
    assert real_name.submit(make_resident(), document()).state == "verified"


def test_a_suspended_account_does_not_wash_itself(resident, as_resident, moderator):
    suspension.set_suspended(resident, moderator, True, suspension.Reason.SELLING)
    assert with_a_code(as_resident).post(ERASE).url.startswith("/signin/")
    resident.refresh_from_db()
    with pytest.raises(PermissionDenied):  # a request that had begun before
        leaving.erase(resident, resident)
    assert Resident.objects.filter(pk=resident.pk).exists()


def test_the_operator_erases_a_suspended_account_and_its_digests_stay_for_long(
    resident, moderator, capsys
):
    suspension.set_suspended(resident, moderator, True, suspension.Reason.SELLING)
    call_command("erase_account", str(resident.pk))
    kept = KeptDigest.objects.get(digest=resident.phone_digest)
    assert kept.erase_after > timezone.now() + timedelta(days=364)
    with pytest.raises(CommandError):
        call_command("erase_account", str(resident.pk))


def test_a_shorter_time_never_replaces_a_longer_one():
    with transaction.atomic():
        KeptDigest.objects.keep(["d" * 64], timedelta(days=30))
        KeptDigest.objects.keep(["d" * 64], timedelta(days=3))
    assert KeptDigest.objects.get().erase_after > timezone.now() + timedelta(days=29)
    KeptDigest.objects.keep(["d" * 64], timedelta(days=60))
    assert KeptDigest.objects.get().erase_after > timezone.now() + timedelta(days=59)


def test_staff_are_not_erased(moderator, as_moderator):
    for by in (moderator, None):
        with pytest.raises(PermissionDenied):
            leaving.erase(moderator, by)
    assert as_moderator.post(ERASE).url == "/account/"


def test_a_poster_is_never_deleted_past_the_counts(resident):
    offer(resident)
    with pytest.raises(ProtectedError):
        resident.delete()


@pytest.mark.django_db(transaction=True)
def test_erasing_twice_at_once_counts_once(resident):
    offer(resident)

    def erase():
        try:
            leaving.erase(resident, resident)
        except Resident.DoesNotExist:
            return False
        return True

    assert sorted(at_once(erase, erase)) == [False, True]
    assert PostCount.objects.get().number == 1


@pytest.mark.django_db(transaction=True)
def test_a_number_that_joins_while_its_account_is_erased_is_not_free_of_it(make_resident):
    """Whichever comes first: nobody is left with a new account."""
    person = make_resident()
    phone = person.phone

    def join():
        try:
            return Resident.objects.who_proved(phone).pk
        except KeptDigest.StillKept:
            return None

    at_once(join, lambda: leaving.erase(person, person), join)
    assert not Resident.objects.exists()


def test_it_asks_for_sign_in(client):
    for url in ("/account/data/", ERASE, "/account/confirm/"):
        assert client.get(url).url == f"/signin/?next={url}"
    for url in (COPY, "/account/data/withdraw/"):
        assert client.post(url).url.startswith("/signin/")


def test_accounts_that_nobody_uses_and_that_did_nothing_are_erased(settings, resident, newcomer):
    settings.ACCOUNT_KEPT, settings.UNFINISHED_KEPT = timedelta(days=365), timedelta(days=30)
    idle = make_resident("+8613800138077", Level.PHONE)
    back = make_resident("+8613800138078", Level.PHONE)

    def seen(person, days):
        at = timezone.now() - timedelta(days=days)
        Resident.objects.filter(pk=person.pk).update(last_login=at, date_joined=at)

    seen(newcomer, 31)  # never agreed to anything
    seen(resident, 364)
    seen(idle, 366)
    seen(back, 366)
    Resident.objects.filter(pk=back.pk).update(last_login=timezone.now())
    assert (leaving.erase_unfinished(), leaving.erase_unused()) == (1, 1)
    assert set(Resident.objects.all()) == {resident, back}
    assert (leaving.erase_unfinished(), leaving.erase_unused()) == (0, 0)
    assert consent.given(resident)
