"""My posts: what a poster does with them."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from posts import access, closing, contact, messaging, recalls
from posts.models import Outcome, Post, Reveal
from posts.views.organisation import show_posts
from verification.requests import ResidentRequest

SHOWN = 50
UNPROCESSABLE = 422


@never_cache
@require_safe
@login_required
def mine(request: ResidentRequest) -> HttpResponse:
    return show(request)


def show(request: ResidentRequest, status: int = 200, **typed: str) -> HttpResponse:
    """My posts, newest first, with how many got in touch about each; and what I wrote to others.

    `typed` is what was refused: the key of an `item` and how much is `left` of it.
    """
    posts = Post.objects.of(request.user).with_items().with_callers()[:SHOWN]
    context = {
        "posts": posts,
        "outcomes": Outcome.choices,
        "sent": messaging.sent_by(request.user, SHOWN),
        "typed": typed,
        "language_next": reverse("mine"),  # the address of an act has no page of its own
    }
    return render(request, "posts/mine.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def seen(request: ResidentRequest, public_id: UUID) -> HttpResponse:
    """Who was shown the contact of one's own post; POST blocks one of them, or no longer."""
    post = access.own(public_id, request.user)
    if request.method != "POST":
        return render(request, "posts/seen.html", {"post": post, "lookers": contact.who_saw(post)})
    reveal, blocked = request.POST.get("reveal", ""), request.POST.get("blocked", "") == "1"
    if is_key(reveal):
        with suppress(Reveal.DoesNotExist):
            contact.set_blocked(post, request.user, int(reveal), blocked)
    return redirect("seen", post.public_id)


def is_key(typed: str) -> bool:
    """Whether it can be the key of a row: the database takes 19 digits at most."""
    return typed.isascii() and typed.isdigit() and len(typed) < 19


def act(
    request: ResidentRequest, public_id: UUID, call: Callable[[Post], Any], done: str, **typed: str
) -> HttpResponse:
    """Do something to one's own post, or one of the body whose staff one is; say so, and go back to
    its list; nothing `typed` is lost.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("mine"))
    post = access.own(public_id, request.user)
    try:
        call(post)
    except closing.NotPossibleError as error:
        reason = str(error) or _("That is not possible any more for this post.")
        messages.error(request, reason)
        if typed and str(error):  # else there is no field any more
            if post.organisation:
                return show_posts(request, post.organisation, UNPROCESSABLE, **typed)
            return show(request, UNPROCESSABLE, **typed)
    else:
        messages.success(request, done)
    return redirect(post.list_url)


@require_POST
def understood(request: ResidentRequest) -> HttpResponse:
    """I have understood that an offer I was shown was recalled: `recall=` says which."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("mine"))
    recall = request.POST.get("recall", "")
    if is_key(recall):
        recalls.understand(request.user, int(recall))
    return redirect("mine")


@require_POST
def resolve(request: ResidentRequest, public_id: UUID) -> HttpResponse:
    done = _("Done: your number is hidden. Tapped by mistake? You can undo it for a day.")
    return act(request, public_id, lambda post: closing.resolve(post, request.user), done)


@require_POST
def outcome(request: ResidentRequest, public_id: UUID) -> HttpResponse:
    chosen = request.POST.get("outcome", "")
    thanks = _("Thank you for telling us.")
    return act(
        request, public_id, lambda post: closing.tell_outcome(post, request.user, chosen), thanks
    )


@require_POST
def reopen(request: ResidentRequest, public_id: UUID) -> HttpResponse:
    done = _("Your post is back on the square.")
    return act(request, public_id, lambda post: closing.reopen(post, request.user), done)


@require_POST
def extend(request: ResidentRequest, public_id: UUID) -> HttpResponse:
    done = _("Thank you. Your post stays on the square.")
    return act(request, public_id, lambda post: closing.extend(post, request.user), done)


@require_POST
def in_hand(request: ResidentRequest, public_id: UUID) -> HttpResponse:
    """Someone is on it, or (with an empty `in_hand`) nobody any more."""
    said = request.POST.get("in_hand", "") == "1"
    return act(
        request, public_id, lambda post: closing.set_in_hand(post, request.user, said), _("Noted.")
    )


@never_cache
@require_POST
def amount(request: ResidentRequest, public_id: UUID) -> HttpResponse:
    """Lower what is left of one medicine of an offer."""
    item, left = request.POST.get("item", "").strip(), request.POST.get("left", "")
    done = _("Noted.")
    return act(
        request,
        public_id,
        lambda post: closing.set_amount_left(
            post, request.user, int(item) if is_key(item) else 0, closing.amount_typed(left)
        ),
        done,
        item=item,
        left=left,
    )
