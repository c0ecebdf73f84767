"""Phone numbers: E.164 inside, in groups for people, mostly hidden where others could look on."""

from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumber_field import formfields
from phonenumbers import PhoneNumberType

CANNOT_GET_TEXTS = {PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE, PhoneNumberType.PAGER}


class PhoneField(formfields.PhoneNumberField):
    """A mobile number as people type it; cleaned to E.164 ("+8613800138000").

    Without a country code it belongs to PHONE_REGION. Spaces, dashes and
    full-width digits are fine.
    """

    widget = forms.TextInput  # shows back what was typed, as it was typed

    default_error_messages = {
        "required": _("Please enter a mobile number."),
        "invalid": _(
            "This does not look like a phone number. "
            "From abroad, begin with + and the country code."
        ),
        "landline": _("Please enter a mobile number: the code comes as a text message."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Mobile number"))
        super().__init__(**kwargs)
        self.widget.input_type = "tel"
        self.widget.attrs.update(autocomplete="tel", inputmode="tel", maxlength=40)

    def clean(self, value: Any) -> str:
        number = super().clean(value)
        if not number:
            return ""
        if phonenumbers.number_type(number) in CANNOT_GET_TEXTS:
            raise ValidationError(self.error_messages["landline"], code="landline")
        return number.as_e164


def masked(phone: str) -> str:
    """How a number (E.164) is shown to its owner: the last four digits only."""
    return f"•••• {phone[-4:]}"


def as_said(phone: str) -> str:
    """A number (E.164) in groups as people say it: 138 0013 8000, +1 415-555-2671."""
    number = phonenumbers.parse(phone)
    style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    if phonenumbers.region_code_for_number(number) == settings.PHONENUMBER_DEFAULT_REGION:
        style = phonenumbers.PhoneNumberFormat.NATIONAL
    return phonenumbers.format_number(number, style)
