"""Which cautions matter for the people a post is for. Warnings inform; they never block."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from medicines.models import Caution, Ingredient, Medicine

Rule = Caution.Rule
Severity = Caution.Severity


class PersonKind(models.TextChoices):
    """Who somebody in need is. Ages: an infant is under 1 year, a child under 18."""

    ADULT = "adult", gettext_lazy("adult")
    CHILD = "child", gettext_lazy("child")
    INFANT = "infant", gettext_lazy("baby under 1 year")
    PREGNANT = "pregnant", gettext_lazy("pregnant")
    BREASTFEEDING = "breastfeeding", gettext_lazy("breastfeeding")
    OVER_65 = "over_65", gettext_lazy("over 65")
    CHRONIC = "chronic", gettext_lazy("with a chronic illness")


@dataclass(frozen=True)
class Person:
    """One person in need; the age in months if it is known."""

    kind: str
    age_months: int | None = None

    @property
    def youngest(self) -> int | None:
        """The lowest age in months this person can have; None for a grown-up of unknown age."""
        if self.age_months is not None:
            return self.age_months
        return {PersonKind.INFANT.value: 0, PersonKind.CHILD.value: 12}.get(self.kind)


@dataclass(frozen=True)
class Warning:
    """One sentence in the reader's language, the medicines it is about, and how grave it is.

    `is_personal` is true when it was picked because of who the people are or because of the other
    medicines chosen; the rest of a leaflet's lines concern everybody.
    """

    medicines: tuple[Medicine, ...]
    severity: Severity
    text: str
    is_personal: bool


KINDS_OF_RULE = {
    Rule.PREGNANT: {PersonKind.PREGNANT},
    Rule.EARLY_PREGNANCY: {PersonKind.PREGNANT},
    Rule.LATE_PREGNANCY: {PersonKind.PREGNANT},
    Rule.BREASTFEEDING: {PersonKind.BREASTFEEDING},
    Rule.OVER_65: {PersonKind.OVER_65},
    Rule.CHRONIC_ILLNESS: {PersonKind.CHRONIC},
    Rule.CONDITION: {PersonKind.CHRONIC},  # told to all; loudly where there is an illness
}
RULES_FOR_ALL = {Rule.CONDITION, Rule.TOGETHER_WITH, Rule.MAX_DAYS, Rule.GENERAL, Rule.NO_DRIVING}


def warnings_for(medicines: Sequence[Medicine], people: Sequence[Person]) -> list[Warning]:
    """The warnings for these people about these medicines: personal ones first, gravest first.

    Three queries at most, however many medicines; none if they come prefetched.
    """
    prefetch_related_objects(list(medicines), "cautions", "ingredients")
    found = shared_ingredients(medicines)
    for medicine in medicines:
        found += (
            Warning(
                (medicine,), Severity(caution.severity), caution.label, is_personal(caution, people)
            )
            for caution in medicine.cautions.all()
            if matters(caution, people)
        )
    return sorted(found, key=lambda warning: (not warning.is_personal, warning.severity))


def warnings_by_kind(medicines: Sequence[Medicine]) -> list[tuple[PersonKind, list[Warning]]]:
    """For each kind of person the warnings that are about that kind, to be shown when it is chosen.

    Of a child whose age is not known yet: all that may matter.
    """
    prefetch_related_objects(list(medicines), "cautions")
    found = []
    for kind in PersonKind:
        people = [Person(kind)]
        warnings = [
            Warning((medicine,), Severity(caution.severity), caution.label, True)
            for medicine in medicines
            for caution in medicine.cautions.all()
            if is_personal(caution, people)
        ]
        if warnings:
            found.append((kind, sorted(warnings, key=lambda warning: warning.severity)))
    return found


def matters(caution: Caution, people: Sequence[Person]) -> bool:
    """Whether a caution is about one of these people, or about everybody."""
    return caution.rule in RULES_FOR_ALL or is_personal(caution, people)


def is_personal(caution: Caution, people: Sequence[Person]) -> bool:
    """Whether a caution is about one of these people because of age, pregnancy or illness."""
    if caution.rule == Rule.UNDER_AGE:
        ages = [person.youngest for person in people]
        return any(age is not None and age < (caution.months or 0) for age in ages)
    kinds = KINDS_OF_RULE.get(Rule(caution.rule), set())
    return any(person.kind in kinds for person in people)


def shared_ingredients(medicines: Sequence[Medicine]) -> list[Warning]:
    """One warning for each ingredient that two or more of these medicines hold: a double dose."""
    holders: dict[Ingredient, list[Medicine]] = defaultdict(list)
    for medicine in medicines:
        for ingredient in medicine.ingredients.all():
            holders[ingredient].append(medicine)
    return [
        Warning(tuple(both), Severity.AVOID, same_ingredient_text(ingredient, both), True)
        for ingredient, both in holders.items()
        if len(both) > 1
    ]


def same_ingredient_text(ingredient: Ingredient, medicines: Sequence[Medicine]) -> str:
    names = _(" and ").join(medicine.label for medicine in medicines)
    return _("%(medicines)s both hold %(ingredient)s: never take them together.") % {
        "medicines": names,
        "ingredient": ingredient.label,
    }
