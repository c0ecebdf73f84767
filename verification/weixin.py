"""Sign-in by WeChat, where the operator has given its keys: whose identity signs whom in.

WeChat tells an openid, which stands for one person towards this site alone, and we ask it for
nothing more. It is never shown, logged or stored: from the moment it arrives there is only a keyed
digest of it, the *identity*. An identity that nobody knows makes no account. It waits in the
session until the phone is proven on the sign-in page, and is then tied to the resident with that
phone. It signs in nobody whose number was not proven for REAL_NAME_LASTS, and no staff.
"""

import time
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from safety import audit
from safety.encryption import digest
from safety.quotas import Quota
from verification.models import Resident, Untied, WeixinTie

PENDING = "weixin_identity"  # in the session, whose row is ciphertext
WAITS_FOR = 10 * 60  # seconds until the number has to be sent; then it lives as long as the code
# One address of a mobile network stands for very many phones; no try costs a text message.
PER_ADDRESS = Quota("WeChat sign-ins from an address", 300, timedelta(hours=1))


def is_on() -> bool:
    return bool(settings.WEIXIN_APP_ID)


def is_offered(request: HttpRequest) -> bool:
    """Whether to show the button: an official account's page opens within WeChat alone, the QR code
    of a website is scanned from another screen."""
    is_account = settings.WEIXIN_KIND == "official-account"
    return is_on() and is_account == is_within_wechat(request)


def is_within_wechat(request: HttpRequest) -> bool:
    """By what the browser says of itself. WeChat for work says so too, and is another service."""
    agent = request.headers.get("User-Agent", "").lower()
    return "micromessenger" in agent and "wxwork" not in agent


def identity_of(openid: str) -> str:
    """The digest that stands for a WeChat account; of another AppID, its openid is another."""
    return digest("weixin", f"{settings.WEIXIN_APP_ID} {openid}")


def wait(request: HttpRequest, identity: str) -> None:
    """Keep an identity that nobody knows until its owner has proven a phone."""
    request.session[PENDING] = {"identity": identity, "at": time.time()}


def waiting(request: HttpRequest) -> str | None:
    """The identity that this visitor has shown in the last minutes, and that is not tied yet."""
    kept = request.session.get(PENDING)
    if kept is None:
        return None
    if kept["at"] < time.time() - WAITS_FOR:
        forget(request)
        return None
    return kept["identity"]


def forget(request: HttpRequest) -> None:
    request.session.pop(PENDING, None)


def tie(resident: Resident, identity: str) -> bool:
    """Let a WeChat account sign a resident in; whether it does so from now on.

    Call it when the phone was proven a moment ago. The newest proof counts: another WeChat of this
    resident is untied, and so is this WeChat from another resident. Staff get no tie.
    """
    try:
        with transaction.atomic():
            resident = Resident.objects.select_for_update(no_key=True).get(pk=resident.pk)
            if resident.is_staff or not resident.is_active:
                return False
            before = WeixinTie.objects.filter(identity=identity).select_related("resident").first()
            if before and before.resident_id == resident.pk:
                return True
            if before:
                WeixinTie.objects.untie(before.resident, resident, Untied.ELSEWHERE)
            WeixinTie.objects.untie(resident, resident, Untied.ANOTHER)
            WeixinTie.objects.create(resident=resident, identity=identity)
            audit.record("weixin tied", resident, resident)
    except IntegrityError:  # at the same moment it was tied to somebody else: the next time, then
        return False
    return True


def phone_was_proven(resident: Resident, identity: str | None) -> bool:
    """After the right code for a resident's own number; whether `identity` is tied to him now.

    If the number was not proven for long, it may be somebody else who has it now: whoever had it
    before must not come in by WeChat.
    """
    with transaction.atomic():
        if resident.phone_last_proven <= timezone.now() - settings.REAL_NAME_LASTS:
            WeixinTie.objects.untie(resident, None, Untied.NOT_PROVEN)
        resident.note_phone_proven()
        return identity is not None and tie(resident, identity)
