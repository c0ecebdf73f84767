from django.contrib import admin
from django.urls import include, path

from mutualaid import installed, style, views

urlpatterns = [
    path("language/", views.set_language, name="set_language"),
    path("mode/", views.set_mode, name="set_mode"),
    path("about/", views.about, name="about"),
    path("how-it-works/", views.how_it_works, name="how_it_works"),
    path("safety/", views.safety, name="safety"),
    path("for-public-bodies/", views.public_bodies, name="public_bodies"),
    path("style/", style.guide, name="style"),
    path("worker.js", installed.worker, name="worker"),
    path("offline/<str:language>/", installed.offline, name="offline"),
    path("<str:language>.webmanifest", installed.manifest, name="manifest"),
    path("place/", include("places.urls")),
    path("medicines/", include("medicines.urls")),
    path("", include("safety.urls")),
    path("", include("verification.urls")),
    path("admin/", admin.site.urls),
    path("", include("partners.urls")),
    path("", include("posts.urls")),
]

handler500 = views.server_error
