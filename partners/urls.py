"""The open door: what public bodies, newspapers and machines read."""

from django.urls import path

from partners import area_pages, feeds, poster_views, sitemap
from partners.api import api, docs
from partners.feedback.views import feedback
from partners.numbers import views as numbers

urlpatterns = [
    path("api/v1/docs/", docs.show, name="api-docs"),
    path("api/v1/", api.urls),
    path("areas/", area_pages.index, name="areas"),
    path("areas/<str:code>/", area_pages.show, name="area"),
    path("feedback/", feedback, name="feedback"),
    path("feed/", feeds.show, name="feed"),
    path("posters/", poster_views.choose, name="posters"),
    path("posters/file/", poster_views.file, name="poster-file"),
    path("robots.txt", sitemap.robots, name="robots"),
    path("stats/", numbers.show, name="stats"),
    path("stats/days.csv", numbers.days, name="stats-days"),
    path("stats/cities.csv", numbers.cities, name="stats-cities"),
    path("stats/medicines.csv", numbers.medicines, name="stats-medicines"),
    path("stats/numbers.json", numbers.as_json, name="stats-json"),
    path("sitemap.xml", sitemap.sitemap, name="sitemap"),
]
