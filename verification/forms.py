"""Forms for codes and documents."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from verification import consent
from verification.codes import CodeProcess
from verification.documents import Document, clean_name, clean_number
from verification.models import Consent, DocumentType


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

    def clean_code(self) -> str:
        code = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", self.cleaned_data["code"]))
        if not re.fullmatch(r"[0-9]{6}", code):
            raise ValidationError(_("The code is six digits."))
        self.process.guess(code)
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
