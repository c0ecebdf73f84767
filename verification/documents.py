"""Identity documents: is a number well formed, and which one person does it stand for?

Sources: GB 11643-1999 (the 18-digit number, its checksum and date; python-stdnum), the National
Immigration Administration's notices of the permits' numbers (2013, 2015, 2018) and of the permanent
residence card of 2023. A form that is not known here is refused with a sentence, never an error.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from stdnum import numdb
from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from safety.encryption import digest
from verification.models import DocumentType

PERMIT_REGIONS = {"810000", "820000", "830000"}  # Hong Kong, Macao, Taiwan
YOUNGEST = 14  # years; below, a parent has to agree (PIPL article 31)


@dataclass(frozen=True)
class Document:
    """A name and a number that were typed in. Neither shows in a traceback or a log."""

    type: DocumentType
    name: str = field(repr=False)
    number: str = field(repr=False)

    @property
    def digest(self) -> str:
        """64 hexadecimal digits: equal for one person's document, also after it was renewed."""
        return digest("document", f"{self.type}:{lasting_part(self.type, self.number)}")

    @property
    def masked_name(self) -> str:
        """ "刘**", "L***": enough for its owner, not for a stranger."""
        first = self.name[0]
        return f"{first}***" if first.isascii() else f"{first}**"


def lasting_part(kind: DocumentType, number: str) -> str:
    """The number without the two digits that count a travel permit's renewals."""
    match kind:
        case DocumentType.HK_MACAO_PERMIT:
            return number[:9]
        case DocumentType.TAIWAN_PERMIT:
            return number[:8]
    return number


@sensitive_variables()
def clean_name(text: str) -> str:
    """A name as it stands in a document. Raises ValidationError."""
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not re.fullmatch(r"[^\W\d_][^\W\d_ ·.'’-]*(?:[ ·.'’-]+[^\W\d_]*)*", name) or len(name) < 2:
        raise ValidationError(_("Please enter the full name as it stands in the document."))
    return name


@sensitive_variables()
def clean_number(kind: DocumentType, text: str) -> str:
    """A well-formed number of this kind, without spaces and in capitals. Raises ValidationError."""
    number = re.sub(r"[\s\-()·]", "", unicodedata.normalize("NFKC", text)).upper()
    RULES[kind](number)
    return number


def id_card(number: str) -> None:
    eighteen(number)
    if number[:6] in PERMIT_REGIONS:
        raise ValidationError(_("This number belongs to a residence permit: choose that document."))
    # Not ric.get_birth_place: it wants the code to be as old as the person, and many cards were
    # first given out to adults, with the code of that day.
    if not all(found for part, found in numdb.get("cn/loc").info(number[:6])):
        raise ValidationError(_("The first six digits are not the code of a region."))


def residence_permit(number: str) -> None:
    eighteen(number)
    if number[:6] not in PERMIT_REGIONS:
        raise ValidationError(_("The number of this permit begins with 810000, 820000 or 830000."))


def foreign_resident(number: str) -> None:
    if len(number) == 15:  # cards until 2023: country, place, birth date, one digit, checksum
        expect(r"[A-Z]{3}[0-9]{12}", number, _("This number has three letters and then 12 digits."))
        if born := short_birth_date(number[7:13]):
            old_enough(born)
        return
    eighteen(number)
    expect(r"9.*", number, _("The 18-digit number of this card begins with 9."))


def short_birth_date(digits: str) -> date | None:
    """The newest past date that YYMMDD can stand for; None for what is no date (left to whoever
    checks the document: the sources differ on where a country puts what)."""
    today = timezone.localdate()
    for century in (2000, 1900):
        try:
            born = date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:]))
        except ValueError:
            continue
        if born <= today:
            return born
    return None


def hk_macao_permit(number: str) -> None:
    expect(r"[HM][0-9]{8}([0-9]{2})?", number, _("This number is H or M and then 8 or 10 digits."))


def taiwan_permit(number: str) -> None:
    expect(r"[0-9]{8}|[0-9]{10}[A-Z]?", number, _("This number has 8 digits, older ones have 10."))


def passport(number: str) -> None:
    expect(
        r"(?=(.*[0-9]){3})[A-Z0-9]{5,15}",
        number,
        _("A passport number has 5 to 15 letters and digits."),
    )


def expect(pattern: str, number: str, otherwise: str | Promise) -> None:
    if not re.fullmatch(pattern, number, re.ASCII):
        raise ValidationError(str(otherwise))


@sensitive_variables()
def eighteen(number: str) -> None:
    """The rules of every 18-digit number: shape, checksum, birth date."""
    if len(number) != 18:
        raise ValidationError(
            _("The number has 18 characters; this one has %(count)s."),
            params={"count": len(number)},
        )
    expect(r"[0-9]{17}[0-9X]", number, _("The number is digits only; the last one may be an X."))
    if number[-1] != ric.calc_check_digit(number):
        raise ValidationError(_("One of the digits is not right. Please compare with the card."))
    try:
        born = ric.get_birth_date(number)
    except (InvalidComponent, ValueError):
        raise ValidationError(_("Digits 7 to 14 are not a birth date.")) from None
    old_enough(born)


def old_enough(born: date) -> None:
    today = timezone.localdate()
    if born > today or born.year < 1880:
        raise ValidationError(_("Digits 7 to 14 are not a birth date."))
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if age < YOUNGEST:
        raise ValidationError(_("Under 14? Please ask a parent to do this with their document."))


RULES: dict[DocumentType, Callable[[str], None]] = {
    DocumentType.ID_CARD: id_card,
    DocumentType.PASSPORT: passport,
    DocumentType.HK_MACAO_PERMIT: hk_macao_permit,
    DocumentType.TAIWAN_PERMIT: taiwan_permit,
    DocumentType.FOREIGN_RESIDENT: foreign_resident,
    DocumentType.RESIDENCE_PERMIT: residence_permit,
}
