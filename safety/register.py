"""The register of personal data: what is stored about people, why, how long, and who sees it.

Each app enters its own in its `personal.py` when it starts, and this module knows none of them.
The privacy page shows the register, the export follows it, `manage.py tidy` runs its deadlines,
and a test fails for a column that is neither in it nor declared to say nothing about anybody.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.gis.geos import Point
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import ngettext

Words = str | Promise
BATCH = 500  # rows erased at once: no lock and no transaction lasts


@dataclass(frozen=True)
class Holding:
    """Some columns of one table that together are one thing about a person."""

    model: str  # "posts.Post"; for a table without a model its name
    fields: tuple[str, ...]
    what: Words
    why: Words
    kept: Callable[[], str]  # how long, in words; from the settings, so that it is always true
    seen_by: Words


@dataclass(frozen=True)
class Own:
    """How to find somebody's own rows of a model, and what of them is not his to take away."""

    about: Callable[[Any], models.QuerySet]
    but: tuple[str, ...]


HOLDINGS: list[Holding] = []
NOT_PERSONAL: dict[str, frozenset[str]] = {}
ROWS: dict[str, "Own"] = {}
DEADLINES: dict[str, Callable[[], int]] = {}
FAREWELLS: list[Callable[[Any], None]] = []


def hold(
    model: str, *fields: str, what: Words, why: Words, kept: Callable[[], str], seen_by: Words
) -> None:
    """Enter some columns of a model. Each column stands in one entry only."""
    HOLDINGS.append(Holding(model, fields, what, why, kept, seen_by))


def not_personal(model: str, *fields: str) -> None:
    """Declare that these columns say nothing about anybody without the row's personal ones."""
    NOT_PERSONAL[model] = NOT_PERSONAL.get(model, frozenset()) | set(fields)


def rows(model: str, about: Callable[[Any], models.QuerySet], but: tuple[str, ...] = ()) -> None:
    """How to find a person's own rows of a model: the export holds their personal columns.

    Left out are the columns in `but`, and other people's accounts wherever they stand.
    """
    ROWS[model] = Own(about, but)


def deadline(name: str, erase: Callable[[], int]) -> None:
    """Something that is erased when its time has come; `erase` returns how many rows it was.

    It must bear being run twice, and beside itself.
    """
    DEADLINES[name] = erase


def farewell(part: Callable[[Any], None]) -> None:
    """What an app does, in the same transaction, before somebody's account is erased."""
    FAREWELLS.append(part)


def personal_fields(model: str) -> list[str]:
    return [name for holding in HOLDINGS if holding.model == model for name in holding.fields]


def days(length: timedelta) -> str:
    """A length of time as the privacy page says it."""
    if length < timedelta(days=1):
        hours = max(1, round(length / timedelta(hours=1)))
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    number = round(length / timedelta(days=1))
    return ngettext("%(n)s day", "%(n)s days", number) % {"n": number}


def kept_for(length: Callable[[], timedelta], words: Words) -> Callable[[], str]:
    """Words with a length of time from the settings in them, as `%(time)s`."""
    return lambda: str(words) % {"time": days(length())}


def export(person: models.Model) -> dict[str, list[dict[str, Any]]]:
    """Everything in the register that belongs to one person, by model, oldest first."""
    return {
        label: [plain_row(row, told(row, own.but)) for row in own.about(person)]
        for label, own in ROWS.items()
    }


def told(row: models.Model, but: tuple[str, ...]) -> list[str]:
    """The columns of a row that the export holds."""
    return [
        name
        for name in personal_fields(row._meta.label)
        if name not in but and row._meta.get_field(name).related_model is not get_user_model()
    ]


def plain_row(row: models.Model, fields: list[str]) -> dict[str, Any]:
    return {name: plain_value(row, name) for name in fields}


def plain_value(row: models.Model, name: str) -> Any:
    """A column as a person can read it: choices in words, places as two numbers."""
    field = row._meta.get_field(name)
    value = getattr(row, name)
    if isinstance(value, models.Model):
        return str(getattr(value, "public_id", value))
    if isinstance(value, Point):
        return {"latitude": value.y, "longitude": value.x}
    if getattr(field, "choices", None) and value not in (None, ""):
        return str(getattr(row, f"get_{name}_display")())
    return value


def overdue() -> Iterator[tuple[str, int | Exception]]:
    """Run every deadline; the number of erased rows of each, or why it failed.

    One that fails must not keep the others from being met.
    """
    for name, erase in DEADLINES.items():
        try:
            yield name, erase()
        except Exception as error:
            yield name, error


class NotErasedError(Exception):
    """Deadlines that could not be met, by name: what they would erase stays until the next run."""


def in_batches(queryset: models.QuerySet) -> Iterator[list[Any]]:
    """Keys of the rows, a batch at a time, until none is left. Whoever takes one erases them."""
    last: list[Any] = []
    while batch := list(queryset.values_list("pk", flat=True)[:BATCH]):
        if batch == last:  # they could not be erased; the next run looks again
            return
        yield batch
        last = batch


def delete_in_batches(queryset: models.QuerySet) -> int:
    """Delete rows in short transactions; returns how many rows of this model it were."""
    label = queryset.model._meta.label
    return sum(
        queryset.model._default_manager.filter(pk__in=batch).delete()[1].get(label, 0)
        for batch in in_batches(queryset)
    )
