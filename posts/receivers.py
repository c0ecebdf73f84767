"""What the board does when something happens to an account."""

from typing import Any

from django.dispatch import receiver

from posts import erasing, moderation, waiting
from posts.models import HiddenFor, Post, State
from posts.publishing import lower_level, raise_level
from verification.models import Consent, RealNameCheck, Resident
from verification.signals import (
    check_moved,
    consent_withdrawn,
    real_name_lost,
    real_name_verified,
    suspension_changed,
)
from verification.suspension import Reason


@receiver(real_name_verified)
def mark_open_posts(sender: Any, resident: Resident, **kwargs: Any) -> None:
    raise_level(resident)


@receiver(real_name_lost)
def unmark_posts(sender: Any, resident: Resident, **kwargs: Any) -> None:
    lower_level(resident)


@receiver(suspension_changed)
def hide_or_restore_posts(
    sender: Any, resident: Resident, by: Resident, reason: Reason, **kwargs: Any
) -> None:
    """The posts of a suspended account leave the square, and come back with it.

    The offers of somebody who gave unsafe medicine are recalled, and do not.
    """
    posts = Post.objects.filter(resident=resident).order_by("-id")  # locked as the admin does
    if resident.is_active:
        for post in posts.filter(state=State.HIDDEN, hidden_for=HiddenFor.ACCOUNT):
            moderation.restore(post, by)
        return
    for post in posts.filter(state=State.OPEN):
        moderation.hide(post, by, HiddenFor.ACCOUNT)
    if reason == Reason.UNSAFE:
        moderation.recall_offers(resident, by)


@receiver(check_moved)
def queue_or_let_go(sender: Any, check: RealNameCheck, **kwargs: Any) -> None:
    waiting.follow_identity(check)


@receiver(consent_withdrawn)
def let_go_of_posts(sender: Any, resident: Resident, purpose: str, **kwargs: Any) -> None:
    """Without the consent to the real-name check the mark goes; without another, the posts."""
    if purpose == Consent.Purpose.REAL_NAME:
        lower_level(resident)
        erasing.close_below_level(resident)
    else:
        erasing.take_back(resident)
