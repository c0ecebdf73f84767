"""The floor: a view that does nothing, under the same server, without middleware."""

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

PAGE = b"<!doctype html><title>bare</title>" + b" " * 500


def bare(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(PAGE)


urlpatterns = [path("", bare)]


def application() -> WSGIHandler:
    import django
    from django.conf import settings

    django.setup(set_prefix=False)
    settings.ROOT_URLCONF, settings.MIDDLEWARE = __name__, []
    return WSGIHandler()


wsgi = application()
