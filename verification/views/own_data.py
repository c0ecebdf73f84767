"""A resident's data: look, take a copy, take a consent back, erase the account."""

from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from safety.register import days
from verification import confirmation, consent, known_browsers, leaving
from verification.models import Consent, signed_in
from verification.own_data import TooManyCopiesError, take_copy
from verification.requests import forgotten_here
from verification.views.code import ask_for_code


@never_cache
@require_safe
@login_required
def own_data(request: HttpRequest) -> HttpResponse:
    """What one can do with one's data, and what one has agreed to."""
    context = {"consents": consent.standing(signed_in(request))}
    return render(request, "verification/own_data.html", context)


@never_cache
@require_POST
@login_required
def copy(request: HttpRequest) -> HttpResponse:
    """Download everything as one file, in plain words."""
    if not confirmation.is_fresh(request):
        return confirmation.ask(request, reverse("own_data"))
    try:
        data = take_copy(signed_in(request))
    except TooManyCopiesError:
        messages.error(request, _("You have taken several copies today. Please try tomorrow."))
        return redirect("own_data")
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@never_cache
@require_POST
@login_required
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take one consent back."""
    purpose = request.POST.get("purpose", "")
    if purpose in Consent.Purpose.values:
        consent.withdraw(signed_in(request), purpose)
        messages.success(request, _("Done: your consent is withdrawn."))
    return redirect("own_data")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def erase(request: HttpRequest) -> HttpResponse:
    """Say what goes and what stays; POST erases the account."""
    if request.method != "POST":
        context = {"rejoin": days(leaving.rejoin_after())}
        return render(request, "verification/erase.html", context)
    if not confirmation.is_fresh(request):
        return confirmation.ask(request, reverse("erase"))
    resident = signed_in(request)
    try:
        leaving.erase(resident, by=resident)
    except PermissionDenied:
        messages.error(request, _("Staff cannot erase themselves. Please ask the operator."))
        return redirect("account")
    auth.logout(request)
    response = render(request, "verification/erased.html")
    known_browsers.forget(response)
    return forgotten_here(response)


@sensitive_post_parameters("code")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the code that was sent to the account's own number."""
    under_way = confirmation.Confirmation.under_way(request)
    if under_way is None:
        messages.warning(request, _("That code has run out. Please ask for a new one."))
        return redirect("own_data")
    return ask_for_code(request, under_way, under_way.finish, start_over=under_way.state["next"])
