"""Pages that belong to no app."""

from django.http import HttpRequest, HttpResponse
from django.views import i18n
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt  # a page kept for many visitors can hold no token; the worst is another language
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in a cookie and go back to where the visitor was."""
    return i18n.set_language(request)
