"""Whom a member of staff may look up: whoever is limited to areas, the people who have to do with
them alone.

This app knows no areas: another enters how it tells.
"""

from collections.abc import Callable

from django.db.models import Q, QuerySet

from verification.models import Resident

IN_AREAS: list[Callable[[Resident], Q]] = []


def in_areas(belongs: Callable[[Resident], Q]) -> None:
    """Enter a condition on residents: that somebody has to do with the areas of a moderator."""
    IN_AREAS.append(belongs)


def within(by: Resident, people: QuerySet[Resident]) -> QuerySet[Resident]:
    """Those of these people whom `by` may look up; without a limit, all."""
    if not by.area_limit:
        return people
    here = Q(pk__in=[])
    for belongs in IN_AREAS:
        here |= belongs(by)
    return people.filter(here)
