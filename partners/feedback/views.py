"""`/feedback/`: a form for everybody, reached from every page."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from partners.feedback import acts
from partners.feedback.models import Feedback
from safety.requests import page_before
from safety.screening import Field, Reason, screen, without_tricks
from verification.requests import address_digest

# What feedback may be about; what tells who somebody is may not stand in it.
MAY_BE_TOLD = {Reason.TRADE, Reason.MEDICINE, Reason.UNCLEAR}


class FeedbackForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What would you like to tell us?"),
        help_text=gettext_lazy(
            "What is missing, what does not work, what is good. No names, numbers or addresses, "
            "please."
        ),
        max_length=Feedback.LONGEST,
        error_messages={"required": gettext_lazy("Please write a few words.")},
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": Feedback.LONGEST}),
    )
    page = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_text(self) -> str:
        text = without_tricks(self.cleaned_data["text"]).strip()
        if not text:
            raise ValidationError(self.fields["text"].error_messages["required"])
        if not set(screen(text, Field.MESSAGE).reasons) <= MAY_BE_TOLD:
            raise ValidationError(
                _("Please take numbers, accounts and addresses out: we need none of them.")
            )
        return text


@sensitive_post_parameters("text")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest) -> HttpResponse:
    """The form; and for whoever is signed in what he told before, with the answers."""
    resident = request.user if request.user.is_authenticated else None
    if request.method == "POST":
        return send(request)
    page = acts.page_named(page_before(request))
    response = show(request, FeedbackForm(initial={"page": page}))
    if resident:
        acts.read(resident)
    return response


def send(request: HttpRequest) -> HttpResponse:
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        return show(request, form, 422)
    resident = request.user if request.user.is_authenticated else None
    try:
        acts.send(resident, address_digest(request), **form.cleaned_data)
    except acts.TooMuchError:
        form.add_error(None, _("You have told us much today. Please come back tomorrow."))
        return show(request, form, 429)
    messages.success(request, _("Thank you. Somebody will read it."))
    return redirect("feedback")


def show(request: HttpRequest, form: FeedbackForm, status: int = 200) -> HttpResponse:
    told = acts.of(request.user) if request.user.is_authenticated else []
    return render(request, "partners/feedback.html", {"form": form, "told": told}, status=status)
