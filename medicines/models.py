"""What: the catalogue of medicines and supplies, and the names that are refused.

Nothing here is medical advice: the rows come from `fixtures/catalogue.toml`, moderators edit them
in the admin, and a pharmacist signs them off before a launch.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from medicines import matching
from medicines.units import Form, Unit, amount_label, unit_label


def in_language(chinese: str, english: str) -> str:
    """The text for the reader: English only if English is asked for and there is one."""
    if english and (get_language() or "").startswith("en"):
        return english
    return chinese


class Named(models.Model):
    """Something with a Chinese and an English name."""

    name = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)


class Searchable(models.Model):
    """What a typed name is compared with. Brand names are search aids only, no recommendation."""

    aliases = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("other names"),
        default=list,
        blank=True,
        help_text=_("Brand names and common misspellings, to be found by; separated by commas."),
    )
    pinyin = models.CharField(
        _("pinyin"), max_length=300, blank=True, help_text=_("buluofen; several with spaces")
    )
    initials = models.CharField(
        _("pinyin initials"), max_length=120, blank=True, help_text=_("blf; several with spaces")
    )

    class Meta:
        abstract = True

    def search_words(self) -> list[str]:
        """Every spelling by which this can be found, unordered."""
        words = [*self.aliases, *self.pinyin.split(), *self.initials.split()]
        words += [getattr(self, field, "") for field in ("name", "name_en", "slug")]
        return [word for word in words if word]


class SymptomGroup(Named):
    """One of the seven groups of the reference table: fever, blocked nose …"""

    slug = models.SlugField(_("short name"), max_length=30, unique=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("symptom group")
        verbose_name_plural = _("symptom groups")
        ordering = ["order", "id"]


class Ingredient(Named):
    """An active ingredient, to warn when two chosen medicines hold the same one."""

    slug = models.SlugField(_("short name"), max_length=30, unique=True)

    class Meta:
        verbose_name = _("ingredient")
        verbose_name_plural = _("ingredients")
        ordering = ["slug"]


@dataclass(frozen=True)
class SearchResult:
    """What a typed name leads to: rows to choose, and rows that are not here, with `.why`."""

    listed: list["Medicine"]
    refused: list["Medicine | BlockedName"]

    def __bool__(self) -> bool:
        return bool(self.listed or self.refused)


class MedicineQuerySet(models.QuerySet["Medicine"]):
    def listed(self) -> "MedicineQuerySet":
        """Medicines and supplies that can be chosen."""
        return self.filter(status=Medicine.Status.LISTED)

    def supplies(self) -> "MedicineQuerySet":
        """Supplies that can be chosen: tests, masks …"""
        return self.listed().filter(kind=Medicine.Kind.SUPPLY)

    def refused(self) -> "MedicineQuerySet":
        """Rows that cannot be chosen; each says why."""
        return self.exclude(status=Medicine.Status.LISTED)

    def search(self, text: str) -> SearchResult:
        """Find by Chinese or English name, brand, slug, pinyin, initials, with small typing errors.

        Any text is allowed. Two queries: the catalogue is small, and comparing in Python knows
        Chinese typing errors (布洛分), which three-letter trigrams in the database do not.
        """
        rows: Iterable[Medicine | BlockedName] = [*self, *BlockedName.objects.active()]
        found = matching.best(text, rows, lambda row: row.search_words())
        listed = [row for row in found if isinstance(row, Medicine) and row.is_listed]
        return SearchResult(listed, [row for row in found if row not in listed])


class Medicine(Named, Searchable):
    """One row of the catalogue; supplies such as antigen tests too. Only listed rows are chosen."""

    class Kind(models.TextChoices):
        MEDICINE = "medicine", _("Medicine")
        SUPPLY = "supply", _("Supply")

    class Status(models.TextChoices):
        LISTED = "listed", _("listed")
        PENDING = "pending", _("waits for a pharmacist")
        BLOCKED = "blocked", _("blocked")

    slug = models.SlugField(_("short name"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.MEDICINE)
    groups = models.ManyToManyField(
        SymptomGroup, verbose_name=_("symptom groups"), related_name="medicines", blank=True
    )
    ingredients = models.ManyToManyField(
        Ingredient, verbose_name=_("ingredients"), related_name="medicines", blank=True
    )
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.PENDING
    )
    reason = models.CharField(_("why it is not here"), max_length=200, blank=True)
    reason_en = models.CharField(_("why it is not here, in English"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    pick_up_only = models.BooleanField(
        _("pick-up only"), default=False, help_text=_("Couriers may not carry it.")
    )
    unopened_only = models.BooleanField(_("unopened packs only"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = MedicineQuerySet.as_manager()

    class Meta:
        verbose_name = _("medicine")
        verbose_name_plural = _("medicines")
        ordering = ["order", "id"]
        constraints = [
            models.CheckConstraint(
                name="medicine_not_listed_says_why",
                condition=Q(status="listed") | (~Q(reason="") & ~Q(source="")),
                violation_error_message=_("Say why it is not here, and the source."),
            ),
            models.CheckConstraint(
                name="medicine_status_is_known",
                condition=Q(status__in=["listed", "pending", "blocked"]),
            ),
            models.CheckConstraint(
                name="medicine_kind_is_known", condition=Q(kind__in=["medicine", "supply"])
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("medicines:medicine", args=[self.slug])

    @property
    def is_listed(self) -> bool:
        return self.status == self.Status.LISTED

    @property
    def group(self) -> SymptomGroup | None:
        """The group it is shown under: its first; None for a supply."""
        return next(iter(self.groups.all()), None)

    @property
    def why(self) -> str:
        """Why it cannot be chosen, in the reader's language; empty for a listed row."""
        return in_language(self.reason, self.reason_en)


