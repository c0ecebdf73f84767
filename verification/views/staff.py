"""Staff sign in: password, then the second factor, which a newcomer sets up on the way.

The pages stand inside the admin site (`mutualaid.admin`), which alone leads to them.
"""

from typing import Any

import qrcode
from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.mfa.adapter import get_adapter
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods
from qrcode.image.svg import SvgPathFillImage

from verification import staff
from verification.forms import SecondFactorForm
from verification.models import signed_in


class PasswordForm(AdminAuthenticationForm):
    """User name and password; each try is counted before it is compared."""

    request: HttpRequest

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username")
        if not name or not self.cleaned_data.get("password"):
            return self.cleaned_data
        staff.count_password(self.request, name)
        try:
            return super().clean()
        except ValidationError:
            staff.password_was_wrong(name)
            raise


class PasswordStep(LoginView):
    """Django's page for user name and password. It signs nobody in: the second factor does."""

    authentication_form = PasswordForm
    template_name = "admin/login.html"

    def form_valid(self, form: Any) -> HttpResponse:
        staff.begin(self.request, form.get_user())
        return redirect(here(self.request, "admin:second_factor"))

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


def here(request: HttpRequest, name: str) -> str:
    """The address of a page, with the way back (`next`) kept if it is safe."""
    return passthrough_next_redirect_url(request, reverse(name), "next")


def steps(view: Any) -> Any:
    """What all pages of a sign-in need: no keeping, no codes in error reports, no odd methods."""
    methods = require_http_methods(["GET", "HEAD", "POST"])
    return never_cache(sensitive_post_parameters("code")(methods(view)))


@steps
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for a code of the app, or a recovery code."""
    resident = staff.under_way(request)
    if resident is None:
        return start_over(request)
    if not staff.has_device(resident):
        return redirect(here(request, "admin:second_factor_set_up"))
    form = SecondFactorForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            staff.enter(request, resident, form.cleaned_data["code"])
            url = get_next_redirect_url(request) or reverse("admin:index")
            return HttpResponseRedirect(url)
        except ValidationError as error:
            form.add_error("code", error)
    context = {"title": _("Second factor"), "demo_code": staff.demo_code(request, resident)}
    return page(request, "admin/second_factor.html", form, context)


@steps
@sensitive_variables("secret", "codes", "context")
def set_up(request: HttpRequest) -> HttpResponse:
    """Show the secret for the app; the app's first code signs in and brings the recovery codes."""
    resident = staff.under_way(request)
    if resident is None or staff.has_device(resident):
        return start_over(request)
    form = SecondFactorForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            codes = staff.set_up(request, resident, form.cleaned_data["code"])
            return recovery_codes_page(request, codes)
        except ValidationError as error:
            form.add_error("code", error)
    secret = staff.secret_to_set_up(request)
    url = get_adapter().build_totp_url(resident, secret)
    context = {
        "title": _("Set up a second factor"),
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "url": url,
        "picture": qr_code(url),
        "demo_code": staff.demo_code(request, resident),
    }
    return page(request, "admin/second_factor_set_up.html", form, context)


@steps
@sensitive_variables("codes")
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """How many recovery codes are left; a code of the app brings new ones."""
    resident = signed_in(request)
    form = SecondFactorForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            codes = staff.renew_recovery_codes(resident, form.cleaned_data["code"])
            return recovery_codes_page(request, codes)
        except ValidationError as error:
            form.add_error("code", error)
    context = {
        "title": _("Recovery codes"),
        "left": staff.recovery_codes_left(resident),
        "demo_code": staff.demo_code(request, resident),
    }
    return page(request, "admin/recovery_codes.html", form, context)


def recovery_codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """The codes, in the answer to the POST that made them: no address shows them again."""
    context = {"title": _("Recovery codes"), "codes": codes}
    return page(request, "admin/recovery_codes_new.html", None, context)


def page(request: HttpRequest, template: str, form: Any, context: dict[str, Any]) -> HttpResponse:
    context = {**admin.site.each_context(request), "form": form, **context}
    status = 422 if form and form.errors else 200
    return TemplateResponse(request, template, context, status=status)


def start_over(request: HttpRequest) -> HttpResponse:
    if not admin.site.has_permission(request):
        messages.warning(request, _t("Please sign in with your user name and password first."))
    return redirect(here(request, "admin:login"))


@sensitive_variables()
def qr_code(text: str) -> SafeString:
    """A picture of a text for a phone's camera, as SVG to stand in the page."""
    picture = qrcode.make(text, image_factory=SvgPathFillImage, box_size=20)
    return mark_safe(picture.to_string(encoding="unicode"))  # noqa: S308 -- the library's own SVG
