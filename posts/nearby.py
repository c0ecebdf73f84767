"""Who has it nearby: a few open offers for a choice of medicines, through the one read path."""

from medicines.choosing import Choice
from medicines.models import Medicine
from places.visitor import VisitorPlace
from posts import square
from posts.models import Kind

LOOKED_UP = 3  # medicines of a choice that are looked up: two queries more for each
SHOWN = 10


def offers_of(choice: Choice, place: VisitorPlace | None) -> list[square.Row]:
    """Open offers that hold one of these medicines: nearest first, or newest without a place."""
    wanted = choice.medicines
    if not wanted:
        wanted = list(Medicine.objects.listed().filter(groups__in=choice.groups).distinct())
    sort = "distance" if place else "time"
    rows: dict[int, square.Row] = {}
    for medicine in wanted[:LOOKED_UP]:
        found = square.page(square.Filters(kind=Kind.OFFER, medicine=medicine, sort=sort), place)
        rows |= {row.post.pk: row for row in found.rows}
    if place:
        return sorted(rows.values(), key=lambda row: row.metres or 0.0)[:SHOWN]
    return sorted(rows.values(), key=lambda row: row.post.confirmed_at, reverse=True)[:SHOWN]
