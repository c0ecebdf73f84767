"""The published numbers: one document, made of the roll-ups, without small numbers.

The page, its files and the API show this document and ask nothing else, so they say the same, and
cost the same whatever the number of posts. Hidden posts are in none of its numbers.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Sum
from django.utils import timezone

from medicines.models import Medicine, SymptomGroup
from partners.numbers import suppression, times
from partners.numbers.facts import RESOLVED, WHOLE
from partners.numbers.models import (
    OPEN,
    PostNumber,
    PublishedNumbers,
    TimeNumber,
    VisitorDay,
)
from places.models import Area
from posts.models import Ending, Kind, Outcome

DAYS = 60  # shown one by one
STEP = 5  # what posters said of how it ended, which nobody else knows, moves in steps
ENDED = (Ending.EXPIRED.value, Ending.WITHDRAWN.value)
PLURAL = {Kind.NEED: "needs", Kind.OFFER: "offers"}


def publish() -> None:
    """Make the document anew, for all to see."""
    PublishedNumbers.objects.update_or_create(pk=1, defaults={"document": document()})


def latest() -> dict[str, Any]:
    """The document as it was published last. One query."""
    found = PublishedNumbers.objects.filter(pk=1).first()
    return found.document if found else document()


def document() -> dict[str, Any]:
    posts, hours = standings("subject", PostNumber.objects.all()), hours_until_resolved()
    found: dict[str, Any] = {
        "at": timezone.now().isoformat(timespec="seconds"),
        "fewest": suppression.FEWEST,
        "is_demo": settings.LOCAL,
    }
    for kind, name in PLURAL.items():
        found[name] = of_kind(posts[kind, WHOLE], hours.get((kind, WHOLE)))
    # Their sum, or a medicine that every post names, would tell what is withheld above.
    told = {kind: found[name]["resolved"] is not None for kind, name in PLURAL.items()}
    found["days"] = days(resolved_too=all(told.values()))
    found["cities"] = cities()
    found["medicines"] = medicines(posts, hours, told)
    return found


def standings(column: str, rows: QuerySet[PostNumber]) -> dict[tuple[int, Any], Counter[str]]:
    """How many posts of each kind and value of a column stand how. Hidden ones are left out."""
    found: dict[tuple[int, Any], Counter[str]] = defaultdict(Counter)
    grouped = rows.exclude(standing=Ending.HIDDEN).order_by().values("kind", column, "standing")
    for row in grouped.annotate(sum=Sum("number")):
        found[row["kind"], row[column]][row["standing"]] = row["sum"]
    return found


def resolved(posts: Counter[str]) -> int:
    return sum(posts[standing] for standing in RESOLVED)


def hours_until_resolved() -> dict[tuple[int, str], float]:
    """The median of each kind and subject."""
    buckets: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    rows = TimeNumber.objects.values_list("kind", "subject", "bucket", "number")
    for kind, subject, bucket, number in rows:
        buckets[kind, subject][bucket] = number
    return {key: round(times.median(each) / 60, 2) for key, each in buckets.items()}


def of_kind(posts: Counter[str], hours: float | None) -> dict[str, Any]:
    """All needs, or all offers."""
    published = suppression.told(posts.total())
    ended = sum(posts[standing] for standing in ENDED)
    found = suppression.parts({"open": posts[OPEN], "resolved": resolved(posts), "ended": ended})
    said = {each.value: posts[each] // STEP * STEP or None for each in Outcome}
    return {
        "published": published,
        **found,
        **outcome(published, found["resolved"], hours),
        "said": {name.replace("-", "_"): number for name, number in said.items()},
    }


def outcome(published: int | None, resolved: int | None, hours: float | None) -> dict[str, Any]:
    """Which share was resolved (per cent), and after how long; as far as both numbers are told."""
    if not published or not resolved:
        return {"resolved_percent": None, "hours": None}
    return {"resolved_percent": round(100 * resolved / published), "hours": hours}


# --- by day ---------------------------------------------------------------------------------------
def days(resolved_too: bool) -> list[dict[str, Any]]:
    """The last DAYS days with any post or visitor, today included, the newest first."""
    posts = standings("day", PostNumber.objects.filter(subject=WHOLE))
    all_days = {day for _kind, day in posts}
    published = {
        kind: suppression.parts({day: posts[kind, day].total() for day in all_days})
        for kind in Kind
    }
    of_both = {day: posts[Kind.NEED, day] + posts[Kind.OFFER, day] for day in all_days}
    small = {
        day
        for day, both in of_both.items()
        if suppression.part(resolved(both), both.total()) is None
    }
    ended = suppression.parts({day: resolved(both) for day, both in of_both.items()}, small)
    since = timezone.localdate() - timedelta(days=DAYS - 1)
    visits = {row.day: row for row in VisitorDay.objects.filter(day__gte=since)}
    listed = sorted({day for day in all_days if day >= since} | visits.keys(), reverse=True)
    return [
        {
            "day": day.isoformat(),
            "needs": published[Kind.NEED].get(day),
            "offers": published[Kind.OFFER].get(day),
            "resolved": ended.get(day) if resolved_too else None,
            **visited(visits.get(day)),
        }
        for day in listed
    ]


def visited(row: VisitorDay | None) -> dict[str, int | None]:
    return {
        "visitors": suppression.told(row.visitors) if row else None,
        "views": suppression.told(row.views) if row else None,
    }


# --- by city --------------------------------------------------------------------------------------
def cities() -> list[dict[str, Any]]:
    """The cities with a number that is told, the busiest first."""
    posts = standings("area", PostNumber.objects.filter(subject=WHOLE))
    areas = Area.objects.in_bulk({code for _kind, code in posts})
    told = {
        kind: suppression.parts({code: posts[kind, code].total() for code in areas})
        for kind in Kind
    }
    rows = [
        {
            **place(area),
            "needs": told[Kind.NEED][code],
            "offers": told[Kind.OFFER][code],
        }
        for code, area in areas.items()
    ]
    return busiest(rows)


def place(area: Area) -> dict[str, Any]:
    return {
        "area": str(area.pk),
        "name": {"zh": area.name, "en": area.english_path[-1]},
        "lat": round(area.point.y, 2),
        "lng": round(area.point.x, 2),
    }


def busiest(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those with a number, most posts first."""

    def posts(row: dict[str, Any]) -> tuple[int, str]:
        return -(row["needs"] or 0) - (row["offers"] or 0), row["name"]["en"]

    return sorted((row for row in rows if row["needs"] or row["offers"]), key=posts)


