"""One post, and its contact."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.kept import keep
from places.visitor import for_this_visitor, visitor_place
from posts import access, messaging, nearby, square
from posts.access import NotShownError
from posts.contact import reveal, was_shown
from posts.models import Kind, Post
from verification.forms import ConsentForm
from verification.levels import require_level
from verification.requests import ResidentRequest

STATUS_OF = {"quota": 429, "resting": 429, "closed": 410, "way": 409}


@for_this_visitor
@require_safe
@require_level("read")
def show(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The public page of a post. It holds no contact, and looks at no account: only where a poster
    asks to be written to, whoever wrote sees that he has.
    """
    post = access.readable(public_id)
    metres = square.metres_to(post, visitor_place(request))
    # Who followed an old link finds others like it.
    kind = None if post.is_on_square else Kind(post.kind)
    matches = nearby.matches(post, kind)
    context: dict[str, object] = {"post": post, "metres": metres, "matches": matches}
    if post.asks_first and request.user.is_authenticated:
        context["message"] = messaging.standing(post, request.user)
    response = render(request, "posts/post.html", context, status=200 if post.is_on_square else 410)
    shown = [row.found for match in matches for row in match.rows]
    ends = min([post.expires_at.timestamp(), *(each.expires for each in shown)])
    return keep(response, posts=[post.pk, *(each.post_id for each in shown)], until=ends)


@never_cache
@require_http_methods(["GET", "POST"])
@require_level("reveal")
def contact(request: ResidentRequest, public_id: UUID) -> HttpResponse:
    """Before a phone is shown: what to ask, and that the poster will know. POST shows it."""
    post = access.seen_by(public_id, request.user)
    if post.asks_first:
        return redirect("ask", post.public_id)
    is_own = post.belongs_to(request.user)
    is_a_colleagues = is_own and post.organisation is not None  # who has to know whom to call
    if not is_a_colleagues and not was_shown(post, request.user):
        typed = request.POST if request.method == "POST" else None
        form = ConsentForm(request.user, "reveal", typed)
        if not form.is_valid():
            context = {"post": post, "form": form}
            status = 422 if form.errors else 200
            return render(request, "posts/before_contact.html", context, status=status)
        form.give()
    try:
        post = reveal(post, request.user)
    except NotShownError as refusal:
        return say_no(request, "posts/no_contact.html", post, refusal)
    if request.method == "POST":  # a reload must not ask to send again
        return redirect(reverse("contact", args=[post.public_id]))
    return render(request, "posts/contact.html", {"post": post, "is_own": is_own})


def say_no(
    request: HttpRequest, template: str, post: Post, refusal: NotShownError, **context: object
) -> HttpResponse:
    """A page that says why somebody cannot get in touch, and when to try again."""
    context |= {"post": post, "refusal": refusal}
    response = render(request, template, context, status=STATUS_OF.get(refusal.reason, 403))
    if refusal.again_at:
        wait = (refusal.again_at - timezone.now()).total_seconds()
        response["Retry-After"] = str(max(1, round(wait)))
    return response


@never_cache
@require_safe
@login_required
def published(request: ResidentRequest, public_id: UUID) -> HttpResponse:
    """The plain confirmation after publishing: what happens next."""
    post = access.own(public_id, request.user)
    context = {"post": post, "matches": nearby.matches(post)}
    return render(request, "posts/published.html", context)
