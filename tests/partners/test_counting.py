"""Whatever happens to posts, in whatever order: the roll-ups say what a recount says."""

import random
import statistics
import threading
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import floor, log2
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from partners.models import ChangedPost, CountedPost, PostNumber, TimeNumber
from partners.numbers import counting, times
from places.models import Area
from posts import access, answers, closing, drafts, erasing, moderation
from posts.models import HiddenFor, Kind, Outcome, Post, PostCount
from posts.publishing import RefusedError, publish
from tests.conftest import make_resident
from tests.posts.factories import FUTIAN, FUTIAN_AT, YUELU, YUELU_AT, any_of, item, need, offer
from tests.posts.test_mine import aged
from verification import leaving
from verification.models import Level
from verification.suspension import Reason, set_suspended

HOPELESS = (closing.NotPossibleError, access.NotShownError, RefusedError)
CHINA = ZoneInfo("Asia/Shanghai")


# --- the recount: by other means than the roll-ups ------------------------------------------------
def standing(post: Post, is_leaving: bool = False) -> str:
    if post.hidden_at:
        return "hidden"
    if post.closed_at:
        return post.outcome or "resolved"
    if post.expires_at <= timezone.now():
        return "expired"
    return "withdrawn" if is_leaving else "open"


def keys(post: Post, is_leaving: bool = False):
    """Under which (subject, kind, day, city, standing) a post counts, and its bucket."""
    day = post.created_at.astimezone(CHINA).date()
    area = Area.objects.get(pk=post.area_id)
    city = area.parent_id if area.level == 3 else area.pk
    named = [each.medicine.slug if each.medicine else f"any:{each.group.slug}"
             for each in post.items.all()]  # fmt: skip
    stands = standing(post, is_leaving)
    bucket = None
    if post.closed_at and not post.hidden_at:
        minutes = max(1, (post.closed_at - post.created_at).total_seconds() / 60)
        bucket = min(80, floor(4 * log2(minutes)))
    for subject in ["", *named]:
        yield (subject, post.kind, day, city, stands), (subject, post.kind, bucket)


class Recount:
    """All posts that are there, and those that were erased, as they were just before."""

    def __init__(self) -> None:
        self.gone: list = []

    def remember(self, posts) -> None:
        for post in posts:
            self.gone += list(keys(post, is_leaving=True))

    def check(self) -> None:
        all_keys = [*self.gone, *(key for post in Post.objects.all() for key in keys(post))]
        numbers = Counter(key for key, _time in all_keys)
        spans = Counter(time for _key, time in all_keys if time[2] is not None)
        rows = PostNumber.objects.values_list(
            "subject", "kind", "day", "area", "standing", "number"
        )
        assert {row[:-1]: row[-1] for row in rows} == numbers
        rows = TimeNumber.objects.values_list("subject", "kind", "bucket", "number")
        assert {row[:-1]: row[-1] for row in rows} == spans


@pytest.fixture
def recount(monkeypatch) -> Recount:
    made = Recount()
    monkeypatch.setattr(erasing, "BEFORE_REMOVAL", [made.remember, *erasing.BEFORE_REMOVAL])
    return made


