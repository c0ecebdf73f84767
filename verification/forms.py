"""Forms for codes and documents."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from verification.codes import CodeProcess


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

    def __init__(self, data, process: CodeProcess):
        super().__init__(data)
        self.process = process

    def clean_code(self) -> str:
        code = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", self.cleaned_data["code"]))
        if not re.fullmatch(r"[0-9]{6}", code):
            raise ValidationError(_("The code is six digits."))
        self.process.guess(code)
        return code
