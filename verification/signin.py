"""Sign-in by phone and code, the same for new and known numbers.

django-allauth sends nothing to an unknown number and has a sign-up page of its own. Here nobody
looks whether a number is known until its code is right, so the answers cannot differ.
"""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from safety import audit
from safety.sessions import end_when_idle
from verification import known_browsers, real_name, suspension
from verification.codes import CodeProcess
from verification.models import Resident, signed_in

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

    def finish(self, redirect_url: str | None) -> HttpResponse:
        """Sign the visitor in, after a right guess. A suspended resident is told so instead."""
        resident = Resident.objects.who_proved(self.phone)
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


def sign_out_elsewhere(request: HttpRequest) -> None:
    """End all sessions of who is signed in here, but this one."""
    resident = signed_in(request)
    with transaction.atomic():
        resident.end_sessions()
        audit.record("signed out elsewhere", resident, resident)
    update_session_auth_hash(request, resident)
