"""The open door: what public bodies, newspapers and machines read."""

from django.urls import path

from partners import poster_views
from partners.api import api, docs

urlpatterns = [
    path("api/v1/docs/", docs.show, name="api-docs"),
    path("api/v1/", api.urls),
    path("posters/", poster_views.choose, name="posters"),
    path("posters/file/", poster_views.file, name="poster-file"),
]
