"""What the type checker should know of a request."""

from allauth.core.internal.ratelimit import get_ip
from django.http import HttpRequest, HttpResponse

from safety.encryption import digest
from verification.models import Resident


class ResidentRequest(HttpRequest):
    """A request of somebody signed in: for views (and what they call) behind that check."""

    user: Resident


def address_digest(request: HttpRequest) -> str:
    """A keyed digest of the visitor's network address, to count tries by."""
    return digest("address", get_ip(request))


def forgotten_here(response: HttpResponse) -> HttpResponse:
    """Let the browser throw away what it keeps: pages for its way back, the square for when there
    is no network. Whoever has left may have used somebody else's phone.
    """
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
