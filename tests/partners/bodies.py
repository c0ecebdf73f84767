"""A body to test with: it applies, is approved and has staff, through the real acts."""

from typing import Any

from django.contrib.auth.models import Group

from partners import applying, staff
from partners.applying import Application
from partners.models import BodyKind, FileState, Invitation, Partner, ProofFile
from places.models import Area
from posts.models import Draft, Kind, Organisation, Post, Reach
from posts.organisations import caller_digest
from posts.publishing import Answers, publish
from tests.posts.factories import NANSHAN, NANSHAN_AT, fields, item
from verification.models import Resident

LINE, CALLER = "+8675526534321", "+8613911139111"
FORM = {
    "name": "粤海街道社区居委会",
    "kind": "committee",
    "slug": "yuehai",
    "about": "给社区里的老人送药",
    "line": "0755 2653 4321",
    "province": "440000",
    "city": "440300",
    "district": str(NANSHAN),
    "shows_kind": "1",
    "shows_medicine": "ibuprofen",
    "shows_sort": "time",
    "origins": "https://www.Yuehai.example/menu",
    "contact_name": "王主任",
    "contact_phone": "138 0013 8077",
    "contact_email": "wang@yuehai.example",
    "promise": "on",
}


def applied(by: Resident, slug: str = "yuehai", name: str = "粤海街道社区居委会") -> Partner:
    return applying.apply(
        Application(
            organisation={"name": name, "slug": slug, "line": LINE},
            partner={
                "kind": BodyKind.COMMITTEE,
                "contact_name": "王主任",
                "contact_phone": "+8613800138077",
            },
            areas=[Area.objects.get(pk=NANSHAN)],
        ),
        by,
    )


def operator_called(name: str) -> Resident:
    made = Resident.objects.create_user(name, is_staff=True)
    made.groups.add(Group.objects.get(name="operator"))
    return Resident.objects.get(pk=made.pk)


def approved(by: Resident, **options: str) -> Partner:
    partner = applied(by, **options)
    operator = Resident.objects.filter(username="approver").first() or operator_called("approver")
    return applying.approve(partner.pk, operator)


def file_of(partner: Partner, name: str = "MP_verify_a1B2c3D4.txt", **more: str) -> ProofFile:
    """A verification file that an operator has let pass."""
    made = {"content": "a1B2c3D4", "state": FileState.SERVED} | more
    return ProofFile.objects.create(partner=partner, name=name, **made)


def join(organisation: Organisation, owner: Resident, resident: Resident) -> None:
    staff.invite(organisation, owner, resident.phone)
    staff.answer(Invitation.objects.get(organisation=organisation), resident, True)


def post_as(
    organisation: Organisation, by: Resident, kind: Kind = Kind.NEED, caller: str = "", **more: Any
) -> Post:
    """A post in the body's name; for a caller with this number, or with the body's own line."""
    draft = Draft.objects.create(kind=kind, resident=by, organisation=organisation)
    contact = {
        "contact_phone": caller or organisation.line,
        "reached_by": Reach.PHONE,
        "for_caller": bool(caller),
        "caller_digest": caller_digest(caller),
    }
    items = more.pop("items", [item(amount=2)])
    answers = Answers(items, fields(kind, NANSHAN, NANSHAN_AT, **contact, **more))
    return publish(draft.pk, kind, by, answers)
