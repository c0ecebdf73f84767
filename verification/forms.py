"""Forms for codes and documents."""

import re
import unicodedata
from typing import Any

from allauth.account.forms import RequestLoginCodeForm
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from verification import consent
from verification.codes import CodeProcess
from verification.documents import Document, clean_name, clean_number
from verification.models import Consent, DocumentType, Resident


def digits_of(typed: str) -> str:
    """A code as people paste it, without its spaces and dashes, full-width digits made plain."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed))


class SignInForm(RequestLoginCodeForm):
    """A number, and whether others use this device too; for who has just come from WeChat, also
    whether it signs him in from now on."""

    ties_weixin = forms.BooleanField(
        label=_("Next time, sign me in by WeChat"),
        help_text=_("Without the number, on this account. You can take it back under “Me”."),
        required=False,
        initial=True,
    )

    shared = forms.BooleanField(
        label=_("Others use this phone or computer too"),
        help_text=_(
            "Then we sign you out after 30 minutes without use, and when the browser is closed."
        ),
        required=False,
    )

    def __init__(self, *args: Any, from_weixin: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if not from_weixin:
            del self.fields["ties_weixin"]

    @property
    def is_to_tie(self) -> bool:
        """Never on a device that others use: the WeChat on it may be theirs."""
        data = self.cleaned_data
        return data.get("ties_weixin", False) and not data["shared"]


class CodeForm(forms.Form):
    """The six digits of a text message; valid only if they are right."""

    code = forms.CharField(
        label=_("Six-digit code"),
        max_length=40,
        error_messages={"required": _("Please enter the code from the text message.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code"}
        ),
    )

    def __init__(self, data: Any, process: CodeProcess) -> None:
        super().__init__(data)
        self.process = process

    @classmethod
    def as_typed(cls, data: Any, process: CodeProcess) -> "CodeForm":
        """Shows a code again without looking whether it is right: each look is a guess."""
        form = cls(None, process)
        form.initial = {"code": data.get("code", "")}
        return form

    def clean_code(self) -> str:
        code = digits_of(self.cleaned_data["code"])
        if not re.fullmatch(r"[0-9]{6}", code):
            raise ValidationError(_("The code is six digits."))
        self.process.guess(code)
        return code


class ConsentForm(forms.Form):
    """What a resident has not agreed to yet and an act needs; no fields at all when it is done.

    It stands inside the form of the act, so that nobody meets a page more.
    """

    def __init__(self, resident: Resident | AnonymousUser, act: str, data: Any = None) -> None:
        super().__init__(data)
        self.resident = resident
        self.purposes = consent.missing(resident, act)
        for purpose in self.purposes:
            self.fields[f"agree_{purpose}"] = forms.BooleanField(
                label=consent.words(purpose),
                error_messages={"required": _("Please tick this box: without it we may not.")},
            )

    def give(self, resident: Resident | None = None) -> None:
        """Record what was ticked, for `resident` if he signed in meanwhile. On a valid form."""
        agrees = resident or self.resident
        assert isinstance(agrees, Resident)
        consent.give(agrees, self.purposes)


class SecondFactorForm(forms.Form):
    """A code of the app or a recovery code. Whether it is right, the act that takes it says."""

    code = forms.CharField(
        max_length=40,
        label=_("Code"),
        error_messages={"required": _("Please type the code that the app shows.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )

    def clean_code(self) -> str:
        code = digits_of(self.cleaned_data["code"])
        if not re.fullmatch(r"[0-9]{6}|[0-9]{8}", code):
            raise ValidationError(_("The code is six digits, a recovery code eight."))
        return code


class RealNameForm(forms.Form):
    """A document and the consent to use it once; `cleaned_data["document"]` is a `Document`."""

    document_type = forms.ChoiceField(label=_("Document"), choices=DocumentType.choices)
    name = forms.CharField(
        label=_("Name as in the document"),
        max_length=60,
        error_messages={"required": _("Please enter the name as it stands in the document.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    number = forms.CharField(
        label=_("Document number"),
        max_length=40,
        error_messages={"required": _("Please enter the number of the document.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    consent = forms.BooleanField(
        label=consent.WORDS[Consent.Purpose.REAL_NAME],
        error_messages={"required": _("Without your consent we may not use the document.")},
    )

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    @sensitive_variables("data", "number")
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not {"document_type", "name", "number"} <= data.keys():
            return data
        kind = DocumentType(data["document_type"])
        try:
            number = clean_number(kind, data["number"])
        except ValidationError as error:
            self.add_error("number", error)
            return data
        return {**data, "document": Document(kind, data["name"], number)}
