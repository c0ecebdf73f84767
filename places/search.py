"""Find an area by a name as people type it. 3,214 rows need no index."""

import unicodedata
from typing import TYPE_CHECKING

from django.apps import apps

if TYPE_CHECKING:
    from places.models import Area

LONGEST_TEXT = 30
LEAST_SIMILAR = 0.3
SIMILAR = 3  # the tier of guesses: shown only where nothing better was found
SUFFIXES = ("", "省", "市", "区", "县", "盟", "旗", "地区", "林区", "特区", "新区")

CHINESE = """
    CASE WHEN name = ANY(%(whole)s) THEN 0
         WHEN starts_with(name, %(typed)s) THEN 1
         WHEN '|' || array_to_string(path, '|') ~ %(downwards)s THEN 2
         WHEN word_similarity(%(typed)s, name) >= %(least)s THEN 3 END
    AS tier, similarity(%(typed)s, name) AS likeness
"""
LATIN = """
    CASE WHEN %(typed)s = ANY(string_to_array(pinyin || ' ' || initials, ' ')) THEN 0
         WHEN strpos(' ' || pinyin, ' ' || %(typed)s) > 0 THEN 1
         WHEN strpos(regexp_replace(lower(array_to_string(english_path, '')), '[^a-z]', '', 'g'),
                     %(typed)s) > 0 THEN 2
         WHEN word_similarity(%(typed)s, pinyin) >= %(least)s THEN 3 END
    AS tier,
    (SELECT max(similarity(%(typed)s, reading)) FROM string_to_table(pinyin, ' ') AS reading)
    AS likeness
"""


def find(text: str, limit: int) -> "list[Area]":
    """The best matches, best first: whole name, its beginning, parents with name, typing errors.

    汉字 may leave out 省/市/区/县; pinyin, initials and English may be in any case, with spaces or
    apostrophes. Parents may be named first (深圳南山, shenzhen nanshan). Text without letters finds
    nothing.
    """
    province_first = reversed(text[: 4 * LONGEST_TEXT].split(","))  # Nanshan, Shenzhen
    typed = letters("".join(province_first))[:LONGEST_TEXT]
    if not typed:
        return []
    parameters = {
        "typed": typed,
        "whole": [typed + suffix for suffix in SUFFIXES],
        # 深圳南山 is in |广东省|深圳市|南山区: each letter may be followed by a later name
        "downwards": r"\|" + r"([^|]*\|)*".join(typed),
        "least": LEAST_SIMILAR,
        "limit": limit,
    }
    how = LATIN if typed.isascii() else CHINESE
    found = apps.get_model("places", "Area").objects.raw(
        f"""
        SELECT * FROM (SELECT *, {how} FROM places_area) AS area WHERE tier IS NOT NULL
        ORDER BY tier, CASE WHEN tier < 3 THEN level END, likeness DESC, code
        LIMIT %(limit)s
        """,  # noqa: S608 -- one of the two constants above
        parameters,
    )
    areas = list(found)
    surer = [area for area in areas if area.tier != SIMILAR]  # type: ignore[attr-defined]
    return surer or areas


def letters(text: str) -> str:
    """The letters of a text, small and without accents (Lüliang → luliang)."""
    plain = unicodedata.normalize("NFKD", text.lower())
    return "".join(filter(str.isalpha, plain))
