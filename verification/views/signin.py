"""Signing in and out."""

from collections.abc import Collection

from allauth.account.utils import (
    get_login_redirect_url,
    get_next_redirect_url,
    passthrough_next_redirect_url,
)
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from verification import weixin
from verification.codes import CodeNotSentError
from verification.forms import ConsentForm, SignInForm
from verification.models import KeptDigest
from verification.requests import forgotten_here
from verification.signin import SignIn
from verification.views.code import ask_for_code
from verification.views.weixin import leads_to_weixin


def here(request: HttpRequest, name: str) -> str:
    """The address of a page, with the visitor's way back (`next`) kept if it is safe."""
    return passthrough_next_redirect_url(request, reverse(name), "next")


@never_cache
@leads_to_weixin
@sensitive_post_parameters("phone")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for a phone number, send it a code."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(get_login_redirect_url(request))  # redirect() reads names
    identity = weixin.waiting(request)
    sent = request.POST if request.method == "POST" else None
    form = SignInForm(sent, from_weixin=identity is not None)
    if form.is_valid():
        data, to_tie = form.cleaned_data, identity if form.is_to_tie else None
        try:
            SignIn.begin(request, data["phone"], data["shared"], to_tie)
        except CodeNotSentError as error:
            form.add_error("phone", str(error.message))
        else:
            return redirect(here(request, "account_confirm_login_code"))
    context = {
        "form": form,
        "next": get_next_redirect_url(request),
        "from_weixin": identity is not None,
        "offers_weixin": identity is None and weixin.is_offered(request),
    }
    status = 422 if form.errors else 200
    return render(request, "verification/sign_in.html", context, status=status)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code; the right one signs in, or leads on whoever is new."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(get_login_redirect_url(request))  # redirect() reads names
    process = SignIn.under_way(request)
    if process is None:
        messages.warning(request, _("That code has run out. Please ask for a new one."))
        return redirect(here(request, "account_login"))
    if process.is_proven:
        return redirect(here(request, "join"))
    return ask_for_code(
        request,
        process,
        on_success=lambda: sign_in_with(request, process, get_next_redirect_url(request)),
        start_over=here(request, "account_login"),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Ask whoever has proven a new number for what an account needs; then there is one."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(get_login_redirect_url(request))  # redirect() reads names
    process = SignIn.under_way(request)
    if process is None or not process.is_proven:
        return redirect(here(request, "account_confirm_login_code"))
    form = ConsentForm(request.user, "join", request.POST if request.method == "POST" else None)
    if form.is_valid():
        return sign_in_with(request, process, get_next_redirect_url(request), form.purposes)
    context = {"form": form, "start_over": here(request, "account_login")}
    return render(request, "verification/join.html", context, status=422 if form.errors else 200)


def sign_in_with(
    request: HttpRequest, process: SignIn, next_url: str | None, agreed: Collection[str] = ()
) -> HttpResponse:
    """Sign in after the right code, unless the number's account was erased a moment ago."""
    try:
        return process.finish(next_url, here(request, "join"), agreed)
    except KeptDigest.StillKept as kept:
        process.abort()
        context = {"until": kept.until}
        return render(request, "verification/rejoin_later.html", context, status=403)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out here. The browser also forgets the pages that it keeps for its way back."""
    next_url = get_next_redirect_url(request)
    auth.logout(request)
    response = HttpResponseRedirect(next_url or "/")  # redirect() reads names
    return forgotten_here(response)


@never_cache
def suspended(request: HttpRequest) -> HttpResponse:
    """Where somebody arrives whose account is suspended."""
    return render(request, "verification/suspended.html", status=403)
