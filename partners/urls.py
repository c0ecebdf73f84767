"""The open door: what public bodies, newspapers and machines read."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
