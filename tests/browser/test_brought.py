"""A newcomer follows a link of a body, or taps in its frame, publishes, and counts for the body."""

import pytest
from playwright.sync_api import expect

from partners.models import Partner
from partners.numbers import brought, counting
from posts.models import Post
from tests.browser.test_embed import host  # noqa: F401 -- a fixture
from tests.conftest import make_resident
from tests.partners.bodies import approved
from tests.posts.factories import need
from verification.models import Level


@pytest.fixture
def partner(transactional_db, settings) -> Partner:
    settings.LEVEL_TO_PUBLISH = "phone"
    return approved(make_resident("+8613800138041", Level.REAL_NAME))


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def newcomer(person, request):
    return person("newcomer", javascript=request.param)


def publishes_a_need(who) -> Post:
    """From the choice of medicines to the square, as somebody without an account."""
    who.ticks("布洛芬")
    who.page.locator("[formaction='/need/details/']").first.click()
    who.ticks("65岁以上")
    who.taps("下一步")
    who.chooses_the_area("nanshan", "深圳市南山区")
    who.fills("怎么称呼您？", "邹女士")
    who.fills("电话", "138 0013 8011")
    who.ticks("跑腿")
    who.taps("下一步")
    who.fills("六位验证码", who.reads_the_code())
    who.taps("发布")
    who.sees("已经发到广场上了", "回到粤海街道社区居委会")
    return Post.objects.latest("id")


def test_from_a_link_through_signing_in_to_the_numbers_of_the_body(newcomer, partner):
    newcomer.opens("/?src=yuehai")
    newcomer.page.locator(".big.need").click()
    post = publishes_a_need(newcomer)
    assert post.brought_by == partner.organisation
    for nth in range(4):
        neighbour = make_resident(f"+86138001391{nth:02d}", Level.PHONE)
        need(neighbour, brought_by=partner.organisation)
    counting.count()
    assert brought.by(partner.organisation) == {"need": 5, "offer": None}


def test_from_the_frame_on_the_page_of_the_body(newcomer, partner, host, live_server):  # noqa: F811
    Partner.objects.update(origins=[host.url])
    host.page = f'<iframe src="{live_server.url}/embed/yuehai/" width="100%" height="640"></iframe>'
    newcomer.page.goto(f"{host.url}/menu/")
    newcomer.page.frame_locator("iframe").locator(".big.need").click()
    newcomer.page.wait_for_url(f"{live_server.url}/need/**")
    assert publishes_a_need(newcomer).brought_by == partner.organisation
    newcomer.page.get_by_role("link", name="回到粤海街道社区居委会").click()
    expect(newcomer.page).to_have_url(f"{host.url}/")
