"""What somebody told the operator about the site."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from safety.encryption import EncryptedTextField
from verification.models import Resident


class Feedback(models.Model):
    """A few words about the site. Of a visitor without an account nothing else is kept, so he
    cannot be answered.
    """

    class State(models.TextChoices):
        NEW = "new", _("new")
        LOOKING = "looking", _("being looked at")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed")

    WAITING = (State.NEW, State.LOOKING)
    LONGEST, LONGEST_ANSWER, LONGEST_PAGE = 500, 1000, 100

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resident = models.ForeignKey(
        Resident, on_delete=models.CASCADE, null=True, related_name="feedback", db_index=False,
        verbose_name=_("resident"),
    )  # fmt: skip
    text = EncryptedTextField(_("text"))
    page = models.CharField(_("about the page"), max_length=LONGEST_PAGE, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.NEW)
    answer = EncryptedTextField(_("answer"), blank=True)
    handled_by = models.ForeignKey(
        Resident, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False,
        verbose_name=_("looked at by"),
    )  # fmt: skip
    handled_at = models.DateTimeField(_("last looked at"), null=True)
    read_at = models.DateTimeField(_("answer read"), null=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        permissions = [("answer_feedback", _("Can answer feedback"))]
        indexes = [
            models.Index(fields=["-at", "id"], name="feedback_newest"),
            models.Index(fields=["state", "-at", "id"], name="feedback_by_state"),
            models.Index(fields=["resident", "-at"], name="feedback_mine"),
            models.Index(fields=["handled_by"], name="feedback_by_handler"),
        ]
        constraints = [
            models.CheckConstraint(
                name="feedback_state_is_known",
                condition=Q(state__in=["new", "looking", "answered", "closed"]),
            ),
            models.CheckConstraint(
                name="feedback_answered_has_an_answer_and_a_reader",
                condition=Q(state="answered", resident__isnull=False) & ~Q(answer="")
                | ~Q(state="answered") & Q(answer="", read_at=None),
            ),
            models.CheckConstraint(
                name="feedback_new_was_not_looked_at",
                condition=Q(state="new", handled_at=None, handled_by=None)
                | ~Q(state="new") & Q(handled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {str(self.pk)[:8]}"
