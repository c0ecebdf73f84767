"""The pages of a body: applying, its public page, and what its staff and its owner do."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners import access, applying, keys, links, staff
from partners.applying import NotPossibleError
from partners.forms import ApplyForm, ChangeForm, InviteForm
from partners.models import Key, Partner
from partners.numbers import brought
from posts import organisations
from posts.models import Member
from posts.views.mine import is_key
from safety.screening.forms import without_passages
from verification.requests import ResidentRequest

UNPROCESSABLE = 422
NEW_KEY = "new_api_key"  # in the encrypted session, until it was shown once


@never_cache
@sensitive_post_parameters("line", "contact_name", "contact_phone", "contact_email")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def apply(request: ResidentRequest) -> HttpResponse:
    """`/partners/apply/`: somebody who is signed in applies for a body."""
    form = ApplyForm(without_passages(request.POST) if request.method == "POST" else None)
    if form.is_valid():
        try:
            partner = applying.apply(form.application(), request.user)
        except NotPossibleError as error:
            form.add_error("slug", str(error))
        else:
            return redirect("partner-staff", partner.organisation.slug)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "partners/apply.html", {"form": form}, status=status)


@require_safe
def show(request: HttpRequest, body: str) -> HttpResponse:
    """`/partners/<body>/`: what a body is, its areas and its way into the square. It looks at no
    account.
    """
    partner = access.shown(body)
    areas = list(partner.areas.all())
    context = {"partner": partner, "ways": links.of(partner, areas)}
    return render(request, "partners/partner.html", context)


@never_cache
@require_safe
@login_required
def for_staff(request: ResidentRequest, body: str) -> HttpResponse:
    """The page of its staff: how the application stands; then its links, numbers, keys, people."""
    partner = access.for_staff(body, request.user)
    organisation = partner.organisation
    context: dict[str, Any] = {
        "partner": partner,
        "organisation": organisation,
        "is_owner": access.membership(body, request.user).is_owner,
        "contact": settings.OPERATOR_CONTACT,
    }
    if partner.is_approved:
        areas = list(partner.areas.all())
        context |= {
            "ways": links.of(partner, areas),
            "numbers": organisations.numbers(organisation),
            "brought": brought.by(organisation),
            "has_contact": bool(Partner.objects.exclude(contact_phone="").filter(pk=partner.pk)),
        }
    return render(request, "partners/staff.html", context)


@never_cache
@sensitive_post_parameters("contact_name", "contact_phone", "contact_email")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: ResidentRequest, body: str) -> HttpResponse:
    """Whom to ask, the areas, what the links show."""
    partner = access.for_owner(body, request.user)
    sent = without_passages(request.POST) if request.method == "POST" else None
    form = ChangeForm(sent, partner, list(partner.areas.all()))
    if form.is_valid():
        applying.change(partner, request.user, form.columns(), form.cleaned_data["areas"])
        messages.success(request, _("Saved."))
        return redirect("partner-staff", body)
    context = {
        "form": form,
        "organisation": partner.organisation,
        "contact": settings.OPERATOR_CONTACT,
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "partners/change.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def api_keys(request: ResidentRequest, body: str) -> HttpResponse:
    """The keys of a body. POST makes one, which the next page shows once; `stop=` stops one."""
    partner = access.for_owner(body, request.user)
    if request.method == "POST":
        if is_key(old := request.POST.get("stop", "")):
            keys.stop(partner, request.user, int(old))
            messages.success(request, _("This key is stopped."))
        elif "make" in request.POST:
            request.session[NEW_KEY] = [body, keys.make(partner, request.user)]
        return redirect("partner-keys", body)
    made_for, made = request.session.pop(NEW_KEY, ("", ""))
    context = {
        "organisation": partner.organisation,
        "made": made if made_for == body else "",
        "keys": Key.objects.filter(partner=partner).order_by("-id"),
        "example": links.example_with_key(made if made_for == body else "yao_…"),
        "overlap": Key.OVERLAP.days,
    }
    return render(request, "partners/keys.html", context)


@never_cache
@sensitive_post_parameters("phone")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def people(request: ResidentRequest, body: str) -> HttpResponse:
    """The staff of a body; its owner invites a number."""
    partner = access.for_owner(body, request.user)
    organisation = partner.organisation
    form = InviteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            staff.invite(organisation, request.user, form.cleaned_data["phone"])
        except staff.TooManyError:
            form.add_error("phone", _("Many people were invited already. Try again tomorrow."))
        else:
            messages.success(request, _("Invited. It lasts for 14 days."))
            return redirect("partner-people", body)
    context = {
        "form": form,
        "organisation": organisation,
        "people": staff.of(organisation, request.user),
        "invitations": organisation.invitations.standing(),
    }
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "partners/people.html", context, status=status)


@require_POST
def person(request: ResidentRequest, body: str) -> HttpResponse:
    """The owner takes somebody off the staff (`remove=`), makes a colleague the owner (`owner=`) or
    takes an invitation back (`invitation=`).
    """
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("partner-people", args=[body]))
    organisation = access.for_owner(body, request.user).organisation
    acts = {"remove": staff.remove, "owner": staff.hand_over, "invitation": staff.take_back}
    for name, act in acts.items():
        if is_key(key := request.POST.get(name, "")):
            act(organisation, request.user, int(key))
            messages.success(request, _("Done."))
    is_owner = Member.objects.filter(
        organisation=organisation, resident=request.user, is_owner=True
    ).exists()
    return redirect("partner-people" if is_owner else "partner-staff", body)


@require_POST
def leave(request: ResidentRequest, body: str) -> HttpResponse:
    """One of the staff goes; the owner first makes somebody else the owner."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("partner-staff", args=[body]))
    member = access.membership(body, request.user)
    if member.is_owner:
        messages.error(request, _("Please make a colleague the owner first."))
        return redirect("partner-staff", body)
    staff.remove(member.organisation, request.user, member.pk)
    messages.success(request, _("You publish no more for this body."))
    return redirect("account")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invitations(request: ResidentRequest) -> HttpResponse:
    """The bodies for which somebody publishes, and those that ask his number to their staff."""
    asked = access.invited(request.user)
    if request.method == "POST":
        key, accepts = request.POST.get("invitation", ""), request.POST.get("accepts", "") == "1"
        if not is_key(key):
            return redirect("partner-invitations")
        invitation = get_object_or_404(asked, pk=int(key))
        staff.answer(invitation, request.user, accepts)
        if accepts:
            return redirect("partner-staff", invitation.organisation.slug)
        messages.success(request, _("Declined."))
        return redirect("partner-invitations")
    mine = Member.objects.filter(resident=request.user).select_related("organisation__partner")
    context = {"invitations": asked, "memberships": mine.order_by("-is_owner", "id")}
    return render(request, "partners/invitations.html", context)
