"""Reporting a post, or a person met around a post."""

from contextlib import suppress
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from posts import access, reports
from posts.models import ReportReason
from safety.screening import Field, Reason, screen, without_tricks
from verification.levels import require_level

MAY_BE_TOLD = {Reason.TRADE, Reason.MEDICINE}  # what a report is about, quoted


class ReportForm(forms.Form):
    """What is wrong, from a list, and a few words that moderators alone read."""

    reason = forms.TypedChoiceField(
        label=_("What is wrong?"), coerce=ReportReason, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("In a few words (optional)"),
        help_text=_("Only moderators read them. No names, numbers or addresses, please."),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 200}),
    )

    def __init__(self, *args: object, subject: reports.Subject, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            (each.value, each.label) for each in subject.reasons()
        ]

    def clean_words(self) -> str:
        words = without_tricks(self.cleaned_data["words"]).strip()
        if not set(screen(words, Field.MESSAGE).reasons) <= MAY_BE_TOLD:
            raise ValidationError(
                _("Please take numbers and IDs out. The moderator sees whom this is about.")
            )
        return words


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_level("read")
def report(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """`?who=` says whom it is about: without it the post, else its `poster` or who looked."""
    subject = access.reportable(public_id, request.user, request.GET.get("who", ""))
    by = reports.Reporter.of(request)
    form = ReportForm(request.POST if request.method == "POST" else None, subject=subject)
    status = 422 if form.errors else 200
    if form.is_valid():
        try:
            with suppress(reports.AlreadyReportedError):
                reports.report(subject, by, **form.cleaned_data)
            return redirect(request.get_full_path())  # a reload must not ask to send again
        except reports.TooManyReportsError:
            form.add_error(None, _("You have reported much today. Please come back tomorrow."))
            status = 429
    made = reports.earlier(subject, by)
    context = {"subject": subject, "post": subject.post, "form": form, "made": made}
    return render(request, "posts/report.html", context, status=status)
