"""Six-digit codes by text message: how often one may be sent, how often one may be guessed.

django-allauth keeps a code's life (expiry, attempts, resends) in the session. Its counts are a read
and then a write, so many requests at once could each pass: the quotas here, one statement each in
PostgreSQL, are exact. A guess is counted before it is compared.
"""

import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.core.internal.cryptokit import compare_user_code
from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safety import alarms
from safety.encryption import digest
from safety.models import Alarm
from safety.quotas import Quota
from verification import known_browsers, sms

PER_PHONE = Quota("codes to a phone", 5, timedelta(hours=1))
PER_PHONE_AND_DAY = Quota("codes to a phone in a day", 10, timedelta(days=1))
PER_ADDRESS = Quota("codes from an address", 60, timedelta(hours=1))  # one address: many phones
# Who makes us pay for texts goes through a range of numbers: alike but for the last four digits.
PER_RANGE = Quota("codes to a range of numbers", 100, timedelta(hours=1))
OVERALL = Quota("codes overall", settings.CODES_PER_HOUR, timedelta(hours=1))
# The period is far longer than a code lives: no guess comes back while it is valid.
GUESSES = Quota("guesses of a code", settings.CODE_ATTEMPTS, timedelta(days=1))
GUESSES_PER_PHONE = Quota("guesses of a phone's codes", 20, timedelta(days=1))
WRONG_OVERALL = Quota("wrong codes overall", settings.WRONG_CODES_PER_HOUR, timedelta(hours=1))


class CodeNotSentError(Exception):
    """No code went out; the message tells the person why and what to do."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Limit:
    """A quota, whose use it is, what the person is told when it is met, and the alarm it rings."""

    quota: Quota
    subject: str
    told: str | Promise
    alarm: Alarm.Kind | None = None


def limits(request: HttpRequest, phone: str) -> list[Limit]:
    """What a code to this number (E.164) uses up. Nothing here depends on whether it is known.

    A browser in which its owner has signed in has an allowance that no stranger can use up.
    """
    number = counted_by(request, phone)
    busy = _("Very many people are signing in. Please try again in a few minutes.")
    return [
        Limit(
            PER_PHONE,
            number,
            _("Several codes were sent to this number. Please wait half an hour."),
        ),
        Limit(
            PER_PHONE_AND_DAY,
            number,
            _("Many codes were sent to this number today. Please wait a few hours."),
        ),
        Limit(
            PER_ADDRESS,
            digest("address", get_ip(request)),
            _("Many codes were asked for from your network. Please try later."),
        ),
        Limit(PER_RANGE, digest("range", phone[:-4]), busy, Alarm.Kind.NUMBERS),
        Limit(OVERALL, "all", busy, Alarm.Kind.CODES),
    ]


def counted_by(request: HttpRequest, phone: str) -> str:
    """The subject of the quotas of a number (E.164): one for strangers, one for its owner."""
    if known_browsers.knows(request, phone):
        return known_browsers.subject(phone)
    return digest("phone", phone)


def send(request: HttpRequest, phone: str, code: str) -> None:
    """Send a code to a number (E.164). Raises `CodeNotSentError`; a refusal uses nothing up."""
    with transaction.atomic():
        asked = limits(request, phone)
        met = next((each for each in asked if not each.quota.use(each.subject)), None)
        transaction.set_rollback(met is not None)
    if met:
        if met.alarm:
            alarms.ring(met.alarm)
        raise CodeNotSentError(met.told)
    try:
        sms.send_code(phone, code)
    except sms.NotSentError as error:
        raise CodeNotSentError(error.told) from error


class CodeProcess(AbstractCodeVerificationProcess):
    """One code on its way: sent to `state["phone"]`, guessed a few times, right or dead.

    The state lives in the session, whose row is ciphertext.
    """

    request: HttpRequest
    is_own_number = False  # sent to the account's own number: there is no other to choose

    @classmethod
    def new_state(cls, phone: str) -> dict[str, object]:
        return {**cls.initial_state(user=None, phone=phone), "id": uuid4().hex}

    @property
    def phone(self) -> str:
        return self.state["phone"]

    @property
    def can_resend(self) -> bool:
        return not self.is_resend_quota_reached(app_settings.LOGIN_BY_CODE_MAX_RESEND_COUNT)

    def send(self) -> None:
        """Make a code and send it. Raises `CodeNotSentError`."""
        code = get_adapter().generate_phone_verification_code(user=None, phone=self.phone)
        get_adapter().send_verification_code_sms(user=None, phone=self.phone, code=code)
        self.state["code"] = code
        self.persist()

    def resend(self) -> None:
        """Send a new code, as good for as long as the first; the old one is no longer right.

        Raises `CodeNotSentError`.
        """
        self.send()
        self.state["at"] = time.time()
        self.record_resend()
        self.persist()

    def guess(self, code: str) -> None:
        """Count one guess and compare. Raises ValidationError, with code "dead" after too many."""
        if not GUESSES.use(self.state["id"]):
            self.abort()
            raise self._dead()
        if not GUESSES_PER_PHONE.use(counted_by(self.request, self.phone)):
            self.abort()
            raise self._dead(_("Too many wrong codes for this number. Please wait a few hours."))
        if compare_user_code(actual=code, expected=self.code):
            return
        if not WRONG_OVERALL.use("all"):
            alarms.ring(Alarm.Kind.GUESSES)
        if not self.record_invalid_attempt():
            raise self._dead()
        raise ValidationError(_("This code is not right. Please check the newest text message."))

    def _dead(self, told: str | Promise = "") -> ValidationError:
        told = told or _("Too many wrong codes. Please ask for a new one.")
        return ValidationError(str(told), code="dead")
