"""Logs that hold no personal data, and the number that ties the lines of one request together."""

import json
import logging
import re
import secrets
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

QUERY = re.compile(r"(/[^\s?]*)\?[^\s\"']*")
LINK = re.compile(r"/m/[^\s/\"']+")  # the token of a one-tap link: see posts.links
NUMBER = re.compile(r"\d{7,}")  # a phone, a document number
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
NOT_FOUND = "(no such page)"

# Of the request that this thread is answering; a visitor may quote it, the error page shows it.
request_id: ContextVar[str] = ContextVar("request_id", default="")


def new_request_id(given: str = "") -> str:
    """What the proxy in front has given, if it is one, or a new one: short, so that it can be told
    on the phone.
    """
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(4)


def route_of(request: HttpRequest) -> str:
    """The name of the address that was asked for. Never the path itself: it holds identifiers."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name or NOT_FOUND) if match else NOT_FOUND


def kind_of(error: BaseException) -> str:
    """The class of an error, and where in the database; never its message, which may quote what
    somebody typed.
    """
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    diagnosis = getattr(error, "diag", None)  # of psycopg: names of our tables, no values
    parts = [getattr(error, "sqlstate", None), getattr(diagnosis, "table_name", None)]
    parts.append(getattr(diagnosis, "constraint_name", None))
    told = ", ".join(part for part in parts if isinstance(part, str))
    return f"{name} ({told})" if told else name


def steps_to(error: BaseException) -> Iterator[str]:
    """A traceback without messages and values: of each error in the chain its frames and kind."""
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier:
        yield from steps_to(earlier)
        yield "… and then:\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{kind_of(error)}\n"


def without_values(line: str) -> str:
    """Without query strings, tokens of links and long numbers."""
    return NUMBER.sub("(number)", LINK.sub("/m/(link)", QUERY.sub(r"\1", line)))


def message_of(record: logging.LogRecord) -> str:
    """What a record says, with the name of the route in place of its path, and the kind of an error
    in place of its words.
    """
    message = record.getMessage()
    error = record.exc_info[1] if record.exc_info else None
    if error and str(error) and str(error) in message:
        message = message.replace(str(error), kind_of(error))
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        as_django_writes_it = request.path.encode("unicode_escape").decode("ascii")
        for path in (request.path, as_django_writes_it):
            message = message.replace(path, route_of(request)) if len(path) > 1 else message
    return without_values(message)


class PrivateFormatter(logging.Formatter):
    """One line for each event, with the number of its request; what failed also with the way there.

    Neither holds query strings, tokens, long numbers, paths, messages of errors and values of rows.
    """

    def formatTime(self, record: logging.LogRecord, datefmt: Any = None) -> str:  # noqa: N802
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def formatException(self, ei: Any) -> str:  # noqa: N802 -- logging's name
        return "".join(steps_to(ei[1])).rstrip() if ei[1] else ""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {message_of(record)}"
        if number := request_id.get():
            line += f" (request {number})"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class JsonFormatter(PrivateFormatter):
    """The same as one JSON object on one line, for a collector of logs.

    What a record carries beside its message is written where it is named in `FACTS`, nothing else.
    """

    FACTS = ("route", "method", "status", "ms")

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
            "request": request_id.get(),
            **{name: getattr(record, name) for name in self.FACTS if hasattr(record, name)},
        }
        if record.exc_info:
            told["steps"] = self.formatException(record.exc_info)
        return json.dumps({k: v for k, v in told.items() if v != ""}, ensure_ascii=False)


class Nothing(logging.Filter):
    """For loggers of libraries that write what nobody may read."""

    def filter(self, record: logging.LogRecord) -> bool:
        return False
