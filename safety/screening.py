"""What may not stand in free text: for now personal data (phones, document numbers, WeChat IDs).

A note is public. Whoever writes his number there gives it to everybody, for ever.
"""

import re
import unicodedata

from django.utils.translation import gettext as _

SEPARATORS = re.compile(r"[\s\-_.·•,，、/()（）]+")
# 18 characters with a plausible birth date, or the 15 digits of before 1999
DOCUMENT = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx]"
)
PERMIT = re.compile(r"(?<![A-Za-z])[HMhm]\d{8,10}(?!\d)")
MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}(?!\d)")
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}\d{7,8}(?!\d)")
FOREIGN = re.compile(r"\+\d{8,15}")
WECHAT = re.compile(
    r"(?:微信|威信|薇信|wechat|weixin|vx|wx|v信|(?<![a-z])v)[号id是为:：加我]*[a-z][a-z0-9_-]{5,19}",
    re.IGNORECASE,
)
KEPT = {"\n", "\u200d"}  # a new line; what joins two emoji into one
CHINESE_DIGITS = str.maketrans("零〇一二三四五六七八九幺", "001234567891")


def plain(text: str) -> str:
    """Text as a reader's eye takes it: full-width letters narrowed, invisible characters gone."""
    narrowed = unicodedata.normalize("NFKC", text)
    return "".join(each for each in narrowed if unicodedata.category(each) not in ("Cf", "Cc"))


def without_tricks(text: str) -> str:
    """Text without characters that cannot be seen. Some turn the order of others around: digits
    that are no phone number as they were typed would be read as one.
    """
    unseen = {each for each in text if unicodedata.category(each) in ("Cf", "Cc")}
    return text.translate({ord(each): " " if each.isspace() else None for each in unseen - KEPT})


def personal_data_in(text: str) -> list[str]:
    """Sentences about the personal data found in a text; empty when there is none."""
    narrowed = plain(text)
    joined = SEPARATORS.sub("", narrowed).translate(CHINESE_DIGITS)
    problems = []
    if DOCUMENT.search(joined) or PERMIT.search(joined):
        problems.append(_("Please take the document number out: everybody can read the note."))
    elif MOBILE.search(joined) or LANDLINE.search(joined) or FOREIGN.search(joined):
        problems.append(
            _("Please take the phone number out: everybody can read the note. "
              "It has its own field, where only verified people see it.")
        )  # fmt: skip
    if WECHAT.search(joined):
        problems.append(
            _("Please take the WeChat ID out: everybody can read the note. It has its own field, "
              "where only verified people see it.")
        )  # fmt: skip
    return problems
