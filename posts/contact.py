"""Contact: a resident is shown how to reach a poster, and that is recorded."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from posts import listing, notices
from posts.access import NotShownError, check_contact
from posts.models import Block, Kind, Post, Reveal
from safety import audit
from safety.quotas import Quota
from verification.models import Resident
from verification.phones import masked
from verification.real_name import masked_names
from verification.sms import Template

REVEALS = Quota("reveal", settings.REVEALS_PER_HOUR, timedelta(hours=1))


def was_shown(post: Post, resident: Resident) -> bool:
    return Reveal.objects.filter(post=post, resident=resident).exists()


@transaction.atomic
def reveal(post: Post, resident: Resident) -> Post:
    """Record that `resident` sees the contact of `post`, and return the post with its contact.

    Looking again is free. Raises `NotShownError` with a reason of `access.check_contact`, or when
    the resident has looked at too many ("quota").
    """
    # The lock lets a resolve that is under way finish first: a closed post shows no phone.
    post = Post.objects.select_for_update(of=("self",)).get(pk=post.pk)
    if post.resident_id == resident.pk:
        return post
    again = was_shown(post, resident)
    check_contact(post, resident, known=again)
    if again:
        return post
    Reveal.objects.create(post=post, resident=resident)
    if not REVEALS.use(str(resident.pk)):
        raise NotShownError("quota")
    audit.record("contact revealed", post, resident)
    if post.kind == Kind.OFFER and is_in_great_demand(post):
        let_rest(post)
    return post


def is_in_great_demand(post: Post) -> bool:
    """Whether so many people saw the contact lately that one helper cannot answer them all."""
    lately = timezone.now() - settings.OFFER_REST
    since = max(lately, post.confirmed_at)
    return Reveal.objects.filter(post=post, at__gt=since).count() >= settings.OFFER_REVEALS


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
    people = [reveal.resident_id for reveal in reveals]
    names = masked_names(people)
    blocked = set(
        Block.objects.filter(by=post.resident_id, blocked__in=people).values_list(
            "blocked", flat=True
        )
    )
    return [
        Looker(
            reveal.pk,
            names.get(reveal.resident_id) or masked(reveal.resident.phone),
            reveal.at,
            reveal.resident_id in blocked,
        )
        for reveal in reveals
    ]


@transaction.atomic
def set_blocked(post: Post, by: Resident, reveal_id: int, blocked: bool) -> None:
    """Block (or no longer block) a person who was shown the contact of one's own post.

    Raises `Reveal.DoesNotExist` for a reveal of another post.
    """
    reveal = Reveal.objects.get(pk=reveal_id, post=post)
    if reveal.resident_id == by.pk:
        return
    if blocked:
        Block.objects.get_or_create(by=by, blocked=reveal.resident)
    else:
        Block.objects.filter(by=by, blocked=reveal.resident).delete()
    audit.record("person blocked" if blocked else "person unblocked", reveal.resident, by)
