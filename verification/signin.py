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
from verification import consent, known_browsers, real_name, suspension
from verification.codes import CodeProcess
from verification.models import KeptDigest, Resident, signed_in

SHARED_IDLE = 30 * 60  # seconds


class SignIn(CodeProcess, LoginCodeVerificationProcess):
    """allauth's sign-in by code, without a resident until the code is right."""

    @classmethod
    def begin(cls, request: HttpRequest, phone: str, shared: bool = False) -> "SignIn":
        """Send a code to a number (E.164). Raises `codes.CodeNotSentError`.

        On a `shared` device the session will end with the browser, and when nobody uses it.
        """
        login = Login(state={"stages": {"current": LoginByCodeStage.key}})
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.new_state(phone), shared=shared)
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
            resident = join(self.phone, agreed)
        if not resident.is_active and (reason := suspension.reason_of(resident)):
            messages.error(self.request, _("The reason: %(reason)s.") % {"reason": reason})
        real_name.lapse_if_long_away(resident)
        record_authentication(self.request, resident, method="code")
        login = Login(user=resident, redirect_url=redirect_url)
        response = perform_login(self.request, login)
        if not self.request.user.is_authenticated:
            return response
        if self.state["shared"]:
            end_when_idle(self.request.session, SHARED_IDLE)
            known_browsers.forget(response)
        else:
            known_browsers.remember(response, self.phone)
        return response


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
