"""For the template of a form field: what the screening found in it."""

from django import template
from django.forms import BoundField

from safety.screening import Result
from safety.screening.forms import ScreenedError

register = template.Library()


@register.filter
def screening(field: BoundField) -> Result | None:
    """The result behind the field's error; None if the screening refused nothing here."""
    for error in field.errors.as_data():
        if isinstance(error, ScreenedError):
            return error.result
    return None
