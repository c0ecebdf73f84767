"""A contact number that is not the account's is proven by a code, so that nobody is called who
never asked to be: on other boards, strangers' numbers were entered and their owners harassed."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from safety import audit
from safety.encryption import digest
from verification.codes import CodeNotSentError, CodeProcess
from verification.models import PhoneProof, Resident, signed_in


class Proof(CodeProcess):
    """A code on its way to a contact number; the number waits in the encrypted session."""

    key = "phone_proof"
    page = "prove_phone"  # the name of the page that asks for the code

    def __init__(self, request: HttpRequest, state: dict) -> None:
        super().__init__(settings.CODE_ATTEMPTS, settings.CODE_LIFETIME, state)
        self.request = request

    @classmethod
    def begin(cls, request: HttpRequest, phone: str, next_url: str) -> "Proof":
        """Send a code to a number (E.164). Raises `CodeNotSentError`."""
        proof = cls(request, {**cls.new_state(phone), "next": next_url})
        proof.send()
        return proof

    @classmethod
    def under_way(cls, request: HttpRequest) -> "Proof | None":
        state = request.session.get(cls.key)
        return cls(request, state).abort_if_invalid() if state else None

    def persist(self) -> None:
        self.request.session[self.key] = self.state

    def abort(self) -> None:
        self.request.session.pop(self.key, None)

    def finish(self) -> HttpResponse:
        """Keep the proof, after a right guess, and go back to where it was asked for."""
        resident = signed_in(self.request)
        with transaction.atomic():
            _proof, new = PhoneProof.objects.get_or_create(
                resident=resident, phone_digest=digest("phone", self.phone)
            )
            if new:
                audit.record("phone proven", resident, resident)
        self.abort()
        return redirect(self.state["next"])


def is_proven(resident: Resident, phone: str) -> bool:
    """Whether a number (E.164) is the account's own or was proven by a code."""
    phone_digest = digest("phone", phone)
    if resident.phone_digest == phone_digest:
        return True
    return resident.phone_proofs.filter(phone_digest=phone_digest).exists()


def start_proof(request: HttpRequest, phone: str, next_url: str) -> HttpResponse:
    """Lead a signed-in resident to the page that proves a number (E.164), and then to `next_url`.

    `next_url` must be ours, not the visitor's. If no code can be sent, they go back and see why.
    """
    if is_proven(signed_in(request), phone):
        return redirect(next_url)
    return ask_for_proof(request, Proof, phone, next_url)


def ask_for_proof(
    request: HttpRequest, kind: type[Proof], phone: str, next_url: str
) -> HttpResponse:
    """Send a code, unless one is on its way to this number, and lead to the page that asks for it;
    where none can be sent, back to `next_url`."""
    under_way = kind.under_way(request)
    if under_way and under_way.phone == phone:
        under_way.state["next"] = next_url
        under_way.persist()
        return redirect(kind.page)
    try:
        kind.begin(request, phone, next_url)
    except CodeNotSentError as error:
        messages.error(request, str(error.message))
        return redirect(next_url)
    return redirect(kind.page)
