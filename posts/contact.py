"""Contact: a resident is shown how to reach a poster, and that is recorded."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from posts import listing, notices
from posts.access import blocks_of, check_contact
from posts.allowances import REVEALS, spend
from posts.models import Block, Kind, Message, Post, Reach, Reveal
from safety import audit
from verification.models import Resident
from verification.phones import masked
from verification.real_name import masked_names
from verification.sms import Template


def was_shown(post: Post, resident: Resident) -> bool:
    return Reveal.objects.filter(post=post, resident=resident).exists()


@transaction.atomic
def reveal(post: Post, resident: Resident) -> Post:
    """Record that `resident` sees the contact of `post`, and return the post with its contact.

    Looking again is free. Raises `NotShownError` with a reason of `access.check_contact`, or when
    the resident has looked at too many ("quota").
    """
    # The lock lets a resolve that is under way finish first: a closed post shows no phone.
    post = Post.objects.select_for_update(of=("self",), no_key=True).get(pk=post.pk)
    if post.belongs_to(resident):
        return post
    again = was_shown(post, resident)
    check_contact(post, resident, Reach.PHONE, known=again)
    if again:
        return post
    Reveal.objects.create(post=post, resident=resident)
    spend(REVEALS, resident)
    audit.record("contact revealed", post, resident)
    let_rest_if_wanted(post)
    return post


def let_rest_if_wanted(post: Post) -> None:
    """After somebody got in touch: a need never sinks because many did, an offer does."""
    if post.kind == Kind.OFFER and is_in_great_demand(post):
        let_rest(post)


def is_in_great_demand(post: Post) -> bool:
    """Whether so many got in touch lately that one helper cannot answer them all."""
    lately = timezone.now() - settings.OFFER_REST
    since = max(lately, post.confirmed_at)
    looked = Reveal.objects.filter(post=post, at__gt=since).count()
    wrote = Message.objects.filter(post=post, at__gt=since).count()
    return looked + wrote >= settings.OFFER_REVEALS


def let_rest(post: Post) -> None:
    """An offer takes no new callers for a while and sinks; its poster is asked what is left."""
    post.rests_until = timezone.now() + settings.OFFER_REST
    post.save(update_fields=["rests_until"])
    listing.put(post)
    audit.record("offer rests", post)
    notices.tell(post.resident, Template.DEMAND, post=post)


@dataclass(frozen=True)
class Looker:
    """Somebody who was shown a contact, as far as the poster may know them."""

    reveal_id: int
    name: str
    at: datetime
    is_blocked: bool


def who_saw(post: Post, limit: int = 100) -> list[Looker]:
    """Who was shown the contact of one's own post, newest first. Three queries."""
    reveals = list(post.reveals.select_related("resident").order_by("-id")[:limit])
    people = [reveal.resident for reveal in reveals]
    names, blocked = names_of(people), blocked_among(people, post)
    return [
        Looker(
            reveal.pk,
            names[reveal.resident_id],
            reveal.at,
            reveal.resident_id in blocked,
        )
        for reveal in reveals
    ]


def names_of(people: list[Resident]) -> dict[UUID, str]:
    """What a poster may call people: a masked real name, else the last digits of the phone."""
    names = masked_names([person.pk for person in people])
    return {person.pk: names.get(person.pk) or masked(person.phone) for person in people}


def blocked_among(people: list[Resident], post: Post) -> set[UUID]:
    """Which of these people the owner of a post has blocked."""
    return set(blocks_of(post).filter(blocked__in=people).values_list("blocked", flat=True))


@transaction.atomic
def set_blocked(post: Post, by: Resident, reveal_id: int, blocked: bool) -> None:
    """Block (or no longer block) a person who was shown the contact of one's own post.

    Raises `Reveal.DoesNotExist` for a reveal of another post.
    """
    block(post, by, Reveal.objects.get(pk=reveal_id, post=post).resident, blocked)


def block(post: Post, by: Resident, person: Resident, blocked: bool) -> None:
    """Block a person from all posts of the owner of one, or no longer. Call it in a transaction.

    What one of a body's staff does holds for all its posts. A "yes" that the person was given is
    taken back, and with it the landmark.
    """
    if post.belongs_to(person):
        return
    if blocked:
        owner = {"by_organisation": post.organisation} if post.organisation else {"by": by}
        Block.objects.get_or_create(**owner, blocked=person)
        agreed = Message.objects.filter(
            post__in=posts_of_owner(post), sender=person, state=Message.State.AGREED
        )
        agreed.update(state=Message.State.WAITING)
    else:
        blocks_of(post).filter(blocked=person).delete()
    audit.record("person blocked" if blocked else "person unblocked", person, by)


def posts_of_owner(post: Post) -> QuerySet[Post]:
    if post.organisation:
        return Post.objects.of_organisation(post.organisation)
    return Post.objects.of(post.resident)
