"""The three true stories of December 2022, played in a real Chromium the size of a phone.

From the first page to 已解决. Phones, codes, the real-name check, places: all as a person does it;
each with a finger, without a script, and by the keyboard alone.
"""

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import expect

from places.models import Area
from posts.models import Listing, Post
from tests.browser import keyboard
from tests.browser.person import GOOD_ID, Person
from tests.conftest import make_resident
from tests.posts.factories import NANSHAN, item, offer
from verification.models import Level

SHENZHEN = (22.5333, 113.9304)  # Nanshan
XINHUA = 431322  # a county in Hunan
XINHUA_AT = (27.7269, 111.3277)


@pytest.fixture(params=["finger", "no script", "keyboard"])
def person(person, request, monkeypatch) -> Callable[..., Person]:
    way = request.param
    if way == "keyboard":
        keyboard.only(monkeypatch)
    return partial(person, javascript=way != "no script", touch=way != "keyboard")


def fills_in_details(who: Person, **amounts: str) -> None:
    for slug, amount in amounts.items():
        who.page.locator(f"[name='{slug.replace('_', '-')}-amount']").fill(amount)


def passes_the_real_name_check(who: Person, name: str) -> None:
    expect(who.page).to_have_url(re.compile("/real-name/"))
    who.page.locator("[name=document_type]").select_option("id-card")
    who.page.locator("[name=name]").fill(name)
    who.page.locator("[name=number]").fill(GOOD_ID)
    who.page.locator("[name=consent]").check()
    who.page.locator("main form button.button-primary").click()
    who.page.wait_for_load_state()
    who.picture()


def test_a_daughter_in_shenzhen_posts_for_her_parents_in_hunan(person):
    """Ms Zou: the post is at her parents' place, not at hers."""
    zou = person("zou", at=SHENZHEN)
    zou.opens("/")
    zou.taps("我需要药 先看附近谁有")
    zou.ticks("布洛芬")
    zou.taps("看看附近谁有")
    zou.sees("暂时没人送这种药")
    zou.taps("没有合适的？发求助")

    fills_in_details(zou, ibuprofen="6")
    zou.fills("几个人用", "2")
    zou.ticks("65岁以上", "家里已经没有药了")
    zou.picks("发烧", "今天开始")
    zou.taps("下一步")

    zou.chooses_the_area("xinhua", "娄底市新化县")
    zou.fills("地标（可不填）", "镇中学东门")
    zou.fills("怎么称呼您？", "邹女士")
    zou.fills("电话", "138 0013 8011")
    zou.ticks("跑腿")
    zou.taps("下一步")

    zou.sees("布洛芬", "新化县", "2人")
    zou.fills("六位验证码", zou.reads_the_code())
    zou.taps("发布")
    passes_the_real_name_check(zou, "邹小雨")
    zou.taps("发布")
    zou.sees("已经发到广场上了")

    post = Post.objects.get()
    assert post.area_id == XINHUA
    assert post.level == Level.REAL_NAME
    assert Listing.objects.filter(code=XINHUA).count() == 2

    zou.opens(f"/?kind=need&area={NANSHAN}")
    zou.sees_no("新化县")

    zhou = person("zhou", at=XINHUA_AT)
    zhou.opens("/?kind=need")
    zhou.says_where_he_is("xinhua", "娄底市新化县")
    zhou.opens("/?kind=need&sort=distance")
    zhou.sees("布洛芬", "新化县", "公里")
    zhou.page.locator(".post-link").first.click()
    zhou.page.wait_for_load_state()
    zhou.picture()
    zhou.sees_no("镇中学东门", "8011")
    zhou.taps("联系邹女士")
    zhou.joins("13800138012")
    zhou.sees("看看邹女士的电话？")
    zhou.taps("查看电话")
    zhou.sees("138 0013 8011", "镇中学东门")

    zou.opens("/mine/")
    zou.sees("1人看过您的电话")
    zou.taps("已解决")
    zou.sees("电话不再显示")
    zhou.opens("/?kind=need")
    expect(zhou.page.locator(".post-card")).to_have_count(0)
    zhou.opens(f"/posts/{post.public_id}/contact/")
    zhou.sees_no("138 0013 8011")


