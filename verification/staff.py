"""Staff sign in by user name and password, then by a second factor; only then the admin opens.

The second factor is the six-digit code of an authenticator app (TOTP, RFC 6238) or one of ten
recovery codes, kept by django-allauth's MFA models with encrypted secrets. Until it is right,
nobody is signed in: the session only remembers whose password was right. Staff who sign in with
their phone like any resident do not get into the admin by that.
"""

import time
from datetime import timedelta

from allauth.core.internal.cryptokit import compare_user_code
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.contrib import auth
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from safety import alarms, audit
from safety.encryption import digest, is_current, renew
from safety.models import Alarm
from safety.quotas import Quota
from safety.sessions import end_when_idle
from verification.models import Resident

PENDING = "staff_sign_in"  # in the session: whose password was right
PASSED = "second_factor"  # in the session: whose second factor was right
PENDING_FOR = 600  # seconds
IDLE = 3600  # seconds after which an admin session that nobody uses ends

PASSWORDS_PER_NAME = Quota("staff passwords of a name", 10, timedelta(hours=1))
PASSWORDS_PER_ADDRESS = Quota("staff passwords of an address", 30, timedelta(hours=1))
CODES = Quota("second factors of an account", 5, timedelta(minutes=30))

WRONG = _("This code is not right. Please type the one that the app shows now.")


# --- the password -------------------------------------------------------------------------------
def count_password(request: HttpRequest, name: str) -> None:
    """Count a try before it is compared, whether or not there is such a name.

    Raises ValidationError when the name or the network has had enough.
    """
    by_name = PASSWORDS_PER_NAME.use(digest("staff name", name))
    if by_name and PASSWORDS_PER_ADDRESS.use(digest("address", get_ip(request))):
        return
    alarms.ring(Alarm.Kind.STAFF)
    raise ValidationError(_("Too many tries. Please wait a quarter of an hour."))


def password_was_wrong(name: str) -> None:
    """Record it, if the name is somebody's."""
    if resident := Resident.objects.filter(username=name, is_staff=True).first():
        _record_failure(resident, "password")


def begin(request: HttpRequest, resident: Resident) -> None:
    """The password was right: remember whose, in a session with a new key."""
    assert resident.username is not None  # they signed in with it
    PASSWORDS_PER_NAME.forget(digest("staff name", resident.username))
    request.session.cycle_key()
    request.session[PENDING] = {
        "id": str(resident.pk),
        "hash": resident.get_session_auth_hash(),
        "at": time.time(),
        "secret": generate_totp_secret(),  # for the app, if there is none yet
    }


def under_way(request: HttpRequest) -> Resident | None:
    """Whose password was right in this browser within the last ten minutes."""
    state = request.session.get(PENDING)
    if not state or time.time() - state["at"] > PENDING_FOR:
        return None
    resident = Resident.objects.filter(pk=state["id"], is_active=True, is_staff=True).first()
    if resident and constant_time_compare(state["hash"], resident.get_session_auth_hash()):
        return resident
    return None


# --- the second factor --------------------------------------------------------------------------
def has_device(resident: Resident) -> bool:
    return get_adapter().is_mfa_enabled(resident, [Authenticator.Type.TOTP])


def passed(request: HttpRequest) -> bool:
    """Whether who is signed in here has shown the second factor in this session."""
    return request.session.get(PASSED) == str(request.user.pk)


@sensitive_variables("code")
def enter(request: HttpRequest, resident: Resident, code: str) -> None:
    """Sign in with a code of the app or a recovery code. Raises ValidationError."""
    _sign_in(request, resident, check(resident, code))


@sensitive_variables("code", "secret")
def set_up(request: HttpRequest, resident: Resident, code: str) -> list[str]:
    """Keep the app that shows `code`, sign in, return the recovery codes: the only time.

    Raises ValidationError if the code is not the app's, or there is another app by now.
    """
    secret = secret_to_set_up(request)
    _count_code(resident)
    with transaction.atomic():
        Resident.objects.select_for_update().get(pk=resident.pk)
        if has_device(resident):
            raise ValidationError(_("An app was set up meanwhile. Please sign in again."))
        step = _step_of(code, secret)
        if step is None:
            raise ValidationError(WRONG)
        device = TOTP.activate(resident, secret).instance
        device.data["last_step"] = step
        device.save(update_fields=["data"])
        audit.record("second factor set up", resident, resident)
        codes = _new_recovery_codes(resident)
    CODES.forget(str(resident.pk))
    _sign_in(request, resident, Authenticator.Type.TOTP)
    return codes


