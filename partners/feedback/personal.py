"""What feedback holds about people: its part of the register of personal data."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from partners.feedback import acts
from safety import register
from safety.register import kept_for

register.hold(
    "partners.Feedback",
    "resident",
    "text",
    "page",
    "at",
    "state",
    "answer",
    "handled_by",
    "handled_at",
    "read_at",
    what=_("What you told us about this site, about which page, and our answer; without an account "
           "the words alone"),
    why=_("so that we can mend it and answer you"),
    kept=kept_for(
        lambda: settings.FEEDBACK_KEPT, _("until %(time)s after we looked at it; encrypted")
    ),
    seen_by=_("you, and whoever answers feedback"),
)  # fmt: skip
register.rows("partners.Feedback", lambda person: person.feedback.order_by("at"))
register.not_personal("partners.Feedback", "id")
register.deadline("old feedback", acts.forget_old)
