"""Whole answers that are kept for a moment: what everybody gets who asks the same.

Only what a view offers by `kept.keep`, and only for visitors of whom nothing is known but language
and size. An answer is used again for half a second; then one request makes it anew while others
still get the old one, for half a second more at most. So no post is seen here a second after it was
resolved. An answer that says which posts it shows stays longer: as long as none of them changes.
Of a page for a visitor with a place all but the posts and their distances is kept, and filled in.

Each process keeps its own: nobody has to tell anybody anything, and there is nothing to lose.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

from cachetools import LRUCache
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS as PRIMARY
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.translation import get_language_from_request, override

from mutualaid import modes
from mutualaid.kept import Offer
from mutualaid.middleware import CompressMiddleware
from partners.numbers import visitors
from places import visitor
from posts.changes import Changes
from safety import replicas

FRESH, LONGEST = 0.5, 1.0  # seconds
OF_POSTS = 60.0  # seconds: a new post that would go with one that is shown may come so late
OF_FRAMES = 60.0  # seconds: what is around the posts changes with the catalogue and the areas
MOST = 24_000_000  # bytes of all that is kept: whoever asks for much must not fill the memory
BESIDE = 2000  # bytes that an answer takes beside its body, about
LONG = 300  # characters: longer addresses are not kept
# Cookies that are part of the key; of a place, what pages tell of it: the area.
ALLOWED = {settings.LANGUAGE_COOKIE_NAME, modes.COOKIE, visitor.COOKIE}


class Key(NamedTuple):
    """What an answer depends on."""

    path: str
    query: str
    language: str
    mode: str
    place: tuple[int, bool] | None
    packed: bool
    host: str | None
    secure: bool


@dataclass
class Answer:
    headers: dict[str, str]
    body: bytes
    route: Any  # for the log and the figures
    made: float  # time.monotonic() before it was made: what it tells may be as old
    offer: Offer

    @property
    def age(self) -> float:
        return time.monotonic() - self.made


class KeptAnswersMiddleware:
    """Stands outside of all that makes an answer, so that a kept one costs none of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.answers: LRUCache[Key, Answer] = LRUCache(MOST, getsizeof=size_of)
        self.making: set[Key] = set()
        self.lock = Lock()
        self.changes = Changes()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = key_of(request) if settings.KEEP_ANSWERS else None
        if key is None:
            return self.get_response(request)
        if response := self.kept(key, request):
            return response
        started = time.monotonic()
        try:
            response = self.get_response(request)
        finally:
            with self.lock:
                self.making.discard(key)
        self.note(key, request, response, started)
        return response

    def kept(self, key: Key, request: HttpRequest) -> HttpResponse | None:
        with self.lock:
            answer = self.answers.get(key)
        if answer is None:
            return None
        if answer.offer.fill:
            return filled(request, answer, key.language) if answer.age < OF_FRAMES else None
        if self.is_fresh(answer) or not self.is_mine_to_make(key, answer):
            return again(request, answer)
        return None

    def is_fresh(self, answer: Answer) -> bool:
        posts, until = answer.offer.posts, answer.offer.until
        if posts is None:
            return answer.age < FRESH
        if answer.age > OF_POSTS or (until and until <= time.time()):
            return False
        # What was read from a replica may be older: the change was heard of, and not yet there.
        return not self.changes.touch(posts, since=answer.made - replicas.may_be_behind())

    def is_mine_to_make(self, key: Key, old: Answer) -> bool:
        """False while another request makes it, and the old one may still be shown."""
        with self.lock:
            if key in self.making and old.offer.posts is None and old.age < LONGEST:
                return False
            self.making.add(key)
            return True

    def note(self, key: Key, request: HttpRequest, response: HttpResponse, started: float) -> None:
        offer = getattr(response, "kept", None)
        if offer is None or not is_the_same_for_all(response):
            return
        if bool(key.place) != bool(offer.fill):  # a page with distances for one visitor alone
            return
        answer = Answer(
            dict(response.items()), response.content, request.resolver_match, started, offer
        )
        if size_of(answer) <= MOST:
            with self.lock:
                self.answers[key] = answer


def size_of(answer: Answer) -> int:
    """Bytes, about."""
    return len(answer.body) + answer.offer.beside + BESIDE


def key_of(request: HttpRequest) -> Key | None:
    """What an answer may depend on; None where it may depend on who asks, or is part of a page."""
    meta = request.META
    if request.method != "GET" or not ALLOWED.issuperset(request.COOKIES):
        return None
    if not meta.keys().isdisjoint(PERSONAL):
        return None
    query = meta.get("QUERY_STRING", "")
    if len(query) + len(request.path_info) > LONG:
        return None
    place = visitor.visitor_place(request)
    return Key(
        request.path_info,
        query,
        get_language_from_request(request),
        modes.of(request),
        place.told if place else None,
        "gzip" in meta.get("HTTP_ACCEPT_ENCODING", ""),
        # A host that is not ours, or plain http, gets no answer that could be kept.
        meta.get("HTTP_HOST"),
        request.is_secure(),
    )


PACKING = CompressMiddleware(lambda _request: HttpResponse())  # for what it does with an answer
PERSONAL = {"HTTP_AUTHORIZATION", "HTTP_HX_REQUEST", "HTTP_ORIGIN", "HTTP_RANGE"}


def is_the_same_for_all(response: HttpResponse) -> bool:
    return (
        response.status_code == 200
        and not response.cookies
        and not response.streaming
        and "no-store" not in response.get("Cache-Control", "")
        and "'nonce-" not in response.get("Content-Security-Policy", "")
    )


OF_THE_BODY = {"ETag", "Content-Length", "Content-Encoding"}


def filled(request: HttpRequest, answer: Answer, language: str) -> HttpResponse | None:
    """A kept page with what this visitor sees in it; None if it has to be made as a whole. What
    follows is what the middleware inside would do with it."""
    assert answer.offer.fill
    try:
        with replicas.one_request(), override(language):
            replicas.read_from(replicas.any_fresh() or PRIMARY)
            text = answer.offer.fill(request)
    except Error:  # the database is away: mutualaid.replication knows what to do
        return None
    if text is None:
        return None
    request.resolver_match = answer.route
    headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_BODY}
    response = HttpResponse(text, headers=headers)
    response.headers["Content-Length"] = str(len(response.content))
    set_response_etag(response)
    visitors.count(request, response)
    response = get_conditional_response(request, response["ETag"], response=response) or response
    PACKING.process_response(request, response)
    return response


def again(request: HttpRequest, answer: Answer) -> HttpResponse:
    """A kept answer for this request; 304 if its browser has it."""
    request.resolver_match = answer.route
    response = HttpResponse(answer.body, headers=answer.headers)
    visitors.count(request, response)
    if etag := answer.headers.get("ETag"):
        return get_conditional_response(request, etag=etag, response=response) or response
    return response
