"""`/<name>.txt` at the root, and the page on which a body asks for one."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from partners import access, proof_files
from partners.applying import NotPossibleError
from partners.forms import ProofFileForm
from partners.models import ProofFile
from posts.views.mine import is_key
from verification.requests import ResidentRequest

KEPT = 300  # seconds: a body that has ended proves nothing any more


@require_safe
def show(request: HttpRequest, name: str) -> HttpResponse:
    """`/<name>.txt`, of the names that stand in the table alone."""
    content = proof_files.content_of(f"{name}.txt")
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type="text/plain; charset=utf-8")
    patch_cache_control(response, public=True, max_age=KEPT)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def for_owner(request: ResidentRequest, body: str) -> HttpResponse:
    """The files of a body. POST asks for one; `remove=` removes one."""
    partner = access.for_owner(body, request.user)
    if is_key(old := request.POST.get("remove", "")):
        proof_files.remove(partner, request.user, int(old))
        messages.success(request, _("Removed. It may be seen for five minutes more."))
        return redirect("partner-files", body)
    form = ProofFileForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            proof_files.ask(partner, request.user, **form.cleaned_data)
        except NotPossibleError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("Thank you. We look at it, usually within a day."))
            return redirect("partner-files", body)
    context = {
        "form": form,
        "organisation": partner.organisation,
        "files": ProofFile.objects.filter(partner=partner).order_by("-id"),
        "site": settings.SITE_URL,
        "contact": settings.OPERATOR_CONTACT,
    }
    status = 422 if form.errors else 200
    return render(request, "partners/files.html", context, status=status)
