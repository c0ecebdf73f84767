"""Our URLs and some that fail, for the tests of the error pages."""

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import DataError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from mutualaid import urls

handler500 = urls.handler500


def refuse(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def misread(request: HttpRequest) -> HttpResponse:
    raise BadRequest


def break_down(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE patients (phone text, level int CHECK (level > 0));"
            "INSERT INTO patients VALUES ('Ms Zou +86 13800138001', 0)"
        )
    return HttpResponse()


def quote(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything that was sent is in the messages, the variables and the parameters of an error."""
    sent = " ".join(request.POST.values())
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT %s::int", [sent])
    except DataError as error:
        error.add_note(sent)
        raise ValueError(f"{sent} of {public_id}") from error
    return HttpResponse()


urlpatterns = [
    *urls.urlpatterns,
    path("fail/403/", refuse),
    path("fail/400/", misread),
    path("fail/500/", break_down),
    path("fail/quote/<str:public_id>/", csrf_exempt(quote), name="quote"),
]
