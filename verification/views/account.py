"""A resident's own page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from verification import recovery, signin
from verification.models import Level, Untied, WeixinTie, signed_in
from verification.real_name import latest


@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    resident = signed_in(request)
    context = {
        "check": latest(resident),
        "asked": recovery.asked_of(resident),
        "may_check": resident.level == Level.PHONE,
        "tie": WeixinTie.objects.filter(resident=resident).first(),
    }
    return render(request, "verification/account.html", context)


@require_POST
@login_required
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    """Somebody lost a phone, or forgot to sign out on a computer. WeChat signs in nobody either."""
    signin.sign_out_elsewhere(request)
    messages.success(request, _("All other devices are signed out."))
    return redirect("account")


@require_POST
@login_required
def untie_weixin(request: HttpRequest) -> HttpResponse:
    resident = signed_in(request)
    with transaction.atomic():
        is_untied = WeixinTie.objects.untie(resident, resident, Untied.OWN_WISH)
    if is_untied:
        messages.success(request, _("Done. WeChat does not sign you in any more."))
    return redirect("account")
