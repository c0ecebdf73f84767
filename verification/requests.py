"""What the type checker should know of a request."""

from allauth.core.internal.ratelimit import get_ip
from django.http import HttpRequest

from safety.encryption import digest
from verification.models import Resident


class ResidentRequest(HttpRequest):
    """A request of somebody signed in: for views (and what they call) behind that check."""

    user: Resident


def address_digest(request: HttpRequest) -> str:
    """A keyed digest of the visitor's network address, to count tries by."""
    return digest("address", get_ip(request))
