"""The audit log, the quotas, the words that the screening knows, and the alarms."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult


class AuditEntry(models.Model):
    """One act that somebody may dispute. The database refuses to change, delete or empty it.

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


class ScreeningWord(models.Model):
    """One word that the screening of free text knows: see `safety.screening`.

    Some words are found (an act follows), others only change what stands beside them: a fee for
    the courier, a "no", a warning. Moderators edit the list, so every column is in plain words.
    """

    class Category(models.TextChoices):
        TRADE = "trade", _("money or something in return")
        HINT = "hint", _("trade, also where the courier or a shop is named")
        DEAL = "deal", _("a verb of trade: counts together with goods or an amount")
        MEDICINE = "medicine", _("a medicine that may not be passed on")
        CONTACT = "contact", _("a way around the contact field")
        GOODS = "goods", _("what is given here")
        COURIER = "courier", _("beside it: pays for the way, which is no trade")
        NO_BEFORE = "no-before", _("before it: says no to it")
        NO_AFTER = "no-after", _("after it: says no to it")
        WARNING = "warning", _("beside it: warns of it")
        OTHERS = "others", _("beside it: tells of shops or of other people")
        AVOIDS = "avoids", _("beside a medicine: tells that one must not take it")
        TAKES = "takes", _("beside a medicine: tells that one takes it")
        PASSES_ON = "passes-on", _("beside a medicine: asks for it or passes it on")

    class Outcome(models.TextChoices):
        REFUSE = "refuse", _("refuse")
        HOLD = "hold", _("hold for a moderator")
        NOTHING = "nothing", _("nothing by itself")

    word = models.CharField(
        _("word"), max_length=40, help_text=_("Simplified; spaces and capitals do not matter.")
    )
    category = models.CharField(_("what it is"), max_length=10, choices=Category.choices)
    outcome = models.CharField(_("what follows"), max_length=8, choices=Outcome.choices)
    exceptions = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("except inside"),
        default=list,
        blank=True,
        help_text=_("Longer words that hold this one and are harmless, separated by commas."),
    )
    by_sound = models.BooleanField(
        _("also by its sound"),
        default=False,
        help_text=_("Finds other characters that are spoken alike. For words of two and more."),
    )
    note = models.CharField(_("note for moderators"), max_length=200, blank=True)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch a word off; a deleted one would come back.")
    )

    class Meta:
        verbose_name = _("screening word")
        verbose_name_plural = _("screening words")
        ordering = ["category", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["word", "category"], name="screening_word_once_per_category"
            ),
            models.CheckConstraint(
                name="screening_word_category_is_known",
                condition=models.Q(
                    category__in=[
                        "trade", "hint", "deal", "medicine", "contact", "goods", "courier",
                        "no-before", "no-after", "warning", "others", "avoids", "takes",
                        "passes-on",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="screening_word_found_has_an_outcome",
                condition=models.Q(
                    category__in=["trade", "hint", "medicine", "contact"],
                    outcome__in=["refuse", "hold"],
                )
                | (
                    ~models.Q(category__in=["trade", "hint", "medicine", "contact"])
                    & models.Q(outcome="nothing")
                ),
                violation_error_message=_(
                    "A word that is looked for is refused or held; "
                    "any other does nothing by itself."
                ),
            ),
            models.CheckConstraint(
                name="screening_word_is_not_empty", condition=~models.Q(word="")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.word


class ScreeningVersion(models.Model):
    """One row, changed with every change of a word list: processes read the lists again by it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    mark = models.UUIDField(default=uuid.uuid4)

    class Meta:
        verbose_name = _("version of the screening words")
        verbose_name_plural = _("version of the screening words")
        constraints = [
            models.CheckConstraint(name="one_screening_version", condition=models.Q(id=1))
        ]

    def __str__(self) -> str:
        return str(self.mark)


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


class TimedWork(models.Model):
    """When a work is due next, and its last task: see `safety.timed`."""

    name = models.CharField(max_length=40, primary_key=True)
    next_at = models.DateTimeField(default=timezone.now)
    task = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("timed work")
        verbose_name_plural = _("timed work")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, name: str) -> "TimedWork":
        return cls(name=name)


class FailedTask(DBTaskResult):
    """A task of django-tasks, as the admin shows those that failed."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        permissions = [("retry_task", "Can let failed tasks run again")]
        verbose_name = _("failed task")
        verbose_name_plural = _("failed tasks")

    def __str__(self) -> str:
        return f"{self.what} {self.enqueued_at:%Y-%m-%d %H:%M}"

    @property
    def what(self) -> str:
        """The work that it is for, by the name in the code."""
        return str((self.args_kwargs.get("args") or [self.task_name])[0])
