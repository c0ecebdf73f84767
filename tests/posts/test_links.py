"""One-tap links: one post, one answer, some days; a GET changes nothing; no log knows the token."""

import logging
import re
import time
from datetime import timedelta

import pytest
from django.conf import settings as site
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from mutualaid.logs import PrivateFormatter
from posts import closing, links, moderation, notices
from posts.models import ActLink, Listing, Post, State
from safety.models import AuditEntry
from tests.conftest import signed_in
from tests.posts.factories import item, need, offer
from tests.posts.test_mine import aged
from tests.verification.threads import at_once
from verification.sms import Template

pytestmark = pytest.mark.django_db
GONE = "This link is used up"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def post(resident):
    asking = need(resident, landmark="南门岗亭", contact_wechat="liu_123456", note="只要几粒应急")
    return aged(asking, hours=25)


@pytest.fixture
def link(post) -> str:
    return path_of(post)


def path_of(post: Post) -> str:
    """A new link for a post, without the site's name."""
    return links.make(post).removeprefix(site.SITE_URL)


def token_of(link: str) -> str:
    return link.split("/")[2]


def tap(link: str, answer: str = "resolved", **options):
    return Client().post(link, {"answer": answer}, **options)


def state_of(post: Post) -> str:
    return Post.objects.values_list("state", flat=True).get(pk=post.pk)


def test_resolving_takes_a_link_and_a_button(post, link, client, gateway):
    notices.tell(post.resident, Template.STILL_THERE, post=post)
    notices.send_due()
    page = client.get(gateway.link()).content.decode()
    assert "布洛芬" in page
    assert "南山区" in page
    done = client.post(gateway.link(), {"answer": "resolved"}, follow=True)
    assert done.redirect_chain == [("/m/done/", 302)]
    assert "电话不再显示" in done.content.decode()
    assert state_of(post) == State.RESOLVED
    assert not Listing.objects.filter(post=post).exists()


def test_still_there_keeps_the_post_for_another_life(post, link):
    done = Client().post(link, {"answer": "still-there"}, follow=True)
    assert "继续留在广场上" in done.content.decode()
    kept = Post.objects.get(pk=post.pk)
    assert kept.expires_at > post.expires_at
    assert not kept.asks_its_poster


def test_the_record_says_that_it_came_by_link(post, link, resident):
    tap(link)
    entry = AuditEntry.objects.get(act="answered by link")
    assert (entry.subject, entry.actor) == (str(post.public_id), resident.pk)
    assert AuditEntry.objects.filter(act="post resolved", actor=resident.pk).count() == 1


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_opening_a_link_changes_nothing(post, link, method):
    before = Post.objects.filter(pk=post.pk).values().get()
    for _each in range(3):
        getattr(Client(), method)(link, {"answer": "resolved"})
    assert Post.objects.filter(pk=post.pk).values().get() == before
    assert not ActLink.objects.get().used_at


def test_its_page_holds_no_contact(post, link):
    page = Client().get(link).content.decode()
    for secret in ("138 0013", "1380013", "刘女士", "liu_123456", "南门岗亭", str(post.public_id)):
        assert secret not in page


def test_its_page_is_kept_by_nobody(link):
    for response in (Client().get(link), Client().get("/m/wrong/"), tap(link)):
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "strict-origin"
        assert "noindex" in response["X-Robots-Tag"]


def test_a_forged_form_is_refused(post, link):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(link, {"answer": "resolved"}).status_code == 403
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', browser.get(link).content.decode())[1]
    sent = {"answer": "resolved", "csrfmiddlewaretoken": token}
    assert browser.post(link, sent).status_code == 302


def test_a_link_answers_for_one_post_alone(post, link, resident):
    other = aged(offer(resident), hours=25)
    tap(link)
    assert state_of(post) == State.RESOLVED
    assert state_of(other) == State.OPEN


def test_it_signs_nobody_in(link):
    browser = Client()
    browser.get(link)
    browser.post(link, {"answer": "still-there"})
    assert browser.get("/mine/").status_code == 302
    assert "sessionid" not in browser.cookies


@pytest.mark.parametrize("signed_in_as", ["stranger", "resident"])
def test_who_is_signed_in_does_not_matter(post, link, stranger, resident, signed_in_as):
    person = {"stranger": stranger, "resident": resident}[signed_in_as]
    assert signed_in(person).post(link, {"answer": "resolved"}).status_code == 302
    assert AuditEntry.objects.get(act="post resolved").actor == resident.pk


# --- what is left ---------------------------------------------------------------------------------


@pytest.fixture
def two(resident) -> Post:
    """An offer of two medicines that asks whether there is any left."""
    return aged(offer(resident, items=[item(amount=8), item("antigen-test", 5)]), hours=25)


def amounts_of(post: Post) -> list[int]:
    return list(post.items.values_list("amount", flat=True))


def send_left(link: str, post: Post, *left: str):
    fields = {f"left-{line.pk}": typed for line, typed in zip(post.items.all(), left, strict=True)}
    return Client().post(link, {"answer": "still-there"} | fields)