class MedicineForm(models.Model):
    """One form in which a medicine is given, such as the children's suspension."""

    medicine = models.ForeignKey(Medicine, on_delete=models.CASCADE, related_name="forms")
    form = models.CharField(_("form"), max_length=20, choices=Form.choices)
    for_children = models.BooleanField(_("children's form"), default=False)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("form")
        verbose_name_plural = _("forms")
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["medicine", "form"], name="one_row_per_medicine_form"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return str(Form(self.form).label)


class MedicineUnit(models.Model):
    """A unit that a medicine is counted in, with the most that one person in need may ask for."""

    medicine = models.ForeignKey(Medicine, on_delete=models.CASCADE, related_name="units")
    unit = models.CharField(_("unit"), max_length=12, choices=Unit.choices)
    cap = models.PositiveSmallIntegerField(
        _("cap"), validators=[MinValueValidator(1)], help_text=_("For each person in need.")
    )
    suggested = models.PositiveSmallIntegerField(
        _("suggested amount"),
        validators=[MinValueValidator(1)],
        help_text=_("What the form proposes; small, so that nobody trades."),
    )
    cap_basis = models.CharField(
        _("basis of the cap"),
        max_length=200,
        help_text=_("How the cap was computed, or that it is a cautious default."),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("unit and cap")
        verbose_name_plural = _("units and caps")
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["medicine", "unit"], name="one_row_per_medicine_unit"),
            models.CheckConstraint(
                name="unit_suggested_is_between_one_and_cap",
                condition=Q(suggested__gte=1, suggested__lte=F("cap")),
                violation_error_message=_(
                    "The suggested amount is at least 1 and at most the cap."
                ),
            ),
            models.CheckConstraint(name="unit_cap_is_positive", condition=Q(cap__gte=1)),
            models.CheckConstraint(name="unit_cap_says_its_basis", condition=~Q(cap_basis="")),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return unit_label(self.unit)

    @property
    def cap_label(self) -> str:
        return amount_label(self.unit, self.cap)


class Caution(models.Model):
    """One line of a leaflet that can be checked against who a post is for. It never blocks."""

    class Rule(models.TextChoices):
        UNDER_AGE = "under_age", _("under an age")
        PREGNANT = "pregnant", _("pregnant")
        EARLY_PREGNANCY = "early_pregnancy", _("early pregnancy")
        LATE_PREGNANCY = "late_pregnancy", _("late pregnancy")
        BREASTFEEDING = "breastfeeding", _("breastfeeding")
        OVER_65 = "over_65", _("over 65")
        CHRONIC_ILLNESS = "chronic_illness", _("chronic illness")
        CONDITION = "condition", _("with a certain illness")
        TOGETHER_WITH = "together_with", _("together with something else")
        NO_DRIVING = "no_driving", _("no driving")
        MAX_DAYS = "max_days", _("at most some days")
        GENERAL = "general", _("for everybody")

    class Severity(models.IntegerChoices):
        AVOID = 1, _("do not use")
        CARE = 2, _("use with care: ask a doctor or pharmacist")
        NOTE = 3, _("good to know")

    medicine = models.ForeignKey(Medicine, on_delete=models.CASCADE, related_name="cautions")
    form = models.CharField(
        _("only for this form"), max_length=20, choices=Form.choices, blank=True
    )
    rule = models.CharField(_("rule"), max_length=16, choices=Rule.choices)
    months = models.PositiveSmallIntegerField(
        _("age limit in months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Warns for anybody younger; only for the rule “under an age”."),
    )
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices)
    text = models.CharField(_("sentence in Chinese"), max_length=120)
    text_en = models.CharField(_("sentence in English"), max_length=200)
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        verbose_name = _("caution")
        verbose_name_plural = _("cautions")
        ordering = ["severity", "id"]
        constraints = [
            models.CheckConstraint(
                name="caution_under_age_has_months",
                condition=Q(rule="under_age", months__isnull=False, months__gte=1)
                | (~Q(rule="under_age") & Q(months=None)),
                violation_error_message=_("An age limit, and only that, needs months."),
            ),
            models.CheckConstraint(
                name="caution_severity_is_known", condition=Q(severity__in=[1, 2, 3])
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return in_language(self.text, self.text_en)


class BlockedNameQuerySet(models.QuerySet["BlockedName"]):
    def active(self) -> "BlockedNameQuerySet":
        return self.filter(is_active=True)


class BlockedName(Named, Searchable):
    """A name that is refused wherever it is typed: antivirals, antibiotics, insulin …"""

    reason = models.CharField(_("why it is not here"), max_length=200)
    reason_en = models.CharField(_("why it is not here, in English"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=300)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch a name off; a deleted one would come back.")
    )

    objects = BlockedNameQuerySet.as_manager()

    class Meta:
        verbose_name = _("blocked name")
        verbose_name_plural = _("blocked names")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="one_row_per_blocked_name"),
            models.CheckConstraint(
                name="blocked_name_says_why", condition=~Q(reason="") & ~Q(source="")
            ),
        ]

    @property
    def why(self) -> str:
        """Why it is refused, in the reader's language."""
        return in_language(self.reason, self.reason_en)


class CatalogueMark(models.Model):
    """Another one after every change of the catalogue (by triggers): see medicines/known.py."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    mark = models.UUIDField(default=uuid4)

    class Meta:
        verbose_name = _("mark of the catalogue")
        verbose_name_plural = _("mark of the catalogue")
        constraints = [models.CheckConstraint(name="one_catalogue_mark", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.mark)
