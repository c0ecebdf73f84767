"""Logs that hold no personal data."""

import logging
import re
from typing import Any

QUERY = re.compile(r"(/[^\s?]*)\?[^\s\"']*")
LINK = re.compile(r"/m/[^\s/\"']+")  # the token of a one-tap link: see posts.links
NUMBER = re.compile(r"\d{7,}")  # a phone, a document number
ROW = re.compile(r"^DETAIL:.*?(?=\n\nThe above|\n\nDuring|\Z)", re.MULTILINE | re.DOTALL)


class PrivateFormatter(logging.Formatter):
    """One line for each event, without query strings, tokens, long numbers and values of rows.

    What failed inside carries the incident number that its page showed (`views.server_error`).
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's name
        line = super().formatMessage(record)
        incident = getattr(getattr(record, "request", None), "incident", None)
        return f"{line} (incident {incident})" if incident else line

    def formatException(self, ei: Any) -> str:  # noqa: N802 -- logging's name
        return ROW.sub("DETAIL: (left out)", super().formatException(ei))

    def format(self, record: logging.LogRecord) -> str:
        line = QUERY.sub(r"\1", super().format(record))
        return NUMBER.sub("(number)", LINK.sub("/m/(link)", line))


class Nothing(logging.Filter):
    """For loggers of libraries that write what nobody may read."""

    def filter(self, record: logging.LogRecord) -> bool:
        return False
