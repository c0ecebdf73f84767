from django.urls import path

from medicines import views

app_name = "medicines"
urlpatterns = [
    path("", views.catalogue, name="catalogue"),
    path("search/", views.search, name="search"),
    path("<slug:slug>/", views.medicine, name="medicine"),
]
