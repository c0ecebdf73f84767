"""What the open door holds about people: this app's part of the register of personal data."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from partners import applying, keys, staff
from partners.feedback import personal as _feedback  # noqa: F401
from partners.models import Invitation, Partner
from partners.numbers import personal as _numbers  # noqa: F401
from safety import register
from safety.encryption import digest
from safety.register import kept_for

register.hold(
    "partners.Partner",
    "contact_name",
    "contact_phone",
    "contact_email",
    what=_("Of a public body that applied here: name, phone and e-mail of whom to ask"),
    why=_("so that we can check that it is the body, and ask it when something is wrong"),
    kept=lambda: str(_("until the application is refused or the work with it ends; encrypted")),
    seen_by=_("the operator, and whoever owns the body's page"),
)
register.hold(
    "partners.Partner",
    "organisation",
    "kind",
    "about",
    "origins",
    "areas",
    "shows_kind",
    "shows_medicine",
    "shows_sort",
    "state",
    "reason",
    "applicant",
    "applied_at",
    "decided_at",
    "decided_by",
    what=_("Of a public body that applied here: what it is, who applied, what was decided"),
    why=_("so that people know who posts, and somebody answers for it"),
    kept=kept_for(lambda: settings.POSTS_KEPT, _("until %(time)s after its end")),
    seen_by=_("everybody what it is and does; the rest its staff and the operator"),
)
register.rows(
    "partners.Partner",
    lambda person: (
        Partner.objects.filter(applicant=person)
        .select_related("organisation", "shows_medicine")
        .order_by("pk")
    ),
    but=("areas", "decided_by"),
)
register.not_personal("partners.Partner_areas", "id", "partner", "area")

register.hold(
    "partners.Key",
    "made_by",
    "made_at",
    what=_("Of a public body's staff: that you made a key for the API, and when"),
    why=_("so that a key that got lost can be found and stopped"),
    kept=lambda: str(_("as long as the key is good")),
    seen_by=_("the owner of the body's page"),
)
register.not_personal("partners.Key", "id", "digest", "partner", "stops_at")

register.hold(
    "partners.ProofFile",
    "made_by",
    "made_at",
    what=_("Of a public body's staff: that you asked for a verification file, and when"),
    why=_("so that somebody answers for what is said in the name of this site"),
    kept=lambda: str(_("as long as the file is here")),
    seen_by=_("the operator, and whoever owns the body's page"),
)
register.not_personal("partners.ProofFile", "id", "partner", "name", "content", "state")

register.hold(
    "partners.Invitation",
    "organisation",
    "phone_digest",
    "ends_in",
    "made_by",
    "made_at",
    what=_("That a public body invited your number to its staff: an unreadable fingerprint of the "
           "number, and its last four digits"),
    why=_("so that you find the invitation when you sign in"),
    kept=kept_for(lambda: Invitation.LASTS, _("until you answer, %(time)s at most")),
    seen_by=_("you, and the owner of the body's page"),
)  # fmt: skip
register.rows(
    "partners.Invitation",
    lambda person: (
        Invitation.objects.filter(
            phone_digest=digest("phone", person.phone) if person.phone else ""
        )
        .select_related("organisation")
        .order_by("pk")
    ),
)
register.not_personal("partners.Invitation", "id")

register.deadline("invitations that nobody answered", staff.forget_invitations)
register.deadline("keys that have run out", keys.remove_stopped)
register.deadline("partners that were refused or ended long ago", applying.forget_over)
