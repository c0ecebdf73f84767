"""Who confirms an identity. A provider is one module here; REAL_NAME_PROVIDER names it."""

from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Protocol

from django.conf import settings

from verification.documents import Document


class Outcome(Enum):
    VERIFIED = "verified"
    REFUSED = "refused"
    NEEDS_PERSON = "needs_person"
    TRY_LATER = "try_later"


@dataclass(frozen=True)
class Answer:
    """What a provider says; a `RealNameCheck.Reason` goes with a refusal and with "try later"."""

    outcome: Outcome
    reason: str = ""


class IdentityProvider(Protocol):
    accepts_anything: bool  # only the demo does, and the page says so

    def check(self, document: Document) -> Answer:
        """Ask whether name and number belong together.

        May take seconds: it is called outside any transaction. A provider that cannot be reached
        answers NEEDS_PERSON or TRY_LATER rather than raising, and never logs the document.
        """


def provider() -> IdentityProvider:
    return import_module(f"verification.identity.{settings.REAL_NAME_PROVIDER}").Provider()
