"""A half-filled form outlives the browser, on that phone only."""

from playwright.sync_api import expect


def test_a_draft_survives_a_closed_browser_and_is_on_no_other_phone(person, browser, live_server):
    zou = person("draft")
    zou.opens("/need/details/?medicine=ibuprofen&area=440305")
    zou.ticks("65岁以上")
    zou.fills("补充一句（可不填）", "只要几粒应急")
    zou.taps("下一步")
    kept = zou.page.context.storage_state()
    zou.page.close()

    again = browser.new_context(base_url=live_server.url, storage_state=kept, locale="zh-CN")
    page = again.new_page()
    page.goto("/need/details/")
    expect(page.locator("[name=note]")).to_have_value("只要几粒应急")
    expect(page.get_by_label("65岁以上")).to_be_checked()
    page.goto("/need/reach/")
    expect(page.locator("[name=district]")).to_have_value("440305")
    again.close()

    other = person("other-phone")
    other.opens("/need/details/")
    expect(other.page).to_have_url(f"{live_server.url}/need/")
