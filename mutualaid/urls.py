from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("place/", include("places.urls")),
    path("medicines/", include("medicines.urls")),
    path("", include("verification.urls")),
    path("admin/", admin.site.urls),
    path("", include("posts.urls")),
]
