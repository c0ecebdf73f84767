"""`make screenshots`: every main page as people see it, taken from the demo posts of `make run`.

Starts the site on a free port, opens it in Debian's Chromium: light, dark, 长辈版 and English the
size of a phone, and a desktop. All pictures go to build/screenshots/ to be looked at; the few of
the README to docs/screenshots/.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from own_server import free_port, wait_for
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from mutualaid import cluster  # noqa: E402 -- the clone is not installed

FOLDER, ALL = ROOT / "docs/screenshots", ROOT / "build/screenshots"
SHENZHEN = {"latitude": 22.5333, "longitude": 113.9304}
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def stand_in_shenzhen(page: Page) -> None:
    page.goto("/place/")
    page.locator("[data-position]").click()
    expect(page.locator("[name=district]")).to_have_value(re.compile(r"\d{6}"))
    page.locator("main form button.button-primary").last.click()


def sign_in(page: Page) -> None:
    """As somebody of the demo, whose code the page shows."""
    page.goto("/signin/?next=/account/")
    page.locator("[name=phone]").fill("13800138000")
    page.locator("main form button.button-primary").click()
    page.locator("[name=code]").fill(page.locator(".demo-code").inner_text())
    page.locator("main form button.button-primary").click()
    if page.url.partition("?")[0].endswith("/signin/join/"):  # for the first picture only
        page.screenshot(path=ALL / "join-light.png", full_page=True)
        for box in page.locator("[name^=agree_]").all():
            box.check()
        page.locator("main form button.button-primary").click()
    page.wait_for_url("**/account/")


def sign_in_staff(page: Page) -> None:
    """As the moderator of the demo, whose code the page shows too; with something to judge."""
    report_an_offer(page)
    page.goto("/admin/login/")
    page.locator("[name=username]").fill("moderator")
    page.locator("[name=password]").fill((cluster.home() / "moderator-password").read_text())
    page.locator("[type=submit]").click()
    page.locator("[name=code]").fill(page.locator(".demo-code").inner_text())
    page.locator("[type=submit], form button").last.click()
    page.goto("/admin/")


def sessions(browser: Browser, base: str) -> tuple[Any, Any]:
    """The cookies of a resident and of a moderator who have signed in."""
    cookies = []
    for enter in (sign_in, sign_in_staff):
        page = browser.new_page(base_url=base, viewport={"width": 360, "height": 640})
        enter(page)
        cookies += [each for each in page.context.cookies() if each["name"] == "sessionid"]
        page.context.close()
    return cookies[0], cookies[1]


def report_an_offer(page: Page) -> None:
    """So that the moderators' queue has something to show."""
    page.goto("/?kind=offer")
    page.goto(f"{page.locator('.post-link').first.get_attribute('href')}report/")
    if not page.locator("[name=reason]").count():
        return  # reported when the pictures were taken before
    page.locator("[name=reason][value=sold]").check()
    page.locator("main form button.button-primary").click()
    page.wait_for_load_state()


def staff_pages(page: Page) -> dict[str, str]:
    """What moderators look at most."""
    page.goto("/admin/posts/case/")
    return {
        "admin": "/admin/",
        "admin-queue": "/admin/posts/case/",
        "admin-case": page.locator("a[href*='/change/']").first.get_attribute("href") or "/",
        "admin-posts": "/admin/posts/post/",
        "admin-people": "/admin/verification/resident/",
        "admin-words": "/admin/safety/screeningword/",
        "admin-log": "/admin/safety/auditentry/",
    }


def pages(page: Page) -> dict[str, str]:
    """The main pages by name, with a need and an offer of the demo."""
    links = {}
    for kind in ("need", "offer"):
        page.goto(f"/?kind={kind}")
        links[kind] = page.locator(".post-link").first.get_attribute("href") or "/"
    return {
        "square": "/?kind=offer&sort=distance",
        "needs": "/?kind=need",
        "filtered": "/?kind=offer&area=440305&medicine=ibuprofen",
        "nothing": "/?kind=offer&area=659013&medicine=xylometazoline",
        "map": "/map/?kind=offer",
        "area": "/area/",
        "place": "/place/",
        "need": "/need/?medicine=ibuprofen",
        "details": "/need/details/?medicine=ibuprofen",
        "offer": "/offer/details/?medicine=ibuprofen",
        "post-need": links["need"],
        "post-offer": links["offer"],
        "contact": f"{links['offer']}contact/",
        "report": f"{links['offer']}report/",
        "mine": "/mine/",
        "account": "/account/",
        "data": "/account/data/",
        "real-name": "/real-name/",
        "medicines": "/medicines/",
        "medicine": "/medicines/ibuprofen/",
        "area-page": "/areas/440300/",
        "posters": "/posters/",
        "about": "/about/",
        "how": "/how-it-works/",
        "safety": "/safety/",
        "bodies": "/for-public-bodies/",
        "privacy": "/privacy/",
        "stats": "/stats/",
        "feedback": "/feedback/",
        "lost": "/no-such-page/",
    }


# Of each way of looking: language, colours, type, width and height.
LOOKS: dict[str, tuple[str, Any, str, int, int]] = {
    "light": ("zh-CN", "light", "", 360, 640),
    "dark": ("zh-CN", "dark", "", 360, 640),
    "elder": ("zh-CN", "light", "elder", 360, 640),
    "english": ("en", "light", "", 360, 640),
    "forced": ("zh-CN", "light", "", 360, 640),  # the colours of the reader's own system
    "desktop": ("zh-CN", "light", "", 1200, 800),
}
OF_STAFF = {"light", "dark", "english", "forced", "desktop"}
# What stands in the README: kept in the repository, as high as a phone.
KEPT = {"square": "light elder", "map": "light", "details": "light", "post-need": "dark"}


def take(page: Page, url: str, name: str, look: str) -> None:
    """A picture of the whole page into build/, and of its first screen into docs/ if it is kept."""
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=ALL / f"{name}-{look}.png", full_page=True)
    if look in KEPT.get(name, "").split():
        page.screenshot(path=FOLDER / f"{name}-{look}.png")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    ALL.mkdir(parents=True, exist_ok=True)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "manage.py", "runserver", "--noreload", str(port)]
    # Without DEBUG: then what is lost has our own page, and there is no style guide.
    plain = os.environ | {"DEBUG": "false"}
    server = subprocess.Popen(
        command, env=plain, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(base, server)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
            resident, staff = sessions(browser, base)
            for look, (language, colours, mode, width, height) in LOOKS.items():
                context = browser.new_context(
                    base_url=base,
                    viewport={"width": width, "height": height},
                    device_scale_factor=1.5,
                    is_mobile=width < 600,
                    has_touch=width < 600,
                    locale=language,
                    color_scheme=colours,
                    forced_colors="active" if look == "forced" else "none",
                    geolocation=SHENZHEN,
                    permissions=["geolocation"],
                )
                if mode:
                    context.add_cookies([{"name": "mode", "value": mode, "url": base}])
                page = context.new_page()
                stand_in_shenzhen(page)
                context.add_cookies([resident])
                taken = pages(page)
                for name, url in taken.items():
                    take(page, url, name, look)
                if look in OF_STAFF:
                    context.add_cookies([staff])
                    of_staff = staff_pages(page)
                    for name, url in of_staff.items():
                        take(page, url, name, look)
                    taken |= of_staff
                print(f"{look}: {len(taken)} pages in {ALL.relative_to(ROOT)}")
                context.close()
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