# --- by medicine ----------------------------------------------------------------------------------
def medicines(
    posts: dict[tuple[int, Any], Counter[str]],
    hours: dict[tuple[int, str], float],
    resolved_too: dict[Kind, bool],
) -> list[dict[str, Any]]:
    """Medicines, and "any of a group", with a number that is told; most posts first."""
    named = subjects_named()
    rows = []
    for subject in {subject for _kind, subject in posts} - {WHOLE}:
        row: dict[str, Any] = named[subject] if subject in named else unnamed(subject)
        for kind, name in PLURAL.items():
            of_all = posts[kind, WHOLE].total()
            number = suppression.part(posts[kind, subject].total(), of_all)
            ended = None
            if number and resolved_too[kind]:
                ended = suppression.part(resolved(posts[kind, subject]), number)
            row[name] = number
            figures = outcome(number, ended, hours.get((kind, subject)))
            row |= {f"{name}_{figure}": value for figure, value in figures.items()}
        rows.append(row)
    return busiest(rows)


def subjects_named() -> dict[str, dict[str, Any]]:
    found = {
        medicine.slug: {"medicine": medicine.slug, "group": None, **words(medicine)}
        for medicine in Medicine.objects.all()
    }
    for group in SymptomGroup.objects.all():
        found[f"any:{group.slug}"] = {"medicine": None, "group": group.slug, **words(group)}
    return found


def words(named: Medicine | SymptomGroup) -> dict[str, Any]:
    return {"name": {"zh": named.name, "en": named.name_en}}


def unnamed(subject: str) -> dict[str, Any]:
    """A medicine whose row has got another short name since."""
    return {"medicine": subject, "group": None, "name": {"zh": subject, "en": subject}}


def day_of(row: dict[str, Any]) -> date:
    return date.fromisoformat(row["day"])
