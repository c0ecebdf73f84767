"""A committee's story, in a real Chromium the size of a phone: it applies, an operator approves it,
it posts for a caller who has no smartphone, a colleague resolves the post."""

import re

import pytest
from playwright.sync_api import expect

from partners.models import Partner, State
from posts.models import Post
from posts.models import State as PostState
from tests.browser.person import Person
from tests.browser.test_accessibility import PROBLEMS
from tests.browser.test_admin import at_work  # noqa: F401 -- a fixture
from tests.conftest import make_resident
from verification.models import Level

WANG, LI, CHEN = "+8613800138041", "+8613800138042", "+8613800138043"


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def arrives(person, request):
    return lambda name: person(name, javascript=request.param)


def goes_on(who: Person) -> None:
    """Tap the last green button of the page."""
    who.page.locator("main button.button-primary").last.click()
    who.page.wait_for_load_state()
    looks(who)


def looks(who: Person) -> None:
    who.picture()
    assert who.page.evaluate(PROBLEMS) == [], who.page.url


def applies(who: Person) -> None:
    who.opens("/for-public-bodies/")
    who.page.get_by_role("link", name="申请", exact=True).click()
    who.signs_in("138 0013 8041")
    expect(who.page).to_have_url(re.compile("/partners/apply/"))
    looks(who)
    goes_on(who)  # too early: what is missing is said at the top
    expect(who.page.locator(".error-summary")).to_be_visible()
    who.fills("单位名称", "粤海街道社区居委会")
    who.picks("是什么单位？", "居委会、村委会")
    who.fills("网址里的短名", "yuehai")
    who.fills("单位电话", "0755 2653 4321")
    who.chooses_the_area("nanshan", "深圳市南山区")
    who.fills("有事找谁？", "王主任")
    who.fills("联系人电话", "138 0013 8041")
    who.page.locator("[name=promise]").check()
    goes_on(who)
    who.sees("接下来", "我们会先打您留的单位电话")


def approves(who: Person) -> None:
    who.page.goto("/admin/")
    who.page.get_by_role("link", name=re.compile("单位等待答复")).click()
    who.page.get_by_role("link", name="粤海街道社区居委会").click()
    who.sees("王主任", "0755 2653 4321")
    who.picture()
    who.page.get_by_role("button", name="通过", exact=True).click()
    who.sees("已通过")
    who.picture()


def posts_for_a_caller(who: Person) -> None:
    who.opens("/partners/yuehai/staff/")
    looks(who)
    who.page.get_by_role("button", name="发求助", exact=True).click()
    who.sees("您正在以“粤海街道社区居委会”的名义发布")
    who.ticks("布洛芬")
    who.page.locator("[formaction='/need/details/']").first.click()
    who.ticks("65岁以上")
    goes_on(who)
    who.chooses_the_area("nanshan", "深圳市南山区")
    who.fills("怎么称呼接电话的人？", "王阿婆")
    who.page.locator("[name=whose][value=caller]").check()
    who.page.locator("[name=caller]").fill("139 1113 9111")
    goes_on(who)  # without the caller's word
    who.sees("来电人没有同意")
    who.page.locator("[name=agreed]").check()
    goes_on(who)
    who.sees("139 1113 9111", "您正在以“粤海街道社区居委会”的名义发布")
    goes_on(who)
    who.sees("已经发到广场上了")


def test_a_committee_posts_for_a_caller_and_a_colleague_resolves_it(arrives, at_work):  # noqa: F811
    for phone in (WANG, LI, CHEN):
        make_resident(phone, Level.REAL_NAME)
    wang, li, chen = arrives("wang"), arrives("li"), arrives("chen")
    applies(wang)
    assert Partner.objects.get().state == State.APPLIED
    approves(at_work)

    wang.opens("/partners/yuehai/people/")
    wang.fills("同事的手机号", "138 0013 8042")
    goes_on(wang)
    wang.sees("•••• 8042")
    posts_for_a_caller(wang)

    chen.opens("/?kind=need")
    chen.sees("由粤海街道社区居委会发布")
    chen.picture()
    chen.page.locator(".post-link").first.click()
    chen.sees_no("9111")
    looks(chen)
    chen.page.get_by_role("link", name="由粤海街道社区居委会发布").click()
    chen.sees("居委会、村委会", "我们打电话核实过这个单位")
    looks(chen)
    chen.page.go_back()
    chen.page.get_by_role("link", name="联系王阿婆").click()
    chen.signs_in("138 0013 8043")
    chen.page.get_by_role("button", name="查看电话").click()
    chen.sees("139 1113 9111", "对方可能没有智能手机")
    looks(chen)

    li.opens("/account/")
    li.signs_in("138 0013 8042")
    li.opens("/account/")
    looks(li)
    li.page.get_by_role("link", name=re.compile("我代发的单位")).click()
    looks(li)
    li.page.get_by_role("button", name="加入", exact=True).click()
    li.page.get_by_role("link", name=re.compile("全部信息")).click()
    li.sees("布洛芬", "1人看过")
    looks(li)
    li.page.get_by_role("button", name="已解决", exact=True).first.click()
    li.sees("电话不再显示")
    looks(li)
    post = Post.objects.get()
    assert (post.state, post.for_caller) == (PostState.RESOLVED, True)
    chen.opens("/?kind=need")
    expect(chen.page.locator(".post-card")).to_have_count(0)


def test_a_key_is_made_read_once_and_stopped(arrives, at_work, request):  # noqa: F811
    make_resident(WANG, Level.REAL_NAME)
    wang = arrives("wang-keys")
    applies(wang)
    approves(at_work)
    wang.opens("/partners/yuehai/keys/")
    looks(wang)
    goes_on(wang)
    key = wang.page.locator("[role=status] code").inner_text()
    assert key.startswith("yao_")
    wang.page.reload()
    wang.sees_no(key)
    wang.page.get_by_role("button", name="马上停用").click()
    wang.sees("这个密钥已停用")
    expect(wang.page.get_by_role("button", name="马上停用")).to_have_count(0)
    wang.opens("/partners/yuehai/change/")
    looks(wang)
