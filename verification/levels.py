"""Which level an act needs, whether somebody has it, and the way to get it."""

from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from functools import wraps
from typing import Any, Literal

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from verification import real_name
from verification.models import Level, RealNameCheck, Resident

Act = Literal["read", "reveal", "publish"]
SETTING = {"read": "LEVEL_TO_READ", "reveal": "LEVEL_TO_REVEAL", "publish": "LEVEL_TO_PUBLISH"}
PROVIDER_AWAY_FOR = timedelta(days=1)  # after that, whoever was told "try later" has to try


class Readiness(Enum):
    """What stands between somebody and publishing."""

    READY = "ready"
    PHONE_LEVEL = "phone level, while the real-name check is awaited"
    NEEDS_SIGN_IN = "needs sign-in"
    NEEDS_REAL_NAME = "needs the real-name check"


def level_needed(act: Act) -> Level:
    """The operator's level for an act (LEVEL_TO_READ, LEVEL_TO_REVEAL, LEVEL_TO_PUBLISH)."""
    return Level.named(getattr(settings, SETTING[act]))


def has_level(resident: Resident | AnonymousUser, act: Act) -> bool:
    return resident.is_authenticated and resident.level >= level_needed(act)


def publish_state(resident: Resident | AnonymousUser) -> Readiness:
    """Whether somebody may publish, or what they have to do first."""
    if not resident.is_authenticated or resident.level < Level.PHONE:
        return Readiness.NEEDS_SIGN_IN
    if has_level(resident, "publish"):
        return Readiness.READY
    if settings.PUBLISH_WHILE_CHECK_WAITS and check_is_awaited(resident):
        return Readiness.PHONE_LEVEL
    return Readiness.NEEDS_REAL_NAME


def check_is_awaited(resident: Resident) -> bool:
    """Whether it is not the resident's turn: a person has to decide, or the provider is away."""
    check = real_name.latest(resident)
    if check is None:
        return False
    if check.state == RealNameCheck.State.TRY_LATER:
        return check.created_at > timezone.now() - PROVIDER_AWAY_FOR
    return check.state == RealNameCheck.State.WAITING


def ask_for(level: Level, request: HttpRequest, next_url: str) -> HttpResponse:
    """Send a visitor to the page where they get a level, and from there back to `next_url`."""
    if not request.user.is_authenticated:
        return redirect(with_next("account_login", next_url))
    if request.user.level < Level.PHONE:
        messages.warning(
            request,
            _("This staff account has no phone. Sign out, then sign in with your own number."),
        )
        return redirect("account")
    return redirect(with_next("real_name" if level == Level.REAL_NAME else "account", next_url))


def with_next(name: str, next_url: str) -> str:
    return f"{reverse(name)}?{urlencode({'next': next_url})}"


def require_level(act: Act) -> Callable:
    """A view that only people of the act's level reach; others are led there and back.

    A POST comes back as a GET, so the view has to answer both.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            level = level_needed(act)
            # An act that is open to all looks at no account: its page stays the same for everybody.
            if level == Level.NONE or has_level(request.user, act):
                return view(request, *args, **kwargs)
            return ask_for(level, request, request.get_full_path())

        return wrapped

    return decorate
