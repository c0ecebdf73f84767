"""Where: the areas of GB/T 2260 and their boundaries."""

from functools import lru_cache

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from places import search


@lru_cache(
    maxsize=100
)  # all 34, and what else two digits can be; areas change once a year, with a new CSV
def _kept_province(number: int) -> "dict[int, Area]":
    """The areas of a province (the first two digits of its code), in one query."""
    first = number * 10000
    return {area.code: area for area in Area.objects.filter(code__range=(first, first + 9999))}


def known(code: int) -> "Area | None":
    """One area by its code, kept in memory after the first time; None if there is none."""
    return _kept_province(code // 10000).get(code)


@lru_cache(maxsize=8192)
def _kept_label(code: int, _language: str | None) -> str:
    area = known(code)
    assert area  # or the database's foreign key failed
    return area.label


@lru_cache(maxsize=512)
def _kept_children(code: int | None) -> "tuple[Area, ...]":
    return tuple(Area.objects.filter(parent=code).order_by("code"))


def area_label(code: int) -> str:
    """The label of an area that there is, without the area itself: cards want many."""
    return _kept_label(code, get_language())


class AreaQuerySet(models.QuerySet["Area"]):
    def within(self, area: "Area") -> "AreaQuerySet":
        """The area itself and all areas below it."""
        return self.filter(code__range=area.range)

    def children_of(self, area: "Area | None") -> "AreaQuerySet":
        """The areas directly below one; the provinces for None. In the order of their codes."""
        return self.filter(parent=area).order_by("code")

    def known_children(self, area: "Area | None") -> "tuple[Area, ...]":
        """The same, kept in memory after the first time: each form with a place wants them."""
        return _kept_children(area.code if area else None)

    def search(self, text: str, limit: int = 10) -> "list[Area]":
        """The best matches of a name in 汉字, pinyin or initials, best first: `places.search`."""
        return search.find(text, limit)

    def known(self, code: int) -> "Area | None":
        return known(code)

    def forget_known(self) -> None:
        """Read areas from the database again: for whoever has just changed them."""
        _kept_province.cache_clear()
        _kept_label.cache_clear()
        _kept_children.cache_clear()


_PROVINCE_OF = F("code") - F("code") % 10000  # 440305 is in 440000 …
_CITY_OF = F("code") - F("code") % 100  # … and in 440300


class Area(models.Model):
    """A province, city or district of GB/T 2260, with the six-digit code of that standard.

    Districts of the four municipalities and the directly governed counties have the province as
    their parent: there is no row for a city that does not exist ("市辖区").
    """

    class Level(models.IntegerChoices):
        PROVINCE = 1, _("province")
        CITY = 2, _("city")
        DISTRICT = 3, _("district")

    code = models.PositiveIntegerField(_("code"), primary_key=True)
    name = models.CharField(_("area name"), max_length=40)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", verbose_name=_("belongs to")
    )
    level = models.PositiveSmallIntegerField(_("area level"), choices=Level.choices)
    is_leaf = models.BooleanField(_("has nothing below it"))
    path = ArrayField(models.CharField(max_length=40), verbose_name=_("full name"))
    english_path = ArrayField(models.CharField(max_length=60), verbose_name=_("English name"))
    pinyin = models.CharField(_("pinyin"), max_length=200)
    initials = models.CharField(_("initials"), max_length=60)
    point = models.PointField(_("representative point"), srid=4326, spatial_index=False)

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="area_level_and_parent_follow_from_the_code",
                condition=(
                    Q(level=1, parent=None, code=_PROVINCE_OF)
                    | Q(level=2, parent__isnull=False, parent=_PROVINCE_OF, code=_CITY_OF)
                    | Q(level=3, parent__isnull=False)
                    & (Q(parent=_PROVINCE_OF) | Q(parent=_CITY_OF))
                    & ~Q(code=_CITY_OF)
                ),
            ),
            models.CheckConstraint(
                name="area_code_has_six_digits", condition=Q(code__range=(110000, 829999))
            ),
            models.CheckConstraint(
                name="area_path_has_both_languages",
                condition=Q(path__len=F("english_path__len"), path__len__range=(1, 3)),
            ),
            models.CheckConstraint(
                name="area_district_is_a_leaf", condition=~Q(level=3) | Q(is_leaf=True)
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def full_name(self) -> str:
        """All names from the province down, in Chinese: 广东省深圳市南山区."""
        return "".join(self.path)

    @property
    def label(self) -> str:
        """The name with its parent's, in the reader's language: 深圳市南山区, Nanshan, Shenzhen.

        28 district names occur more than once, so a name is shown without its parent only where
        the parent stands beside it: that is `short_name`.
        """
        if _reads_chinese():
            return "".join(self.path[-2:])
        return ", ".join(reversed(self.english_path[-2:]))

    @property
    def short_name(self) -> str:
        """The name alone, in the reader's language."""
        return self.name if _reads_chinese() else self.english_path[-1]

    @property
    def range(self) -> tuple[int, int]:
        """Lowest and highest code of the area and all below it, both included."""
        if self.is_leaf:
            return self.code, self.code
        return self.code, self.code + (9999 if self.level == self.Level.PROVINCE else 99)


def _reads_chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


class Boundary(models.Model):
    """The polygon of a leaf area, to find the area of a point. Loaded from an optional package."""

    area = models.OneToOneField(
        Area, models.CASCADE, primary_key=True, related_name="boundary", verbose_name=_("area")
    )
    shape = models.MultiPolygonField(_("shape"), srid=4326)

    class Meta:
        verbose_name = _("boundary")
        verbose_name_plural = _("boundaries")

    def __str__(self) -> str:
        return str(self.area)


class Outline(models.Model):
    """A simplified shape for the map's plain base: a province, or border lines (no area)."""

    area = models.OneToOneField(Area, models.CASCADE, null=True, related_name="outline")
    shape = models.GeometryField(srid=4326, spatial_index=False)

    class Meta:
        verbose_name = _("outline")
        verbose_name_plural = _("outlines")

    def __str__(self) -> str:
        return str(self.area or self.pk)


class LoadedFile(models.Model):
    """What a loading command has read last, so that it can skip what has not changed."""

    name = models.CharField(max_length=40, primary_key=True)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("loaded file")
        verbose_name_plural = _("loaded files")

    def __str__(self) -> str:
        return self.name
