"""`make screenshots`: the pictures of the README, taken from the demo posts of `make run`.

Starts the site on a free port, opens it in Debian's Chromium the size of a phone, and writes
docs/screenshots/*.png.
"""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs/screenshots"
SHENZHEN = {"latitude": 22.5333, "longitude": 113.9304}
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for(url: str) -> None:
    for _try in range(100):
        try:
            urllib.request.urlopen(url, timeout=2)  # noqa: S310 -- our own server
            return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"{url} does not answer.")


def stand_in_shenzhen(page: Page) -> None:
    page.goto("/place/")
    page.locator("[data-position]").click()
    expect(page.locator("[name=district]")).to_have_value(re.compile(r"\d{6}"))
    page.locator("main form button.button-primary").last.click()


def take(page: Page, url: str, name: str) -> None:
    page.goto(url)
    page.screenshot(path=FOLDER / f"{name}.png")
    print(f"docs/screenshots/{name}.png")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "manage.py", "runserver", "--noreload", str(port)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=OPTIONS)
            for language, colours in (("zh-CN", "light"), ("zh-CN", "dark"), ("en", "light")):
                context = browser.new_context(
                    base_url=f"http://127.0.0.1:{port}",
                    viewport={"width": 360, "height": 640},
                    device_scale_factor=1.5,
                    is_mobile=True,
                    has_touch=True,
                    locale=language,
                    color_scheme=colours,
                    geolocation=SHENZHEN,
                    permissions=["geolocation"],
                )
                page = context.new_page()
                stand_in_shenzhen(page)
                end = {"zh-CN": "", "en": "-en"}[language] + {"light": "", "dark": "-dark"}[colours]
                take(page, "/?kind=offer&sort=distance", f"square{end}")
                take(page, "/need/?medicine=ibuprofen", f"need{end}")
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parent.parent)
    main()
