"""The part of the queue that is about identity checks: who holds one sees it, nobody else.

Each look is recorded. Nothing here is kept by a browser.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from posts import cases
from posts.cases import NotHeldError
from posts.models import Case
from verification import real_name, recovery
from verification.models import RealNameCheck, signed_in


@sensitive_variables("check", "context")
def page(request: HttpRequest, case: Case, context: dict[str, Any]) -> HttpResponse:
    """Name and number for whoever holds the case; for others that it waits, or who has it."""
    assert case.identity is not None  # by a constraint of the database
    check, recovers = case.identity, case.identity.recovers_id is not None
    if context["is_mine"]:
        try:
            check = real_name.look(check.pk, signed_in(request))
        except real_name.AlreadyDecidedError:
            messages.warning(request, _("This check is not waiting any more."))
            return redirect("admin:posts_case_changelist")
        context |= recovery.facts(check) if recovers else {}
    context |= {
        "check": check,
        "why_not": [
            (reason, RealNameCheck.Reason(reason).label)
            for _state, reason in cases.identity_outcomes(check)
            if reason
        ],
    }
    template = "admin/recovery_review.html" if recovers else "admin/identity_review.html"
    response = TemplateResponse(request, template, context)
    add_never_cache_headers(response)
    return response


def decide(request: HttpRequest, case_id: UUID, state: str, reason: str) -> HttpResponse:
    """One tap: `verified`, or `refused` and why."""
    try:
        check = cases.decide_identity(case_id, signed_in(request), state, reason)
    except recovery.TooEarlyError:
        messages.error(request, _("The other account can still say no."))
        return redirect("admin:posts_case_change", case_id)
    except real_name.AlreadyDecidedError:
        raise NotHeldError from None
    messages.success(request, f"{check.masked_name}{_(': ')}{check.get_state_display()}")
    return redirect("admin:posts_case_changelist")
