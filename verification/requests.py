"""What the type checker should know of a request."""

from django.http import HttpRequest

from verification.models import Resident


class ResidentRequest(HttpRequest):
    """A request of somebody signed in: for views (and what they call) behind that check."""

    user: Resident
