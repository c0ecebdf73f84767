"""Whatever happens to posts, in whatever order, the listing says what the posts say."""

import random
from contextlib import suppress
from datetime import date

import pytest
from django.core.management import call_command
from django.utils import timezone

from posts import access, answers, closing, contact, messaging, moderation
from posts.listing import medicines_in
from posts.models import HiddenFor, Kind, Listing, Post, State
from posts.publishing import RefusedError, publish
from tests.conftest import make_resident
from tests.posts.factories import any_of, item, need, offer
from tests.posts.test_messaging import ASKS_FIRST, write
from tests.posts.test_mine import aged
from tests.posts.test_square import walk
from verification.models import Level
from verification.suspension import Reason, set_suspended

pytestmark = pytest.mark.django_db
HOPELESS = (closing.NotPossibleError, access.NotShownError, RefusedError)


def edit(post: Post) -> None:
    if post.is_on_square:
        draft = answers.draft_of(post)
        forms = answers.all_forms(draft, post.resident)
        assert all(form.is_valid() for form in forms.values()), [f.errors for f in forms.values()]
        publish(draft.pk, Kind(post.kind), post.resident, answers.checked(forms))


def what_the_listing_should_hold() -> set[tuple[int, int]]:
    """(post, medicine) of all open posts; expired ones may be there or not."""
    return {
        (post.pk, medicine)
        for post in Post.objects.filter(state=State.OPEN, expires_at__gt=timezone.now())
        for medicine in {0, *medicines_in(post.items.all())}
    }


@pytest.mark.parametrize("seed", range(8))
def test_after_any_sequence_of_acts_the_listing_is_right(seed, moderator, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 1000
    settings.OFFER_REVEALS = 2
    chance = random.Random(seed)
    people = [make_resident(f"+86138001390{number:02d}", Level.PHONE) for number in range(4)]
    expiry = date(timezone.localdate().year + 1, 1, 1)
    line = {"per_household": 2, "form": "tablet", "expiry": expiry, "unit": "tablet"}
    acts = [
        lambda post: closing.resolve(post, post.resident),
        lambda post: closing.reopen(post, post.resident),
        lambda post: closing.extend(post, post.resident),
        lambda post: closing.extend(aged(post, hours=30), post.resident),
        lambda post: aged(post, days=8) and call_command("tidy", verbosity=0),
        lambda post: closing.set_in_hand(post, post.resident, True),
        lambda post: closing.set_amount_left(post, post.resident, post.items.first().pk, 1),
        lambda post: closing.set_amount_left(
            post, post.resident, chance.choice(post.items.all()).pk, 0
        ),
        lambda post: moderation.hide(post, moderator, HiddenFor.UNSAFE),
        lambda post: moderation.restore(post, moderator),
        lambda post: contact.reveal(post, chance.choice(people)),
        lambda post: write(post, chance.choice(people)),
        lambda post: messaging.withdraw(post, chance.choice(people)),
        lambda post: set_suspended(post.resident, moderator, True, Reason.SPAM),
        lambda post: set_suspended(post.resident, moderator, False, Reason.MISTAKE),
        edit,
    ]
    posts = []
    for _step in range(60):
        with suppress(RefusedError):  # a suspended person publishes nothing
            if len(posts) < 3 or chance.random() < 0.15:
                person = chance.choice(people)
                if chance.random() < 0.5:
                    test = item("antigen-test", 2, per_household=2, expiry=expiry)
                    reach = chance.choice([ASKS_FIRST, {}])
                    posts.append(offer(person, items=[item(amount=4, **line), test], **reach))
                else:
                    posts.append(need(person, items=[any_of("fever")], people=1))
        if not posts:
            continue
        post = Post.objects.get(pk=chance.choice(posts).pk)
        with suppress(*HOPELESS):
            chance.choice(acts)(post)
        listed = Listing.objects.filter(expires_at__gt=timezone.now())
        assert set(listed.values_list("post", "medicine")) == what_the_listing_should_hold()


@pytest.mark.parametrize("sort", ["time", "distance"])
def test_walking_while_others_publish_and_resolve_shows_what_stayed_exactly_once(
    client, resident, settings, sort
):
    settings.OPEN_POSTS_PER_RESIDENT = 1000
    client.post("/place/", {"province": "440000", "city": "440300", "district": "440305"})
    posts = [offer(resident) for _number in range(70)]
    stayed = {str(post.public_id) for post in posts if post.pk % 3}
    leaving = [post for post in posts if not post.pk % 3]

    class Busy(type(client)):
        """Between two pages, somebody resolves a post and somebody publishes one."""

        def get(self, *args, **kwargs):
            if leaving:
                closing.resolve(leaving.pop(), resident)
            offer(resident)
            return super().get(*args, **kwargs)

    busy = Busy()
    busy.cookies = client.cookies
    seen = walk(busy, f"/?kind=offer&sort={sort}")
    assert len(seen) == len(set(seen))
    assert stayed <= set(seen)
