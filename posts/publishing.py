"""A draft becomes a post: the one way onto the square."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from posts import access, limits, listing, organisations, waiting
from posts.closing import locked
from posts.forms import ItemAnswer
from posts.models import Draft, Kind, Organisation, Post, PostItem
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
def publish(
    key: UUID,
    kind: Kind,
    resident: Resident,
    answers: Answers,
    brought_by: Organisation | None = None,
) -> Post:
    """Publish the draft with this key, or change the post that it edits.

    `brought_by` is the body whose link the resident followed; what a body's own staff publish in
    its name, nobody brought.

    The draft's key is unique among posts: a double tap gives the same post twice. The resident's
    row is locked, and that of the body in whose name it is, so that two posts at once cannot both
    pass the caps. Raises `RefusedError`.
    """
    resident = Resident.objects.select_for_update(no_key=True).get(pk=resident.pk)
    draft = Draft.objects.filter(pk=key, kind=kind, resident=resident).first()
    if draft is None:  # it went when it was published
        return published(key, resident)
    if not resident.is_active:  # suspended since this request began
        raise RefusedError(_("Your account is suspended."))
    edited, organisation = draft.editing, draft.organisation
    if organisation:
        organisation = organisations.locked(organisation)
        refuse_strangers(organisation, resident)
    refuse_over_limits(resident, organisation, kind, answers, edited)
    if edited:
        post = change(edited, key, answers, resident)
    else:
        post = create(key, kind, answers, resident, organisation, brought_by)
    draft.delete()
    return post


def published(key: UUID, resident: Resident) -> Post:
    """What a draft became; raises `Draft.DoesNotExist` if it was changed or dropped since."""
    found = Post.objects.belonging_to(resident).filter(submission=key).first()
    if found is None:
        raise Draft.DoesNotExist
    return found


def refuse_strangers(organisation: Organisation, resident: Resident) -> None:
    """Who left the staff, or whose body ended, while he was writing publishes nothing for it."""
    if not access.may_publish_as(organisation, resident):
        told = _("You cannot publish for %(name)s any more.")
        raise RefusedError(told % {"name": organisation.name})


def refuse_over_limits(
    resident: Resident,
    organisation: Organisation | None,
    kind: Kind,
    answers: Answers,
    edited: Post | None,
) -> None:
    problems = []
    if edited is None and (sentence := limits.too_many_posts(resident, organisation)):
        problems.append(sentence)
    if edited is None and organisation and not organisations.PER_DAY.use(organisation.slug):
        problems.append(_("As many posts as a body may publish in a day were published already."))
    if kind == Kind.NEED:
        wanted = [
            (item.medicine, item.unit, item.amount or 0) for item in answers.items if item.medicine
        ]
        problems += limits.over_cap(
            resident,
            answers.fields["people"],
            wanted,
            besides=edited,
            organisation=organisation,
            caller=answers.fields.get("caller_digest", ""),
        )
    if problems:
        raise RefusedError(*problems)


def create(
    key: UUID,
    kind: Kind,
    answers: Answers,
    resident: Resident,
    organisation: Organisation | None,
    brought_by: Organisation | None,
) -> Post:
    now = timezone.now()
    post = Post.objects.create(
        submission=key,
        resident=resident,
        organisation=organisation,
        brought_by=None if organisation else brought_by,
        kind=kind,
        level=resident.level,
        created_at=now,
        confirmed_at=now,
        expires_at=now + kind.lifetime,
        **answers.fields,
    )
    listing.add(post, put_items(post, answers))
    if post.held_note:
        waiting.follow_note(post)
    in_the_name = {"as": organisation.slug} if organisation else {}
    for_caller = {"for": "caller"} if post.for_caller else {}
    known = {"kind": kind.word, "level": resident.level}
    audit.record("post published", post, resident, **known, **in_the_name, **for_caller)
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
    listing.put(post)
    waiting.follow_note(post)
    audit.record("post edited", post, resident, fields=sorted(changed))
    return post


def with_released_note(post: Post, fields: dict[str, Any]) -> dict[str, Any]:
    """A note that a moderator has let pass stays public while nothing in it changes."""
    if post.note and fields.get("held_note") == post.note:
        return fields | {"note": post.note, "held_note": ""}
    return fields


def put_items(post: Post, answers: Answers) -> list[PostItem]:
    return PostItem.objects.bulk_create(
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


def raise_level(resident: Resident) -> None:
    """A resident has passed the real-name check: his posts say so, those that come back too."""
    Post.objects.filter(resident=resident).update(level=Level.REAL_NAME)


def lower_level(resident: Resident) -> None:
    """A resident's verification went to another account: his posts no longer speak of it."""
    Post.objects.filter(resident=resident).update(level=Level.PHONE)