def renew_recovery_codes(resident: Resident, code: str) -> list[str]:
    """New recovery codes, the old ones are void. Needs a code; raises ValidationError."""
    check(resident, code)
    with transaction.atomic():
        Resident.objects.select_for_update().get(pk=resident.pk)
        audit.record("recovery codes renewed", resident, resident)
        return _new_recovery_codes(resident)


def recovery_codes_left(resident: Resident) -> int:
    kept = Authenticator.objects.filter(user=resident, type=Authenticator.Type.RECOVERY_CODES)
    return sum(len(RecoveryCodes(each).get_unused_codes()) for each in kept)


def remove_device(resident: Resident, by: Resident | None) -> None:
    """A lost device: its codes are void, all sessions end, the next sign-in sets up a new one.

    `by` is a superuser, or None for the operator at the command line.
    """
    with transaction.atomic():
        Authenticator.objects.filter(user=resident).delete()
        resident.end_sessions()
        audit.record("second factor removed", resident, by)


def _new_recovery_codes(resident: Resident) -> list[str]:
    Authenticator.objects.filter(user=resident, type=Authenticator.Type.RECOVERY_CODES).delete()
    return RecoveryCodes.activate(resident).get_unused_codes()


@sensitive_variables("code")
def check(resident: Resident, code: str) -> str:
    """Which factor a code is of ("totp", "recovery_codes"); each code is good once.

    Raises ValidationError.
    """
    _count_code(resident)
    with transaction.atomic():
        for device in Authenticator.objects.select_for_update().filter(user=resident):
            if _is_right(device, code):
                device.record_usage()
                CODES.forget(str(resident.pk))
                return device.type
    _record_failure(resident, "second factor")
    raise ValidationError(WRONG)


def _count_code(resident: Resident) -> None:
    if not CODES.use(str(resident.pk)):
        alarms.ring(Alarm.Kind.STAFF)
        raise ValidationError(_("Too many wrong codes. Please wait half an hour."))


@sensitive_variables("code")
def _is_right(device: Authenticator, code: str) -> bool:
    """Compare and use up. (allauth remembers used codes in the cache, for less than they live.)"""
    if device.type == Authenticator.Type.RECOVERY_CODES:
        return RecoveryCodes(device).validate_code(code)
    step = _step_of(code, decrypt(device.data["secret"]), device.data.get("last_step", 0))
    if step is None:
        return False
    device.data["last_step"] = step
    device.save(update_fields=["data"])
    return True


@sensitive_variables("code", "secret")
def _step_of(code: str, secret: str, after: int = 0) -> int | None:
    """The time step (30 s, one before and one behind pass) whose code this is, later than `after`.

    RFC 6238, 5.2: a code must not be taken twice.
    """
    for step in yield_hotp_counters_from_time():
        expected = format_hotp_value(hotp_value(secret, step))
        if step > after and compare_user_code(actual=code, expected=expected):
            return step
    return None


def _sign_in(request: HttpRequest, resident: Resident, factor: str) -> None:
    with transaction.atomic():
        auth.login(request, resident)
        audit.record("staff signed in", resident, resident, factor=factor)
    request.session.pop(PENDING, None)
    request.session[PASSED] = str(resident.pk)
    end_when_idle(request.session, IDLE)


def _record_failure(resident: Resident, step: str) -> None:
    with transaction.atomic():
        audit.record("staff sign-in failed", resident, step=step)


# --- secrets ------------------------------------------------------------------------------------
def secret_to_set_up(request: HttpRequest) -> str:
    """What the app has to be told, in base 32."""
    return request.session[PENDING]["secret"]


def demo_code(request: HttpRequest, resident: Resident) -> str:
    """What an app would show now: for the page of a local demo. Empty in production."""
    if settings.STAFF_SECOND_FACTOR != "demo":
        return ""
    device = Authenticator.objects.filter(user=resident, type=Authenticator.Type.TOTP).first()
    if device:
        secret, used = decrypt(device.data["secret"]), device.data.get("last_step", 0)
    elif PENDING in request.session:
        secret, used = secret_to_set_up(request), 0
    else:
        return ""
    _before, now, latest = yield_hotp_counters_from_time()
    step = min(max(now, used + 1), latest)  # a code is good once: then the next one
    return format_hotp_value(hotp_value(secret, step))


def renew_secrets() -> int:
    """Encrypt what the devices hold with the newest key (`rotate_keys`); returns how many."""
    changed = 0
    for device_id in Authenticator.objects.values_list("pk", flat=True):
        with transaction.atomic():
            device = Authenticator.objects.select_for_update().filter(pk=device_id).first()
            old = [key for key in ("secret", "seed") if device and key in device.data]
            old = [key for key in old if not is_current(device.data[key])]
            for key in old:
                device.data[key] = renew(device.data[key])
            if old:
                device.save(update_fields=["data"])
                changed += 1
    return changed
