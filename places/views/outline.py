"""The plain base of the map (示意图), from our own boundaries."""

from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from places.models import Area, LoadedFile
from safety.replicas import reading

COUNTRY = """
    SELECT json_build_object('type', 'Feature', 'properties',
           json_build_object('name', name, 'english', english_path[1]),
           'geometry', ST_AsGeoJSON(shape, 2)::json)::text
    FROM places_outline LEFT JOIN places_area ON area_id = code ORDER BY area_id
"""
# Borders to about 100 m: enough to find a street's district, and 20-200 kB for a city.
DISTRICTS = """
    SELECT json_build_object('type', 'Feature', 'properties',
           json_build_object('name', name, 'english', english_path[array_upper(english_path, 1)]),
           'geometry',
           ST_AsGeoJSON(ST_SimplifyPreserveTopology(shape, 0.001), 3)::json)::text
    FROM places_boundary JOIN places_area ON area_id = code
    WHERE code BETWEEN %s AND %s ORDER BY code
"""


@require_safe
def outline(request: HttpRequest) -> HttpResponse:
    """`/place/outline/`: the provinces; `?area=440305`: the districts of its city, as GeoJSON."""
    code = request.GET.get("area", "")
    if code and not (len(code) == 6 and code.isdecimal() and Area.objects.known(int(code))):
        return HttpResponse(_("There is no such area."), status=404)
    loaded = LoadedFile.objects.filter(name="boundaries").values_list("digest", flat=True).first()
    response = HttpResponse(_features(loaded, int(code or 0)), content_type="application/geo+json")
    patch_cache_control(response, public=True, max_age=24 * 3600)
    return response


@lru_cache(maxsize=64)  # 10-200 kB each; the first argument makes a new loading count
def _features(loaded: str | None, code: int) -> str:
    with reading().cursor() as cursor:
        if code:
            first_of_city = code // 100 * 100
            cursor.execute(DISTRICTS, [first_of_city, first_of_city + 99])
        else:
            cursor.execute(COUNTRY)
        features = ",".join(row[0] for row in cursor.fetchall())
    return f'{{"type":"FeatureCollection","features":[{features}]}}'
