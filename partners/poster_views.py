"""The page that offers posters, and their files."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from partners import posters, sources
from partners.models import Partner
from places.models import Area
from places.picker import AreaPickerForm
from posts.square import area_coded
from safety.quotas import Quota
from safety.requests import same_site_post
from verification.requests import address_digest

PER_ADDRESS = Quota("posters for an address", 120, timedelta(hours=1))  # an office has one address
KEPT = 24 * 3600  # seconds


class PosterAreaForm(AreaPickerForm):
    leaf_required = False


@dataclass(frozen=True)
class Offered:
    """One size of a poster, as the page shows it: addresses of its files."""

    size: str
    width: int  # of the preview, in any unit
    height: int
    preview: str
    files: list[tuple[str, str]]


@same_site_post
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """`/posters/?area=&partner=`: previews of an area's poster and its files; choose another area.

    With a partner's short name they bear its name, and their code says that they are its own.
    """
    code, slug = request.GET.get("area", ""), request.GET.get("partner", "")
    area, partner = area_coded(code), sources.approved(slug) if slug else None
    form = PosterAreaForm(request.POST or None, initial={"area": area})
    if form.is_valid():
        return redirect(address("posters", form.cleaned_data["area"], partner))
    is_unknown = bool(code) and area is None
    context = {
        "form": form,
        "area": area,
        "partner": partner,
        "everywhere": address("posters", None, partner),
        "place": area.label if area else _("Whole country"),
        "is_unknown": is_unknown,
        "offered": [offered(size, area, partner) for size in posters.SIZES]
        if posters.font()
        else [],
    }
    status = 422 if form.errors else 400 if is_unknown else 200
    return render(request, "partners/posters.html", context, status=status)


def offered(size: str, area: Area | None, partner: Partner | None) -> Offered:
    of = {"size": size, "lang": get_language() or ""}
    files = {
        each: address("poster-file", area, partner, **of, format=each) for each in posters.FORMATS
    }
    paper = posters.SIZES[size]
    to_take = [(each.upper(), files[each]) for each in ("pdf", "png")]
    return Offered(size, paper.width, paper.height, files["preview"], to_take)


def address(name: str, area: Area | None, partner: Partner | None, **more: str) -> str:
    query = dict(more)
    if area:
        query["area"] = str(area.code)
    if partner:
        query["partner"] = partner.organisation.slug
    return f"{reverse(name)}?{urlencode(query)}" if query else reverse(name)


@require_safe
def file(request: HttpRequest) -> HttpResponse:
    """`/posters/file/?area=&partner=&size=&format=&lang=`: the whole country's on A4 as PDF, if not
    told.

    The language stands in the address, so that an answer is the same for everybody.
    """
    area = area_coded(request.GET.get("area", ""))
    size = request.GET.get("size", "a4")
    file_format = request.GET.get("format", "pdf")
    language = request.GET.get("lang", settings.LANGUAGE_CODE)
    if request.GET.get("area") and area is None:
        return refuse(_("There is no such area."))
    slug = request.GET.get("partner", "")
    partner = sources.approved(slug) if slug else None
    if slug and partner is None:
        return refuse(_("There is no such body here."))
    if size not in posters.SIZES:
        return refuse(_("There is no poster of this size."))
    if file_format not in posters.FORMATS:
        return refuse(_("There is no poster in this format."))
    if language not in dict(settings.LANGUAGES):
        return refuse(_("There is no such language here."))
    if not PER_ADDRESS.use(address_digest(request)):
        return refuse(_("Many posters were made for you just now. Try again in a while."), 429)
    if posters.font() is None:
        return refuse(_("No poster can be made: this server has no Chinese font."), 503)
    poster = posters.of_area(area, language, partner)
    try:
        if file_format == "preview":
            drawn = posters.preview(poster, size)
        else:
            drawn = posters.draw(poster, size, file_format)
    except posters.BusyError:
        response = refuse(_("Many people want posters just now. Try again in a minute."), 503)
        response["Retry-After"] = "60"
        return response
    response = HttpResponse(drawn, content_type=posters.FORMATS[file_format])
    # Shown, not sent straight to a folder: in WeChat a picture is saved by a long press on it.
    ending = "png" if file_format == "preview" else file_format
    name = f"{poster.title} {poster.place} {size}.{ending}"
    response["Content-Disposition"] = content_disposition_header(False, name) or ""
    patch_cache_control(response, public=True, max_age=KEPT)
    return response


def refuse(sentence: str, status: int = 400) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
