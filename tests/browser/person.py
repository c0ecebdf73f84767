"""Somebody with a phone: what people do on the pages, in their words."""

import re
from pathlib import Path

from playwright.sync_api import Error, Locator, Page, expect

GOOD_ID = "11010519491231002X"  # the example number of the national standard GB 11643


class Person:
    """Drives one browser as a person would, and notes whatever the browser complains about."""

    def __init__(
        self, name: str, page: Page, pictures: str | None, has_script: bool = True
    ) -> None:
        self.has_script = has_script
        self.name, self.page, self.pictures, self.taken = name, page, pictures, 0
        self.problems: list[str] = []
        self.tapped = self.screens = 0  # typing is neither
        page.on("domcontentloaded", self.note_screen)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("console", self.note_console)
        page.on("response", self.note_response)
        page.on("request", self.note_request)

    def note_screen(self, _page) -> None:
        self.screens += 1

    def note_console(self, message) -> None:
        # Who goes on while htmx still asks breaks off that request; a failed one says more.
        broken_off = message.text.startswith(("htmx:afterRequest", "htmx:sendAbort"))
        if message.type == "error" and "status of 4" not in message.text and not broken_off:
            self.problems.append(f"console: {message.text} at {message.location}")

    def note_response(self, response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} at {response.url}")

    def note_request(self, request) -> None:
        if not request.url.startswith(("http://localhost", "http://127.0.0.1", "data:", "blob:")):
            self.problems.append(f"a request to a third party: {request.url}")

    def opens(self, url: str) -> None:
        self.page.goto(url)
        self.picture()

    def taps(self, name: str, within: Locator | None = None) -> None:
        """Tap the button or link with this name; who is asked for a consent first gives it."""
        place = within or self.page
        for box in self.page.locator("[name^=agree_]").all():
            self.tapped += not box.is_checked()
            box.check()
        target = place.get_by_role("button", name=name, exact=True).or_(
            place.get_by_role("link", name=name, exact=True)
        )
        self.tapped += 1
        target.first.click()
        self.page.wait_for_load_state()
        self.picture()

    def fills(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).first.fill(value)

    def picks(self, label: str, option: str) -> None:
        self.tapped += 2  # the list, and the row in it
        self.page.get_by_label(label, exact=True).first.select_option(label=option)

    def ticks(self, *labels: str) -> None:
        for label in labels:
            self.tapped += 1
            self.page.get_by_label(label, exact=True).first.check()

    def sees(self, *words: str) -> None:
        for each in words:
            expect(self.page.locator("body")).to_contain_text(each)

    def sees_no(self, *words: str) -> None:
        for each in words:
            expect(self.page.locator("body")).not_to_contain_text(each)

    def reads_the_code(self) -> str:
        """The code that the demo shows."""
        code = re.search(r"\d{6}", self.page.locator(".banner-demo").first.inner_text())
        assert code, self.page.url
        return code[0]

    def signs_in(self, phone: str) -> None:
        """On the sign-in page: the phone, then the code that the demo shows."""
        self.fills("手机号", phone)
        self.taps("发验证码给我")
        self.fills("六位验证码", self.reads_the_code())
        self.taps("继续")

    def joins(self, phone: str) -> None:
        """Sign in with a new number: for the account there are two boxes to tick."""
        self.signs_in(phone)
        self.taps("开通账号")

    def chooses_the_area(self, typed: str, found: str) -> None:
        """In the area picker; with a script it searches while one types."""
        self.fills("搜地名", typed)
        if not self.has_script:
            self.taps("搜索")
        self.taps(found)
        district = found[-3:]
        expect(self.page.locator("[name=district] option:checked")).to_contain_text(district)

    def says_where_he_is(self, typed: str, found: str) -> None:
        """On the square: by the phone's position, or without a script by the name of the area."""
        if self.has_script:
            self.page.get_by_role("button", name="用我的位置", exact=True).click()
            self.page.wait_for_url("**sort=distance*")
            self.picture()
            return
        self.taps("选择位置")
        self.chooses_the_area(typed, found)
        self.page.locator("main form button.button-primary").last.click()
        self.page.wait_for_load_state()

    def page_width(self) -> int:
        """In CSS pixels. A tap that leads on may change the page while we look."""
        for _page in range(3):
            self.page.wait_for_load_state()  # a page that has just begun has no root element yet
            try:
                return self.page.evaluate("document.documentElement.scrollWidth")
            except Error as error:
                if "navigation" not in str(error) and "null" not in str(error):
                    raise
        return self.page.evaluate("document.documentElement.scrollWidth")

    def picture(self) -> None:
        """Keep a picture of the page, to be looked at; and check that nothing sticks out."""
        width = self.page_width()
        if width > self.page.viewport_size["width"]:
            self.problems.append(f"{self.page.url} is {width} px wide")
        if self.pictures:
            self.taken += 1
            folder = Path(self.pictures)
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / f"{self.name}-{self.taken:02d}.png"
            self.page.screenshot(path=str(file), full_page=True, caret="initial")
