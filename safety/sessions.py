"""Sessions whose rows are ciphertext: a half-finished sign-in holds a phone number and its code."""

import json
from typing import Any

from cryptography.fernet import InvalidToken
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils.encoding import force_str

from safety.encryption import decrypt, encrypt


class SessionStore(DatabaseStore):
    """Django's database sessions, encrypted with ENCRYPTION_KEYS."""

    def _validate_session_key(self, key: str | None) -> bool:
        """A cookie can hold anything; PostgreSQL refuses a NUL with an error."""
        return super()._validate_session_key(key) and "\0" not in str(key)  # type: ignore[misc]

    def encode(self, session_dict: dict[str, Any]) -> str:
        return encrypt(json.dumps(session_dict))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """The session, or an empty one if its key is no longer known."""
        try:
            return json.loads(decrypt(force_str(session_data)))
        except InvalidToken:
            return {}
