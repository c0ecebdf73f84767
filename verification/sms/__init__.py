"""Text messages. A provider is one module here with a `Provider`; SMS_PROVIDER names it."""

from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Protocol

from django.conf import settings


class Template(StrEnum):
    """The messages there are. Chinese providers send only texts that they approved beforehand."""

    CODE = "code"  # values: the code
    MESSAGE = "message"  # none: somebody answered a post


@dataclass(frozen=True)
class Message:
    """A template and what stands in its blanks, in order. Never logged: values hold codes."""

    template: Template
    values: tuple[str, ...] = field(repr=False)


class NotSentError(Exception):
    """The provider did not take the message."""


class SmsProvider(Protocol):
    shows_codes: bool  # only the demo puts its codes on the page

    def send(self, phone: str, message: Message) -> None:
        """Send a message to a number (E.164). Raises `NotSentError`."""


def provider() -> SmsProvider:
    return import_module(f"verification.sms.{settings.SMS_PROVIDER}").Provider()


def send(phone: str, template: Template, values: tuple[str, ...] = ()) -> None:
    """Send a message to a number (E.164). Raises `NotSentError`."""
    provider().send(phone, Message(template, values))


def send_code(phone: str, code: str) -> None:
    """Send a six-digit code to a number (E.164). Raises `NotSentError`."""
    send(phone, Template.CODE, (code,))
