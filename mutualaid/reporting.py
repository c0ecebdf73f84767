"""Error reports to Sentry, or to what speaks its protocol, where SENTRY_DSN is set.

What is an ERROR in our log is reported, by the same rule: kinds of errors and the way to them, no
words of theirs, no values. An event is made anew from what it may hold (`allowed`), so that no
part which a newer client adds goes along unseen.
"""

import logging
from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.logging import LoggingIntegration

from mutualaid.logs import kind_of, message_of, request_id, route_of

KEPT = ("event_id", "timestamp", "platform", "level", "logger", "release", "sdk")
OF_A_FRAME = ("filename", "function", "module", "lineno", "context_line", "in_app")


def start() -> None:
    """Report from now on; without an address nothing is done."""
    if not settings.SENTRY_DSN:
        return
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        default_integrations=False,  # they look at requests, arguments, threads
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
        before_send=allowed,
        before_breadcrumb=lambda _crumb, _hint: None,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        server_name="",
    )


def allowed(event: Any, hint: dict[str, Any]) -> Any:
    """The same event with nothing in it but what our log says too."""
    record = hint.get("log_record")
    told = {name: event[name] for name in KEPT if name in event}
    if record is None:
        return None  # nothing but the log reports
    request = getattr(record, "request", None)
    told["tags"] = {"request": request_id.get() or "-"}
    if request is not None:
        told["transaction"] = told["tags"]["route"] = route_of(request)
    told["logentry"] = {"message": message_of(record)}
    if exceptions := event.get("exception", {}).get("values"):
        told["exception"] = {"values": [plain(each) for each in exceptions]}
        if record.exc_info and record.exc_info[1]:
            told["exception"]["values"][-1]["value"] = kind_of(record.exc_info[1])
    return told


def plain(exception: dict[str, Any]) -> dict[str, Any]:
    """One exception of an event: its class and the way to it, without words and variables."""
    frames = exception.get("stacktrace", {}).get("frames", [])
    kept = [{name: each[name] for name in OF_A_FRAME if name in each} for each in frames]
    return {
        "type": exception.get("type"),
        "module": exception.get("module"),
        "value": "",
        "stacktrace": {"frames": kept},
    }
