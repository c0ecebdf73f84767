"""What can be found in a text, and what is said about it."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """Why a passage cannot stand; each with the sentence for whoever typed it."""

    TRADE = "trade", _("Everything here is given away: no price, payment or return, please.")
    MEDICINE = "medicine", _("A medicine that needs a prescription may not be passed on here.")
    PHONE = (
        "phone",
        _(
            "Please take the phone number out. It has its own field, "
            "where only verified people see it."
        ),
    )
    CONTACT = (
        "contact",
        _(
            "Please take the account or link out. A WeChat ID has its own field, "
            "where only verified people see it."
        ),
    )
    DOCUMENT = "document", _("Please take the document number out: nobody here needs it.")
    ADDRESS = (
        "address",
        _("Please take the building or door number out: tell it only to the person who comes."),
    )
    UNCLEAR = (
        "unclear",
        _("This can be read as if something were wanted in return. Please say it in other words."),
    )


@dataclass(frozen=True, order=True)
class Finding:
    """A passage of the text as it was typed, from start to end (exclusive)."""

    start: int
    end: int
    reason: Reason
    is_certain: bool = True  # else a moderator looks at it
