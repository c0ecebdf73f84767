"""How an answer is sent: its type, how long it may be kept, what else it may be."""

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control

from partners.api.limits import with_limits

READ = ["GET", "HEAD"]
# What any question can be answered with beside its document.
PUBLIC = frozenset({400, 401, 403, 404, 410, 429})


def answered(
    request: HttpRequest, document: Any, seconds: int, media_type: str = "application/json"
) -> HttpResponse:
    """A document that every cache may keep for so many seconds; its ETag is Django's."""
    response = JsonResponse(
        document,
        safe=False,
        encoder=DjangoJSONEncoder,
        json_dumps_params={"ensure_ascii": False},
        content_type=media_type,
    )
    patch_cache_control(response, public=True, max_age=seconds)
    return with_limits(request, response)


def as_features(documents: list[dict[str, Any]], after: str | None) -> dict[str, Any]:
    """Posts as GeoJSON (RFC 7946), with `next` as a member of its own (section 6.1)."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": str(each["id"]),
                "geometry": {
                    "type": "Point",
                    "coordinates": [each["place"]["lng"], each["place"]["lat"]],
                },
                "properties": each,
            }
            for each in documents
        ],
        "next": after,
    }
