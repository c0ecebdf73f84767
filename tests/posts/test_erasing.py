"""What is erased of a post, and when; the count that stays."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import closing, contact, erasing, moderation
from posts.models import (
    Draft,
    Ending,
    HiddenFor,
    Kind,
    Listing,
    Outcome,
    Post,
    PostCount,
    PostItem,
    Reveal,
    State,
)
from safety import register
from tests.aging import pass_days
from tests.posts.factories import YUELU, YUELU_AT, need, offer
from tests.verification.threads import at_once
from verification import suspension

pytestmark = pytest.mark.django_db
CONTACT = ["contact_name", "contact_phone", "contact_wechat", "landmark", "note"]


@pytest.fixture
def post(resident) -> Post:
    return need(
        resident, landmark="南门岗亭", contact_wechat="liu_123456", note="家里有老人",
        fever_since=timezone.localdate(), none_left=True,
    )  # fmt: skip


def tidy() -> None:
    call_command("tidy", verbosity=0)


def holds_contact(post: Post) -> bool:
    post.refresh_from_db()
    return any(getattr(post, name) for name in CONTACT)


def end(post: Post, how: str, moderator) -> None:
    match how:
        case "resolved":
            closing.resolve(post, post.resident)
        case "hidden":
            moderation.hide(post, moderator, HiddenFor.UNSAFE)
        case "expired":
            Post.objects.filter(pk=post.pk).update(expires_at=timezone.now())


@pytest.mark.parametrize("how", ["resolved", "hidden", "expired"])
def test_contact_and_facts_go_seven_days_after_the_end(post, moderator, how):
    end(post, how, moderator)
    pass_days(6.9)
    tidy()
    assert holds_contact(post)
    pass_days(0.2)
    tidy()
    assert not holds_contact(post)
    assert (post.whom, post.youngest_months, post.fever_since, post.none_left) == (
        [], None, None, False,
    )  # fmt: skip
    assert (post.point, post.by_area) == (post.area.point, True)
    assert post.items.count() == 1


def test_the_time_is_a_setting(post, settings):
    settings.CONTACT_KEPT = timedelta(days=1)
    closing.resolve(post, post.resident)
    pass_days(1.1)
    tidy()
    assert not holds_contact(post)


def test_an_open_post_keeps_its_contact_however_old(post):
    pass_days(100)
    Post.objects.update(expires_at=timezone.now() + timedelta(days=1))
    tidy()
    assert holds_contact(post)


def test_a_post_that_was_erased_cannot_come_back(post, resident, as_resident, client):
    pass_days(11)
    tidy()
    post.refresh_from_db()
    with pytest.raises(closing.NotPossibleError):
        closing.extend(post, resident)
    page = as_resident.get("/mine/").content.decode()
    assert f'action="/posts/{post.public_id}/extend/"' not in page
    assert as_resident.get(f"/posts/{post.public_id}/contact/").status_code == 200
    assert client.get(post.get_absolute_url()).status_code == 410
    assert not Listing.objects.exists()


def test_nor_by_a_moderator_who_restores_it_late(post, moderator, client):
    moderation.hide(post, moderator, HiddenFor.FALSE)
    pass_days(8)
    Post.objects.update(expires_at=timezone.now() + timedelta(days=1))
    tidy()
    moderation.restore(post, moderator)
    post.refresh_from_db()
    assert (post.state, post.is_on_square) == (State.OPEN, False)
    assert not Listing.objects.exists()
    assert client.get(post.get_absolute_url()).status_code == 410


def test_nor_when_its_account_is_let_back_in(post, resident, moderator):
    suspension.set_suspended(resident, moderator, True, suspension.Reason.SPAM)
    pass_days(8)
    tidy()
    suspension.set_suspended(resident, moderator, False, suspension.Reason.MISTAKE)
    post.refresh_from_db()
    assert post.is_expired
    assert not Listing.objects.exists()


def test_a_draft_that_changes_the_post_goes_with_its_contact(post, resident):
    Draft.objects.create(kind=Kind.NEED, resident=resident, editing=post)
    closing.resolve(post, resident)
    erasing.erase_contacts(Post.objects.filter(pk=post.pk))
    assert not Draft.objects.exists()


@pytest.mark.parametrize("name", [*CONTACT, "whom"])
def test_the_database_itself_refuses_an_erased_post_with_personal_data(post, name):
    closing.resolve(post, post.resident)
    erasing.erase_contacts(Post.objects.filter(pk=post.pk))
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(**{name: ["child"] if name == "whom" else "x"})


def test_who_looked_goes_after_180_days(post, helper, stranger):
    contact.reveal(post, helper)
    pass_days(2)
    contact.reveal(post, stranger)
    pass_days(179)
    tidy()
    assert [reveal.resident for reveal in Reveal.objects.all()] == [stranger]


def test_the_row_goes_only_when_nobody_is_recorded_as_having_looked(post, helper, settings):
    settings.POSTS_KEPT, settings.REVEALS_KEPT = timedelta(days=30), timedelta(days=60)
    settings.ACCOUNT_KEPT = timedelta(days=3650)
    contact.reveal(post, helper)
    pass_days(40)
    tidy()
    assert Post.objects.count() == 1
    pass_days(25)
    tidy()
    assert not Post.objects.exists()
    assert not PostItem.objects.exists()


def test_posts_stay_as_counts(resident, moderator, settings):
    settings.ACCOUNT_KEPT = timedelta(days=3650)
    settings.OPEN_POSTS_PER_RESIDENT = 10
    closing.resolve(offer(resident), resident, Outcome.THROUGH_HERE)
    closing.resolve(offer(resident), resident, Outcome.THROUGH_HERE)
    closing.resolve(offer(resident), resident)
    moderation.hide(offer(resident), moderator, HiddenFor.TRADE)
    offer(resident, code=YUELU, at=YUELU_AT)
    pass_days(200)
    before = timezone.localdate(timezone.now() - timedelta(days=200))
    tidy()
    assert not Post.objects.exists()
    counted = PostCount.objects.values_list("day", "kind", "area", "ending", "number")
    assert set(counted) == {
        (before, Kind.OFFER, 440300, Ending.THROUGH_HERE, 2),
        (before, Kind.OFFER, 440300, Ending.RESOLVED, 1),
        (before, Kind.OFFER, 440300, Ending.HIDDEN, 1),
        (before, Kind.OFFER, 430100, Ending.EXPIRED, 1),
    }


def test_demo_posts_are_not_counted(post):
    Post.objects.update(is_demo=True)
    with transaction.atomic():
        assert erasing.remove(Post.objects.all()) == 1
    assert not PostCount.objects.exists()


def test_many_posts_are_erased_in_batches_with_a_fixed_number_of_queries(resident, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    numbers = []
    for amount in (2, 6):
        for post in [offer(resident) for _ in range(amount)]:
            closing.resolve(post, resident)
        pass_days(8)
        with CaptureQueriesContext(connection) as queries:
            assert erasing.erase_overdue_contacts() == amount
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]


def test_more_than_a_batch_is_erased_in_one_run(resident, monkeypatch, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    monkeypatch.setattr(register, "BATCH", 2)
    for _ in range(5):
        closing.resolve(offer(resident), resident)
    pass_days(8)
    assert erasing.erase_overdue_contacts() == 5
    pass_days(200)
    assert erasing.erase_overdue_posts() == 5


@pytest.mark.django_db(transaction=True)
def test_two_timers_at_once_count_each_post_once(resident, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    for _ in range(6):
        closing.resolve(offer(resident), resident)
    pass_days(200)
    erasing.erase_overdue_contacts()
    removed = at_once(*[erasing.erase_overdue_posts] * 3)
    assert sum(removed) == 6
    assert PostCount.objects.get().number == 6


def test_a_post_that_is_extended_while_the_timer_runs_keeps_its_contact(resident, monkeypatch):
    """The batch was chosen before; what counts is how the post is when its row is locked."""
    post = offer(resident)
    pass_days(15)

    def chosen_before(overdue):
        batch = list(overdue.values_list("pk", flat=True))
        closing.extend(post, resident)
        yield batch

    monkeypatch.setattr(register, "in_batches", chosen_before)
    assert erasing.erase_overdue_contacts() == 0
    assert holds_contact(post)


def test_one_deadline_that_fails_keeps_no_other_from_being_met(post, monkeypatch, capsys):
    def fail() -> int:
        raise RuntimeError("+8613800138001")

    monkeypatch.setitem(register.DEADLINES, "drafts", fail)
    closing.resolve(post, post.resident)
    pass_days(8)
    with pytest.raises(CommandError, match="drafts"):
        tidy()
    assert not holds_contact(post)
    assert "+8613800138001" not in capsys.readouterr().err
