"""The tables of the open door: bodies that use the square, what they applied for, their keys, whom
they asked to their staff. Those of the statistics and of feedback stand in their folders.
"""

import re
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from medicines.models import Medicine
from partners.feedback.models import Feedback
from partners.numbers.models import (
    BroughtNumber,
    ChangedPost,
    CountedPost,
    PostNumber,
    PublishedNumbers,
    TimeNumber,
    VisitorDay,
)
from places.models import Area
from posts.models import Kind, Organisation
from posts.square import Filters
from safety.encryption import EncryptedTextField
from verification.models import Resident

__all__ = [
    "BroughtNumber",
    "ChangedPost",
    "CountedPost",
    "Feedback",
    "Invitation",
    "Key",
    "Partner",
    "PostNumber",
    "ProofFile",
    "PublishedNumbers",
    "TimeNumber",
    "VisitorDay",
]

MOST_AREAS = 20
MOST_ORIGINS = 10
# https, a host with a dot, perhaps a port; in lower case, without a path: as browsers send it.
ORIGIN = (
    r"https://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9](:[0-9]{2,5})?"
)

# A file for WeChat is MP_verify_….txt, or ten letters and digits; what is in it is as short.
FILE_NAME = r"^[A-Za-z0-9_-]{1,64}\.txt$"
FILE_CONTENT = r"^[A-Za-z0-9._=:/+-]{1,200}$"
# Names that mean something to everybody, and those by which search engines know whose a site is.
TAKEN_NAME = (
    r"^((robots|security|humans|ads|app-ads|sellers|llms|llms-full|license|readme|version"
    r"|fileauth|gsdv)|(?!(MP|WW)_verify_).*(verif|owner|acme|google|baidu|sogou|shenma).*)\.txt$"
)


def origin_of(address: str) -> str:
    """The origin of a page as it was typed or copied. Raises ValidationError."""
    typed = address.strip().lower()
    with suppress(ValueError):  # a broken IPv6 address
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        typed = f"{parts.scheme}://{parts.netloc}".removesuffix(":443")
    if not re.fullmatch(ORIGIN, typed):
        told = _("“%(address)s” is no address of a site: it must be like https://www.example.org.")
        raise ValidationError(told, params={"address": address.strip()[:60]})
    return typed


class BodyKind(models.TextChoices):
    COMMITTEE = "committee", _("neighbourhood committee")
    PHARMACY = "pharmacy", _("pharmacy")
    HOTLINE = "hotline", _("hotline")
    MEDIA = "media", _("newspaper or other media")
    SCHOOL = "school", _("school or company")
    GOVERNMENT = "government", _("government office")
    OTHER = "other", _("another body")


class State(models.TextChoices):
    APPLIED = "applied", _("waits for a decision")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    ENDED = "ended", _("ended")


class Refusal(models.TextChoices):
    """Why a moderator refused a body, or ended it; the body is told."""

    UNREACHED = "unreached", _("We could not reach you at the number you gave")
    UNCLEAR = "unclear", _("It is not clear which body this is")
    NOT_PUBLIC = "not-public", _("It does not serve the public, or it trades")
    TWICE = "twice", _("This body is here already")
    RULES = "rules", _("It broke the rules of this square")
    ASKED = "asked", _("It asked to end this")
    OTHER = "other", _("Another reason")

    @classmethod
    def for_refusing(cls) -> list["Refusal"]:
        return [each for each in cls if each not in (cls.RULES, cls.ASKED)]

    @classmethod
    def for_ending(cls) -> list["Refusal"]:
        return [cls.RULES, cls.ASKED, cls.OTHER]


