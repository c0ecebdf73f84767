"""Asking for a verification that another account holds, and saying no to it from there."""

from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from verification import levels, recovery, sms
from verification.models import Level, signed_in
from verification.real_name import TooManyTriesError


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask to move the verification here; the real-name page then says how it stands."""
    next_url = get_next_redirect_url(request)
    here = levels.with_next("real_name", next_url) if next_url else reverse("real_name")
    if not request.user.is_authenticated or request.user.level < Level.PHONE:
        return levels.ask_for(Level.PHONE, request, here)
    try:
        recovery.ask(request.user)
    except recovery.NothingToMoveError:
        messages.warning(request, _("There is nothing to move. Please send your document again."))
    except TooManyTriesError:
        messages.error(request, _("You asked for this several times. Please try again next week."))
    except sms.NotSentError:
        messages.error(
            request, _("The message to the other number could not be sent. Please try again.")
        )
    return HttpResponseRedirect(here)


@login_required
@require_POST
def say_no(request: HttpRequest) -> HttpResponse:
    """Keep one's own verification."""
    if recovery.say_no(signed_in(request)):
        messages.success(request, _("Your verification stays with this account."))
    return redirect("account")
