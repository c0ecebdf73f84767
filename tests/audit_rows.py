"""No row of the audit log holds what a person typed: looked at whenever any test writes one."""

import re
from collections.abc import Iterator
from typing import Any

from safety.models import AuditEntry

# Codes, names of columns and rows ("reveal 12"), random identifiers: nothing that was typed.
CODE = re.compile(r"[a-z][a-z0-9_]*([ -][a-z0-9_-]+)*|[0-9a-f]{8}-[0-9a-f-]{27}|")
LARGEST = 1_000_000  # of a number: amounts and keys; a phone number is larger
# Nothing of these is about a person: their old and new values are kept.
ABOUT_THINGS = ("medicines.", "safety.screening")


def values(of: Any) -> Iterator[Any]:
    if isinstance(of, dict):
        for key, value in of.items():
            yield key
            yield from values(value)
    elif isinstance(of, list):
        for each in of:
            yield from values(each)
    else:
        yield of


def is_clean(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) < LARGEST
    return isinstance(value, str) and CODE.fullmatch(value) is not None


def unclean(entry: AuditEntry) -> list[Any]:
    """What does not belong into the details of an entry."""
    if entry.subject_kind.startswith(ABOUT_THINGS):
        return []
    return [value for value in values(entry.details) if not is_clean(value)]


def refuse_unclean(sender: Any, instance: AuditEntry, **_more: Any) -> None:
    found = unclean(instance)
    assert not found, f"{instance.act} would put into the audit log: {found}"