def edit(post: Post, code: int, at: tuple[float, float]) -> None:
    """Its poster changes medicine and place."""
    if not post.is_on_square:
        return
    draft = answers.draft_of(post)
    city, province = code // 100 * 100, code // 10_000 * 10_000
    place = {"province": province, "city": city, "district": code, "row": None, "column": None}
    typed = draft.data[drafts.REACH]
    typed |= {name: [str(value)] if value else [""] for name, value in place.items()}
    typed["by_area"] = ["on"]
    draft.save()
    forms = answers.all_forms(draft, post.resident)
    assert all(form.is_valid() for form in forms.values()), [f.errors for f in forms.values()]
    publish(draft.pk, Kind(post.kind), post.resident, answers.checked(forms))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_after_any_sequence_of_acts_the_numbers_are_those_of_a_recount(
    seed, moderator, settings, recount
):
    settings.OPEN_POSTS_PER_RESIDENT = 1000
    chance = random.Random(seed)
    people = [make_resident(f"+86138001390{number:02d}", Level.REAL_NAME) for number in range(4)]
    expiry = datetime(timezone.localdate().year + 1, 1, 1).date()
    line = {"per_household": 2, "form": "tablet", "expiry": expiry, "unit": "tablet"}

    def publish_one() -> None:
        person = chance.choice(people)
        place = chance.choice(
            [{}, {"code": FUTIAN, "at": FUTIAN_AT}, {"code": YUELU, "at": YUELU_AT}]
        )
        if chance.random() < 0.5:
            test = item("antigen-test", 2, per_household=2, expiry=expiry)
            offer(person, items=chance.sample([item(amount=4, **line), test], 1), **place)
        else:
            need(person, items=[chance.choice([any_of("fever"), item("ibuprofen", 2)])], **place)

    def leave(post: Post) -> None:
        person = post.resident
        leaving.erase(person, None)
        people.remove(person)
        people.append(make_resident(f"+8613800139{chance.randrange(100, 999)}", Level.REAL_NAME))

    def tidy(post: Post) -> None:
        aged(post, days=400)
        call_command("tidy", verbosity=0)

    acts = [
        lambda post: closing.resolve(post, post.resident),
        lambda post: closing.resolve(post, post.resident, Outcome.ELSEWHERE),
        lambda post: closing.resolve(aged(post, hours=chance.randrange(1, 70)), post.resident),
        lambda post: closing.tell_outcome(post, post.resident, chance.choice(Outcome.values)),
        lambda post: closing.reopen(post, post.resident),
        lambda post: closing.reopen(post, post.resident),
        lambda post: closing.extend(aged(post, hours=30), post.resident),
        lambda post: aged(post, hours=chance.randrange(1, 60)),
        lambda post: aged(post, days=8),
        lambda post: moderation.hide(post, moderator, HiddenFor.UNSAFE),
        lambda post: moderation.restore(post, moderator),
        lambda post: set_suspended(post.resident, moderator, True, Reason.SPAM),
        lambda post: set_suspended(post.resident, moderator, False, Reason.MISTAKE),
        lambda post: edit(post, *chance.choice([(FUTIAN, FUTIAN_AT), (YUELU, YUELU_AT)])),
        leave,
        tidy,
    ]
    for _step in range(60):
        with suppress(*HOPELESS):
            if Post.objects.count() < 4 or chance.random() < 0.2:
                publish_one()
        with suppress(*HOPELESS):
            chance.choice(acts)(chance.choice(list(Post.objects.all())))
        if chance.random() < 0.3:
            counting.count()
            recount.check()
    counting.count()
    recount.check()
    assert not ChangedPost.objects.exists()
    assert CountedPost.objects.count() == Post.objects.count()


@pytest.mark.django_db
def test_the_counts_of_erased_posts_agree_with_the_roll_ups(resident, recount, settings):
    """What `posts` itself keeps of posts that are gone says the same."""
    resolved, _open = need(resident), offer(resident)
    closing.resolve(resolved, resident, Outcome.THROUGH_HERE)
    counting.count()
    leaving.erase(resident, None)
    counting.count()
    kept = PostCount.objects.values_list("kind", "day", "area", "ending", "number")
    numbers = PostNumber.objects.filter(subject="")
    assert set(numbers.values_list("kind", "day", "area", "standing", "number")) == set(kept)
    assert {row[3] for row in kept} == {"through-here", "withdrawn"}
    assert not CountedPost.objects.exists()
    recount.check()


@pytest.mark.django_db
def test_a_post_that_came_and_went_between_two_runs_is_counted(resident, recount):
    need(resident)
    leaving.erase(resident, None)
    counting.count()
    recount.check()
    assert PostNumber.objects.get(subject="ibuprofen").standing == "withdrawn"