def test_still_there_can_say_how_much_is_left(two):
    assert send_left(path_of(two), two, "3", "5").status_code == 302
    assert amounts_of(two) == [3, 5]
    assert not Post.objects.get(pk=two.pk).asks_its_poster
    assert AuditEntry.objects.filter(act="offer lowered").count() == 1


def test_nothing_left_of_anything_resolves_it(two):
    done = send_left(path_of(two), two, "0", "0")
    assert done.status_code == 302
    assert state_of(two) == State.RESOLVED


@pytest.mark.parametrize("typed", ["9", "-1", "x", "", "1.5", "9" * 30, "３"])
def test_an_amount_that_makes_no_sense_is_said_and_nothing_typed_is_lost(two, typed):
    link = path_of(two)
    response = send_left(link, two, typed, "2")
    assert response.status_code == 422
    page = response.content.decode()
    assert "布洛芬：请填整数" in page
    assert page.count('aria-invalid="true"') == 1
    assert f'value="{typed}"' in page
    assert 'value="2"' in page
    assert amounts_of(two) == [8, 5]
    assert Post.objects.get(pk=two.pk).asks_its_poster
    assert send_left(link, two, "1", "2").status_code == 302


def test_it_lowers_nothing_of_another_post(two, resident):
    other = offer(resident)
    fields = {f"left-{other.items.get().pk}": "1", "left-x": "1", "left-" + "9" * 40: "1"}
    assert Client().post(path_of(two), {"answer": "still-there"} | fields).status_code == 302
    assert amounts_of(other) == [8]
    assert amounts_of(two) == [8, 5]


# --- links that answer for nothing any more -------------------------------------------------------


def assert_gone(link: str) -> None:
    taps = [tap(link, answer, headers=ENGLISH) for answer in ("resolved", "still-there")]
    for response in (Client().get(link, headers=ENGLISH), *taps):
        assert response.status_code == 404
        page = response.content.decode()
        assert GONE in page
        assert 'href="/mine/"' in page
        assert "buprofen" not in page


def test_a_wrong_link_is_gone(post, link):
    token = token_of(link)
    other = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in (other, token.swapcase(), token[:-1], "x", "-", "0" * 500, "%00", "。"):
        assert_gone(f"/m/{wrong}/")
    assert state_of(post) == State.OPEN


def test_a_link_that_has_run_out_is_gone(post, link, settings):
    past = timezone.now() - settings.LINK_LIFETIME - timedelta(seconds=1)
    ActLink.objects.update(created_at=past, expires_at=past + settings.LINK_LIFETIME)
    assert_gone(link)
    assert state_of(post) == State.OPEN


def used_long_ago() -> None:
    past = timezone.now() - timedelta(hours=1)
    ActLink.objects.exclude(used_at=None).update(created_at=past, used_at=past)


def test_a_used_link_cannot_be_used_again(post, link, resident):
    tap(link)
    closing.reopen(post, resident)
    used_long_ago()
    assert_gone(link)
    assert state_of(post) == State.OPEN


def test_a_second_tap_finds_the_first_ones_answer_and_changes_nothing(post, link, resident):
    tap(link, "still-there")
    again = Client().post(link, {"answer": "resolved"}, follow=True)
    assert "继续留在广场上" in again.content.decode()
    assert state_of(post) == State.OPEN
    assert Client().get(link).status_code == 404


def test_a_closed_post_has_nothing_to_answer(post, link, resident):
    closing.resolve(post, resident)
    assert Client().get(link).status_code == 404
    assert tap(link, "still-there").status_code == 404
    assert state_of(post) == State.RESOLVED


def test_a_hidden_post_is_not_brought_back(post, link, moderator):
    moderation.hide(post, moderator, "trade")
    assert_gone(link)
    assert state_of(post) == State.HIDDEN


@pytest.mark.parametrize("answer", ["", "reopen", "hide", "\0", "resolved "])
def test_an_answer_that_there_is_not_does_nothing(post, link, answer):
    assert tap(link, answer).status_code == 404
    assert state_of(post) == State.OPEN
    assert not ActLink.objects.get().used_at


def test_a_post_that_may_not_stay_says_why_and_the_link_stays_good(resident, settings):
    old = aged(offer(resident), hours=24 * 8)
    link = path_of(old)
    settings.OPEN_POSTS_PER_RESIDENT = 1
    offer(resident, items=[item()])
    response = tap(link, "still-there")
    assert response.status_code == 422
    assert "已有1条信息" in response.content.decode()
    assert response["Referrer-Policy"] == "strict-origin"
    assert tap(link, "resolved").status_code == 302


def test_an_older_message_still_works(post, link):
    links.make(post)
    assert Client().get(link).status_code == 200


