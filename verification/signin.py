"""Sign-in by phone and code, the same for new and known numbers.

django-allauth sends nothing to an unknown number and has a sign-up page of its own. Here nobody
looks whether a number is known until its code is right, so the answers cannot differ. Whoever then
turns out to be new gets no account before he has agreed to the terms and said that he is old
enough.
"""

import time
from collections.abc import Collection

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from safety import audit
from safety.encryption import digest
from safety.sessions import end_when_idle
from verification import consent, known_browsers, real_name, suspension, weixin
from verification.codes import CodeProcess
from verification.levels import with_next
from verification.models import KeptDigest, Resident, WeixinTie, signed_in

SHARED_IDLE = 30 * 60  # seconds


class SignIn(CodeProcess, LoginCodeVerificationProcess):
    """allauth's sign-in by code, without a resident until the code is right."""

    @classmethod
    def begin(
        cls, request: HttpRequest, phone: str, shared: bool = False, identity: str | None = None
    ) -> "SignIn":
        """Send a code to a number (E.164). Raises `codes.CodeNotSentError`.

        On a `shared` device the session will end with the browser, and when nobody uses it. The
        right code ties a WeChat `identity`, if one is given, to the number's resident.
        """
        login = Login(state={"stages": {"current": LoginByCodeStage.key}})
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.new_state(phone), shared=shared, identity=identity)
        process = cls(stage)
        process.send()
        return process

    @classmethod
    def under_way(cls, request: HttpRequest) -> "SignIn | None":
        """The sign-in that this visitor has begun, if its code is still good."""
        stage = LoginStageController.enter(request, LoginByCodeStage.key)
        return cls(stage).abort_if_invalid() if stage else None

    def set_shared(self, shared: bool) -> None:
        """Keep what was ticked when the number was sent again: the last word counts."""
        self.state["shared"] = shared
        self.persist()

    @property
    def is_proven(self) -> bool:
        """Whether the code was right: of a number that has no account yet."""
        return self.state.get("proven", False)

    def finish(
        self, redirect_url: str | None, join_url: str, agreed: Collection[str] = ()
    ) -> HttpResponse:
        """Sign the visitor in, after a right guess. A suspended resident is told so instead.

        A new number gets its account if he `agreed` to what one needs; else he is led to
        `join_url`, where he is asked. Raises `KeptDigest.StillKept` while its account was erased
        lately.
        """
        resident = Resident.objects.with_phone(self.phone)
        if resident is None:
            KeptDigest.objects.refuse(digest("phone", self.phone))
            if not set(agreed).issuperset(consent.NEEDED["join"]):
                self.state.update(proven=True, at=time.time())
                self.persist()
                return redirect(join_url)
        with transaction.atomic():
            resident = resident or join(self.phone, agreed)
            real_name.lapse_if_long_away(resident)
            is_tied = weixin.phone_was_proven(resident, self.state.get("identity"))
        response = enter(self.request, resident, redirect_url, "code")
        if not self.request.user.is_authenticated:
            return response
        weixin.forget(self.request)
        if is_tied:
            messages.success(
                self.request, _("Done. From now on WeChat signs you in; see “Me” to change that.")
            )
        if self.state["shared"]:
            end_when_idle(self.request.session, SHARED_IDLE)
            known_browsers.forget(response)
        else:
            known_browsers.remember(response, self.phone)
        return response


def enter(
    request: HttpRequest, resident: Resident, redirect_url: str | None, method: str
) -> HttpResponse:
    """Sign in a resident who has shown who he is; a suspended one is told so instead.

    `method` ("code", "weixin") is noted in the session: some acts ask for a code.
    """
    if not resident.is_active and (reason := suspension.reason_of(resident)):
        messages.error(request, _("The reason: %(reason)s.") % {"reason": reason})
    record_authentication(request, resident, method=method)
    return perform_login(request, Login(user=resident, redirect_url=redirect_url))


def sign_in_by_weixin(request: HttpRequest, identity: str, next_url: str | None) -> HttpResponse:
    """Sign in the resident to whom a WeChat identity is tied.

    One that nobody knows, or whose resident has not proven his number for long, waits while the
    visitor is led to the sign-in page. Staff need their password and second factor.
    """
    tie = WeixinTie.objects.usable(identity)
    if tie is None:
        weixin.wait(request, identity)
        return by_phone(next_url)
    if tie.resident.is_staff:
        messages.warning(request, _("This account cannot be signed in by WeChat."))
        return by_phone(next_url)
    return enter(request, tie.resident, next_url, "weixin")


def by_phone(next_url: str | None) -> HttpResponse:
    """To the sign-in page, and from there to `next_url`."""
    return redirect(with_next("account_login", next_url) if next_url else "account_login")


@transaction.atomic
def join(phone: str, agreed: Collection[str]) -> Resident:
    """The account of a proven number (E.164), with what its owner agreed to; no one without the
    other."""
    resident = Resident.objects.who_proved(phone)
    consent.give(resident, agreed)
    return resident


def sign_out_elsewhere(request: HttpRequest) -> None:
    """End all sessions of who is signed in here, but this one."""
    resident = signed_in(request)
    with transaction.atomic():
        resident.end_sessions()
        audit.record("signed out elsewhere", resident, resident)
    update_session_auth_hash(request, resident)
