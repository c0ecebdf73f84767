"""Calls to Tencent Cloud through its own client: made, repeated and reported in one way.

Sources: the error codes of each API in the SDK (`errorcodes.py`), the common ones in
https://cloud.tencent.com/document/api/382/38780.
"""

import logging
import re
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.views.decorators.debug import sensitive_variables
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

log = logging.getLogger(__name__)

TIMEOUT = 3  # seconds to connect, and to wait for the next part of an answer
WAITS = (0, 0.3)  # seconds before each try: a visitor is looking at the page
PASSING = {  # it may work a moment later; nothing that an operator has to mend
    "ClientNetworkError",
    "ServerNetworkError",
    "ConnectionError",
    "ChunkedEncodingError",
    "JSONDecodeError",
    "InternalError",
    "RequestLimitExceeded",
}
LASTING = {  # … but these will not pass by themselves
    "InternalError.SigVerificationFail",
    "InternalError.SigFieldMissing",
    "InternalError.RestApiInterfaceNotExist",
}


class CallFailedError(Exception):
    """The call did not work out; `code` is Tencent's, or says how the network failed."""

    def __init__(self, code: str, request_id: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.request_id = request_id

    @property
    def is_passing(self) -> bool:
        return self.code not in LASTING and self.code.partition(".")[0] in PASSING


def client(kind: type, region: str = "") -> Any:
    """A client of one of Tencent's services (a class of the SDK). A new one for each call: the
    SDK's is not made for several threads."""
    profile = HttpProfile(
        protocol="http" if settings.TENCENT_ENDPOINT else "https",
        endpoint=settings.TENCENT_ENDPOINT or None,
        rootDomain=settings.TENCENT_DOMAIN,
        reqTimeout=TIMEOUT,
    )
    credential = Credential(settings.TENCENT_SECRET_ID, settings.TENCENT_SECRET_KEY)
    made = kind(credential, region, ClientProfile(httpProfile=profile))
    made.request.conn._session.max_redirects = 0  # what is sent goes to nobody else
    return made


@sensitive_variables()
def ask(call: Callable[[], Any]) -> Any:
    """What `call` gives; it is repeated once if that may help. Raises `CallFailedError`.

    `call` is a `partial`: a lambda's frame would show what it sends in the report of an error.
    Not the SDK's own `StandardRetryer`: it goes on asking, and paying, after a good answer.
    """
    for wait in WAITS:
        time.sleep(wait)
        try:
            return call()
        except TencentCloudSDKException as error:
            failed = CallFailedError(clean_code(error.get_code()), clean_id(error.get_request_id()))
        if not failed.is_passing:
            break
    raise failed  # without the SDK's error, whose message may repeat what was sent


def report(action: str, error: CallFailedError) -> None:
    """Tell the operator, by codes alone: an error if somebody has to act (key, bill, quota)."""
    level = logging.WARNING if error.is_passing else logging.ERROR
    log.log(level, "Tencent Cloud %s failed: %s %s", action, error.code, error.request_id)


def clean_code(code: object) -> str:
    """A code as it may stand in a log; anything else that came over the network may not."""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z.]{1,80}", code) else "unknown"


def clean_id(request_id: object) -> str:
    found = isinstance(request_id, str) and re.fullmatch(r"[0-9a-f-]{36}", request_id)
    return str(request_id) if found else ""
