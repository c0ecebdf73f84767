"""The staff of a body: its owner asks a number, whoever signs in with that number joins or not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from partners.models import Invitation
from posts import organisations
from posts.contact import names_of
from posts.models import Member, Organisation
from safety import audit, register
from safety.encryption import digest
from safety.quotas import Quota
from verification.models import Resident

PER_DAY = Quota("invitations of a body", 20, timedelta(days=1))
MOST = 50  # staff and invitations of one body


class TooManyError(Exception):
    """As many were invited as may be, for today or in all."""


@transaction.atomic
def invite(organisation: Organisation, by: Resident, phone: str) -> None:
    """Ask a number (E.164) to the staff. The same happens whether or not it has an account here, or
    was asked before; somebody who is on the staff already is told so by his own page alone.

    Raises `TooManyError`.
    """
    organisations.locked(organisation)
    asked = Invitation.objects.filter(organisation=organisation).count()
    there = Member.objects.filter(organisation=organisation).count()
    if asked + there >= MOST or not PER_DAY.use(organisation.slug):
        raise TooManyError
    Invitation.objects.update_or_create(
        organisation=organisation,
        phone_digest=digest("phone", phone),
        defaults={"ends_in": phone[-4:], "made_by": by, "made_at": timezone.now()},
    )
    audit.record("staff invited", organisation, by)


@transaction.atomic
def take_back(organisation: Organisation, by: Resident, key: int) -> None:
    """The owner takes an invitation back. Twice is once."""
    if Invitation.objects.filter(organisation=organisation, pk=key).delete()[0]:
        audit.record("invitation taken back", organisation, by)


@transaction.atomic
def answer(invitation: Invitation, resident: Resident, accepts: bool) -> None:
    """Whoever was invited joins, or says no; the invitation is done with."""
    invitation.delete()
    if not accepts:
        audit.record("invitation declined", invitation.organisation, resident)
        return
    Member.objects.get_or_create(organisation=invitation.organisation, resident=resident)
    audit.record("joined a body", invitation.organisation, resident)


@transaction.atomic
def remove(organisation: Organisation, by: Resident, key: int) -> None:
    """The owner takes somebody off the staff, or somebody goes: never the owner himself.

    What he published in the body's name stays, with a colleague. Twice is once.
    """
    member = Member.objects.filter(organisation=organisation, pk=key, is_owner=False).first()
    if member is None:
        return
    Resident.objects.select_for_update(no_key=True).get(pk=member.resident_id)
    organisations.leave(member, by)


@transaction.atomic
def hand_over(organisation: Organisation, by: Resident, key: int) -> None:
    """The owner makes a colleague the owner. Twice is once."""
    organisations.locked(organisation)
    members = Member.objects.filter(organisation=organisation)
    heir = members.filter(pk=key, is_owner=False).first()
    if heir is None or not members.filter(resident=by, is_owner=True).exists():
        return
    members.filter(is_owner=True).update(is_owner=False)
    members.filter(pk=heir.pk).update(is_owner=True)
    audit.record("body handed over", organisation, by)


@dataclass(frozen=True)
class Colleague:
    """One of the staff, as far as colleagues may know: never the whole number."""

    key: int
    name: str
    is_owner: bool
    is_you: bool
    joined_at: datetime


def of(organisation: Organisation, viewer: Resident) -> list[Colleague]:
    """The staff, the owner first. Two queries."""
    members = Member.objects.filter(organisation=organisation).select_related("resident")
    found = list(members.order_by("-is_owner", "joined_at", "id")[:MOST])
    names = names_of([each.resident for each in found])
    return [
        Colleague(
            each.pk,
            names[each.resident_id],
            each.is_owner,
            each.resident_id == viewer.pk,
            each.joined_at,
        )
        for each in found
    ]


def forget_invitations() -> int:
    """Delete invitations that nobody answered in `Invitation.LASTS`."""
    before = timezone.now() - Invitation.LASTS
    return register.delete_in_batches(Invitation.objects.filter(made_at__lte=before))
