"""A real Chromium, the size of a phone, on the real pages."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.person import Person

# Playwright's sync API keeps an event loop in this thread; Django must not take it for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
CHROMIUM = "/usr/bin/chromium"
PICTURES = os.environ.get("PICTURES")  # a folder: keep a picture of each page of the stories

expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail("Chromium is missing: `make test` installs it.")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield chromium
        chromium.close()


@pytest.fixture
def person(browser: Browser, transactional_db, live_server) -> Iterator[Callable[..., Person]]:
    """`person("name", at=(lat, lng))`: somebody with a phone of their own (or, without `touch`, a
    small window and a keyboard).
    """
    people: list[Person] = []

    def arrive(
        name: str,
        at: tuple[float, float] | None = None,
        javascript: bool = True,
        touch: bool = True,
        agent: str | None = None,
    ) -> Person:
        position = {"latitude": at[0], "longitude": at[1]} if at else None
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": 360, "height": 740},
            device_scale_factor=2,
            is_mobile=touch,
            has_touch=touch,
            locale="zh-CN",
            user_agent=agent,
            java_script_enabled=javascript,
            geolocation=position,
            permissions=["geolocation"] if at else [],
        )
        page: Page = context.new_page()
        page.set_default_timeout(10_000)
        people.append(Person(name, page, PICTURES, javascript))
        return people[-1]

    yield arrive
    problems = [problem for each in people for problem in each.problems]
    for each in people:
        each.page.context.close()
    assert not problems, problems
