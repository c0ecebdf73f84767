"""Text messages. A provider is one module here with a `Provider`; SMS_PROVIDER names it."""

from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Protocol

from django.conf import settings
from django.dispatch import Signal
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

answered = Signal()  # template, went: whether the provider took a message. Never to whom or what


class Template(StrEnum):
    """The messages there are. Chinese providers send only texts that they approved beforehand.

    docs/operating.md has a text for each.
    """

    CODE = "code"  # values: the code
    MESSAGE = "message"  # none: somebody answered a post
    STILL_THERE = "still-there"  # the link: is this post still needed, still there?
    DEMAND = "demand"  # the link: many asked about this offer, is any left?
    RECALL = "recall"  # none: an offer that this person asked about may be unsafe
    PARTNER = "partner"  # none: the application of a body was decided, or it was ended
    RECOVERY = "recovery"  # none: somebody asks for this account's verification


@dataclass(frozen=True)
class Message:
    """A template and what stands in its blanks, in order. Never logged: values hold codes."""

    template: Template
    values: tuple[str, ...] = field(repr=False)
    key: str = field(default="", compare=False)  # the same for each try; empty: tried this once


class NotSentError(Exception):
    """The provider did not take the message; `told` is what the person in front of it reads."""

    told: Promise | str = _("The text message could not be sent. Please try again in a minute.")


class BadNumberError(NotSentError):
    """No message reaches this number: it is wrong, abroad, or wants none."""

    told = _("This number cannot receive our text messages. Please check it, or use another one.")


class TooOftenError(NotSentError):
    """The provider's own limit for one number."""

    told = _("This number was sent many text messages. Please try again later.")


class SmsProvider(Protocol):
    shows_codes: bool  # only the demo puts its codes on the page

    def send(self, phone: str, message: Message) -> None:
        """Send a message to a number (E.164). Raises `NotSentError`."""


def provider() -> SmsProvider:
    return import_module(f"verification.sms.{settings.SMS_PROVIDER}").Provider()


def send(phone: str, template: Template, values: tuple[str, ...] = (), key: str = "") -> None:
    """Send a message to a number (E.164). Raises `NotSentError`.

    `key` names it: a provider that can do so sends once for one key, however often it is tried.
    """
    went = False
    try:
        provider().send(phone, Message(template, values, key))
        went = True
    finally:
        answered.send_robust(sender=None, template=template, went=went)


def send_code(phone: str, code: str) -> None:
    """Send a six-digit code to a number (E.164). Raises `NotSentError`."""
    send(phone, Template.CODE, (code,))
