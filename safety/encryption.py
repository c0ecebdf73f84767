"""Columns that hold personal data: ciphertext to keep, a keyed digest to look up.

Keys come from the settings ENCRYPTION_KEYS (the first encrypts, all decrypt) and DIGEST_KEY.
"""

import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """Ciphertext of a text, authenticated and time-stamped (Fernet: AES-128-CBC, HMAC-SHA256)."""
    return _keys(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(ciphertext: str, max_age: int | None = None) -> str:
    """The text behind a ciphertext.

    max_age is in seconds. Raises `InvalidToken` if the ciphertext was changed, is too old, or was
    made with a key that is no longer listed.
    """
    try:
        return _keys(tuple(settings.ENCRYPTION_KEYS)).decrypt(ciphertext.encode(), max_age).decode()
    except UnicodeError as error:
        raise InvalidToken from error


def is_current(ciphertext: str) -> bool:
    """Whether a ciphertext was made with the newest key, the first of ENCRYPTION_KEYS."""
    try:
        Fernet(settings.ENCRYPTION_KEYS[0]).decrypt(ciphertext.encode())
    except InvalidToken:
        return False
    return True


def is_readable(ciphertext: str) -> bool:
    """Whether one of ENCRYPTION_KEYS decrypts it."""
    try:
        decrypt(ciphertext)
    except InvalidToken:
        return False
    return True


def renew(ciphertext: str) -> str:
    """The same text, encrypted with the newest key. Raises `InvalidToken` if its key is gone."""
    return _keys(tuple(settings.ENCRYPTION_KEYS)).rotate(ciphertext.encode()).decode()


def digest(purpose: str, value: str) -> str:
    """64 hexadecimal digits: equal for equal values, useless without the key.

    The purpose keeps the digests of one kind of value from being compared with another's.
    """
    message = f"{purpose}\0{value}".encode()
    return hmac.new(settings.DIGEST_KEY.encode(), message, hashlib.sha256).hexdigest()


def cache_key(key: str, prefix: str, version: int) -> str:
    """A cache row's name, for CACHES: rate limits put addresses and numbers into theirs."""
    return digest("cache", f"{prefix}:{version}:{key}")


class EncryptedTextField(models.TextField):
    """A text that the database sees as ciphertext only; it cannot be searched. Empty stays so."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decrypt(value) if value else value


class EncryptedJSONField(models.TextField):  # type: ignore[type-arg]
    """A JSON document that the database sees as ciphertext only."""

    # For the type checker: what the column holds is JSON, not text.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt(json.dumps(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else json.loads(decrypt(value))
