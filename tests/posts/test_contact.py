"""Being shown a contact: who may, what is recorded, how often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone
from django.utils.translation import override

from posts import access, closing, contact, moderation
from posts.allowances import REVEALS
from posts.models import Post, Reveal
from posts.templatetags.board import until
from safety.models import AuditEntry, QuotaUse
from tests.conftest import make_resident, signed_in
from tests.posts.factories import FUTIAN, FUTIAN_AT, NANSHAN_AT, need, offer
from tests.posts.test_square import here, shown
from verification.models import Level, Resident

pytestmark = pytest.mark.django_db
PER_HOUR = settings.REVEALS_PER_HOUR


@pytest.fixture
def post(resident):
    return offer(resident, landmark="南门岗亭", contact_wechat="liu_123456")


def url(post) -> str:
    return f"/posts/{post.public_id}/contact/"


def test_it_is_shown_to_a_verified_phone_after_a_tap(as_helper, post):
    before = as_helper.get(url(post)).content.decode()
    assert "138 0013 8001" not in before
    assert "刘女士" in before
    shown = as_helper.post(url(post), follow=True).content.decode()
    for contact_data in ("138 0013 8001", "liu_123456", "南门岗亭"):
        assert contact_data in shown


def test_looking_is_recorded_and_the_poster_sees_how_many(as_helper, as_resident, helper, post):
    as_helper.post(url(post))
    assert Reveal.objects.get().resident == helper
    entry = AuditEntry.objects.get(act="contact revealed")
    assert (entry.actor, entry.subject) == (helper.pk, str(post.public_id))
    assert "1人看过您的电话" in as_resident.get("/mine/").content.decode()


def test_looking_again_is_free(as_helper, post):
    as_helper.post(url(post))
    as_helper.post(url(post))
    assert Reveal.objects.count() == 1


def test_it_asks_for_sign_in_and_comes_back(client, post):
    response = client.get(url(post))
    assert response.status_code == 302
    assert response["Location"].startswith("/signin/?next=")
    assert str(post.public_id) in response["Location"]


def test_it_refuses_a_level_that_is_too_low(as_helper, post, settings):
    settings.LEVEL_TO_REVEAL = "real-name"
    response = as_helper.post(url(post))
    assert response.status_code == 302
    assert "/real-name/" in response["Location"]
    assert not Reveal.objects.exists()


def test_it_is_never_stored_by_a_browser_or_a_proxy(as_helper, post):
    response = as_helper.post(url(post), follow=True)
    assert "no-store" in response["Cache-Control"]


def test_it_refuses_a_resolved_post(as_helper, post, resident):
    closing.resolve(post, resident)
    response = as_helper.post(url(post))
    assert response.status_code == 410
    assert "138 0013" not in response.content.decode()


def test_a_resolved_post_hides_its_number_from_who_saw_it_too(as_helper, post, resident):
    as_helper.post(url(post))
    closing.resolve(post, resident)
    assert "138 0013" not in as_helper.get(url(post)).content.decode()


def test_a_hidden_post_does_not_exist(as_helper, post, moderator):
    moderation.hide(post, moderator, "unsafe")
    assert as_helper.get(url(post)).status_code == 404
    assert as_helper.post(url(post)).status_code == 404


def test_the_quota_is_said_kindly_with_the_time_to_look_again(helper, resident, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    posts = [offer(resident) for _each in range(PER_HOUR + 1)]
    client = signed_in(helper)
    answers = [client.post(url(post)) for post in posts]
    assert [each.status_code for each in answers] == [302] * PER_HOUR + [429]
    assert Reveal.objects.count() == PER_HOUR
    minutes = 60 // PER_HOUR
    assert 60 * (minutes - 1) < int(answers[-1]["Retry-After"]) <= 60 * minutes
    page = client.post(url(posts[-1]), headers={"Accept-Language": "en"}).content.decode()
    assert f"in {minutes} minutes" in page
    assert "138 0013" not in page


def has_left_of_a_day(person, uses: int) -> None:
    """So many reveals of the day; all of the hour's."""
    _hour, day = REVEALS[Level(person.level)]
    full_at = timezone.now() + day.period - uses * day.period / day.capacity
    QuotaUse.objects.create(name=day.name, subject=str(person.pk), full_at=full_at)


