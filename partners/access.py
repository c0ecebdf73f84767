"""Who may see and do what to a partner: all rules of it, in one place.

The first functions give it or say 404; the last ones say who of the operator's staff decides.

Who may publish in the name of a body, and act on its posts, is said in `posts.access`.
"""

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from partners.models import Feedback, Invitation, Partner, State
from posts.models import Member
from safety.encryption import digest
from verification.models import Resident

DECIDE = "partners.decide_partner"


def partners() -> QuerySet[Partner]:
    """With what their pages show; without the contact person, whom only the owner sees."""
    found = Partner.objects.select_related("organisation", "shows_medicine")
    return found.defer("contact_name", "contact_phone", "contact_email")


def shown(slug: str) -> Partner:
    """The public page of an approved partner."""
    return get_object_or_404(partners(), organisation__slug=slug, state=State.APPROVED)


def membership(slug: str, resident: Resident) -> Member:
    """Somebody's place on the staff of a body, whatever became of its application."""
    members = Member.objects.select_related("organisation")
    return get_object_or_404(members, organisation__slug=slug, resident=resident)


def for_staff(slug: str, resident: Resident) -> Partner:
    """A partner for its staff, also while it waits or after it was refused."""
    return get_object_or_404(partners(), organisation=membership(slug, resident).organisation)


def for_owner(slug: str, resident: Resident) -> Partner:
    """An approved partner for its owner: contact, keys and staff are his to change."""
    member = membership(slug, resident)
    if not member.is_owner:
        raise Http404
    found = Partner.objects.select_related("organisation", "shows_medicine")
    return get_object_or_404(found, organisation=member.organisation, state=State.APPROVED)


def may_decide(by: Resident) -> bool:
    """Whether a member of staff approves, refuses and ends bodies."""
    return by.has_perm(DECIDE)


def decides_on(partner: Partner, by: Resident) -> bool:
    """The same of one body: not of that on whose staff one is."""
    is_own = Member.objects.filter(organisation=partner.pk, resident=by).exists()
    return not is_own and may_decide(by)


def check_decider(partner: Partner, by: Resident) -> None:
    """Raises PermissionDenied where somebody may not decide on a body: he has no right to, or he is
    on its staff.
    """
    if not decides_on(partner, by):
        raise PermissionDenied


def invited(resident: Resident) -> QuerySet[Invitation]:
    """The invitations to the number that somebody signs in with; accounts without one have none."""
    standing = Invitation.objects.standing().select_related("organisation")
    return standing.filter(phone_digest=digest("phone", resident.phone) if resident.phone else "")


def may_answer(by: Resident | AnonymousUser) -> bool:
    """Whether somebody answers feedback. It lies in no area: nobody who is limited to some."""
    is_limited = not isinstance(by, Resident) or by.area_limit
    return not is_limited and by.has_perm("partners.answer_feedback")


def feedback_for(by: Resident) -> QuerySet[Feedback]:
    return Feedback.objects.all() if may_answer(by) else Feedback.objects.none()
