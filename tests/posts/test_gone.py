"""What is over is gone within two seconds, whichever process answers: resolved, hidden, run out,
or deleted with its account.
"""

import json
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from places import grid
from places.visitor import COOKIE
from posts import closing, erasing, moderation, square_map
from posts.models import HiddenFor, Listing, Post
from tests.mutualaid import served
from tests.partners.bodies import approved
from tests.posts.factories import NANSHAN_AT, need, offer
from verification.models import Resident

WORKERS = 3
ASKED = 4 * WORKERS  # times each page: so that every process answers
WITHIN = 2  # seconds


def place_cookie() -> str:
    browser, cell = Client(), grid.snap(*NANSHAN_AT)
    browser.post("/place/", {"row": cell.row, "column": cell.column, "next": "/"})
    return f"{COOKIE}={browser.cookies[COOKIE].value}"


def pages(asking: Post) -> list[tuple[str, dict[str, str]]]:
    """Address and headers of all that lists offers."""
    cell = grid.snap(*NANSHAN_AT)
    block = f"0.{cell.row}.{cell.column}"
    english, near = {"Accept-Language": "en"}, {"Cookie": place_cookie()}
    return [
        ("/?kind=offer", {}),
        ("/?kind=offer", english),
        ("/?kind=offer&medicine=ibuprofen", {}),
        ("/?kind=offer&area=440305", {}),
        ("/?kind=offer&sort=distance", near),
        (f"/?kind=offer&cell={block}", {}),
        (f"/map/?kind=offer&cell={block}", {}),
        ("/api/v1/posts?kind=offer", {}),
        ("/api/v1/posts?kind=offer&format=geojson", {}),
        ("/api/v1/posts?kind=offer&sort=distance&near=440305", {}),
        ("/feed/?kind=offer", {}),
        ("/areas/440305/", {}),
        ("/embed/yuehai/", {}),
        (asking.get_absolute_url(), {}),  # with the offers that would help
    ]


@pytest.mark.django_db(transaction=True)
def test_it_is_gone_from_every_page_of_every_process(resident, helper, moderator, tmp_path):
    approved(resident)
    resolved, hidden, runs_out, stays = (offer(resident) for _each in range(4))
    leaves = Resident.objects.who_proved("+8613800138066")
    deleted = offer(leaves)
    asking = need(helper)
    leave = {str(each.public_id) for each in (resolved, hidden, runs_out, deleted)}
    with served.granian(tmp_path / "log", workers=WORKERS, KEEP_ANSWERS="true") as url:

        def shown(path: str, headers: dict[str, str]) -> set[str]:
            status, text = served.ask(url + path, **headers)
            assert status == 200, path
            assert str(stays.public_id) in text, path
            return {each for each in leave if each in text}

        for page in pages(asking):
            for _each in range(ASKED):
                assert shown(*page) == leave, page
        end = timezone.now() + timedelta(seconds=WITHIN / 2)
        for model, key in ((Post, "pk"), (Listing, "post")):
            model.objects.filter(**{key: runs_out.pk}).update(expires_at=end)
        closing.resolve(resolved, resident)
        moderation.hide(hidden, moderator, HiddenFor.UNSAFE)
        with transaction.atomic():
            erasing.leave(leaves)
        time.sleep(WITHIN)
        for page in pages(asking):
            for _each in range(ASKED):
                assert shown(*page) == set(), page
        for public_id in leave:
            for path in (f"/posts/{public_id}/", f"/api/v1/posts/{public_id}"):
                for _each in range(ASKED):
                    assert served.ask(url + path)[0] in {404, 410}, path
        counts = f"/map/cells/?kind=offer&lang=en&tile={tile_at(NANSHAN_AT)}"
        for _each in range(ASKED):
            blocks = json.loads(served.ask(url + counts)[1])["blocks"]
            assert [number for _block, number, _name in blocks] == [1]


def tile_at(at: tuple[float, float]) -> str:
    """The map's tile of that place whose blocks are cells."""
    cell, level = grid.snap(*at), square_map.TILE
    return f"{level}.{cell.row >> level}.{cell.column >> level}"
