"""After any sequence of acts the listing is what the posts say; a walk meets each post once."""

import random
from datetime import timedelta

import pytest
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medicines.cautions import PersonKind
from places import grid
from places.visitor import VisitorPlace
from posts import answers, closing, listing, moderation, square
from posts.models import HiddenFor, Kind, Listing, Post, PostItem, State
from posts.publishing import RefusedError, publish
from tests.conftest import make_resident
from tests.posts.factories import FUTIAN, FUTIAN_AT, NANSHAN, NANSHAN_AT, any_of, item, need, offer
from verification import suspension
from verification.models import Level

pytestmark = pytest.mark.django_db
HERE = VisitorPlace(None, grid.snap(*NANSHAN_AT))
ACTS = [
    "need", "offer", "edit", "resolve", "reopen", "extend", "lower", "hide", "restore", "suspend",
    "wait", "tidy",
]  # fmt: skip


class Board:
    """A board on which one poster and one moderator act at random."""

    def __init__(self, poster, moderator):
        self.poster, self.moderator = poster, moderator

    def do(self, act, number):
        posts = list(Post.objects.order_by("id"))
        if not posts and act not in ("need", "offer", "suspend", "wait", "tidy"):
            return
        post = posts[number % len(posts)] if posts else None
        try:
            with transaction.atomic():
                getattr(self, act)(post, number)
        except (closing.NotPossibleError, RefusedError):
            pass

    def need(self, _post, number):
        items = [any_of("fever")] if number % 3 == 0 else [item(amount=1), item("antigen-test", 1)]
        need(self.poster, items=items, whom=[PersonKind.values[number % 7]])

    def offer(self, _post, number):
        code, at = ((NANSHAN, NANSHAN_AT), (FUTIAN, FUTIAN_AT))[number % 2]
        items = [item(amount=2, per_household=1), item("antigen-test", 3, per_household=1)]
        offer(self.poster, code=code, at=at, items=items)

    def edit(self, post, number):
        draft = answers.draft_of(post)
        details = draft.data["details"]
        if number % 2 and len(details["medicine"]) > 1:
            details["medicine"] = details["medicine"][:1]
        draft.data["place"] = {"province": [440000], "city": [440300], "district": [FUTIAN]}
        draft.save()
        forms = answers.all_forms(draft, self.poster)
        if all(form.is_valid() for form in forms.values()):
            publish(draft.pk, Kind(post.kind), self.poster, answers.checked(forms))

    def resolve(self, post, _number):
        closing.resolve(post, self.poster)

    def reopen(self, post, _number):
        closing.reopen(post, self.poster)

    def extend(self, post, _number):
        closing.extend(post, self.poster)

    def lower(self, post, number):
        for line in PostItem.objects.filter(post=post)[number % 2 : number % 2 + 1]:
            closing.set_amount_left(post, self.poster, line.pk, number % 3)

    def hide(self, post, number):
        moderation.hide(post, self.moderator, HiddenFor.values[number % 7])

    def restore(self, post, _number):
        moderation.restore(post, self.moderator)

    def suspend(self, _post, number):
        reason = suspension.Reason.SPAM
        suspension.set_suspended(self.poster, self.moderator, bool(number % 2), reason)

    def wait(self, _post, number):
        """Time goes by: everything becomes older by half a day or by three."""
        passed = timedelta(hours=(12, 72)[number % 2])
        for post in Post.objects.order_by("id"):
            for name in ("created_at", "confirmed_at", "expires_at", "closed_at", "hidden_at"):
                if then := getattr(post, name):
                    setattr(post, name, then - passed)
            post.save()
            on_square = Listing.objects.filter(post=post)
            on_square.update(expires_at=post.expires_at)
            for row in on_square:
                on_square.filter(medicine=row.medicine).update(
                    rank=listing.rank(post.confirmed_at, post.pk)
                )

    def tidy(self, _post, _number):
        listing.remove_expired()


def written() -> set:
    """The rows that the square would read."""
    rows = Listing.objects.filter(expires_at__gt=timezone.now())
    return {
        (row.post_id, row.medicine, row.kind, row.code, row.whom, row.rank, row.expires_at)
        + row.point.tuple
        for row in rows
    }


def wanted() -> set:
    """The rows that the posts call for."""
    return {
        (row.post_id, row.medicine, row.kind, row.code, row.whom, row.rank, row.expires_at)
        + row.point.tuple
        for post in Post.objects.open()
        for row in listing.rows(post, listing.medicines_of(post))
    }


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 41)), max_size=25))
def test_the_listing_is_what_the_posts_say_after_any_sequence_of_acts(moderator, acts):
    with transaction.atomic():
        board = Board(make_resident("+8613800138044", Level.REAL_NAME), moderator)
        for act, number in acts:
            board.do(act, number)
            assert written() == wanted(), (act, number)
            board.poster.refresh_from_db()
            assert board.poster.is_active or not Post.objects.open().exists()
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "query", ["sort=time", "sort=distance", "area=440300", "medicine=ibuprofen"]
)
def test_every_post_that_stays_is_met_once_while_others_come_and_go(settings, query):
    settings.OPEN_POSTS_PER_RESIDENT = 1000
    chance = random.Random(query)  # noqa: S311
    poster = make_resident("+8613800138044", Level.REAL_NAME)
    lat, lng = NANSHAN_AT

    def publish_one():
        at = lat + chance.choice([0, 0.005, 0.1]), lng + chance.choice([0, 0.006])
        return offer(poster, at=at)

    staying = {publish_one().pk for _each in range(70)}
    going = [publish_one() for _each in range(30)]
    met, after = [], ""
    while True:
        filters = square.read_filters(QueryDict(f"kind=offer&{query}&after={after}"))
        page = square.page(filters, HERE)
        met += [row.post.pk for row in page.rows]
        after = page.after
        if not after:
            break
        for _each in range(6):
            publish_one()
            if going:
                closing.resolve(going.pop(chance.randrange(len(going))), poster)
    assert len(met) == len(set(met))
    assert staying <= set(met)


def test_a_hidden_post_is_nowhere(client, as_stranger, resident, moderator):
    post = offer(resident)
    moderation.hide(post, moderator, HiddenFor.FALSE)
    for browser in (client, as_stranger):
        assert browser.get(post.get_absolute_url()).status_code == 404
        assert str(post.public_id) not in browser.get("/").content.decode()
    assert as_stranger.post(f"{post.get_absolute_url()}contact/").status_code == 404
    assert Post.objects.get().state == State.HIDDEN
