from django.urls import path

from places.views import outline, picker, visitor

urlpatterns = [
    path("", visitor.place, name="place"),
    path("forget/", visitor.forget, name="place-forget"),
    path("picker/", picker.picker, name="place-picker"),
    path("at/", picker.at, name="place-at"),
    path("outline/", outline.outline, name="place-outline"),
]
