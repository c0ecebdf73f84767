"""Redis as a cache that may be lost: another cache steps in while it does not answer.

Nothing that has to be right rests on it: quotas, codes and sessions are in PostgreSQL, Redis holds
copies of sessions and django-allauth's own counters. What it holds is ciphertext under a digest
(`safety.encryption`), and nothing that is read from it is executed, as a pickle would be.
"""

import json
import logging
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from cryptography.fernet import InvalidToken
from django.core.cache import BaseCache, caches
from django.core.cache.backends import redis as django_redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from redis import RedisError
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLostError
from redis.retry import Retry

from safety.encryption import decrypt, encrypt

log = logging.getLogger(__name__)
ANSWERS_WITHIN = 0.25  # seconds, to connect and to answer; it takes less than a millisecond
LEFT_ALONE = 30  # seconds after it did not answer; then one request tries again
CONNECTION = {
    "socket_connect_timeout": ANSWERS_WITHIN,
    "socket_timeout": ANSWERS_WITHIN,
    # A connection that Redis closed, as when it was restarted, is opened anew at once.
    "retry": Retry(NoBackoff(), 1, supported_errors=(ConnectionLostError,)),
}


class Breaker:
    """Keeps a process from asking again and again what does not answer."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.closed_until = 0.0

    @property
    def is_away(self) -> bool:
        """Whether Redis did not answer when it was last asked."""
        return self.closed_until > 0

    def lets_through(self) -> bool:
        """Whether Redis may be asked now. When it is time to try again, one thread is let in."""
        if not self.is_away:
            return True
        with self.lock:
            if time.monotonic() < self.closed_until:
                return False
            self.closed_until = time.monotonic() + LEFT_ALONE
            return True

    def note_failure(self, error: Exception) -> None:
        if time.monotonic() >= self.closed_until:
            log.warning("Redis does not answer: %s", type(error).__name__)
        self.closed_until = time.monotonic() + LEFT_ALONE

    def note_success(self) -> None:
        self.closed_until = 0.0


BREAKER = Breaker()


class Ciphertext:
    """How values are written: whole numbers as they are, so that Redis can add to them."""

    def dumps(self, value: Any) -> int | str:
        if type(value) is int:
            return value
        is_bytes = isinstance(value, bytes)
        return encrypt(json.dumps([is_bytes, b64encode(value).decode() if is_bytes else value]))

    def loads(self, data: bytes) -> Any:
        """The value. Raises `InvalidToken` for what no key of ours has written."""
        try:
            return int(data)
        except ValueError:
            is_bytes, value = json.loads(decrypt(data.decode()))
            return b64decode(value) if is_bytes else value


def or_in_place_of_it(name: str) -> Callable[..., Any]:
    """A method of the cache, answered by the one in its place while Redis is away."""
    ask_redis = getattr(django_redis.RedisCache, name)

    def method(self: "RedisCache", *args: Any, **options: Any) -> Any:
        if BREAKER.lets_through():
            try:
                answer = ask_redis(self, *args, **options)
                BREAKER.note_success()
                return answer
            except RedisError as error:
                BREAKER.note_failure(error)
            except InvalidToken:  # of a key that is listed no more
                pass
        return getattr(self.in_its_place, name)(*args, **options)

    return method


class RedisCache(django_redis.RedisCache):
    """Django's, with another cache in its place while Redis does not answer.

    `OPTIONS`: `IN_ITS_PLACE` is the alias of that cache; `LONGEST` seconds nothing is kept beyond.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = dict(params.get("OPTIONS", {}))
        self.place = options.pop("IN_ITS_PLACE")
        self.longest = options.pop("LONGEST", None)
        connection = {**CONNECTION, "serializer": Ciphertext}
        super().__init__(server, {**params, "OPTIONS": connection | options})

    @property
    def in_its_place(self) -> BaseCache:
        return caches[self.place]

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> float | None:
        seconds = super().get_backend_timeout(timeout)
        if self.longest is None:
            return seconds
        return self.longest if seconds is None else min(seconds, self.longest)

    add = or_in_place_of_it("add")
    get = or_in_place_of_it("get")
    set = or_in_place_of_it("set")
    touch = or_in_place_of_it("touch")
    delete = or_in_place_of_it("delete")
    get_many = or_in_place_of_it("get_many")
    has_key = or_in_place_of_it("has_key")
    incr = or_in_place_of_it("incr")
    set_many = or_in_place_of_it("set_many")
    delete_many = or_in_place_of_it("delete_many")
    clear = or_in_place_of_it("clear")
