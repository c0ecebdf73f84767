"""The page behind a one-tap link in a text message. Nobody needs to be signed in.

A GET changes nothing: phones and chat programs open links to preview them. The answer is a POST.
"""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from posts import closing, links
from posts.models import Outcome, Post, State
from posts.views.mine import is_key
from verification.requests import address_digest

LEFT = "left-"
UNPROCESSABLE = 422
RESOLVED, TELL_WITHIN = "resolved", 3600  # a cookie, and how many seconds it lasts


def kept_secret(response: HttpResponse) -> HttpResponse:
    """The address holds the token: it goes into no search engine and no Referer header.

    "no-referrer" would be stricter, but then browsers send `Origin: null` with the form, which the
    check against forgery refuses.
    """
    response["Referrer-Policy"] = "strict-origin"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """What the link is about, with its two buttons; POST `answer=` does what was tapped."""
    address = address_digest(request)
    try:
        if request.method == "POST":
            return send(request, token, address)
        return show(request, links.post_of(token, address))
    except links.GoneError:
        return kept_secret(render(request, "posts/link_gone.html", status=404))


def send(request: HttpRequest, token: str, address: str) -> HttpResponse:
    """Do what was tapped and say so; or, with what was typed, why not."""
    try:
        post = links.answer(token, address, request.POST.get("answer", ""), left_typed(request))
    except closing.NotPossibleError as error:
        return show(request, links.post_of(token, address), problem=str(error))
    if post.state == State.RESOLVED:
        done = _("Done: your number is hidden. Tapped by mistake? You can undo it for a day.")
    else:
        done = _("Thank you. Your post stays on the square.")
    messages.success(request, done)
    response = kept_secret(redirect("act-link-done"))
    if post.state == State.RESOLVED:
        let_tell_outcome(response, post)
    return response


def let_tell_outcome(response: HttpResponse, post: Post) -> None:
    """Whoever has just resolved a post may say how it ended, in this browser, for an hour: the link
    itself is used up. The cookie names a post of the public square, signed.
    """
    response.set_signed_cookie(
        RESOLVED,
        str(post.public_id),
        max_age=TELL_WITHIN,
        path=reverse("act-link-done"),
        secure=not settings.LOCAL,
        httponly=True,
        samesite="Lax",
    )


def just_resolved(request: HttpRequest) -> Post | None:
    """The post that this browser has just resolved by a link, if its ending has not been told."""
    public_id = request.get_signed_cookie(RESOLVED, default=None, max_age=TELL_WITHIN)
    if public_id is None:
        return None
    posts = Post.objects.without_contact().select_related("resident")
    return posts.filter(public_id=public_id, state=State.RESOLVED, outcome="").first()


def left_typed(request: HttpRequest) -> dict[int, str]:
    """What was typed into the fields `left-<item>`, by the item's key."""
    fields = [name.removeprefix(LEFT) for name in request.POST if name.startswith(LEFT)]
    return {int(key): request.POST[LEFT + key] for key in fields if is_key(key)}


def amounts(post: Post, typed: dict[int, str]) -> list[dict[str, Any]]:
    """The fields for what is left: what was typed, and whether it makes sense."""
    return [
        {
            "item": item,
            "left": typed.get(item.pk, item.amount),
            "is_wrong": item.pk in typed and not closing.is_amount(typed[item.pk], item.amount),
        }
        for item in post.items.all()
        if item.amount
    ]


def show(request: HttpRequest, post: Post, problem: str = "") -> HttpResponse:
    fields = [] if post.is_need else amounts(post, left_typed(request))
    context = {
        "post": post,
        "amounts": fields,
        "wrong": [field for field in fields if field["is_wrong"]],
        "problem": problem,
        "here": request.path,
    }
    status = UNPROCESSABLE if problem else 200
    return kept_secret(render(request, "posts/link.html", context, status=status))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def done(request: HttpRequest) -> HttpResponse:
    """What was done, at an address without the token; POST `outcome=` says how it ended."""
    post = just_resolved(request)
    if request.method == "POST":
        if post:
            with suppress(closing.NotPossibleError):
                closing.tell_outcome(post, post.resident, request.POST.get("outcome", ""))
                messages.success(request, _("Thank you for telling us."))
        return redirect("act-link-done")
    context = {"post": post, "outcomes": Outcome.choices}
    return render(request, "posts/link_done.html", context)
