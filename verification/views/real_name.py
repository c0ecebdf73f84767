"""The resident's side of the real-name check."""

from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from verification import identity, levels, recovery
from verification.forms import RealNameForm
from verification.models import Level, RealNameCheck, signed_in
from verification.real_name import TooManyTriesError, latest, submit

State = RealNameCheck.State


@sensitive_variables("form")
@sensitive_post_parameters("name", "number")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def real_name(request: HttpRequest) -> HttpResponse:
    """Say how the check stands; take a document if it is the resident's turn."""
    if not request.user.is_authenticated or request.user.level < Level.PHONE:
        return levels.ask_for(Level.PHONE, request, request.get_full_path())
    check = latest(request.user)
    if check and check.state in (State.VERIFIED, State.WAITING):
        return render(request, "verification/real_name_state.html", about(request, check))
    form = RealNameForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return after(request, submit(request.user, form.cleaned_data["document"]))
        except TooManyTriesError:
            form.add_error(None, _("That was tried often enough today. Please try again tomorrow."))
    context = {
        **about(request, check),
        "form": form,
        "may_recover": recovery.holder_of(signed_in(request)) is not None,
        "demo": identity.provider().accepts_anything,
    }
    status = 422 if form.errors else 200
    return render(request, "verification/real_name.html", context, status=status)


def about(request: HttpRequest, check: RealNameCheck | None) -> dict[str, object]:
    """What every state of the page shows: the newest check and the way back."""
    state = levels.publish_state(request.user)
    return {
        "check": check,
        "asked": recovery.asked_of(signed_in(request)),
        "next": get_next_redirect_url(request),
        "may_publish": state in (levels.Readiness.READY, levels.Readiness.PHONE_LEVEL),
    }


def after(request: HttpRequest, check: RealNameCheck) -> HttpResponse:
    """Back to where the resident came from if verified, else to this page, which says how it is."""
    next_url = get_next_redirect_url(request)
    if check.state != State.VERIFIED:
        return redirect(request.get_full_path())
    messages.success(request, _("Thank you, your name is verified."))
    return HttpResponseRedirect(next_url or reverse("account"))
