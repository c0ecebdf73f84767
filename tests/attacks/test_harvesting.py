"""Harvesting: somebody with many accounts wants all phone numbers of the square."""

import re

import pytest
from django.conf import settings

from posts.models import Reveal
from safety.models import AuditEntry
from tests.conftest import make_resident, signed_in
from tests.posts.factories import need, offer
from tests.posts.test_messaging import ASKS_FIRST
from verification.models import Level

pytestmark = pytest.mark.django_db
ACCOUNTS = 50
PHONE = re.compile(r"138 0088 \d{4}")


def posters(number: int) -> list:
    return [make_resident(f"+861380088{index:04d}", Level.REAL_NAME) for index in range(number)]


def reachable(make, poster):
    """A post whose number is its poster's own, so that numbers can be counted."""
    return make(poster, contact_phone=poster.phone)


def numbers_seen(person, posts) -> set[str]:
    """All numbers that one account gets to see when it taps on every post."""
    browser = signed_in(person)
    found = set()
    for post in posts:
        page = browser.post(f"/posts/{post.public_id}/contact/", follow=True)
        found |= set(PHONE.findall(page.content.decode()))
    return found


def test_fifty_accounts_get_no_more_numbers_than_fifty_people_may(db):
    """Needs do not rest, so the limits of each person are all that holds."""
    posts = [reachable(need, poster) for poster in posters(settings.REVEALS_PER_HOUR + 5)]
    thieves = [make_resident(f"+861390099{index:04d}", Level.PHONE) for index in range(ACCOUNTS)]
    got = [len(numbers_seen(thief, posts)) for thief in thieves]
    assert got == [settings.REVEALS_PER_HOUR] * ACCOUNTS
    reveals = Reveal.objects.count()
    assert reveals == ACCOUNTS * settings.REVEALS_PER_HOUR
    assert AuditEntry.objects.filter(act="contact revealed").count() == reveals


def test_fifty_accounts_get_the_number_of_an_offer_five_times(db):
    posts = [reachable(offer, poster) for poster in posters(3)]
    thieves = [make_resident(f"+861390099{index:04d}", Level.PHONE) for index in range(ACCOUNTS)]
    got = [numbers_seen(thief, posts) for thief in thieves]
    assert sum(len(each) for each in got) == len(posts) * settings.OFFER_REVEALS
    for post in posts:
        assert post.reveals.count() == settings.OFFER_REVEALS


def test_fifty_accounts_get_no_number_of_a_poster_who_asks_first(db):
    """And no poster is written to by more than may write: five for an offer."""
    posts = [offer(poster, **ASKS_FIRST) for poster in posters(3)]
    thieves = [make_resident(f"+861390099{index:04d}", Level.PHONE) for index in range(ACCOUNTS)]
    for thief in thieves:
        browser = signed_in(thief)
        typed = {"text": "想要一点", "phone": thief.phone}
        for post in posts:
            for page in ("contact", "ask", "messages", "seen"):
                address = f"/posts/{post.public_id}/{page}/"
                assert not PHONE.search(browser.post(address, typed, follow=True).text)
                assert not PHONE.search(browser.get(address, follow=True).text)
    assert not Reveal.objects.exists()
    for post in posts:
        assert post.messages.count() == settings.OFFER_REVEALS


def test_a_second_account_for_one_number_cannot_be_had(client):
    """Fifty accounts need fifty numbers: the digest of a number is unique."""
    first = make_resident("+8613800138001", Level.PHONE)
    again = type(first).objects.who_proved("+8613800138001")
    assert again == first


def test_no_public_page_holds_a_number_however_it_is_asked_for(client):
    """A visitor with every filter, sort and page of the square, and every post's page."""
    posts = [reachable(offer, poster) for poster in posters(25)]
    seen = ""
    for kind in ("need", "offer"):
        for sort in ("time", "distance"):
            after = ""
            for _page in range(3):
                page = client.get(f"/?kind={kind}&sort={sort}&after={after}").content.decode()
                found = re.search(r"after=([^\s'\"&]+)", page)
                after = found[1] if found else ""
                seen += page
    for post in posts:
        seen += client.get(f"/posts/{post.public_id}/").content.decode()
    assert str(posts[0].public_id) in seen
    assert not PHONE.search(seen)
    assert "1380088" not in seen
