"""The poster sees who looked, and can block a person."""

import pytest
from django.db import IntegrityError, transaction

from posts import access, contact
from posts.models import Block, Reveal
from safety.models import AuditEntry
from tests.posts.factories import offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(resident, helper):
    made = offer(resident)
    contact.reveal(made, helper)
    return made


def url(post) -> str:
    return f"/posts/{post.public_id}/seen/"


def test_it_shows_who_looked_by_the_last_digits(as_resident, post):
    page = as_resident.get(url(post)).content.decode()
    assert "8002" in page
    assert "138 0013" not in page


def test_a_blocked_person_sees_no_number_of_this_poster_any_more(
    as_resident, as_helper, resident, helper, post
):
    as_resident.post(url(post), {"reveal": Reveal.objects.get().pk, "blocked": "1"})
    for each in (post, offer(resident)):
        with pytest.raises(access.NotShownError, match="blocked"):
            contact.reveal(each, helper)
        response = as_helper.post(f"/posts/{each.public_id}/contact/")
        assert response.status_code == 403
        assert "138 0013" not in response.content.decode()
    assert AuditEntry.objects.filter(act="person blocked", actor=resident.pk).exists()


def test_a_block_can_be_taken_back(as_resident, helper, post):
    reveal = Reveal.objects.get().pk
    as_resident.post(url(post), {"reveal": reveal, "blocked": "1"})
    as_resident.post(url(post), {"reveal": reveal, "blocked": ""})
    assert contact.reveal(post, helper)


def test_it_asks_for_sign_in(client, post):
    assert client.get(url(post))["Location"].startswith("/signin/")


def test_it_refuses_a_stranger(as_stranger, post):
    sent = {"reveal": Reveal.objects.get().pk, "blocked": "1"}
    assert as_stranger.get(url(post)).status_code == 404
    assert as_stranger.post(url(post), sent).status_code == 404
    assert not Block.objects.exists()


@pytest.mark.parametrize("reveal", ["", "x", "-1", "999999", "9" * 40, "１"])
def test_a_reveal_that_is_not_there_blocks_nobody(as_resident, post, reveal):
    assert as_resident.post(url(post), {"reveal": reveal, "blocked": "1"}).status_code == 302
    assert not Block.objects.exists()


def test_a_reveal_of_somebody_elses_post_blocks_nobody(as_resident, helper, resident, post):
    other = offer(helper)
    contact.reveal(other, resident)
    theirs = Reveal.objects.get(post=other).pk
    as_resident.post(url(post), {"reveal": theirs, "blocked": "1"})
    assert not Block.objects.exists()


def test_nobody_blocks_himself(resident):
    with pytest.raises(IntegrityError), transaction.atomic():
        Block.objects.create(by=resident, blocked=resident)
