"""A draft becomes a post: the one way onto the square."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from posts import limits, listing, waiting
from posts.closing import locked
from posts.forms import ItemAnswer
from posts.models import Draft, Kind, Post, PostItem
from safety import audit
from verification.models import Level, Resident


class RefusedError(Exception):
    """The post cannot be published; `problems` are sentences for its poster."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


@dataclass(frozen=True)
class Answers:
    """A draft whose steps have all been checked."""

    items: list[ItemAnswer]
    fields: dict[str, Any]  # of the post: facts, place and contact


@transaction.atomic
def publish(key: UUID, kind: Kind, resident: Resident, answers: Answers) -> Post:
    """Publish the draft with this key, or change the post that it edits.

    The draft's key is unique among posts: a double tap gives the same post twice. The resident's
    row is locked, so that two posts at once cannot both pass the caps. Raises `RefusedError`.
    """
    resident = Resident.objects.select_for_update(no_key=True).get(pk=resident.pk)
    published = Post.objects.filter(submission=key, resident=resident).first()
    if published:
        return published
    if not resident.is_active:  # suspended since this request began
        raise RefusedError(_("Your account is suspended."))
    draft = Draft.objects.select_related("editing").get(pk=key, kind=kind, resident=resident)
    edited = draft.editing
    refuse_over_limits(resident, kind, answers, edited)
    if edited:
        post = change(edited, key, answers, resident)
    else:
        post = create(key, kind, answers, resident)
    draft.delete()
    return post


def refuse_over_limits(
    resident: Resident, kind: Kind, answers: Answers, edited: Post | None
) -> None:
    problems = []
    if edited is None and (sentence := limits.too_many_posts(resident)):
        problems.append(sentence)
    if kind == Kind.NEED:
        wanted = [
            (item.medicine, item.unit, item.amount or 0) for item in answers.items if item.medicine
        ]
        problems += limits.over_cap(resident, answers.fields["people"], wanted, besides=edited)
    if problems:
        raise RefusedError(*problems)


def create(key: UUID, kind: Kind, answers: Answers, resident: Resident) -> Post:
    now = timezone.now()
    post = Post.objects.create(
        submission=key,
        resident=resident,
        kind=kind,
        level=resident.level,
        created_at=now,
        confirmed_at=now,
        expires_at=now + kind.lifetime,
        **answers.fields,
    )
    put_items(post, answers)
    waiting.follow_note(post)
    audit.record("post published", post, resident, kind=kind.word, level=resident.level)
    return post


def change(post: Post, key: UUID, answers: Answers, resident: Resident) -> Post:
    """Change an open post. Its age and its place in the order by time stay as they are."""
    post = locked(post)
    if not post.is_on_square:
        raise RefusedError(_("This post has been closed meanwhile, so it cannot be changed."))
    fields = with_released_note(post, answers.fields)
    changed = [name for name, value in fields.items() if getattr(post, name) != value]
    for name, value in fields.items():
        setattr(post, name, value)
    post.submission = key  # so that a double tap changes it once
    post.save()
    post.items.all().delete()
    put_items(post, answers)
    waiting.follow_note(post)
    audit.record("post edited", post, resident, fields=sorted(changed))
    return post


def with_released_note(post: Post, fields: dict[str, Any]) -> dict[str, Any]:
    """A note that a moderator has let pass stays public while nothing in it changes."""
    if post.note and fields.get("held_note") == post.note:
        return fields | {"note": post.note, "held_note": ""}
    return fields


def put_items(post: Post, answers: Answers) -> None:
    PostItem.objects.bulk_create(
        PostItem(
            post=post,
            medicine=item.medicine,
            group=item.group,
            amount=item.amount,
            unit=item.unit,
            per_household=item.per_household,
            form=item.form,
            strength=item.strength,
            expiry=item.expiry,
            original_packing=item.original_packing,
        )
        for item in answers.items
    )
    listing.put(post)


def raise_level(resident: Resident) -> None:
    """A resident has passed the real-name check: his posts say so, those that come back too."""
    Post.objects.filter(resident=resident).update(level=Level.REAL_NAME)


def lower_level(resident: Resident) -> None:
    """A resident's verification went to another account: his posts no longer speak of it."""
    Post.objects.filter(resident=resident).update(level=Level.PHONE)
