"""Proving a contact number."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from verification.phone_proof import Proof
from verification.views.code import ask_for_code


@sensitive_post_parameters("code")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def prove_phone(request: HttpRequest) -> HttpResponse:
    """Ask for the code that was sent to the number which `phone_proof.start_proof` was given."""
    proof = Proof.under_way(request)
    if proof is None:
        messages.warning(request, _("That code has run out. Please ask for a new one."))
        return redirect("account")
    return ask_for_code(request, proof, proof.finish, start_over=proof.state["next"])
