"""The units that amounts are counted in, and the dosage forms."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


class Unit(models.TextChoices):
    """What one of something is called. A cooling patch and a tablet are both 片 in Chinese."""

    TABLET = "tablet", _("tablet")
    CAPSULE = "capsule", _("capsule or pill")
    SACHET = "sachet", _("sachet")
    BOTTLE = "bottle", _("bottle")
    SUPPOSITORY = "suppository", _("suppository")
    PIECE = "piece", _("piece")
    MASK = "mask", _("mask")
    DEVICE = "device", _("device")
    PATCH = "patch", _("patch")
    PAIR = "pair", _("pair")


class Form(models.TextChoices):
    """How a medicine is made up. Two forms of one medicine can have different age limits."""

    TABLET = "tablet", _("Tablets")
    SLOW_RELEASE = "slow-release", _("Slow-release capsules or tablets")
    ENTERIC_TABLET = "enteric-tablet", _("Enteric-coated tablets")
    LOZENGE = "lozenge", _("Lozenges")
    CAPSULE = "capsule", _("Capsules")
    PILL = "pill", _("Pills")
    DROP_PILL = "drop-pill", _("Drop pills")
    GRANULES = "granules", _("Granules")
    ORAL_LIQUID = "oral-liquid", _("Oral liquid or syrup")
    SUSPENSION = "suspension", _("Suspension")
    SUSPENSION_DROPS = "suspension-drops", _("Suspension drops")
    ORAL_DROPS = "oral-drops", _("Oral drops")
    SUPPOSITORY = "suppository", _("Suppositories")
    NASAL_DROPS = "nasal-drops", _("Nasal drops")
    ALCOHOL_LIQUID = "alcohol-liquid", _("Oral liquid with alcohol")


AMOUNTS = {
    Unit.TABLET: ngettext_lazy("%(count)d tablet", "%(count)d tablets", "count"),
    Unit.CAPSULE: ngettext_lazy("%(count)d capsule", "%(count)d capsules", "count"),
    Unit.SACHET: ngettext_lazy("%(count)d sachet", "%(count)d sachets", "count"),
    Unit.BOTTLE: ngettext_lazy("%(count)d bottle", "%(count)d bottles", "count"),
    Unit.SUPPOSITORY: ngettext_lazy("%(count)d suppository", "%(count)d suppositories", "count"),
    Unit.PIECE: ngettext_lazy("%(count)d piece", "%(count)d pieces", "count"),
    Unit.MASK: ngettext_lazy("%(count)d mask", "%(count)d masks", "count"),
    Unit.DEVICE: ngettext_lazy("%(count)d device", "%(count)d devices", "count"),
    Unit.PATCH: ngettext_lazy("%(count)d patch", "%(count)d patches", "count"),
    Unit.PAIR: ngettext_lazy("%(count)d pair", "%(count)d pairs", "count"),
}


def unit_label(unit: str) -> str:
    """The unit's name in the reader's language: 片, tablet. ValueError for an unknown unit."""
    return str(Unit(unit).label)


def amount_label(unit: str, amount: int) -> str:
    """An amount with its unit in the reader's language: 4 片, 4 tablets. ValueError as above."""
    return str(AMOUNTS[Unit(unit)] % {"count": amount})
