"""The page behind a one-tap link in a text message. Nobody needs to be signed in.

A GET changes nothing: phones and chat programs open links to preview them. The answer is a POST.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from posts import closing, links
from posts.models import Post, State
from verification.requests import address_digest


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
        if request.method != "POST":
            return show(request, links.post_of(token, address))
        post = links.answer(token, address, request.POST.get("answer", ""))
    except links.GoneError:
        return kept_secret(render(request, "posts/link_gone.html", status=404))
    except closing.NotPossibleError as error:
        return show(request, links.post_of(token, address), problem=str(error), status=422)
    if post.state == State.RESOLVED:
        done = _("Done: your number is hidden. Tapped by mistake? You can undo it for a day.")
    else:
        done = _("Thank you. Your post stays on the square.")
    messages.success(request, done)
    return kept_secret(redirect("act-link-done"))


def show(request: HttpRequest, post: Post, problem: str = "", status: int = 200) -> HttpResponse:
    context = {"post": post, "problem": problem, "here": request.path}
    return kept_secret(render(request, "posts/link.html", context, status=status))


@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """What was done, at an address without the token."""
    return render(request, "posts/link_done.html")
