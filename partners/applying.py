"""A body applies, a moderator decides, and one day it ends."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _

from partners import access
from partners.models import Invitation, Key, Partner, Refusal, State
from places.models import Area
from posts import notices, organisations
from posts.models import Member, Organisation, Post
from posts.signals import staff_left
from safety import audit, register
from safety.quotas import Quota
from verification.models import Resident
from verification.sms import Template

PER_RESIDENT = Quota("applications of bodies", 3, timedelta(days=1))
NO_CONTACT = {"contact_name": "", "contact_phone": "", "contact_email": ""}


class NotPossibleError(Exception):
    """This cannot be done to the partner as it is; its text tells why."""


@dataclass(frozen=True)
class Application:
    """What a body says of itself: columns of its organisation, of its partner, and its areas."""

    organisation: dict[str, Any]
    partner: dict[str, Any]
    areas: list[Area]


@transaction.atomic
def apply(application: Application, by: Resident) -> Partner:
    """A resident applies for a body and owns its page. After a refusal the same body may try again.

    A second tap gives the same application. Raises `NotPossibleError` for too many in a day, or a
    short name that is taken.
    """
    Resident.objects.select_for_update(no_key=True).get(pk=by.pk)
    slug = application.organisation["slug"]
    before = Partner.objects.filter(organisation__slug=slug, applicant=by).first()
    if before and before.state == State.APPLIED:
        return before
    if (before and before.state != State.REFUSED) or is_taken(slug, besides=before):
        raise NotPossibleError(_("This short name is taken. Please choose another one."))
    if not PER_RESIDENT.use(str(by.pk)):
        raise NotPossibleError(_("You applied several times today. Please try again tomorrow."))
    key = before.pk if before else None
    organisation = Organisation(pk=key, **application.organisation)
    organisation.save()
    partner = Partner(organisation=organisation, applicant=by, **application.partner)
    partner.save()
    partner.areas.set(application.areas)
    Member.objects.get_or_create(organisation=organisation, resident=by, is_owner=True)
    audit.record("body applied", partner, by, kind=partner.kind)
    return partner


def is_taken(slug: str, besides: Partner | None = None) -> bool:
    others = Organisation.objects.filter(slug=slug)
    return others.exclude(partner=besides).exists() if besides else others.exists()


def to_decide(key: int, by: Resident, *states: State) -> Partner:
    """A partner, locked, whose state somebody may change. Two moderators are one after the other.

    Raises PermissionDenied, also for one's own application; and `NotPossibleError` for another
    state than these.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=key)  # before, as everywhere
    rows = Partner.objects.select_for_update(of=("self",), no_key=True)
    partner = rows.select_related("organisation").get(pk=key)
    access.check_decider(partner, by)
    if partner.state not in states:
        told = _("This was decided already: %(state)s.")
        raise NotPossibleError(told % {"state": partner.get_state_display()})
    return partner


def decided(partner: Partner, by: Resident | None, state: State, reason: str = "") -> None:
    partner.state, partner.reason = state, reason
    partner.decided_at, partner.decided_by = timezone.now(), by
    changed = ["state", "reason", "decided_at", "decided_by"]
    if state != State.APPROVED:
        for name, empty in NO_CONTACT.items():
            setattr(partner, name, empty)
        changed += NO_CONTACT
    partner.save(update_fields=changed)
    publishes = state == State.APPROVED
    Organisation.objects.filter(pk=partner.pk).update(is_active=publishes)
    audit.record(f"body {state}", partner, by, **({"reason": reason} if reason else {}))


@transaction.atomic
def approve(key: int, by: Resident) -> Partner:
    """From now on its page is public, its staff publish, it has keys. The applicant is told."""
    partner = to_decide(key, by, State.APPLIED)
    name = partner.organisation.name
    twins = Organisation.objects.filter(name=name).exclude(pk=partner.pk)
    # Held, so that two of one name are not approved at the same moment.
    if any(twin.is_active for twin in twins.select_for_update(no_key=True).order_by("pk")):
        raise NotPossibleError(_("A partner of this name is here already."))
    decided(partner, by, State.APPROVED)
    tell_owner(partner)
    return partner


@transaction.atomic
def refuse(key: int, by: Resident, reason: str) -> Partner:
    """The applicant is told why, and the contact person's data are erased."""
    partner = to_decide(key, by, State.APPLIED)
    decided(partner, by, State.REFUSED, Refusal(reason))
    tell_owner(partner)
    return partner


@transaction.atomic
def end(key: int, by: Resident, reason: str) -> Partner:
    """Its page, its keys and its posts on the square go; its owner is told why."""
    partner = to_decide(key, by, State.APPROVED)
    tell_owner(partner)
    close(partner, by, reason)
    organisations.close_all(partner.organisation, by)
    return partner


def close(partner: Partner, by: Resident | None, reason: str) -> None:
    decided(partner, by, State.ENDED, Refusal(reason))
    Key.objects.filter(partner=partner).delete()
    Invitation.objects.filter(organisation=partner.pk).delete()


def tell_owner(partner: Partner) -> None:
    for member in Member.objects.filter(organisation=partner.pk, is_owner=True):
        notices.tell(member.resident, Template.PARTNER)


@transaction.atomic
def change(partner: Partner, by: Resident, fields: dict[str, Any], areas: list[Area]) -> None:
    """The owner changes whom to ask, the areas, and what the links show."""
    changed = [name for name, value in fields.items() if getattr(partner, name) != value]
    for name in changed:
        setattr(partner, name, fields[name])
    partner.save(update_fields=changed)
    partner.areas.set(areas)
    audit.record("body changed", partner, by, fields=sorted(changed))


@receiver(staff_left)
def follow(
    sender: Any,
    organisation: Organisation,
    resident: Resident,
    heir: Resident | None,
    **kwargs: Any,
) -> None:
    """Somebody left the staff. A body of which nobody is left ends; an application that nobody else
    knows of goes. A contact person of the same number is forgotten: the owner is asked for another.
    """
    rows = Partner.objects.select_for_update(of=("self",), no_key=True)
    partner = rows.select_related("organisation").filter(pk=organisation.pk).first()
    if partner is None:
        return
    if heir:
        if partner.contact_phone and partner.contact_phone == resident.phone:
            Partner.objects.filter(pk=partner.pk).update(**NO_CONTACT)
    elif partner.state == State.APPROVED:
        close(partner, None, Refusal.ASKED)
    elif partner.state != State.ENDED:  # of one that ended, posts may be left for a while
        organisation.delete()


def forget_over() -> int:
    """Delete partners that were refused or ended POSTS_KEPT_DAYS ago and have no post any more."""
    before = timezone.now() - settings.POSTS_KEPT
    over = Organisation.objects.filter(
        ~Exists(Post.objects.filter(organisation=OuterRef("pk"))),
        partner__state__in=[State.REFUSED, State.ENDED],
        partner__decided_at__lte=before,
    )
    return register.delete_in_batches(over)
