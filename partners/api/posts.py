"""/posts: the square as data, with its filters, its order and its cursor."""

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from medicines.cautions import PersonKind
from medicines.models import Medicine
from partners.api.answers import PUBLIC, READ, answered, as_features
from partners.api.documents import KindWord, PostDocument, post_document
from partners.api.problems import Problem, ProblemError, refuse_others
from places.grid import Block
from places.models import Area
from places.visitor import VisitorPlace
from posts import access, square
from posts.models import Kind
from verification.levels import level_needed
from verification.models import Level

SECONDS = 2  # after that a resolved post is gone
router = Router(tags=["posts"])


class PostsPage(Schema):
    posts: list[PostDocument]
    next: str | None = Field(description="`after` of the next page; null on the last.")


class PostsQuery(Schema):
    kind: KindWord = "offer"
    medicine: str = Field("", description="A short name of /medicines.", examples=["ibuprofen"])
    area: str = Field("", description="Only within this area: six digits.", examples=["440300"])
    whom: PersonKind | Literal[""] = Field("", description="Needs for these people only.")
    sort: Literal["time", "distance"] = Field("time", description="`distance` wants `near`.")
    near: str = Field(
        "",
        description="Distances from the point of this area. Never a position: addresses are kept "
        "in logs.",
        examples=["440305"],
    )
    cell: str = Field("", description="Only in this block of the map: level.row.column.")
    after: str = Field("", description="`next` of the page before; with the same parameters.")
    format: Literal["json", "geojson"] = "json"


@router.api_operation(
    READ, "", response={200: PostsPage, PUBLIC: Problem}, summary="Open posts, 20 at a time"
)
def posts(request: HttpRequest, query: Query[PostsQuery]) -> Any:
    """The newest first; with `sort=distance` the nearest first, up to the nearest thousand."""
    refuse_others(request, PostsQuery.model_fields)
    require_public()
    place = VisitorPlace(area_of(query.near, "near")) if query.near else None
    filters = filters_of(query)
    if filters.sort == "distance" and place is None:
        raise ProblemError(400, _("`sort=distance` wants `near`: the code of an area."))
    try:
        page = square.page(filters, place)
    except ValueError:
        raise ProblemError(400, _("`after` does not belong to these parameters.")) from None
    rows = square.with_posts(page.rows)
    documents = [post_document(row.post, row.found.lat, row.found.lng, row.metres) for row in rows]
    after = page.after or None
    if query.format == "geojson":
        return answered(request, as_features(documents, after), SECONDS, "application/geo+json")
    return answered(request, {"posts": documents, "next": after}, SECONDS)


@router.api_operation(
    READ,
    "/{uuid:public_id}",
    response={200: PostDocument, PUBLIC: Problem},
    summary="One open post",
)
def post(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """410 when it is resolved or has run out, 404 when there is none."""
    refuse_others(request)
    require_public()
    found = access.readable(public_id)
    if not found.is_on_square:
        raise ProblemError(410, _("This post is not on the square any more."))
    document = post_document(found, found.point.y, found.point.x, None)
    return answered(request, document, SECONDS)


def require_public() -> None:
    """Where only people who have signed in may read the square, its data are not public either."""
    if level_needed("read") != Level.NONE:
        raise ProblemError(403, _("On this site the square is open to people who have signed in."))


def filters_of(query: PostsQuery) -> square.Filters:
    """The square's filters. Raises `ProblemError` where the page would leave something out."""
    kind = Kind[query.kind.upper()]
    if query.whom and kind == Kind.OFFER:
        raise ProblemError(400, _("`whom` is for needs: an offer is for everybody."))
    return square.Filters(
        kind=kind,
        medicine=medicine_of(query.medicine) if query.medicine else None,
        area=area_of(query.area, "area") if query.area else None,
        whom=query.whom,
        sort=query.sort,
        block=block_of(query.cell) if query.cell else None,
        after=query.after,
    )


def medicine_of(slug: str) -> Medicine:
    found = Medicine.objects.listed().filter(slug=square.clean(slug)).first()
    if found is None:
        raise ProblemError(400, _("`medicine` is not in /medicines."))
    return found


def area_of(code: str, parameter: str) -> Area:
    found = square.area_coded(code)
    if found is None:
        told = _("`%(parameter)s` is not the code of an area in /areas.")
        raise ProblemError(400, told % {"parameter": parameter})
    return found


def block_of(name: str) -> Block:
    try:
        return Block.read(name)
    except ValueError:
        raise ProblemError(400, _("`cell` is no block of the map.")) from None
