"""The provider that hands messages to the operator's own gateway."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from verification import sms
from verification.sms import http as provider

KEY = "a key that the gateway shares with us"


@pytest.fixture
def gateway(settings, monkeypatch):
    """A gateway on this machine that answers with the statuses it is given, then 202."""
    monkeypatch.setattr(provider, "WAITS", (0, 0, 0))

    class Handler(BaseHTTPRequestHandler):
        requests, statuses = [], []

        def do_POST(self):  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.requests.append((self.path, dict(self.headers), body))
            status = self.statuses.pop(0) if self.statuses else 202
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.SMS_PROVIDER = "http"
    settings.SMS_HTTP_URL = f"http://127.0.0.1:{server.server_port}/send?from=site"
    settings.SMS_HTTP_KEY = KEY
    yield Handler
    server.shutdown()
    server.server_close()
    thread.join()


def send():
    sms.send_code("+8613800138000", "123456")


def test_the_gateway_gets_a_signed_message(gateway):
    send()
    [(path, headers, body)] = gateway.requests
    assert path == "/send?from=site"
    assert json.loads(body) == {
        "phone": "+8613800138000",
        "template": "code",
        "values": ["123456"],
    }
    assert headers["X-Signature"] == provider.signature(KEY, headers["X-Timestamp"], body)
    assert headers["X-Signature"] != provider.signature("another key", headers["X-Timestamp"], body)
    assert not sms.provider().shows_codes


@pytest.mark.parametrize("trouble", [[500], [503, 429], [0]])
def test_trouble_is_tried_again_as_the_same_message(gateway, trouble):
    gateway.statuses[:] = trouble
    send()
    assert len(gateway.requests) == len(trouble) + 1
    assert len({headers["Idempotency-Key"] for _, headers, _ in gateway.requests}) == 1


def test_two_messages_have_two_keys(gateway):
    send()
    send()
    assert len({headers["Idempotency-Key"] for _, headers, _ in gateway.requests}) == 2


@pytest.mark.parametrize(
    ("statuses", "tries"), [([400], 1), ([401], 1), ([500] * 9, 3), ([302] * 9, 3)]
)
def test_a_refusal_and_lasting_trouble_are_reported(gateway, statuses, tries):
    gateway.statuses[:] = statuses
    with pytest.raises(sms.NotSentError) as caught:
        send()
    assert len(gateway.requests) == tries
    assert "13800138000" not in str(caught.value)
    assert "123456" not in str(caught.value)


def test_a_gateway_that_is_away_is_reported(gateway, settings):
    settings.SMS_HTTP_URL = "http://127.0.0.1:1/"
    with pytest.raises(sms.NotSentError):
        send()
