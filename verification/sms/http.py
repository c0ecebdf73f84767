"""Hand a message to the operator's own gateway by HTTPS.

    POST SMS_HTTP_URL
    Content-Type: application/json
    Idempotency-Key: <the same for every try of one message>
    X-Timestamp: <seconds since 1970>
    X-Signature: <hex HMAC-SHA256, key SMS_HTTP_KEY, of "<timestamp>.<body>">

    {"phone": "+8613800138000", "template": "code", "values": ["123456"]}

`template` is one of `verification.sms.Template`; docs/operating.md has a text for each.
Any 2xx answer means that the gateway has it. The gateway should refuse a wrong signature and a time
stamp older than five minutes, and send once for one Idempotency-Key.
"""

import hashlib
import hmac
import http.client
import json
import time
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings

from verification.sms import Message, NotSentError

TIMEOUT = 4  # seconds, of each try
WAITS = (0, 0.3, 1)  # seconds before each try: a visitor is looking at the page


def signature(key: str, timestamp: str, body: bytes) -> str:
    """What X-Signature must be."""
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class Provider:
    shows_codes = False

    def send(self, phone: str, message: Message) -> None:
        told = {"phone": phone, "template": message.template, "values": message.values}
        body = json.dumps(told, sort_keys=True).encode()
        message_id = message.key or uuid4().hex
        for wait in WAITS:
            time.sleep(wait)
            status = self._post(body, message_id)
            if 200 <= status < 300:
                return
            if 400 <= status < 500 and status != 429:
                raise NotSentError(f"the gateway refused: {status}")
        raise NotSentError(f"the gateway did not take it: {status}")

    def _post(self, body: bytes, message_id: str) -> int:
        """The status of one try; 0 if there was no answer. Redirects are not followed."""
        url = urlsplit(settings.SMS_HTTP_URL)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message_id,
            "X-Timestamp": timestamp,
            "X-Signature": signature(settings.SMS_HTTP_KEY, timestamp, body),
        }
        connection = kind(url.netloc, timeout=TIMEOUT)
        try:
            target = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.request("POST", target, body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
