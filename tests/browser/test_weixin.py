"""Sign-in by WeChat in a real Chromium: its policy for forms looks at every redirect on the way."""

import re

import pytest
from playwright.sync_api import expect

from posts.models import Post
from tests.browser.test_axe import EVERYTHING, faults
from tests.verification.conftest import weixin  # noqa: F401 -- a fixture
from tests.verification.test_weixin import IN_WECHAT
from verification.models import Resident, WeixinTie


@pytest.fixture(autouse=True)
def phones_may_publish(settings):
    settings.LEVEL_TO_PUBLISH = "phone"


def says_what_is_needed(who, medicine: str) -> None:
    who.opens("/need/")
    who.ticks(medicine)
    who.page.locator("[formaction='/need/details/']").first.click()
    who.page.wait_for_load_state()
    who.ticks("65岁以上")
    who.taps("下一步")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_a_newcomer_in_wechat_publishes_and_later_needs_no_code(person, weixin, javascript):  # noqa: F811
    liu = person("weixin", javascript=javascript, agent=IN_WECHAT)
    says_what_is_needed(liu, "布洛芬")
    liu.chooses_the_area("nanshan", "深圳市南山区")
    liu.fills("怎么称呼您？", "刘女士")
    liu.ticks("跑腿")
    liu.taps("用微信登录")
    liu.sees("微信只告诉我们是您")
    expect(liu.page).to_have_url(re.compile("/signin/"))
    liu.joins("138 0013 8031")

    expect(liu.page).to_have_url(re.compile("/need/reach/"))
    expect(liu.page.get_by_label("怎么称呼您？", exact=True)).to_have_value("刘女士")
    liu.sees("以后用微信就能登录", "8031")
    liu.taps("下一步")
    liu.taps("发布")
    liu.sees("已经发到广场上了")
    poster = Post.objects.get().resident
    assert WeixinTie.objects.get().resident == poster

    liu.opens("/account/")
    liu.sees("微信登录", "日起")
    liu.taps("退出登录")
    says_what_is_needed(liu, "对乙酰氨基酚")
    liu.chooses_the_area("nanshan", "深圳市南山区")
    liu.fills("怎么称呼您？", "刘女士")
    liu.ticks("跑腿")
    liu.taps("用微信登录")
    expect(liu.page).to_have_url(re.compile("/need/reach/"))
    liu.taps("下一步")
    liu.taps("发布")
    liu.sees("已经发到广场上了")
    assert Post.objects.filter(resident=poster).count() == 2
    assert Resident.objects.count() == 1
    assert set(weixin.paths) == {"/connect/oauth2/authorize", "/sns/oauth2/access_token"}


def test_the_back_button_leaves_the_way_to_wechat(person, weixin):  # noqa: F811
    """Each tap goes one page back; none leads to WeChat again."""
    liu = person("weixin-back", agent=IN_WECHAT)
    liu.opens("/safety/")
    liu.opens("/signin/?next=/mine/")
    liu.taps("用微信登录")
    liu.sees("微信只告诉我们是您")
    asked = len(weixin.paths)
    pages = []
    for _tap in range(3):
        if liu.page.url.endswith("/safety/"):
            break
        liu.page.go_back()
        pages.append(liu.page.url)
    assert liu.page.url.endswith("/safety/"), pages
    assert len(weixin.paths) == asked


def test_on_a_computer_the_qr_code_is_a_page_of_wechats(person, weixin, settings):  # noqa: F811
    settings.WEIXIN_KIND = "website"
    liu = person("weixin-qr", touch=False)
    liu.opens("/signin/?next=/mine/")
    liu.taps("用微信登录")
    expect(liu.page).to_have_title("微信")
    liu.taps("扫好了")
    liu.joins("13800138032")
    expect(liu.page).to_have_url(re.compile("/mine/"))
    liu.page.go_back()
    liu.page.wait_for_load_state()
    assert "connect" not in liu.page.url


@pytest.mark.parametrize("mode", ["", "elder"])
def test_its_pages_are_for_everybody(person, weixin, mode):  # noqa: F811
    liu = person(f"weixin-axe-{mode}", agent=IN_WECHAT)
    liu.opens("/signin/")
    if mode:
        liu.taps("长辈版")
    for scheme in ("light", "dark"):
        liu.page.emulate_media(color_scheme=scheme)
        liu.opens("/signin/")
        liu.sees("用微信登录")
        assert faults(liu, EVERYTHING) == []
    liu.taps("用微信登录")
    assert faults(liu, EVERYTHING) == []
    liu.joins("13800138033")
    liu.opens("/account/")
    liu.sees("解除微信登录")
    assert faults(liu, EVERYTHING) == []
