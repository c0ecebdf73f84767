"""Keys for the API: who holds one may ask more often. None is kept, none is logged."""

import secrets

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from partners.models import Key, Partner, State
from safety import audit, register
from safety.encryption import digest
from verification.models import Resident

BEGINS = "yao_"  # so that whoever finds one in a file knows what it is


def digest_of(key: str) -> str:
    """Keyed, so that a look-up by it tells nothing by the time it takes."""
    return digest("api key", key)


@transaction.atomic
def make(partner: Partner, by: Resident) -> str:
    """A new key. The one before it goes on for `Key.OVERLAP`, older ones end at once."""
    Partner.objects.select_for_update(of=("self",), no_key=True).get(pk=partner.pk)
    keys = Key.objects.filter(partner=partner)
    keys.exclude(stops_at=None).delete()
    keys.update(stops_at=timezone.now() + Key.OVERLAP)
    made = BEGINS + secrets.token_urlsafe(32)
    Key.objects.create(partner=partner, digest=digest_of(made), made_by=by)
    audit.record("key made", partner, by)
    return made


@transaction.atomic
def stop(partner: Partner, by: Resident, key: int) -> None:
    """A key that somebody may have seen ends at once. Twice is once."""
    if Key.objects.filter(partner=partner, pk=key).delete()[0]:
        audit.record("key stopped", partner, by)


def partner_with(key: str) -> Partner | None:
    """Whose key it is, if it is good at this moment. One query."""
    good = Q(stops_at=None) | Q(stops_at__gt=timezone.now())
    found = Key.objects.filter(good, digest=digest_of(key), partner__state=State.APPROVED)
    row = found.select_related("partner__organisation").first()
    return row.partner if row else None


def remove_stopped() -> int:
    return register.delete_in_batches(Key.objects.filter(stops_at__lte=timezone.now()))
