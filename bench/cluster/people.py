"""People at work while engines die: they publish, look, ask for a phone, resolve, and try again.

Each is a browser of its own behind nginx. What the site has accepted is written down; whatever else
it answered, or did not, is tried again as it was, with the same cookies.
"""

import http.client
import random
import re
import ssl
import threading
import time
from dataclasses import dataclass, field
from datetime import date
from http.cookies import SimpleCookie
from urllib.parse import urlencode

TOKEN = "a" * 32
OFFER = {
    "medicine": "ibuprofen", "ibuprofen-amount": "12", "ibuprofen-unit": "tablet",
    "ibuprofen-per_household": "6", "ibuprofen-form": "tablet", "ibuprofen-strength": "0.2g",
    "ibuprofen-expiry_year": str(date.today().year + 1), "ibuprofen-expiry_month": "6",
    "ibuprofen-original_packing": "on", "source": "pharmacy", "note": "送给需要的邻居", "go": "1",
}  # fmt: skip
REACH = {
    "province": "440000", "city": "440300", "district": "440305", "name": "刘女士", "wechat": "",
    "handover": "courier", "courier_payer": "receiver", "go": "1",
}  # fmt: skip
PAGES = ("/", "/?kind=offer", "/?kind=need", "/map/", "/areas/", "/api/v1/posts", "/stats/")
PAUSE = 0.05  # seconds between two acts of one person
AGAIN = 0.3  # seconds until what failed is tried again
GIVES_UP = 90  # seconds
PUBLISHED = re.compile(r"/posts/([0-9a-f-]{36})/published/")


@dataclass(frozen=True)
class Answer:
    at: float  # when it was there
    reads: bool
    good: bool
    seconds: float
    told: str  # a status, or what went wrong


@dataclass
class Book:
    """What was accepted, and every answer."""

    posts: set[str] = field(default_factory=set)
    resolved: set[str] = field(default_factory=set)
    reveals: list[tuple[str, str]] = field(default_factory=list)  # post, number of who asked
    unseen: list[str] = field(default_factory=list)  # posts that their poster did not find
    kept: list[float] = field(default_factory=list)  # when a form came back with what was typed
    answers: list[Answer] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def some_post(self, but: frozenset[str] | set[str] = frozenset()) -> str | None:
        with self.lock:
            standing = list(self.posts - self.resolved - but)
        return random.choice(standing) if standing else None  # noqa: S311


class Person:
    def __init__(self, port: int, book: Book, session: str = "") -> None:
        self.port, self.book = port, book
        self.cookies = {"__Host-csrftoken": TOKEN}
        if session:
            self.cookies["__Host-sessionid"] = session
        self.connection: http.client.HTTPSConnection | None = None

    def ask(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, where it leads, page. Raises OSError and HTTPException."""
        if self.connection is None:
            context = ssl._create_unverified_context()  # noqa: S323 -- the drill's own certificate
            self.connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=20, context=context
            )
        headers = {
            "Host": "localhost",
            "Origin": "https://localhost",
            "User-Agent": "Mozilla/5.0",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        body = None
        if fields is not None:
            body = urlencode({**fields, "csrfmiddlewaretoken": TOKEN})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self.connection.request("POST" if body else "GET", path, body, headers)
            answer = self.connection.getresponse()
            page = answer.read().decode()
        except BaseException:
            self.connection.close()
            self.connection = None
            raise
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return answer.status, answer.headers.get("Location") or "", page

    def noted(
        self, path: str, good: set[int], fields: dict[str, str] | None = None
    ) -> tuple[int, str, str] | None:
        """The same, with a line in the book; None if it failed."""
        start = time.monotonic()
        try:
            found = self.ask(path, fields)
            told = str(found[0])
        except (OSError, http.client.HTTPException) as error:
            found, told = None, type(error).__name__
        end = time.monotonic()
        is_good = found is not None and found[0] in good
        self.book.answers.append(Answer(end, fields is None, is_good, end - start, told))
        if found and fields and found[0] == 503 and f'value="{fields.get("note")}"' in found[2]:
            self.book.kept.append(end)
        return found if is_good else None

    def send(self, path: str, fields: dict[str, str], refused: int = 0) -> str:
        """Send a form until it is taken; where it leads. Empty if it was `refused`."""
        end = time.monotonic() + GIVES_UP
        while time.monotonic() < end:
            if found := self.noted(path, {302, refused}, fields):
                return found[1]
            time.sleep(AGAIN)
        raise RuntimeError(f"{path} was not taken for {GIVES_UP} s")


class Giver(Person):
    """Publishes an offer, looks whether it is there, resolves every third, asks for others'."""

    def __init__(self, port: int, book: Book, session: str, phone: str) -> None:
        super().__init__(port, book, session)
        self.phone, self.mine = phone, set[str]()

    def act(self) -> None:
        self.publish()
        time.sleep(PAUSE)
        post = self.book.some_post(but=self.mine)
        if post and self.send(f"/posts/{post}/contact/", {}, refused=410):  # resolved meanwhile
            self.book.reveals.append((post, self.phone))
        time.sleep(PAUSE)

    def publish(self) -> None:
        """Three forms, each until it is taken; the draft's key keeps it from being two posts."""
        while True:
            self.send("/offer/details/", OFFER)
            self.send("/offer/reach/", REACH | {"phone": self.phone})
            led_to = self.send("/offer/check/", {})
            if found := PUBLISHED.search(led_to):
                break
        post = found[1]
        self.mine.add(post)
        with self.book.lock:
            self.book.posts.add(post)
        seen = self.noted(f"/posts/{post}/", {200, 404, 410})
        if seen and seen[0] != 200:
            self.book.unseen.append(post)
        if len(self.mine) % 3 == 0:
            self.send(f"/posts/{post}/resolve/", {})
            with self.book.lock:
                self.book.resolved.add(post)


class Reader(Person):
    """Looks at the square and at posts."""

    def act(self) -> None:
        post = self.book.some_post()
        path = random.choice((*PAGES, f"/posts/{post}/" if post else "/"))  # noqa: S311
        self.noted(path, {200, 410})
        time.sleep(PAUSE)


class Crowd:
    """All of them, each in a thread, until they are told to stop; they end what they have begun."""

    def __init__(self, people: list[Giver | Reader]) -> None:
        self.people, self.over = people, threading.Event()
        self.failed: list[str] = []
        self.threads = [threading.Thread(target=self.work, args=[each]) for each in people]

    def work(self, person: Giver | Reader) -> None:
        try:
            while not self.over.is_set():
                person.act()
        except Exception as error:
            self.failed.append(f"{type(person).__name__}: {error!r}")

    def __enter__(self) -> "Crowd":
        for each in self.threads:
            each.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        for each in self.threads:
            each.join()
