"""Before an act that cannot be taken back: is it still the owner of the phone who sits there?

A session lives for two weeks. Who finds a phone on a table must not take somebody's data along.
"""

import time
from datetime import timedelta

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from verification.models import signed_in
from verification.phone_proof import Proof, ask_for_proof

GOOD_FOR = timedelta(minutes=10)


class Confirmation(Proof):
    """A code on its way to the account's own number."""

    key = "confirmation"
    page = "confirm"
    is_own_number = True

    def finish(self) -> HttpResponse:
        """Note in this session, after a right guess, that the owner was here, and go back."""
        self.abort()
        resident = signed_in(self.request)
        resident.note_phone_proven()
        record_authentication(self.request, resident, method="code")
        messages.success(self.request, _("Thank you. Please tap again."))
        return redirect(self.state["next"])


def is_fresh(request: HttpRequest) -> bool:
    """Whether a code was typed in this very session within the last ten minutes."""
    records = get_authentication_records(request, signed_in(request))
    codes = [each["at"] for each in records if each["method"] == "code"]
    return bool(codes) and max(codes) > time.time() - GOOD_FOR.total_seconds()


def ask(request: HttpRequest, next_url: str) -> HttpResponse:
    """Send a code to the account's number and lead to the page that asks for it, then `next_url`.

    `next_url` must be ours, not the visitor's.
    """
    phone = signed_in(request).phone
    if not phone:
        messages.warning(request, _("This account has no phone. Please ask the operator."))
        return redirect("account")
    return ask_for_proof(request, Confirmation, phone, next_url)
