"""Text messages. A provider is one module here with a `Provider`; SMS_PROVIDER names it."""

from importlib import import_module
from typing import Protocol

from django.conf import settings


class NotSentError(Exception):
    """The provider did not take the message."""


class SmsProvider(Protocol):
    shows_codes: bool  # only the demo puts its codes on the page

    def send_code(self, phone: str, code: str) -> None:
        """Send a six-digit code to a number (E.164). Raises `NotSentError`."""


def provider() -> SmsProvider:
    return import_module(f"verification.sms.{settings.SMS_PROVIDER}").Provider()
