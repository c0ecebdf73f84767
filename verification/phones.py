"""Phone numbers: E.164 inside, in groups for people, mostly hidden where others could look on."""

import re
import unicodedata
from typing import Any

import phonenumbers
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumber_field import formfields
from phonenumbers import PhoneNumberType

# Who is paid by the caller (premium, personal, satellite numbers) would let us text them all day.
GETS_TEXTS = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
# 12345 (a city's own), 12320, 12348, 10086; 95588, 96110, 968168. An area code may go before.
SHORT_LINE = re.compile(r"(?:(?:\+86|0)([1-9][0-9]{1,2}))?(1[02][0-9]{3}|9[56][0-9]{3,4})")
NO_COUNTRY = "001"  # satellites and other numbers that belong to none


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
        if not can_get_texts(number):
            raise ValidationError(self.error_messages["landline"], code="landline")
        return number.as_e164


class AnyPhoneField(PhoneField):
    """Any number that people can call, a landline too; cleaned to E.164. No code can prove it."""

    default_error_messages = {
        "required": _("Please enter a phone number."),
        "invalid": _("Please check this phone number: a landline needs its area code."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs["autocomplete"] = "off"

    def clean(self, value: Any) -> str:
        number = formfields.PhoneNumberField.clean(self, value)
        return number.as_e164 if number else ""


class LineField(AnyPhoneField):
    """The line of a body: any number, or a short hotline of China with or without its area code
    (12345, 0755 12345, 95588, 96110), kept as it is dialled. 110, 119 and 120 are nobody's.
    """

    def clean(self, value: Any) -> str:
        typed = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", str(value or "")))
        found = SHORT_LINE.fullmatch(typed) if settings.PHONENUMBER_DEFAULT_REGION == "CN" else None
        if found is None:
            return super().clean(value)
        area, line = found.groups()
        return f"+86{area}{line}" if area else line


def can_get_texts(number: phonenumbers.PhoneNumber) -> bool:
    """Whether it is a mobile number of a country, or may be one (in America nobody can tell)."""
    if phonenumbers.region_code_for_number(number) == NO_COUNTRY:
        return False
    return phonenumbers.number_type(number) in GETS_TEXTS


def e164(typed: str) -> str:
    """A number as it was typed, in E.164; empty if it is none."""
    try:
        return PhoneField(required=False).clean(typed)
    except ValidationError:
        return ""


def masked(phone: str) -> str:
    """How a number (E.164) is shown to its owner: the last four digits only."""
    return f"•••• {phone[-4:]}"


def as_said(phone: str) -> str:
    """A number (E.164) in groups as people say it: 138 0013 8000, +1 415-555-2671; a short hotline
    as it is."""
    if not phone.startswith("+"):
        return phone
    number = phonenumbers.parse(phone)
    style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    if phonenumbers.region_code_for_number(number) == settings.PHONENUMBER_DEFAULT_REGION:
        style = phonenumbers.PhoneNumberFormat.NATIONAL
    return phonenumbers.format_number(number, style)
