"""How often one address, or one partner's key, may ask, and the headers that say so
(draft-ietf-httpapi-ratelimit-headers)."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja.errors import Throttled
from ninja.security import HttpBearer
from ninja.throttling import BaseThrottle

from partners import keys
from partners.api.problems import ProblemError
from safety.quotas import Quota
from safety.replicas import is_read_only
from verification.requests import address_digest

MINUTE = timedelta(minutes=1)
PER_ADDRESS = Quota("API requests from an address", settings.API_PER_MINUTE, MINUTE)
PER_PARTNER = Quota("API requests with a key", settings.API_PER_MINUTE_WITH_KEY, MINUTE)
COUNTED = "_api_counted"  # on the request
BEARER = "bearer"


@dataclass
class Counted:
    """By what a request is counted; `left` of the quota once it was."""

    policy: str
    quota: Quota
    subject: str
    left: int | None = None

    def take(self) -> bool:
        left = self.quota.take(self.subject)
        self.left = left or 0
        return left is not None

    @property
    def wait(self) -> int:
        """Seconds until one more request is allowed."""
        return max(1, round(self.quota.step.total_seconds()))


def by_address(request: HttpRequest) -> Counted:
    return Counted("address", PER_ADDRESS, address_digest(request))


class Key(HttpBearer):
    """A partner's key, if there is one: without, a request counts for its address.

    A key that is not known (any more) is an error: whoever sends one must learn that it stopped.
    """

    def __call__(self, request: HttpRequest) -> bool:
        given = request.headers.get("Authorization", "")
        if not given:
            setattr(request, COUNTED, by_address(request))
            return True
        scheme, _space, key = given.partition(" ")
        return self.authenticate(request, key.strip() if scheme.lower() == BEARER else "")

    def authenticate(self, request: HttpRequest, token: str) -> bool:
        partner = keys.partner_with(token)
        if partner is None:  # counted too, so that nobody tries keys all day
            guess = by_address(request)
            setattr(request, COUNTED, guess)
            if not guess.take():
                raise Throttled(wait=guess.wait)
            raise ProblemError(401, _("This key is not known, or it was stopped."))
        setattr(request, COUNTED, Counted("key", PER_PARTNER, partner.organisation.slug))
        return True


class PerCaller(BaseThrottle):
    def allow_request(self, request: HttpRequest) -> bool:
        if is_read_only():  # nothing can be counted; the proxy in front has limits of its own
            return True
        counted: Counted = getattr(request, COUNTED)
        self.seconds = counted.wait
        return counted.take()

    def wait(self) -> int:
        return self.seconds


def with_limits(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    counted: Counted | None = getattr(request, COUNTED, None)
    if counted is not None and counted.left is not None:
        policy, quota = counted.policy, counted.quota
        period = round(quota.period.total_seconds())
        response["RateLimit-Policy"] = f'"{policy}";q={quota.capacity};w={period}'
        response["RateLimit"] = f'"{policy}";r={counted.left};t={period}'
    return response
