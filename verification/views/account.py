"""A resident's own page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from verification import recovery
from verification.models import Level, signed_in
from verification.phones import masked
from verification.real_name import latest


@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    resident = signed_in(request)
    context = {
        "phone": masked(resident.phone) if resident.phone else "",
        "check": latest(resident),
        "asked": recovery.asked_of(resident),
        "may_check": resident.level == Level.PHONE,
    }
    return render(request, "verification/account.html", context)
