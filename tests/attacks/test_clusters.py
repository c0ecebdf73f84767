"""Zooming: somebody asks the map for every zoom and part, to find a place within its cell."""

import uuid

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from places import grid
from places.grid import Block
from posts import square_map
from posts.models import Kind, Listing, Post
from tests.conftest import make_resident
from tests.posts.factories import NANSHAN, NANSHAN_AT, offer, post
from verification.models import Level

pytestmark = pytest.mark.django_db
inside = st.floats(0.02, 0.98)
SAME_ID = uuid.uuid4()


def tiles_around(lat: float, lng: float):
    """At every zoom the tile of a point and those beside it."""
    cell = grid.snap(lat, lng)
    for level in range(square_map.FINEST + square_map.TILE, square_map.COARSEST + square_map.TILE):
        for up in (-1, 0, 1):
            for right in (-1, 0, 1):
                yield f"{level}.{(cell.row >> level) + up}.{(cell.column >> level) + right}"


def answers_for(lat: float, lng: float) -> list[bytes]:
    """All that the map tells of one post at a true point."""
    poster = make_resident(f"+861380014{Post.objects.count():04d}", Level.PHONE)
    made = post(poster, Kind.OFFER, code=NANSHAN, at=(lat, lng))
    Post.objects.filter(pk=made.pk).update(public_id=SAME_ID)
    browser = Client()
    found = [
        browser.get(f"/map/cells/?kind=offer&tile={tile}").content
        for tile in tiles_around(lat, lng)
    ]
    cell = grid.snap(*NANSHAN_AT)
    for level in (0, 1, 5, 11):
        block = Block(level, cell.row >> level, cell.column >> level)
        found.append(browser.get(f"/map/?kind=offer&cell={block}").content)
    found.append(browser.get("/map/?kind=offer&area=440300").content)
    Listing.objects.filter(post=made).delete()
    poster.posts.all().delete()
    poster.delete()
    return found


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(inside, inside, inside, inside)
def test_two_true_points_in_one_cell_give_byte_identical_maps(up, right, up_too, right_too):
    west, south, _east, _north = grid.snap(*NANSHAN_AT).bounds
    one = answers_for(south + up * 0.005, west + right * 0.006)
    other = answers_for(south + up_too * 0.005, west + right_too * 0.006)
    assert one == other


def test_no_block_of_the_map_is_smaller_than_a_public_cell(client, resident):
    offer(resident)
    cell = grid.snap(*NANSHAN_AT)
    for level in range(square_map.TILE):
        tile = Block(level, cell.row >> level, cell.column >> level)
        assert client.get(f"/map/cells/?kind=offer&tile={tile}").status_code == 400
    tile = Block(square_map.TILE, cell.row >> square_map.TILE, cell.column >> square_map.TILE)
    blocks = client.get(f"/map/cells/?kind=offer&tile={tile}").json()["blocks"]
    assert blocks == [[f"0.{cell.row}.{cell.column}", 1, 0]]


def test_counts_never_tell_a_medicine_or_a_group_that_the_list_would_not(client, resident):
    """The same conditions count and list: whatever is asked, both know of as many posts."""
    offer(resident)
    cell = grid.snap(*NANSHAN_AT)
    tile = Block(3, cell.row >> 3, cell.column >> 3)
    for query in (
        "kind=offer",
        "kind=need",
        "kind=offer&medicine=paracetamol",
        "kind=offer&whom=infant",
    ):
        blocks = client.get(f"/map/cells/?{query}&tile={tile}").json()["blocks"]
        page = client.get(f"/?{query}&cell=0.{cell.row}.{cell.column}").text
        assert sum(number for _name, number, _area in blocks) == page.count("post-card")