class Partner(models.Model):
    """A body and what it was allowed. Its name, its line and its staff stand in `organisation`."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, primary_key=True, related_name="partner"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=BodyKind.choices)
    about = models.CharField(_("what it does"), max_length=200, blank=True)
    contact_name = EncryptedTextField(_("contact person"), blank=True)
    contact_phone = EncryptedTextField(_("phone of the contact person"), blank=True)
    contact_email = EncryptedTextField(_("e-mail of the contact person"), blank=True)
    origins = ArrayField(
        models.CharField(max_length=100),
        verbose_name=_("sites that may show the square"),
        default=list,
        blank=True,
        size=MOST_ORIGINS,
    )
    areas = models.ManyToManyField(Area, related_name="+", verbose_name=_("areas"))
    # What its links show first: the square's own parameters.
    shows_kind = models.PositiveSmallIntegerField(
        _("its links show"), choices=Kind.choices, default=Kind.OFFER
    )
    shows_medicine = models.ForeignKey(
        Medicine,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("medicine"),
    )
    shows_sort = models.CharField(
        _("order"),
        max_length=8,
        choices=[("time", _("newest first")), ("distance", _("nearest first"))],
        default="time",
    )
    state = models.CharField(
        _("state"), max_length=8, choices=State.choices, default=State.APPLIED, editable=False
    )
    reason = models.CharField(
        _("reason"), max_length=10, choices=Refusal.choices, blank=True, editable=False
    )
    applicant = models.ForeignKey(
        Resident,
        on_delete=models.SET_NULL,
        null=True,
        related_name="applications",
        editable=False,
        verbose_name=_("applied by"),
    )
    applied_at = models.DateTimeField(_("applied"), default=timezone.now, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    decided_by = models.ForeignKey(
        Resident,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("decided by"),
    )

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        permissions = [("decide_partner", _("Can approve, refuse and end partners"))]
        indexes = [
            models.Index(fields=["-applied_at"], name="partner_newest"),
            models.Index(
                fields=["applied_at"], name="partner_waits", condition=Q(state=State.APPLIED)
            ),
            models.Index(fields=["applicant"], name="partner_by_applicant"),
        ]
        constraints = [
            models.CheckConstraint(
                name="partner_decided_has_a_time",
                condition=Q(state=State.APPLIED, decided_at=None, decided_by=None)
                | ~Q(state=State.APPLIED) & Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="partner_no_has_a_reason",
                condition=Q(state__in=[State.REFUSED, State.ENDED]) & ~Q(reason="")
                | Q(state__in=[State.APPLIED, State.APPROVED], reason=""),
            ),
            models.CheckConstraint(
                name="partner_over_holds_no_contact",
                condition=Q(state__in=[State.APPLIED, State.APPROVED])
                | Q(contact_name="", contact_phone="", contact_email=""),
            ),
            models.CheckConstraint(
                name="partner_origins_are_few", condition=Q(origins__len__lte=MOST_ORIGINS)
            ),
            models.CheckConstraint(
                name="partner_shows_a_known_kind", condition=Q(shows_kind__in=[1, 2])
            ),
            models.CheckConstraint(
                name="partner_shows_a_known_order",
                condition=Q(shows_sort__in=["time", "distance"]),
            ),
        ]

    def __str__(self) -> str:
        return self.organisation.name

    def get_absolute_url(self) -> str:
        return reverse("partner", args=[self.organisation.slug])

    @property
    def is_approved(self) -> bool:
        return self.state == State.APPROVED

    def filters(self, area: Area | None) -> Filters:
        """What its links show of an area, or of the whole country."""
        return Filters(
            kind=Kind(self.shows_kind),
            medicine=self.shows_medicine,
            area=area,
            sort=self.shows_sort,
        )


class Key(models.Model):
    """A key for the API; the key itself is kept nowhere. One that another has followed goes on for
    `OVERLAP`, so that nothing of the body's breaks meanwhile.
    """

    OVERLAP = timedelta(days=7)

    digest = models.CharField(max_length=64, unique=True)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="keys")
    made_by = models.ForeignKey(Resident, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    stops_at = models.DateTimeField(_("stops"), null=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        indexes = [models.Index(fields=["stops_at"], name="key_stops")]
        constraints = [
            models.UniqueConstraint(
                fields=["partner"], name="key_one_that_does_not_stop", condition=Q(stops_at=None)
            ),
            models.CheckConstraint(
                name="key_is_a_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="key_stops_after_it_was_made",
                condition=Q(stops_at=None) | Q(stops_at__gte=F("made_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.made_at:%Y-%m-%d}"


class FileState(models.TextChoices):
    WAITING = "waiting", _("waits for a look")
    SERVED = "served", _("is served")
    REFUSED = "refused", _("is not served")


class ProofFile(models.Model):
    """`/<name>.txt` at the root, by which WeChat and other platforms see that a body may open this
    site within its mini-program or account.

    It says "whoever gave you this has a say over the whole domain": only an owner of an approved
    body asks for one, and nothing is served before an operator has let it pass.
    """

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="proof_files")
    name = models.CharField(_("name of the file"), max_length=68, unique=True)
    content = models.CharField(_("what is in it"), max_length=200)
    state = models.CharField(
        _("state"), max_length=8, choices=FileState.choices, default=FileState.WAITING
    )
    made_by = models.ForeignKey(
        Resident, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("verification file")
        verbose_name_plural = _("verification files")
        indexes = [
            models.Index(
                fields=["made_at"],
                name="prooffile_waits",
                condition=Q(state=FileState.WAITING),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="prooffile_name_is_plain_and_free",
                condition=Q(name__regex=FILE_NAME) & ~Q(name__iregex=TAKEN_NAME),
                violation_error_message=_("This is no name of a verification file."),
            ),
            models.CheckConstraint(
                name="prooffile_content_is_plain",
                condition=Q(content__regex=FILE_CONTENT),
                violation_error_message=_("A file holds one line of letters and digits."),
            ),
            models.CheckConstraint(
                name="prooffile_state_is_known",
                condition=Q(state__in=["waiting", "served", "refused"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def standing(self) -> "InvitationQuerySet":
        """Those that can still be accepted, newest first."""
        since = timezone.now() - Invitation.LASTS
        return self.filter(made_at__gt=since, organisation__is_active=True).order_by("-made_at")


class Invitation(models.Model):
    """A number was asked to the staff of a body. Nobody learns whether it has an account here: only
    whoever signs in with it sees the invitation, and accepts it or not.
    """

    LASTS = timedelta(days=14)

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="invitations"
    )
    phone_digest = models.CharField(max_length=64)
    ends_in = models.CharField(_("number ends in"), max_length=4)
    made_by = models.ForeignKey(Resident, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        indexes = [
            models.Index(fields=["phone_digest"], name="invitation_of_a_number"),
            models.Index(fields=["made_at"], name="invitation_oldest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "phone_digest"], name="invitation_once")
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.made_at:%Y-%m-%d}"

    @property
    def ends_at(self) -> datetime:
        return self.made_at + self.LASTS
