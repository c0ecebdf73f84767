"""Who has it nearby, and whom it would help: a few open posts, through the one read path."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from medicines.choosing import Choice
from medicines.models import Medicine
from places.visitor import VisitorPlace
from posts import square
from posts.models import Kind, Post

SHOWN = 10
MATCHES = 5  # posts beside a post
TRIED = 12  # of which some are the poster's own
LOOKED_UP = 24  # medicines of one query: a walk along the index for each


class Likeness(models.TextChoices):
    """How near the medicine of a match is to what a post is about, the nearest first."""

    SAME = "same", _("The same medicine")
    INGREDIENT = "ingredient", _("Another medicine with the same ingredient")
    GROUP = "group", _("For the same symptoms: read the leaflet first, or ask a pharmacist")


@dataclass(frozen=True)
class Match:
    likeness: Likeness
    rows: list[square.Row]


def offers_of(choice: Choice, place: VisitorPlace | None) -> list[square.Row]:
    """Open offers that hold one of these medicines: nearest first, or newest without a place."""
    wanted = [medicine.pk for medicine in choice.medicines]
    if not wanted:
        wanted = list(in_groups(group.pk for group in choice.groups))
    point = place.point if place else None
    found = square.nearest_of_each(Kind.OFFER, wanted[:LOOKED_UP], point, most=SHOWN)
    once = {each.post_id: each for each in found}
    rows = square.with_posts(
        square.rows_of(list(once.values()), place, "distance" if place else "time")
    )
    if place is None:
        rows.sort(key=lambda row: row.post.confirmed_at, reverse=True)
    return rows[:SHOWN]


def in_groups(groups: Iterable[int]) -> list[int]:
    """The listed medicines (ids) of symptom groups (ids), in the order of the catalogue."""
    listed = Medicine.objects.listed().filter(groups__in=list(groups))
    return list(dict.fromkeys(listed.values_list("pk", flat=True)))


def matches(post: Post, kind: Kind | None = None) -> list[Match]:
    """The nearest posts of the other kind (or of `kind`) that could go with a post.

    Distances are from the post's own cell. Same medicine first, then the same ingredient, then the
    same symptoms; a post stands once, the poster's own not at all. Five queries at most.
    """
    kind = kind or (Kind.OFFER if post.is_need else Kind.NEED)
    wanted = alike(post)
    likeness: dict[int, Likeness] = {}
    once: dict[int, square.Found] = {}
    for each in square.nearest_of_each(kind, list(wanted), post.point, most=TRIED):
        likeness.setdefault(each.post_id, wanted[each.medicine])
        once.setdefault(each.post_id, each)
    order = list(Likeness)
    found = sorted(
        once.values(), key=lambda each: (order.index(likeness[each.post_id]), each.distance)
    )
    rows = [
        row
        for row in square.with_posts(square.rows_of(found[:TRIED], post, "distance"))
        if row.post.owner != post.owner
    ]
    shown = sorted(rows, key=lambda row: order.index(likeness[row.post.pk]))[:MATCHES]
    by_likeness = {like: [row for row in shown if likeness[row.post.pk] == like] for like in order}
    return [Match(like, rows) for like, rows in by_likeness.items() if rows]


def alike(post: Post) -> dict[int, Likeness]:
    """Medicines (ids) that go with a post, the likest first."""
    items = list(post.items.all())
    own = [item.medicine_id for item in items if item.medicine_id]
    found = dict.fromkeys(own, Likeness.SAME)
    any_of = [item.group_id for item in items if item.group_id]
    found |= dict.fromkeys(in_groups(any_of) if any_of else (), Likeness.SAME)
    medicines = Medicine.objects.listed().exclude(pk__in=own)
    ingredients = Medicine.ingredients.through.objects.filter(medicine__in=own)
    groups = Medicine.groups.through.objects.filter(medicine__in=own)
    for like, others in (
        (Likeness.INGREDIENT, medicines.filter(ingredients__in=ingredients.values("ingredient"))),
        (Likeness.GROUP, medicines.filter(groups__in=groups.values("symptomgroup"))),
    ):
        for medicine in others.values_list("pk", flat=True):
            found.setdefault(medicine, like)
    return dict(list(found.items())[:LOOKED_UP])
