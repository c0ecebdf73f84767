"""The square in a frame on a page of another site, which has a strict policy of its own, in a
browser that blocks the cookies of third parties."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import expect

from partners.models import Partner
from tests.conftest import make_resident, signed_in
from tests.partners.bodies import approved
from tests.posts.factories import offer
from verification.models import Level

SCRIPT = '<script src="{site}/embed.js" data-partner="yuehai" data-compact="1" async></script>'
FRAME = '<iframe src="{site}/embed/yuehai/?compact=1" width="100%" height="640"></iframe>'
WAYS = {"script": SCRIPT, "html": FRAME}
POLICY = "default-src 'none'; script-src {site}; frame-src {site}"
HEAD = '<!doctype html><meta name="viewport" content="width=device-width"><title>街道</title>'


class Host(BaseHTTPRequestHandler):
    """A body's own page; `server.page` is what it holds, `server.policy` whom it lets in."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        self.wfile.write(f"{HEAD}<h1>粤海街道</h1>{self.server.page}".encode())

    def log_message(self, *_args):
        pass


@pytest.fixture
def host(live_server) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    server.url = f"http://127.0.0.1:{server.server_port}"  # the live server's name is localhost
    server.policy = POLICY.format(site=live_server.url)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def resident(transactional_db):
    return make_resident("+8613800138051", Level.REAL_NAME)


@pytest.fixture
def partner(resident, host) -> Partner:
    made = approved(resident)
    Partner.objects.update(origins=[host.url])
    for number in range(7):
        offer(make_resident(f"+86138001390{number:02d}", Level.PHONE))
    return made


def blocks_cookies_of_third_parties(who) -> None:
    session = who.page.context.new_cdp_session(who.page)
    session.send("Network.enable")
    blocked = {
        "enableThirdPartyCookieRestriction": True,
        "disableThirdPartyCookieMetadata": True,
        "disableThirdPartyCookieHeuristics": True,
    }
    session.send("Network.setCookieControls", blocked)


@pytest.mark.parametrize("way", WAYS)
def test_it_stands_on_a_page_of_another_site_and_leads_there_and_back(
    person, partner, resident, host, live_server, way
):
    host.page = WAYS[way].format(site=live_server.url)
    who = person(f"embed-{way}")
    blocks_cookies_of_third_parties(who)
    who.page.goto(f"{host.url}/menu/")
    frame = who.page.frame_locator("iframe")
    expect(frame.locator(".post-card")).to_have_count(5)
    if way == "script":
        who.page.wait_for_function("document.querySelector('iframe').height !== '640'")
        inside = frame.locator("body").evaluate("body => body.offsetHeight")
        assert abs(int(who.page.locator("iframe").get_attribute("height")) - inside) <= 1
        who.page.evaluate("document.body.style.margin = 0")
        who.picture()
    frame.get_by_role("link", name="求助信息").click()
    expect(frame.locator(".post-card")).to_have_count(0)
    assert who.page.context.cookies() == []

    site = who.page  # the same window: an app that shows the page may have no other
    frame.locator(".big.need").click()
    site.wait_for_url(f"{live_server.url}/need/?**")
    site.go_back()
    expect(site).to_have_url(f"{host.url}/menu/")
    frame.locator(".big.need").click()
    site.wait_for_url(f"{live_server.url}/need/?**")
    expect(site.locator("h1")).to_contain_text("您需要什么药")
    cookie = signed_in(resident).cookies["sessionid"].value
    site.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    site.goto(f"{live_server.url}{offer(resident).get_absolute_url()}published/")
    site.get_by_role("link", name="回到粤海街道社区居委会").click()
    expect(site).to_have_url(f"{host.url}/menu/" if way == "script" else f"{host.url}/")


def test_a_page_of_somebody_else_cannot_frame_it(person, partner, host, live_server):
    Partner.objects.update(origins=["https://www.yuehai.example"])
    host.page = WAYS["html"].format(site=live_server.url)
    who = person("embed-elsewhere")
    with who.page.expect_console_message(lambda one: "frame-ancestors" in one.text):
        who.page.goto(host.url)
    expect(who.page.frame_locator("iframe").locator(".post-card")).to_have_count(0)
    who.problems = [each for each in who.problems if "frame-ancestors" not in each]
