"""Areas in the admin: found fast, never changed."""

import pytest

pytestmark = pytest.mark.django_db
URL = "/admin/places/area/"


def test_moderators_find_areas(as_moderator):
    page = as_moderator.get(URL, {"q": "nanshan"}).content.decode()
    assert "深圳市南山区" in page
    assert as_moderator.get(URL, {"level__exact": 1}).status_code == 200
    assert "广东省深圳市南山区" in as_moderator.get(f"{URL}440305/change/").content.decode()


def test_nobody_changes_an_area(as_moderator):
    assert as_moderator.get(f"{URL}add/").status_code == 403
    assert as_moderator.post(f"{URL}440305/change/", {"name": "x"}).status_code == 403
    assert as_moderator.post(f"{URL}440305/delete/").status_code == 403


def test_strangers_are_asked_to_sign_in(as_stranger):
    assert as_stranger.get(URL).status_code == 302
