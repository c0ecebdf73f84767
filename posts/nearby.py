"""Who has it nearby, and whom it would help: a few open posts, through the one read path."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from medicines.choosing import Choice
from medicines.models import Medicine
from mutualaid.kept import Kept
from places.visitor import VisitorPlace
from posts import square
from posts.models import Kind, Post

SHOWN = 10
MATCHES = 5  # posts beside a post
TRIED = 12  # of which some are the poster's own
LOOKED_UP = 24  # medicines of one query: a walk along the index for each
ALIKE = Kept(most=2000)


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
    found = square.nearest_of_each(Kind.OFFER, wanted[:LOOKED_UP], place, most=SHOWN)
    once = list({each.post_id: each for each in found}.values())
    if place is None:
        once.sort(key=lambda each: each.rank, reverse=True)
    return square.rows_of(once, place, "distance" if place else "time")[:SHOWN]


def in_groups(groups: Iterable[int]) -> list[int]:
    """The listed medicines (ids) of symptom groups (ids), in the order of the catalogue."""
    listed = Medicine.objects.listed().filter(groups__in=list(groups))
    return list(dict.fromkeys(listed.values_list("pk", flat=True)))


def matches(post: Post, kind: Kind | None = None) -> list[Match]:
    """The nearest posts of the other kind (or of `kind`) that could go with a post.

    Distances are from the post's own cell. Same medicine first, then the same ingredient, then the
    same symptoms; a post stands once, the poster's own not at all. Six queries at most, one
    when the cards are kept.
    """
    kind = kind or (Kind.OFFER if post.is_need else Kind.NEED)
    wanted = alike(post)
    likeness: dict[int, Likeness] = {}
    once: dict[int, square.Found] = {}
    for each in square.nearest_of_each(kind, list(wanted), post, most=TRIED):
        likeness.setdefault(each.post_id, wanted[each.medicine])
        once.setdefault(each.post_id, each)
    order = list(Likeness)
    found = sorted(
        once.values(), key=lambda each: (order.index(likeness[each.post_id]), each.distance)
    )
    others = [each for each in found[:TRIED] if each.owner != post.owner]
    rows = square.rows_of(others, post, "distance")
    shown = sorted(rows, key=lambda row: order.index(likeness[row.found.post_id]))[:MATCHES]
    by_likeness = {
        like: [row for row in shown if likeness[row.found.post_id] == like] for like in order
    }
    return [Match(like, rows) for like, rows in by_likeness.items() if rows]


def alike(post: Post) -> dict[int, Likeness]:
    """Medicines (ids) that go with a post, the likest first."""
    items = list(post.items.all())
    own = tuple(item.medicine_id for item in items if item.medicine_id)
    any_of = tuple(item.group_id for item in items if item.group_id)
    found = ALIKE.get((own, any_of))
    if found is None:
        found = in_the_catalogue(own, any_of)
        ALIKE.put((own, any_of), found)
    return found


def in_the_catalogue(own: Sequence[int], any_of: Sequence[int]) -> dict[int, Likeness]:
    """What the catalogue holds beside these medicines and, "any of these", groups (ids)."""
    found = dict.fromkeys(own, Likeness.SAME)
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
