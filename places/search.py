"""Find an area by a name as people type it. 3,214 rows need no index."""

import unicodedata
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from django.apps import apps

if TYPE_CHECKING:
    from places.models import Area

LONGEST_TEXT = 30
LEAST_SIMILAR = 0.3
MOST_GUESSES = 40
SUFFIXES = ("", "省", "市", "区", "县", "盟", "旗", "地区", "林区", "特区", "新区")

# What may stand between two letters of a path like |广东省|深圳市|南山区 or
# |guangdong|shenzhen|nanshan, when people name the parents first. Chinese names have endings that
# are left out (深圳南山), so there a later name may follow any letter.
IN_CHINESE_PATH = r"([^|]*\|)*"
IN_LATIN_PATH = r"(\|([^|]*\|)*)?"

CHINESE = """
    CASE WHEN name = ANY(%(whole)s) THEN 0
         WHEN starts_with(name, %(typed)s) THEN 1
         WHEN '|' || array_to_string(path, '|') ~ %(path)s THEN 2 END
"""
LATIN = """
    CASE WHEN %(typed)s = ANY(string_to_array(pinyin || ' ' || initials, ' ')) THEN 0
         WHEN strpos(' ' || pinyin, ' ' || %(typed)s) > 0 THEN 1
         WHEN '|' || translate(lower(array_to_string(english_path, '|')), 'ü'' -', 'u')
              ~ %(path)s THEN 2 END
"""


def find(text: str, limit: int) -> "list[Area]":
    """The best matches, best first: whole name, its beginning, parents with name, typing errors.

    汉字 may leave out 省/市/区/县; pinyin, initials and English may be in any case, with spaces or
    apostrophes. Parents may be named first (深圳南山, shenzhen nanshan). Guesses at typing errors
    are shown only where nothing better is found. Text without letters finds nothing.
    """
    province_first = reversed(text[: 4 * LONGEST_TEXT].split(","))  # Nanshan, Shenzhen
    typed = letters("".join(province_first))[:LONGEST_TEXT]
    if not typed:
        return []
    return named(typed, limit) or guessed(typed, limit)


def letters(text: str) -> str:
    """The letters of a text, small and without accents (Lüliang → luliang)."""
    plain = unicodedata.normalize("NFKD", text.lower())
    return "".join(filter(str.isalpha, plain))


def named(typed: str, limit: int) -> "list[Area]":
    """The areas that are called so: the larger ones first, then by code."""
    tier, between = (LATIN, IN_LATIN_PATH) if typed.isascii() else (CHINESE, IN_CHINESE_PATH)
    return _areas(
        f"""
        SELECT * FROM (SELECT *, {tier} AS tier FROM places_area) AS area WHERE tier IS NOT NULL
        ORDER BY tier, level, code LIMIT %(limit)s
        """,  # noqa: S608 -- the constants above
        typed=typed,
        whole=[typed + suffix for suffix in SUFFIXES],
        path=r"\|" + between.join(typed),
        limit=limit,
    )


def guessed(typed: str, limit: int) -> "list[Area]":
    """The areas with a similar name, most similar first.

    Letters that changed places (futain) leave few trigrams in common: the database finds the
    candidates by trigrams, and the letters themselves put them in order.
    """
    column = "pinyin" if typed.isascii() else "name"
    found = _areas(
        f"""
        SELECT * FROM places_area WHERE word_similarity(%(typed)s, {column}) >= %(least)s
        ORDER BY word_similarity(%(typed)s, {column}) DESC, code LIMIT %(most)s
        """,  # noqa: S608 -- one of two names
        typed=typed,
        least=LEAST_SIMILAR,
        most=MOST_GUESSES,
    )
    return sorted(found, key=lambda area: -closeness(typed, getattr(area, column)))[:limit]


def closeness(typed: str, names: str) -> float:
    """How close a text is to the closest of some names, from 0 to 1."""
    return max(SequenceMatcher(None, typed, name).ratio() for name in names.split())


def _areas(sql: str, **parameters: Any) -> "list[Area]":
    return list(apps.get_model("places", "Area").objects.raw(sql, parameters))
