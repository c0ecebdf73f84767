"""The tables of the open door."""

from partners.feedback.models import Feedback
from partners.numbers.models import (
    ChangedPost,
    CountedPost,
    PostNumber,
    PublishedNumbers,
    TimeNumber,
    VisitorDay,
)

__all__ = [
    "ChangedPost",
    "CountedPost",
    "Feedback",
    "PostNumber",
    "PublishedNumbers",
    "TimeNumber",
    "VisitorDay",
]
