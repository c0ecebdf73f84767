"""What the open door holds about people: this app's part of the register of personal data."""

from partners.feedback import personal as _feedback  # noqa: F401
from partners.numbers import personal as _numbers  # noqa: F401
