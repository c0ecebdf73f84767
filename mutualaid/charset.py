"""Everything here is UTF-8, whatever charset a request names."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

Application = Callable[[dict[str, Any], Callable], Iterable[bytes]]
FORM = "application/x-www-form-urlencoded"


def utf8(content_type: str) -> str:
    """A Content-Type that names no other charset.

    Django believes the header while it builds the request, before any middleware, so that codecs
    which are no text encoding (hex, rot13) would be a failure without a page. A form in another
    charset stays marked as one: Django refuses it (400), and we could only misread it.
    """
    try:
        kind, parameters = parse_header_parameters(content_type)
    except (LookupError, ValueError):  # "charset*=hex''x"
        return content_type.partition(";")[0]
    charset = parameters.get("charset", "utf-8").lower()
    if kind == FORM and charset not in ("utf-8", "utf8"):
        return f"{FORM}; charset=iso-8859-1"
    boundary = parameters.get("boundary")
    return f'{kind}; boundary="{boundary}"' if boundary else kind


def read_as_utf8(application: Application) -> Application:
    def cleaned(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        environ["CONTENT_TYPE"] = utf8(environ.get("CONTENT_TYPE", ""))
        return application(environ, start_response)

    return cleaned
