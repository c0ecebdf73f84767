"""On a home screen, and without network: the last square is shown, and nobody's contact is kept."""

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from playwright.sync_api import expect

from posts.models import Post
from tests.browser.person import Person
from tests.posts.factories import NANSHAN_AT, offer

EVERYTHING_KEPT = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    const store = await caches.open(name);
    for (const request of await store.keys())
      found[new URL(request.url).pathname] = await (await store.match(request)).text();
  }
  return found;
}"""
LEAVE_MARKS = """async () => {
  sessionStorage.mark = localStorage.mark = "seen while signed in";
  await (await caches.open("square")).put("/mark", new Response());
}"""
EMPTY = "caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))"
ROUND = "getComputedStyle(document.querySelector('.card')).borderRadius"
SQUARE_IS_KEPT = "async () => Boolean(await (await caches.open('square')).match('/'))"


def kept(who: Person) -> dict[str, str]:
    return who.page.evaluate(EVERYTHING_KEPT)


def sees_the_square(who: Person) -> None:
    """Open it, and wait until the worker is there and the square is kept."""
    who.opens("/?kind=offer")
    who.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    who.page.wait_for_function(SQUARE_IS_KEPT)


@pytest.fixture
def post(transactional_db, resident) -> Post:
    return offer(resident, contact_phone="+8613800138055", landmark="南门岗亭")


def loses_the_network(who: Person) -> None:
    who.page.context.set_offline(True)
    # A request that fails is what is played here, and the browser says so on its console.
    who.page.remove_listener("console", who.note_console)


def test_without_network_the_last_square_is_shown_and_what_to_do(person, post):
    who = person("underground")
    sees_the_square(who)
    loses_the_network(who)
    for url in ("/?kind=offer", f"{post.get_absolute_url()}", "/mine/"):
        who.page.goto(url)
        who.sees("您没有网络", "这是1分钟前的广场", "布洛芬", "南山区", "120", "再试一次")
    expect(who.page.locator(".kept a[href]")).to_have_count(0)
    who.picture()
    who.page.context.set_offline(False)
    who.taps("再试一次")
    expect(who.page).to_have_url(re.compile("/signin/"))


def test_without_a_square_the_page_still_says_what_to_do(person, post):
    who = person("nothing-kept")
    sees_the_square(who)
    who.page.evaluate("caches.delete('square')")
    loses_the_network(who)
    who.page.goto("/medicines/")
    who.sees("您没有网络", "120")
    expect(who.page.locator(".kept")).to_be_hidden()


def test_an_english_reader_in_large_type_gets_his_own_page(person, post):
    who = person("english")
    who.opens("/?kind=offer")
    who.taps("English")
    who.taps("Larger")
    sees_the_square(who)
    loses_the_network(who)
    who.page.goto("/")
    who.sees("This is the square of 1 minute ago", "Try again")
    expect(who.page.locator("html.elder")).to_be_attached()
    who.picture()


def test_yesterdays_square_is_thrown_away(person, post):
    who = person("yesterday")
    sees_the_square(who)
    old = format_datetime(datetime.now(UTC) - timedelta(hours=25), usegmt=True)
    who.page.evaluate(
        """(old) => caches.open("square").then((square) =>
        square.put("/", new Response("<p>old</p>", { headers: { Date: old } })))""",
        old,
    )
    loses_the_network(who)
    who.page.goto("/")
    who.page.wait_for_function("() => caches.has('square').then((has) => !has)")
    expect(who.page.locator(".kept")).to_be_hidden()


def test_no_store_on_the_phone_holds_a_contact_or_a_page_of_ones_own(person, post):
    who = person("caller")
    sees_the_square(who)
    who.page.goto(f"{post.get_absolute_url()}contact/")
    who.joins("13800138056")
    who.taps("查看电话")
    who.sees("138 0013 8055", "南门岗亭")
    who.opens("/account/")
    who.opens("/mine/")
    sees_the_square(who)
    everything = kept(who)
    pages = {path for path in everything if not path.startswith("/static/")}
    assert pages == {"/", "/offline/zh-hans/", "/offline/en/"}
    text = json.dumps(everything, ensure_ascii=False)
    for secret in ("138 0013 8055", "13800138055", "南门岗亭", "13800138056", "csrf"):
        assert secret not in text.replace("X-CSRFToken", ""), secret
    loses_the_network(who)
    who.page.goto(f"{post.get_absolute_url()}contact/")
    who.sees("您没有网络")
    who.sees_no("138 0013 8055")


def test_the_kept_square_does_not_say_how_far_away_the_visitor_was(person, post):
    who = person("near", at=NANSHAN_AT)
    who.opens("/place/?next=/")
    who.taps("用我的位置")
    expect(who.page.locator("[name=row]")).not_to_have_value("")
    who.page.locator("main form button.button-primary").last.click()
    sees_the_square(who)
    expect(who.page.locator(".away").first).to_be_visible()
    assert "布洛芬" in kept(who)["/"]
    assert "公里" not in kept(who)["/"]
    assert "深圳市南山区" in kept(who)["/"]


def test_forgetting_ones_place_forgets_the_square_of_that_place(person, post):
    """The new square, without a place, is kept instead; until it is there, none."""
    who = person("forgetful", at=NANSHAN_AT)
    sees_the_square(who)
    who.page.evaluate("caches.open('square').then((square) => square.put('/old', new Response()))")
    who.page.evaluate("fetch('/place/forget/', { method: 'POST' }).then(() => true)")
    who.page.wait_for_function("() => caches.has('square').then((has) => !has)")


def test_signing_out_leaves_nothing_on_the_phone(person, post):
    who = person("leaver")
    who.opens("/signin/")
    who.joins("13800138057")
    sees_the_square(who)
    who.opens("/account/")
    who.page.evaluate(LEAVE_MARKS)
    who.taps("退出登录")
    who.page.goto("/terms/")
    assert "/mark" not in kept(who)
    assert who.page.evaluate("sessionStorage.mark ?? localStorage.mark ?? null") is None


def test_a_worker_that_cannot_be_had_breaks_nothing(person, post):
    who = person("no-worker")
    who.page.context.route("**/worker.js", lambda route: route.abort())
    who.page.remove_listener("console", who.note_console)
    who.opens("/?kind=offer")
    who.page.locator(".post-link").first.click()
    who.sees("布洛芬", "南山区")
    assert kept(who) == {}


def test_broken_stores_break_nothing(person, post):
    """What the worker keeps is taken away under it: the network answers."""
    who = person("emptied")
    sees_the_square(who)
    who.page.evaluate(EMPTY)
    who.opens("/?kind=offer")
    who.sees("布洛芬")
    assert who.page.evaluate(ROUND) != "0px"


def test_chromium_takes_the_site_for_an_app(person, post):
    """Its own judgement: manifest, icons, worker."""
    who = person("installer")
    sees_the_square(who)
    session = who.page.context.new_cdp_session(who.page)
    session.send("Page.enable")
    assert session.send("Page.getAppManifest")["errors"] == []
    found = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A private window, such as a test has, can install nothing.
    assert [each["errorId"] for each in found if each["errorId"] != "in-incognito"] == []
