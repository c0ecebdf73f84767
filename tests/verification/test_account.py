"""A resident's own page."""

import pytest

pytestmark = pytest.mark.django_db


def test_it_shows_the_level_and_the_way_out_but_not_the_number(as_newcomer, newcomer):
    response = as_newcomer.get("/account/")
    content = response.content.decode()
    assert newcomer.phone[-4:] in content
    assert newcomer.phone[3:] not in content
    assert 'action="/signout/"' in content
    assert 'href="/real-name/"' in content
    assert "no-store" in response["Cache-Control"]


def test_it_asks_for_sign_in(client):
    assert client.get("/account/").url == "/signin/?next=/account/"