def test_guessing_is_limited_and_right_links_do_not_count(post, link, monkeypatch):
    monkeypatch.setattr(links, "WRONG_LINKS", links.Quota("wrong", 3, timedelta(hours=1)))
    for _each in range(5):
        assert Client().get(link).status_code == 200
    for _each in range(3):
        Client().get("/m/wrong/")
    assert Client().get(link).status_code == 404, "even a right guess is not told apart now"
    assert tap(link).status_code == 404
    assert Client(REMOTE_ADDR="192.0.2.7").get(link).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_are_one_answer(post, link):
    def now() -> int:
        return tap(link).status_code

    assert at_once(now, now) == [302, 302]
    assert AuditEntry.objects.filter(act="post resolved").count() == 1
    assert AuditEntry.objects.filter(act="answered by link").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_counts(post, link):
    assert at_once(lambda: tap(link, "resolved"), lambda: tap(link, "still-there"))
    acts = AuditEntry.objects.filter(act__in=["post resolved", "post extended"])
    assert acts.count() == 1


# --- where the token is ---------------------------------------------------------------------------


def test_the_database_does_not_know_the_token(link):
    row = ActLink.objects.values().get()
    assert token_of(link) not in str(row)
    assert len(token_of(link)) == 22  # 128 bits


def test_no_two_links_are_alike(post):
    assert len({links.make(post) for _each in range(50)}) == 50


def test_no_log_holds_the_token(post, link, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.handler.setFormatter(PrivateFormatter())
    Client(enforce_csrf_checks=True).post(link)
    Client().put(link)
    Client().get(link + "x")
    tap(link)
    used_long_ago()
    tap(link)
    assert "Forbidden (CSRF cookie not set.): act-link" in caplog.text
    assert "Not Found: (no such page)" in caplog.text
    assert token_of(link) not in caplog.text


def test_no_page_that_follows_holds_the_token(link):
    done = Client().post(link, {"answer": "resolved"}, follow=True)
    gone = tap(link + "x/")
    for page in (done, gone):
        assert token_of(link) not in page.content.decode()


def test_links_that_have_run_out_are_erased(post, link):
    links.make(post)
    past = timezone.now() - timedelta(days=9)
    first = ActLink.objects.earliest("pk")
    ActLink.objects.filter(pk=first.pk).update(created_at=past, expires_at=past + timedelta(days=3))
    assert links.remove_old() == 1
    assert ActLink.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"digest": "not a digest"},
        {"expires_at": timezone.now() - timedelta(days=365)},
        {"used_at": timezone.now() + timedelta(days=365)},
    ],
)
def test_the_database_refuses_a_link_that_makes_no_sense(link, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        ActLink.objects.update(**wrong)


def test_the_language_can_be_changed_without_losing_the_page(link):
    page = Client().get(link).content.decode()
    assert f'name="next" value="{link}"' in page


# --- how it ended ---------------------------------------------------------------------------------
def resolved_by(link) -> Client:
    """A browser that has just resolved the post."""
    browser = Client()
    browser.post(link, {"answer": "resolved"})
    return browser


def test_how_it_ended_is_one_tap_more_and_no_need_to(post, link):
    browser = resolved_by(link)
    page = browser.get("/m/done/").content.decode()
    assert "药找到了吗" in page and 'value="through-here"' in page
    browser.post("/m/done/", {"outcome": "through-here"})
    post.refresh_from_db()
    assert (post.state, post.outcome) == (State.RESOLVED, "through-here")
    assert 'name="outcome"' not in browser.get("/m/done/").content.decode()
    assert AuditEntry.objects.get(act="post outcome").details == {"outcome": "through-here"}


@pytest.mark.parametrize("outcome", ["", "stolen", "open"])
def test_an_ending_that_there_is_not_is_none(post, link, outcome):
    browser = resolved_by(link)
    assert browser.post("/m/done/", {"outcome": outcome}).status_code == 302
    post.refresh_from_db()
    assert post.outcome == ""


def test_only_the_browser_that_resolved_it_tells_and_for_an_hour(post, link, monkeypatch):
    browser = resolved_by(link)
    stranger = Client()
    stranger.post("/m/done/", {"outcome": "elsewhere"})
    stranger.cookies["resolved"] = f"{post.public_id}:forged:signature"
    stranger.post("/m/done/", {"outcome": "elsewhere"})
    later = time.time() + 3601
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert 'name="outcome"' not in browser.get("/m/done/").content.decode()
    browser.post("/m/done/", {"outcome": "elsewhere"})
    post.refresh_from_db()
    assert post.outcome == ""


def test_nothing_is_asked_of_a_post_that_was_put_back(post, link, resident):
    browser = resolved_by(link)
    closing.reopen(post, resident)
    assert 'name="outcome"' not in browser.get("/m/done/").content.decode()
    browser.post("/m/done/", {"outcome": "elsewhere"})
    post.refresh_from_db()
    assert (post.state, post.outcome) == (State.OPEN, "")


def test_the_cookie_says_nothing_but_which_public_post(post, link):
    cookie = resolved_by(link).cookies["resolved"]
    assert cookie.value.startswith(f"{post.public_id}:")
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/m/done/", True, "Lax")