def test_the_relay_of_ms_liu_in_shenzhen(person):
    """Ms Liu finds an antigen test nearby; well again, she offers ibuprofen and passes it on."""
    neighbour = make_resident("+8613800138021", Level.REAL_NAME)
    offer(
        neighbour,
        contact_name="陈先生",
        contact_phone="+8613800138021",
        items=[item("antigen-test", 2, per_household=2)],
    )

    liu = person("liu", at=SHENZHEN)
    liu.opens("/?kind=offer")
    liu.says_where_he_is("南山", "深圳市南山区")
    liu.sees("南山区")
    liu.opens("/?kind=offer&medicine=antigen-test&sort=distance")
    liu.sees("公里")
    liu.page.locator(".post-link").first.click()
    liu.page.wait_for_load_state()
    liu.taps("联系陈先生")
    liu.joins("13800138022")
    liu.taps("查看电话")
    liu.sees("138 0013 8021")

    liu.opens("/")
    liu.taps("我有多的药 送给需要的人")
    liu.ticks("布洛芬")
    liu.taps("下一步")
    fills_in_details(liu, ibuprofen="12")
    liu.page.locator("[name=ibuprofen-per_household]").fill("8")
    liu.page.locator("[name=ibuprofen-expiry_year]").select_option(index=2)
    liu.page.locator("[name=ibuprofen-expiry_month]").select_option("6")
    liu.ticks("原包装")
    liu.picks("药物来源", "药店买的，有多")
    liu.taps("下一步")
    if liu.has_script:
        liu.taps("用我的位置")
        expect(liu.page.locator("[name=row]")).not_to_have_value("")
    else:
        liu.chooses_the_area("南山", "深圳市南山区")
    liu.fills("怎么称呼您？", "刘女士")
    liu.ticks("跑腿", "自取")
    liu.taps("下一步")
    liu.taps("发布")
    passes_the_real_name_check(liu, "刘小红")
    liu.taps("发布")
    liu.sees("已经发到广场上了")
    mine = Post.objects.get(contact_name="刘女士")
    assert mine.area_id == NANSHAN
    assert mine.by_area != liu.has_script

    liu.opens("/mine/")
    liu.page.get_by_label("布洛芬还剩").fill("4")
    liu.taps("更改")
    liu.sees("已更新")
    assert mine.items.get().amount == 4
    liu.taps("已解决")
    liu.sees("电话不再显示")
    liu.opens("/?kind=offer&medicine=ibuprofen")
    liu.sees("暂时没人送布洛芬")


def test_the_searcher_looks_near_her_mother_in_changsha_and_gives_what_is_left(person):
    """A daughter in Beijing filters by her mother's district and sorts from her mother's home."""
    giver = make_resident("+8613800138031", Level.REAL_NAME)
    home = Area.objects.get(pk=430104).point  # Yuelu's own point
    near = offer(giver, contact_name="周先生", code=430104, at=(home.y, home.x))
    offer(giver, contact_name="吴女士", code=430104, at=(home.y + 0.05, home.x))
    offer(giver, contact_name="郑先生", code=NANSHAN)

    daughter = person("searcher")
    daughter.opens("/")
    daughter.taps("帮助信息")
    daughter.taps("全国")
    daughter.chooses_the_area("岳麓", "长沙市岳麓区")
    daughter.taps("查看")
    daughter.sees("岳麓区")
    daughter.sees_no("南山区")
    daughter.taps("选择位置")
    daughter.chooses_the_area("yuelu", "长沙市岳麓区")
    daughter.page.locator("main form button.button-primary").last.click()
    daughter.page.wait_for_load_state()
    daughter.page.locator("[name=sort]").select_option("distance")
    show = daughter.page.locator(".filters button")
    if show.is_visible():  # with a finger and a script, a choice is sent at once
        show.click()
    daughter.sees("按区估算")
    first = daughter.page.locator(".post-link").first
    expect(first).to_have_attribute("href", near.get_absolute_url())
    first.click()
    daughter.page.wait_for_load_state()
    daughter.taps("联系周先生")
    daughter.joins("13800138032")
    daughter.taps("查看电话")
    daughter.sees("138 0013 8001")
