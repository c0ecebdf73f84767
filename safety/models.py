"""The audit log, the quotas and the alarms."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One act that somebody may dispute. The database refuses to change or delete a row.

    It holds random identifiers only; whom and what they stand for lives in tables that are erased
    on time. The one history of this project: the admin's own log is switched off.
    """

    at = models.DateTimeField(_("when"), auto_now_add=True)
    act = models.CharField(_("act"), max_length=40)
    actor = models.UUIDField(_("by whom"), null=True, blank=True)
    subject_kind = models.CharField(_("kind of subject"), max_length=40)
    subject = models.CharField(_("subject"), max_length=64)
    details = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject_kind", "subject", "-id"], name="audit_subject"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["act", "-id"], name="audit_act"),
        ]

    def __str__(self) -> str:
        return f"{_('audit entry')} {self.pk}"


class QuotaUse(models.Model):
    """How far one subject has used one quota up: see `safety.quotas`."""

    name = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    full_at = models.DateTimeField()

    class Meta:
        verbose_name = _("quota use")
        verbose_name_plural = _("quota uses")
        constraints = [
            models.UniqueConstraint(fields=["name", "subject"], name="one_quota_use_per_subject")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject[:8]}…"


class Alarm(models.Model):
    """What the operator should look at: one row for each kind and hour, without personal data."""

    class Kind(models.TextChoices):
        CODES = "codes", _("The limit of codes for everybody was met: people cannot sign in.")
        NUMBERS = "numbers", _("Very many codes were asked for numbers that lie close together.")
        GUESSES = "guesses", _("Very many wrong codes were typed.")
        STAFF = "staff", _("Somebody tries passwords or codes of staff.")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    hour = models.DateTimeField(_("hour"))
    at = models.DateTimeField(_("first time"))
    times = models.PositiveIntegerField(_("times within the hour"), default=1)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.UUIDField(_("by whom"), null=True, blank=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        ordering = ["-id"]
        permissions = [("acknowledge_alarm", "Can acknowledge alarms")]
        indexes = [
            models.Index(fields=["-id"], name="alarm_open", condition=Q(acknowledged_at=None))
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "hour"], name="one_alarm_per_kind_and_hour"),
            models.CheckConstraint(
                name="alarm_acknowledged_by_somebody",
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
