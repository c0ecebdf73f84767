"""Screened text in forms: the error that shows the passages, and the button that takes them out."""

from django.core.exceptions import ValidationError
from django.http import QueryDict

from safety.screening import Field, Outcome, Result, screen, without_tricks

BUTTON = "without"  # its value names the field whose passages are taken out


class ScreenedError(ValidationError):
    """A text that may not stand; the field's template shows its passages (`result.parts`)."""

    def __init__(self, result: Result) -> None:
        self.result = result
        super().__init__(" ".join(str(reason.label) for reason in result.reasons), code="screened")


def screened(text: str, field: Field) -> Result:
    """A text as it may be stored, now or once a moderator has seen it. Raises `ScreenedError`."""
    result = screen(without_tricks(text).strip(), field)
    if result.outcome == Outcome.REFUSED:
        raise ScreenedError(result)
    return result


def without_passages(sent: QueryDict) -> QueryDict:
    """What was sent; with the button, one field of it is left without its passages."""
    name = sent.get(BUTTON, "")
    if not name or name not in sent:
        return sent
    cleaned = sent.copy()
    field = Field(name) if name in Field.values else Field.NOTE
    cleaned[name] = screen(without_tricks(sent.get(name, "")).strip(), field).without
    return cleaned
