"""The moderators' side in a real browser, under the site's own content security policy."""

import pytest
from playwright.sync_api import expect

from posts.models import Post, State
from tests.browser.person import Person
from tests.posts.factories import offer
from verification import real_name, recovery
from verification.documents import Document
from verification.models import DocumentType, RealNameCheck

PASSWORD = "a long enough password"


@pytest.fixture
def at_work(person, moderator):
    """A moderator who has signed in, and set up a second factor for that."""
    who = person("moderator")
    give_password(who)
    expect(who.page.locator(".qr svg")).to_be_visible()
    give_code(who)
    expect(who.page.locator(".recovery-codes li")).to_have_count(10)
    who.page.locator(".second-factor a.button").click()
    return who


def give_password(who: Person) -> None:
    who.page.goto("/admin/")
    who.page.locator("[name=username]").fill("moderator")
    who.page.locator("[name=password]").fill(PASSWORD)
    who.page.locator("[type=submit]").click()


def give_code(who: Person) -> None:
    """What the app shows: the demo shows it too."""
    code = who.page.locator(".demo-code").text_content()
    who.page.locator("[name=code]").fill(code)
    who.page.locator("[type=submit]").click()


def test_who_comes_back_needs_the_code_again(at_work):
    at_work.page.locator("#logout-form button").click()
    give_password(at_work)
    expect(at_work.page.locator(".qr")).to_have_count(0)
    give_code(at_work)
    expect(at_work.page.locator(".queues")).to_be_visible()


def test_a_post_is_drawn_as_its_cell_on_our_own_map(at_work, resident):
    post = offer(resident)
    at_work.page.goto(f"/admin/posts/post/{post.public_id}/change/")
    at_work.sees("示意图")
    # The districts around it, and one rectangle for the cell.
    expect(at_work.page.locator(".leaflet-overlay-pane path").nth(1)).to_be_attached()
    expect(at_work.page.locator(".leaflet-marker-icon")).to_have_count(0)


def test_a_post_is_hidden_and_restored_with_one_tap_each(at_work, resident):
    post = offer(resident)
    at_work.page.goto(f"/admin/posts/post/{post.public_id}/change/")
    at_work.page.get_by_role("button", name="药物可能不安全").click()
    at_work.sees("隐藏理由:药物可能不安全")
    assert Post.objects.get().state == State.HIDDEN
    at_work.page.get_by_role("button", name="恢复").click()
    at_work.sees("已处理 1 条信息")
    assert Post.objects.get().state == State.OPEN


def test_a_recovery_fits_on_a_phone_and_cannot_be_confirmed_yet(at_work, stranger, helper):
    document = Document(DocumentType.PASSPORT, "Anna Lee", "E12345678")
    for person in (stranger, helper):
        real_name.submit(person, document)
    check = recovery.ask(helper)
    at_work.opens(f"/admin/verification/realnamecheck/{check.pk}/change/")
    at_work.sees(str(stranger.pk)[:8], str(helper.pk)[:8])
    expect(at_work.page.locator("[name=decision][value=verified]")).to_have_count(0)
    at_work.page.locator("[name=decision][value=unproven]").click()
    at_work.page.wait_for_load_state()
    check.refresh_from_db()
    assert check.reason == RealNameCheck.Reason.UNPROVEN
