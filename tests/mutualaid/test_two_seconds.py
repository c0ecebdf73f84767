"""What is over is gone from every page within two seconds, whichever process answers."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import transaction
from django.utils import timezone

from places import grid
from posts import closing, erasing, moderation, square_map
from posts.models import Post
from tests.mutualaid import served
from tests.posts.factories import NANSHAN, NANSHAN_AT, item, need, offer

WITHIN = 2.0  # seconds
PROCESSES = 3


def pages(beside: Post) -> list[str]:
    """Where an offer in Nanshan is to be seen: the addresses."""
    cell = grid.snap(*NANSHAN_AT)
    level = square_map.FINEST + square_map.TILE
    tile = f"{level}.{cell.row >> level}.{cell.column >> level}"
    return [
        "/?kind=offer",
        "/?kind=offer&area=440305&medicine=ibuprofen",
        beside.get_absolute_url(),
        f"/map/cells/?kind=offer&lang=zh-hans&tile={tile}",
        "/api/v1/posts?kind=offer",
        "/feed/?kind=offer",
        f"/areas/{NANSHAN}/",
    ]


def shows(text: str, post: Post) -> bool:
    if text.startswith('{"blocks"'):
        return text != '{"blocks":[],"names":[]}'
    return str(post.public_id) in text


def run_out(post: Post) -> None:
    """As time would do it: pages are made and kept for a while with the end that is near."""
    ends = timezone.now() + timedelta(seconds=4)
    Post.objects.filter(pk=post.pk).update(expires_at=ends)
    post.listings.update(expires_at=ends)
    time.sleep((ends - timezone.now()).total_seconds())


def resolve(post: Post) -> None:
    closing.resolve(Post.objects.get(pk=post.pk), post.resident)


def leave(post: Post) -> None:
    with transaction.atomic():
        erasing.leave(post.resident)


class Visitors:
    """They ask for all pages all the time, and note when, and whether a post was there."""

    def __init__(self, url: str, post: Post, paths: list[str]) -> None:
        self.url, self.post, self.paths = url, post, paths
        self.seen: dict[str, list[tuple[float, bool]]] = {path: [] for path in paths}
        self.stop = Event()

    def ask(self) -> None:
        while not self.stop.is_set():
            for path, seen in self.seen.items():
                asked = time.monotonic()
                status, text = served.ask(f"{self.url}{path}")
                assert status == 200, path
                seen.append((asked, shows(text, self.post)))

    def wait(self) -> None:
        """Until the post was seen everywhere."""
        end = time.monotonic() + 60
        while not all(any(shown for _at, shown in seen) for seen in self.seen.values()):
            assert time.monotonic() < end, "it is not shown everywhere"
            time.sleep(0.1)

    def last(self, path: str, over: float) -> float:
        """How long after a moment somebody asked who was still shown the post."""
        return max((asked - over for asked, shown in self.seen[path] if shown), default=0.0)


@pytest.mark.django_db(transaction=True)
def test_what_is_over_is_gone_from_every_page_within_two_seconds(
    tmp_path, resident, helper, moderator
):
    def hide(post: Post) -> None:
        moderation.hide(Post.objects.get(pk=post.pk), moderator, "trade")

    keeping = {"KEEP_ANSWERS": "true", "API_PER_MINUTE": "100000"}
    with served.granian(tmp_path / "log", PROCESSES, **keeping) as url:
        for end in (resolve, hide, run_out, leave):
            post = offer(resident)
            paths = pages(beside=need(helper, items=[item("ibuprofen", 1)]))
            visitors = Visitors(url, post, paths)
            with ThreadPoolExecutor(PROCESSES) as people:
                asking = [people.submit(visitors.ask) for _each in range(PROCESSES)]
                try:
                    visitors.wait()
                    end(post)
                    over = time.monotonic()
                    time.sleep(WITHIN + 1)
                finally:
                    visitors.stop.set()
                for each in asking:
                    each.result()
            late = {path: visitors.last(path, over) for path in paths}
            assert max(late.values()) < WITHIN, (end.__name__, late)
            print(end.__name__, f"{max(late.values()):.2f} s")
