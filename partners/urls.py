"""The open door: what public bodies, newspapers and machines read."""

from django.urls import path

from partners import (
    area_pages,
    body_views,
    embed_views,
    feeds,
    help_page,
    poster_views,
    proof_file_views,
    sitemap,
)
from partners.api import api, docs
from partners.feedback.views import feedback
from partners.numbers import views as numbers

urlpatterns = [
    path("api/v1/docs/", docs.show, name="api-docs"),
    path("api/v1/", api.urls),
    path("areas/", area_pages.index, name="areas"),
    path("areas/<str:code>/", area_pages.show, name="area"),
    path("embed.js", embed_views.script, name="embed-script"),
    path("embed/<slug:body>/", embed_views.show, name="embed"),
    path("feedback/", feedback, name="feedback"),
    path("feed/", feeds.show, name="feed"),
    path("partners/apply/", body_views.apply, name="partner-apply"),
    path("partners/help/", help_page.show, name="partner-help"),
    path("partners/invitations/", body_views.invitations, name="partner-invitations"),
    path("partners/<slug:body>/", body_views.show, name="partner"),
    path("partners/<slug:body>/staff/", body_views.for_staff, name="partner-staff"),
    path("partners/<slug:body>/change/", body_views.change, name="partner-change"),
    path("partners/<slug:body>/files/", proof_file_views.for_owner, name="partner-files"),
    path("partners/<slug:body>/keys/", body_views.api_keys, name="partner-keys"),
    path("partners/<slug:body>/people/", body_views.people, name="partner-people"),
    path("partners/<slug:body>/people/act/", body_views.person, name="partner-person"),
    path("partners/<slug:body>/leave/", body_views.leave, name="partner-leave"),
    path("posters/", poster_views.choose, name="posters"),
    path("posters/file/", poster_views.file, name="poster-file"),
    path("robots.txt", sitemap.robots, name="robots"),
    path("stats/", numbers.show, name="stats"),
    path("stats/days.csv", numbers.days, name="stats-days"),
    path("stats/cities.csv", numbers.cities, name="stats-cities"),
    path("stats/medicines.csv", numbers.medicines, name="stats-medicines"),
    path("stats/numbers.json", numbers.as_json, name="stats-json"),
    path("sitemap.xml", sitemap.sitemap, name="sitemap"),
    path("<str:name>.txt", proof_file_views.show, name="proof-file"),
]
