"""Our URLs and three that fail, for the tests of the error pages."""

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

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


urlpatterns = [
    *urls.urlpatterns,
    path("fail/403/", refuse),
    path("fail/400/", misread),
    path("fail/500/", break_down),
]
