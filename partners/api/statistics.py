"""/statistics: the numbers of `/stats/`."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from partners.api.answers import PUBLIC, READ, answered
from partners.api.documents import Words
from partners.api.problems import Problem, refuse_others
from partners.numbers import publishing
from partners.numbers.views import KEPT

router = Router(tags=["statistics"])


class Said(Schema):
    """How it ended, as far as posters said; in steps of five."""

    through_here: int | None
    elsewhere: int | None
    not_needed: int | None


class KindNumbers(Schema):
    published: int | None
    open: int | None
    resolved: int | None
    ended: int | None = Field(description="Run out, or gone with its account.")
    resolved_percent: int | None = Field(description="Of those published.")
    hours: float | None = Field(description="Until resolved: the median, within 10 %.")
    said: Said


class DayNumbers(Schema):
    """Of the posts published on a day, in China. `visitors` is an estimate, within about 5 %."""

    day: date
    needs: int | None
    offers: int | None
    resolved: int | None
    visitors: int | None
    views: int | None


class CityNumbers(Schema):
    """A city, or a municipality."""

    area: str = Field(examples=["440300"], description="Its code in /areas.")
    name: Words
    lat: float
    lng: float
    needs: int | None
    offers: int | None


class MedicineNumbers(Schema):
    """A medicine, or anything against a symptom. A post counts under each that it names."""

    medicine: str | None = Field(description="The short name in /medicines.")
    group: str | None
    name: Words
    needs: int | None
    needs_resolved_percent: int | None
    needs_hours: float | None
    offers: int | None
    offers_resolved_percent: int | None
    offers_hours: float | None


class Statistics(Schema):
    """null is a number below `fewest`, or one that would betray such a number."""

    at: datetime
    fewest: int
    is_demo: bool
    needs: KindNumbers
    offers: KindNumbers
    days: list[DayNumbers]
    cities: list[CityNumbers]
    medicines: list[MedicineNumbers]


@router.api_operation(
    READ, "", response={200: Statistics, PUBLIC: Problem}, summary="The square in numbers"
)
def statistics(request: HttpRequest) -> Any:
    """Since the beginning, and for the last 60 days; made anew every ten minutes."""
    refuse_others(request)
    return answered(request, publishing.latest(), KEPT)
