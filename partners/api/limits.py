"""How often one address may ask, and the headers that say so
(draft-ietf-httpapi-ratelimit-headers)."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja.throttling import BaseThrottle

from safety.quotas import Quota
from verification.requests import address_digest

PER_ADDRESS = Quota("API requests from an address", settings.API_PER_MINUTE, timedelta(minutes=1))
LEFT = "_api_requests_left"  # on the request


class PerAddress(BaseThrottle):
    def allow_request(self, request: HttpRequest) -> bool:
        left = PER_ADDRESS.take(address_digest(request))
        setattr(request, LEFT, left or 0)
        return left is not None

    def wait(self) -> int:
        """Seconds until one more request is allowed."""
        return max(1, round(PER_ADDRESS.step.total_seconds()))


def with_limits(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if hasattr(request, LEFT):
        period = round(PER_ADDRESS.period.total_seconds())
        response["RateLimit-Policy"] = f'"address";q={PER_ADDRESS.capacity};w={period}'
        response["RateLimit"] = f'"address";r={getattr(request, LEFT)};t={period}'
    return response