def test_what_is_left_of_a_day_ends_before_the_hours(helper, resident, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    has_left_of_a_day(helper, 2)
    posts = [offer(resident) for _each in range(3)]
    for post in posts[:2]:
        contact.reveal(post, helper)
    with pytest.raises(access.NotShownError, match="quota") as refused:
        contact.reveal(posts[2], helper)
    wait = refused.value.again_at - timezone.now()
    of_a_day = timedelta(days=1) / settings.REVEALS_PER_DAY
    assert of_a_day - timedelta(minutes=1) < wait <= of_a_day


def test_what_the_day_refuses_does_not_cost_the_hour(helper, post):
    has_left_of_a_day(helper, 0)
    hour, _day = REVEALS[Level.PHONE]
    with pytest.raises(access.NotShownError, match="quota"):
        contact.reveal(post, helper)
    assert not QuotaUse.objects.filter(name=hour.name).exists()


def test_a_real_name_may_look_at_more(resident, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    known = make_resident("+8613800138044", Level.REAL_NAME)
    for _each in range(settings.REVEALS_PER_HOUR_REAL_NAME):
        contact.reveal(offer(resident), known)
    with pytest.raises(access.NotShownError, match="quota"):
        contact.reveal(offer(resident), known)
    assert settings.REVEALS_PER_HOUR_REAL_NAME > PER_HOUR


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_the_edge_of_the_quota_show_one_number(resident, helper, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    posts = [offer(resident) for _each in range(PER_HOUR + 3)]
    for post in posts[: PER_HOUR - 1]:
        contact.reveal(post, helper)

    def look(post):
        try:
            contact.reveal(post, helper)
            return "shown"
        except access.NotShownError as refusal:
            return str(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        results = sorted(threads.map(look, posts[PER_HOUR - 1 :]))
    assert results == ["quota", "quota", "quota", "shown"]
    assert Reveal.objects.filter(resident=helper).count() == PER_HOUR


def callers(number: int) -> list:
    return [make_resident(f"+86139001390{index:02d}", Level.PHONE) for index in range(number)]


def test_an_offer_that_rests_sinks_by_distance_too(client, resident, settings):
    settings.OFFER_REVEALS = 3
    wanted = offer(resident)
    other = offer(resident, code=FUTIAN, at=FUTIAN_AT)
    here(client, *NANSHAN_AT)
    nearest_first = [str(each.public_id) for each in (wanted, other)]
    assert shown(client.get("/?sort=distance")) == nearest_first
    for person in callers(3):
        contact.reveal(wanted, person)
    assert shown(client.get("/?sort=distance")) == nearest_first[::-1]


def test_an_offer_that_many_call_about_rests_and_sinks(client, resident, settings):
    settings.OFFER_REVEALS = 3
    wanted, other = offer(resident), offer(resident)
    people = callers(4)
    for person in people[:3]:
        contact.reveal(wanted, person)
    with pytest.raises(access.NotShownError, match="resting"):
        contact.reveal(wanted, people[3])
    assert contact.reveal(wanted, people[0]).contact_phone, "who saw it may look again"
    page = client.get("/").content.decode()
    assert page.index(str(other.public_id)) < page.index(str(wanted.public_id))
    assert "好几个人在联系" in page
    response = signed_in(people[3]).post(url(wanted))
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= settings.OFFER_REST.total_seconds()
    english = {"Accept-Language": "en"}
    for page in (
        signed_in(people[3]).post(url(wanted), headers=english),
        client.get(wanted.get_absolute_url(), headers=english),
    ):
        assert "look again in 30 minutes" in page.content.decode()


def test_it_asks_its_poster_who_brings_it_back_with_one_tap(
    as_resident, client, resident, settings
):
    settings.OFFER_REVEALS = 1
    wanted, other = offer(resident), offer(resident)
    contact.reveal(wanted, callers(1)[0])
    assert "药还在吗" in as_resident.get("/mine/").content.decode()
    as_resident.post(f"/posts/{wanted.public_id}/extend/")
    page = client.get("/").content.decode()
    assert page.index(str(wanted.public_id)) < page.index(str(other.public_id))
    newcomer = make_resident("+8613900139099", Level.PHONE)
    assert contact.reveal(wanted, newcomer)


def test_it_takes_new_callers_after_half_an_hour(resident, settings):
    settings.OFFER_REVEALS = 1
    wanted = offer(resident)
    first, second = callers(2)
    contact.reveal(wanted, first)
    Post.objects.filter(pk=wanted.pk).update(rests_until=timezone.now() - timedelta(minutes=1))
    assert contact.reveal(wanted, second)


def test_a_need_never_rests(resident, settings):
    settings.OFFER_REVEALS = 1
    asking = need(resident)
    for person in callers(3):
        contact.reveal(asking, person)
    asking.refresh_from_db()
    assert not asking.rests_until


@pytest.mark.django_db(transaction=True)
def test_ten_callers_at_once_reach_an_offer_exactly_five_times(resident):
    wanted, people = offer(resident), callers(10)

    def look(person):
        try:
            contact.reveal(wanted, person)
            return "shown"
        except access.NotShownError as refusal:
            return str(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as threads:
        results = sorted(threads.map(look, people))
    assert results == ["resting"] * 5 + ["shown"] * 5
    assert Reveal.objects.count() == 5


def test_a_poster_sees_the_own_contact_without_a_record(as_resident, post):
    as_resident.post(url(post))
    assert not Reveal.objects.exists()


def test_a_suspended_person_is_shown_nothing(post):
    person = make_resident("+8613800138009", Level.PHONE)
    client = signed_in(person)
    person.is_active = False
    person.save()
    assert client.post(url(post)).status_code == 302
    assert not Reveal.objects.exists()


def test_who_is_suspended_since_the_page_was_opened_is_shown_nothing(helper, post):
    Resident.objects.filter(pk=helper.pk).update(is_active=False)
    with pytest.raises(access.NotShownError, match="suspended"):
        contact.reveal(post, helper)
    assert not Reveal.objects.exists()


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        (timedelta(seconds=-5), "in 1 minute"),
        (timedelta(seconds=61), "in 2 minutes"),
        (timedelta(minutes=59, seconds=30), "in 60 minutes"),
        (timedelta(minutes=61), "in 2 hours"),
        (timedelta(hours=23, minutes=10), "in 24 hours"),
    ],
)
def test_a_wait_is_never_said_too_short(monkeypatch, wait, said):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    with override("en"):
        assert until(now + wait) == said
