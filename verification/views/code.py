"""The page that asks for a code, wherever one is needed."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from verification import sms
from verification.codes import CodeNotSentError, CodeProcess
from verification.forms import CodeForm
from verification.phones import masked


def ask_for_code(
    request: HttpRequest,
    process: CodeProcess,
    on_success: Callable[[], HttpResponse],
    start_over: str,
) -> HttpResponse:
    """Show the code form, check a guess, or send a new code.

    `start_over` is where a dead code and "another number" lead.
    """
    if "resend" in request.POST:
        return resend(request, process)
    form = CodeForm(request.POST if request.method == "POST" else None, process)
    if form.is_valid():
        return on_success()
    if form.has_error("code", "dead"):
        messages.error(request, str(form.errors["code"][0]))
        return redirect(start_over)
    context = {
        "form": form,
        "start_over": start_over,
        "is_own_number": process.is_own_number,
        **about(process),
    }
    status = 422 if form.errors else 200
    return render(request, "verification/code.html", context, status=status)


def about(process: CodeProcess) -> dict[str, object]:
    """What a page that asks for a code says of it (verification/code_sent.html)."""
    return {
        "phone": masked(process.phone),
        "can_resend": process.can_resend,
        "demo_code": process.code if sms.provider().shows_codes else None,
    }


def resend(request: HttpRequest, process: CodeProcess) -> HttpResponse:
    if not process.can_resend:
        messages.error(request, _("No more codes for now. Please use the newest text message."))
        return redirect(request.get_full_path())
    try:
        process.resend()
    except CodeNotSentError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("A new code is on its way."))
    return redirect(request.get_full_path())
