"""Areas, to look at: they change with the standard, through fixtures/areas.csv alone."""

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from places.models import Area, Boundary
from safety.admin import ReadOnlyAdmin


@admin.register(Area)
class AreaAdmin(ReadOnlyAdmin):
    list_display = ["code", "named", "level", "pinyin", "has_boundary"]
    list_display_links = ["code", "named"]
    list_filter = ["level"]
    search_fields = ["name", "pinyin", "=initials", "=code"]
    fields = ["code", "full_name", "english_path", "level", "pinyin", "initials", "where"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Area]:
        shapes = Boundary.objects.filter(area=OuterRef("pk"))
        return super().get_queryset(request).annotate(has_shape=Exists(shapes))

    @admin.display(description=_("name"))
    def named(self, area: Area) -> str:
        return area.label

    @admin.display(description=_("full name"))
    def full_name(self, area: Area) -> str:
        return area.full_name

    @admin.display(description=_("representative point"))
    def where(self, area: Area) -> str:
        return f"{area.point.y:.4f}, {area.point.x:.4f}"

    @admin.display(description=_("boundary"), boolean=True)
    def has_boundary(self, area: Area) -> bool:
        return area.has_shape  # type: ignore[attr-defined]
