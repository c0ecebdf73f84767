"""A post's place is its cell and nothing finer, on every page and in the database."""

import re
import uuid
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from places import grid
from posts.forms import ReachForm
from posts.models import Kind, Listing, Post
from tests.conftest import make_resident
from tests.posts.factories import NANSHAN, NANSHAN_AT, YUELU_AT, offer, post
from tests.posts.test_publish_need import CONTACT
from verification.models import Level

pytestmark = pytest.mark.django_db
inside = st.floats(0.02, 0.98)
SAME_ID = uuid.uuid4()
SAME_TIME = timezone.now() - timedelta(hours=2, minutes=30)  # "2 hours ago" all the while


def pages_for(lat: float, lng: float) -> list[str]:
    """All public pages about one post at a true point, with what is random held still."""
    poster = make_resident(f"+861380014{Post.objects.count():04d}", Level.PHONE)
    made = post(poster, Kind.OFFER, code=NANSHAN, at=(lat, lng))
    Post.objects.filter(pk=made.pk).update(
        public_id=SAME_ID, confirmed_at=SAME_TIME, created_at=SAME_TIME
    )
    pages = []
    for visitor in (None, NANSHAN_AT, YUELU_AT, (lat + 0.02, lng)):
        client = Client()
        if visitor:
            cell = grid.snap(*visitor)
            client.post("/place/", {"row": cell.row, "column": cell.column, "next": "/"})
        for url in ("/", "/?sort=distance", "/?area=440305", f"/posts/{SAME_ID}/"):
            pages.append(re.sub(r"nonce-?=?\S+", "", client.get(url).content.decode()))
    Listing.objects.filter(post=made).delete()
    poster.posts.all().delete()
    poster.delete()
    return pages


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(inside, inside, inside, inside)
def test_two_true_points_in_one_cell_give_byte_identical_pages(up, right, up_too, right_too):
    cell = grid.snap(*NANSHAN_AT)
    south, west = cell.lat - 0.0025, cell.lng - 0.003
    one = pages_for(south + up * 0.005, west + right * 0.006)
    other = pages_for(south + up_too * 0.005, west + right_too * 0.006)
    assert one == other


def test_the_database_holds_the_centre_of_the_cell(resident):
    made = offer(resident, at=(22.5331, 113.9312))
    cell = grid.snap(22.5331, 113.9312)
    made.refresh_from_db()
    assert (made.point.y, made.point.x) == (cell.lat, cell.lng)
    listed = Listing.objects.filter(post=made)[0].point.transform(4326, clone=True)
    assert (round(listed.y, 9), round(listed.x, 9)) == (round(cell.lat, 9), round(cell.lng, 9))


def reach_form(typed: dict) -> ReachForm:
    sent = QueryDict(mutable=True)
    for name, value in typed.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    return ReachForm(sent, medicines=[], account_phone="+8613800138001")


def test_a_post_that_shows_its_district_only_has_the_districts_own_point(resident):
    cell = grid.snap(*NANSHAN_AT)
    typed = {
        "province": "440000", "city": "440300", "district": "440305", "by_area": "on",
        "row": str(cell.row), "column": str(cell.column),
    }  # fmt: skip
    form = reach_form(CONTACT | typed)
    assert form.is_valid(), form.errors
    answer = form.fields_for_post()
    assert answer["by_area"]
    assert answer["point"] == answer["area"].point
    plain = reach_form({**CONTACT, **typed, "by_area": ""})
    assert plain.is_valid()
    assert plain.fields_for_post()["point"].coords == (cell.lng, cell.lat)


def test_no_form_takes_a_place_finer_than_a_cell():
    """There is no field for degrees: a browser can only name a cell."""
    assert not {"lat", "lng", "point", "latitude"} & set(ReachForm.base_fields)
    for row, column in (("22.5331", "113.9312"), ("1e3", "2"), ("NaN", "1"), ("9" * 40, "1")):
        form = reach_form({**CONTACT, "row": row, "column": column, "province": "440000"})
        assert not form.is_valid()


def test_a_visitors_position_stands_in_no_url_and_no_table(client, resident):
    offer(resident)
    cell = grid.snap(*YUELU_AT)
    response = client.post("/place/", {"row": cell.row, "column": cell.column, "next": "/?a=b"})
    assert response["Location"] == "/?a=b"
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("django_session", "cache", "safety_auditentry", "posts_draft"):
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s",
                [f"%{cell.row}_{cell.column}%"],
            )
            assert cursor.fetchone()[0] == 0
