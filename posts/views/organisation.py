"""Posts in the name of a body: all of them in one list for its staff, and how one is begun."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from posts import access, drafts, organisations
from posts.models import Draft, Kind, Organisation, Outcome
from verification.requests import ResidentRequest


@never_cache
@require_safe
@login_required
def posts(request: ResidentRequest, body: str) -> HttpResponse:
    """`/partners/<body>/posts/?after=`: what a body posted, twenty at a time."""
    return show_posts(request, access.organisation_of(body, request.user))


def show_posts(
    request: ResidentRequest, organisation: Organisation, status: int = 200, **typed: str
) -> HttpResponse:
    """The list; `typed` is an amount that was refused, as in "my posts"."""
    try:
        after = UUID(request.GET["after"]) if "after" in request.GET else None
    except ValueError:
        raise Http404 from None
    found, following = organisations.page(organisation, after)
    here = reverse("organisation-posts", args=[organisation.slug])
    context = {
        "organisation": organisation,
        "posts": found,
        "after": following,
        "is_first": after is None,
        "outcomes": Outcome.choices,
        "typed": typed,
        "language_next": here,  # the address of an act has no page of its own
    }
    return render(request, "posts/organisation.html", context, status=status)


@require_POST
def write(request: ResidentRequest, body: str, kind: Kind) -> HttpResponse:
    """Begin a post in the name of a body: what is typed from now on is for it."""
    here = reverse("organisation-posts", args=[body])
    if not request.user.is_authenticated:
        return redirect_to_login(here)
    organisation = access.organisation_of(body, request.user)
    draft = Draft.objects.create(kind=kind, resident=request.user, organisation=organisation)
    begin = reverse(f"{kind.word}-choose") + f"?as={organisation.slug}"
    return drafts.remember(redirect(begin), draft)