@pytest.mark.django_db
def test_a_post_still_counts_when_its_contact_is_erased(resident, recount):
    post = need(resident)
    closing.resolve(aged(post, hours=10), resident)
    Post.objects.update(closed_at=F("closed_at") - timedelta(days=8),
                        created_at=F("created_at") - timedelta(days=8))  # fmt: skip
    counting.count()
    before = list(PostNumber.objects.values())
    assert erasing.erase_overdue_contacts() == 1
    counting.count()
    recount.check()
    assert list(PostNumber.objects.values()) == before != []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hour", "day"), [(15, 12), (16, 13)], ids=["before midnight in China", "after it"]
)
def test_a_day_is_a_day_in_china(resident, hour, day):
    post = need(resident)
    at = datetime(2026, 12, 12, hour, 30, tzinfo=UTC)
    Post.objects.filter(pk=post.pk).update(created_at=at, expires_at=at + timedelta(days=3))
    counting.count()
    assert {row.day.day for row in PostNumber.objects.all()} == {day}


@pytest.mark.django_db
def test_what_runs_out_says_nothing_and_is_noticed(resident):
    post = offer(resident)
    counting.count()
    assert PostNumber.objects.get(subject="").standing == "open"
    with connection.cursor() as cursor:  # no trigger hears of time
        cursor.execute("SET LOCAL session_replication_role = replica")
        past = timezone.now() - timedelta(minutes=1)
        Post.objects.filter(pk=post.pk).update(created_at=past - timedelta(days=7), expires_at=past)
        CountedPost.objects.update(expires_at=past)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert not ChangedPost.objects.exists()
    counting.count()
    assert PostNumber.objects.get(subject="").standing == "expired"


@pytest.mark.django_db
def test_what_changes_no_number_is_not_counted_again(resident):
    post = offer(resident)
    counting.count()
    closing.set_in_hand(post, resident, True)
    closing.set_amount_left(post, resident, post.items.get().pk, 2)
    assert not ChangedPost.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_act_that_ends_late_is_counted_late_and_once(resident, recount):
    slow, quick = offer(resident), need(resident)
    counting.count()
    written, go_on = threading.Event(), threading.Event()

    def resolve_slowly():
        with transaction.atomic():
            closing.resolve(slow, resident)
            written.set()
            go_on.wait(30)
        connection.close()

    thread = threading.Thread(target=resolve_slowly)
    thread.start()
    assert written.wait(30)
    closing.resolve(quick, resident)
    counting.count()
    assert PostNumber.objects.get(subject="", kind=Kind.OFFER).standing == "open"
    assert PostNumber.objects.get(subject="", kind=Kind.NEED).standing == "resolved"
    go_on.set()
    thread.join()
    counting.count()
    recount.check()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_count_twice(resident, recount):
    for _each in range(3):
        offer(resident)
    with transaction.atomic():
        assert counting.alone()
        numbers = []

        def count_beside():
            numbers.append(counting.count())
            connection.close()

        thread = threading.Thread(target=count_beside)
        thread.start()
        thread.join()
        assert numbers == [0]
    threads = [threading.Thread(target=lambda: (counting.count(), connection.close()))
               for _each in range(3)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counting.count()
    recount.check()


@pytest.mark.django_db
def test_each_step_finds_its_rows_by_an_index(resident):
    offer(resident)
    counting.count()
    over = CountedPost.objects.filter(standing="open", expires_at__lte=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        assert "countedpost_runs_out" in over.order_by("expires_at")[:5].explain()
        assert "Index" in ChangedPost.objects.order_by("pk")[:5].explain()


@given(st.lists(st.floats(1, 2**19), min_size=1, max_size=60))
def test_the_median_is_within_a_tenth(minutes):
    buckets = Counter(times.bucket(timedelta(minutes=each)) for each in minutes)
    true = statistics.median_low(minutes)
    assert abs(times.median(buckets) / true - 1) <= times.WORST_ERROR + 1e-6
    assert times.WORST_ERROR < 0.1
