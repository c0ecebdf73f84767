"""Finding a medicine by typing, on the page where medicines are chosen."""

from playwright.sync_api import expect

BOX, RESULTS = "#medicine-search", "#medicine-results"


def test_results_come_while_typing_and_add_to_what_is_ticked(person):
    page = person("Ms Liu").page
    page.goto("/need/")
    page.check("input[value=antigen-test]")
    page.fill(BOX, "blf")
    page.click(f"{RESULTS} a")
    expect(page.locator("[type=checkbox][value=antigen-test]")).to_be_checked()
    expect(page.locator("[type=checkbox][value=ibuprofen]")).to_be_checked()


def test_a_blocked_name_says_why_while_typing(person):
    page = person("Ms Liu").page
    page.goto("/need/")
    page.fill(BOX, "阿莫西林")
    expect(page.locator(RESULTS)).to_contain_text("抗生素是处方药")


def test_without_javascript_enter_searches_and_nothing_ticked_is_lost(person):
    page = person("Ms Liu", javascript=False).page
    page.goto("/need/")
    page.check("input[value=antigen-test]")
    page.fill(BOX, "blf")
    page.press(BOX, "Enter")
    page.click(f"{RESULTS} a")
    expect(page.locator("[type=checkbox][value=antigen-test]")).to_be_checked()
    expect(page.locator("[type=checkbox][value=ibuprofen]")).to_be_checked()
