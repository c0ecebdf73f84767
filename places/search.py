"""Find an area by a name as people type it."""

import re
from typing import TYPE_CHECKING

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Case, F, FloatField, Func, IntegerField, Q, Value, When

if TYPE_CHECKING:
    from places.models import Area, AreaQuerySet

LONGEST_TEXT = 30
LEAST_SIMILAR = 0.35
SUFFIXES = ("省", "市", "区", "县", "盟", "旗", "地区", "特区", "林区", "新区")


def find(areas: "AreaQuerySet", text: str, limit: int) -> "list[Area]":
    """The best matches, best first: whole name, beginning of a name, path, similar spelling.

    汉字 may leave out 省/市/区/县 and may name the parents first (深圳南山); pinyin and initials
    may be in any case, with or without spaces. Text without letters finds nothing.
    """
    typed = re.sub(r"[^\w]|_|\d", "", text.lower())[:LONGEST_TEXT]
    if not typed:
        return []
    found = _latin(areas, typed) if typed.isascii() else _chinese(areas, typed)
    return list(found.order_by("place", "level", "-similar", "code")[:limit])


def _chinese(areas: "AreaQuerySet", typed: str) -> "AreaQuerySet":
    whole = [typed, *(typed + suffix for suffix in SUFFIXES)]
    in_order = ".*".join(typed)  # 深圳南山 is in 广东省深圳市南山区, in that order
    return areas.alias(
        full_name=Func(F("path"), Value(""), function="array_to_string"),
        similar=TrigramWordSimilarity(typed, "name"),
        place=Case(
            When(name__in=whole, then=0),
            When(name__startswith=typed, then=1),
            When(name__contains=typed, then=2),
            When(full_name__regex=in_order, then=3),
            When(similar__gte=LEAST_SIMILAR, then=4),
            output_field=IntegerField(),
        ),
    ).filter(place__isnull=False)


def _latin(areas: "AreaQuerySet", typed: str) -> "AreaQuerySet":
    return areas.alias(
        similar=TrigramWordSimilarity(typed, "pinyin", output_field=FloatField()),
        place=Case(
            When(Q(pinyin__regex=rf"\m{typed}\M"), then=0),
            When(Q(initials__regex=rf"\m{typed}\M"), then=1),
            When(Q(pinyin__regex=rf"\m{typed}"), then=2),
            When(similar__gte=LEAST_SIMILAR, then=4),
            output_field=IntegerField(),
        ),
    ).filter(place__isnull=False)
