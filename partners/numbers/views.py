"""`/stats/` and its files."""

import csv
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from partners.numbers import drawing, publishing, times

KEPT = 300  # seconds
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Of each file its columns: a heading in both languages, and where the number stands.
DAYS = {
    "日期 day": "day", "求助 needs": "needs", "帮助 offers": "offers",
    "已解决 resolved": "resolved", "访客 visitors": "visitors", "浏览 views": "views",
}  # fmt: skip
PLACES = {
    "代码 code": "area",
    "城市": "zh",
    "city": "en",
    "求助 needs": "needs",
    "帮助 offers": "offers",
}
MEDICINES = {
    "药物": "zh", "medicine": "en", "简称 slug": "medicine", "任一种 any of": "group",
    "求助 needs": "needs", "求助已解决% needs resolved %": "needs_resolved_percent",
    "求助用时(小时) needs hours": "needs_hours", "帮助 offers": "offers",
    "帮助已解决% offers resolved %": "offers_resolved_percent",
    "帮助用时(小时) offers hours": "offers_hours",
}  # fmt: skip


# By language: a document, and the page that was made of it. Making it takes a hundred milliseconds.
PAGES: dict[str, tuple[dict[str, Any], SafeString]] = {}


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The numbers in pictures, with a table behind each. One query, unless they have changed."""
    return render(request, "partners/stats.html", {"body": body_of(publishing.latest())})


def body_of(numbers: dict[str, Any]) -> SafeString:
    language = get_language() or ""
    made_of, body = PAGES.get(language, (None, SafeString("")))
    if made_of != numbers:
        body = render_to_string("partners/stats/body.html", context_of(numbers))
        PAGES[language] = numbers, body
    return body


def context_of(numbers: dict[str, Any]) -> dict[str, Any]:
    """What the page shows of the document."""
    cities, medicines = numbers["cities"], numbers["medicines"]
    named = [{**row, "label": drawing.name_of(row)} for row in medicines]
    return {
        "numbers": numbers,
        "needs": numbers["needs"],
        "offers": numbers["offers"],
        "at": numbers["at"],
        "visitors": of_all_days(numbers, "visitors"),
        "views": of_all_days(numbers, "views"),
        "days": [{**row, "day": publishing.day_of(row)} for row in numbers["days"]],
        "day_chart": drawing.by_day(numbers["days"]),
        "map": drawing.map_of(cities),
        "most_needs": drawing.top(cities, "needs"),
        "most_offers": drawing.top(cities, "offers"),
        "medicines": named,
        "most_wanted": drawing.top(medicines, "needs"),
        "most_given": drawing.top(medicines, "offers"),
        "api": "/api/v1/statistics",
        "worst_error": round(100 * times.WORST_ERROR),
    }


def of_all_days(numbers: dict[str, Any], column: str) -> int | None:
    """The sum of what the table of days tells; None if it tells nothing."""
    return sum(row[column] or 0 for row in numbers["days"]) or None


@require_safe
def as_json(request: HttpRequest) -> HttpResponse:
    text = json.dumps(publishing.latest(), ensure_ascii=False, indent=1)
    return file(text.encode(), "application/json", "numbers.json")


@require_safe
def days(request: HttpRequest) -> HttpResponse:
    return as_csv(DAYS, publishing.latest()["days"], "days.csv")


@require_safe
def cities(request: HttpRequest) -> HttpResponse:
    return as_csv(PLACES, map(flat, publishing.latest()["cities"]), "cities.csv")


@require_safe
def medicines(request: HttpRequest) -> HttpResponse:
    return as_csv(MEDICINES, map(flat, publishing.latest()["medicines"]), "medicines.csv")


def flat(row: dict[str, Any]) -> dict[str, Any]:
    return row | row["name"]


def as_csv(columns: dict[str, str], rows: Iterable[dict[str, Any]], name: str) -> HttpResponse:
    """A table for Excel, which knows UTF-8 by its first three bytes. A withheld number is empty."""
    response = file("\ufeff".encode(), "text/csv; charset=utf-8", name)
    writer = csv.writer(response)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(cells([row[column] for column in columns.values()]))
    return response


def cells(values: Sequence[Any]) -> list[Any]:
    """A text that a spreadsheet would take for a formula is marked as a text."""
    return [
        f"'{value}" if isinstance(value, str) and value.startswith(BEGINS_FORMULA) else value
        for value in values
    ]


def file(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Robots-Tag"] = "noindex"
    patch_cache_control(response, public=True, max_age=KEPT)
    return response
