"""Sessions whose rows are ciphertext: a half-finished sign-in holds a phone number and its code."""

import json
import time
from typing import Any

from cryptography.fernet import InvalidToken
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils.encoding import force_str

from safety.encryption import decrypt, encrypt
from safety.replicas import is_read_only

IDLE = "_idle_seconds"
USED = "_used_at"
COPIED = 30  # seconds that a cache may hold a copy
USED_EVERY = 60  # seconds: not each request of such a session has to write its row


def end_when_idle(session: SessionBase, seconds: int) -> None:
    """End a session when the browser closes, and after so long without a request that needs it."""
    session[IDLE] = seconds
    session[USED] = time.time()
    session.set_expiry(0)


class Encrypted(DatabaseStore):
    """Rows encrypted with ENCRYPTION_KEYS."""

    def _validate_session_key(self, key: str | None) -> bool:
        """A cookie can hold anything; PostgreSQL refuses a NUL with an error."""
        return super()._validate_session_key(key) and "\0" not in str(key)  # type: ignore[misc]

    def get_session_cookie_age(self) -> int:
        """Seconds that the row is good for; the cookie of an idle session has no age."""
        return self.get(IDLE) or super().get_session_cookie_age()

    def load(self) -> dict[str, Any]:
        """The session. Reading one that ends when idle puts its end off, by writing it anew."""
        data = super().load()
        if IDLE in data and data.get(USED, 0) < time.time() - USED_EVERY:
            data[USED] = time.time()
            self.modified = True
        return data

    def save(self, must_create: bool = False) -> None:
        """Without the primary a page is only read: what its session wanted to note falls."""
        if not is_read_only():
            super().save(must_create)

    def encode(self, session_dict: dict[str, Any]) -> str:
        return encrypt(json.dumps(session_dict))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """The session, or an empty one if its key is no longer known."""
        try:
            return json.loads(decrypt(force_str(session_data)))
        except InvalidToken:
            return {}


class SessionStore(Encrypted):
    """Django's database sessions."""
