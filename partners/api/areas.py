"""/areas: provinces, cities and districts by code, by name, at a point."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema
from pydantic import WithJsonSchema

from partners.api.answers import PUBLIC, READ, answered
from partners.api.documents import AreaDocument, area_document
from partners.api.posts import area_of
from partners.api.problems import Problem, ProblemError, refuse_others
from places import grid
from places.boundaries import area_at
from places.models import Area
from places.search import LONGEST_TEXT

HOUR = 3600
router = Router(tags=["areas"])
# Said, not enforced: whatever else somebody asks for is no area, and gets a 404.
Code = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[0-9]{6}$"})]


class Areas(Schema):
    areas: list[AreaDocument]


class AreasQuery(Schema):
    q: str = Field(
        "",
        max_length=4 * LONGEST_TEXT,
        description="A name in Chinese, pinyin, initials or English.",
        examples=["南山", "nanshan"],
    )
    parent: str = Field("", description="The areas of this one.", examples=["440300"])


class Point(Schema):
    model_config = {"extra": "forbid"}

    lat: float = Field(ge=-90, le=90, examples=[22.53])
    lng: float = Field(ge=-180, le=180, examples=[113.93])


@router.api_operation(
    READ, "", response={200: Areas, PUBLIC: Problem}, summary="Search, or the areas of an area"
)
def areas(request: HttpRequest, query: Query[AreasQuery]) -> Any:
    """The best ten matches of `q`; the areas of `parent`; without both the provinces."""
    refuse_others(request, AreasQuery.model_fields)
    if query.q and query.parent:
        raise ProblemError(400, _("Either `q` or `parent`."))
    if query.q:
        found = Area.objects.search(query.q.replace("\0", ""))
    else:
        around = area_of(query.parent, "parent") if query.parent else None
        found = list(Area.objects.children_of(around))
    return answered(request, {"areas": [area_document(area) for area in found]}, HOUR)


@router.post(
    "/at", response={200: AreaDocument, PUBLIC: Problem}, summary="The district at a point"
)
def at(request: HttpRequest, point: Point) -> Any:
    """In the body of a POST, because addresses are kept in logs. Snapped to the grid of about 500 m
    before anything else; kept nowhere. 404 abroad and at sea.
    """
    refuse_others(request)
    area = area_at(grid.snap(point.lat, point.lng).point)
    if area is None:
        raise ProblemError(404, _("There is no district of China at this point."))
    return answered(request, area_document(area), 0)


@router.api_operation(
    READ, "/{str:code}", response={200: AreaDocument, PUBLIC: Problem}, summary="One area"
)
def area(request: HttpRequest, code: Code) -> Any:
    refuse_others(request)
    try:
        found = area_of(code, "code")
    except ProblemError as error:
        raise ProblemError(404, error.detail) from None
    return answered(request, area_document(found), HOUR)
