"""The square in a frame on a partner's page: for that partner's sites alone, without a cookie."""

import re

import pytest
from django.test import Client

from partners import applying
from partners.models import Partner, Refusal
from tests.conftest import make_resident, signed_in
from tests.partners.bodies import approved, operator_called
from tests.posts.factories import FUTIAN, NANSHAN, YUELU, YUELU_AT, item, need, offer
from verification.models import Level

pytestmark = pytest.mark.django_db
SITE = "https://www.yuehai.example"
EMBED = "/embed/yuehai/"
LINK = re.compile(r'class="post-link" href="/posts/([0-9a-f-]{36})/"')


@pytest.fixture
def partner(resident) -> Partner:
    made = approved(resident)
    Partner.objects.filter(pk=made.pk).update(origins=[SITE, "https://m.yuehai.example:8443"])
    return Partner.objects.get(pk=made.pk)


def policy(answer) -> dict[str, list[str]]:
    rules = answer["Content-Security-Policy"].split("; ")
    return {rule.split()[0]: rule.split()[1:] for rule in rules}


def shown(answer) -> list[str]:
    return LINK.findall(answer.content.decode())


def test_the_sites_of_the_partner_may_frame_it_and_nobody_else(client, partner):
    answer = client.get(EMBED)
    assert policy(answer)["frame-ancestors"] == partner.origins
    assert "X-Frame-Options" not in answer
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    for url in ("/", partner.get_absolute_url(), "/no-such-page/", "/embed/nobody/"):
        page = client.get(url)
        assert policy(page)["frame-ancestors"] == ["'none'"]
        assert page["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("url", [EMBED, "/embed.js"])
def test_what_a_browser_has_kept_keeps_its_own_rules(client, partner, url):
    """The headers of a 304 take the place of those that were kept: one that said "framed by nobody"
    would block the frame the second time.
    """
    tag = client.get(url)["ETag"]
    again = client.get(url, headers={"if-none-match": tag})
    assert again.status_code == 304
    for name in ("Content-Security-Policy", "X-Frame-Options", "Cross-Origin-Resource-Policy"):
        assert name not in again, name


def test_a_partner_without_a_site_is_framed_by_nobody(client, partner):
    Partner.objects.update(origins=[])
    assert policy(client.get(EMBED))["frame-ancestors"] == ["'none'"]


def test_whoever_is_no_partner_any_more_has_no_frame(client, partner):
    applying.end(partner.pk, operator_called("ender"), Refusal.ASKED)
    assert client.get(EMBED).status_code == 404


def test_it_sets_no_cookie_and_shows_everybody_the_same(client, partner, helper):
    offer(helper)
    answer = client.get(EMBED)
    assert not answer.cookies
    nonce = re.compile(rb'nonce="[^"]*"')
    theirs = signed_in(helper).get(EMBED)
    assert nonce.sub(b"", theirs.content) == nonce.sub(b"", answer.content)
    assert "csrfmiddlewaretoken" not in answer.content.decode()


def test_it_shows_what_the_partner_chose_and_what_the_address_says_before_that(
    client, partner, helper
):
    here = offer(helper, code=NANSHAN)
    asked = need(helper, code=NANSHAN)
    offer(helper, code=FUTIAN)
    other = offer(helper, code=YUELU, at=YUELU_AT, items=[item("paracetamol", 4)])
    assert shown(client.get(EMBED)) == [str(here.public_id)]
    assert shown(client.get(EMBED, {"kind": "need"})) == [str(asked.public_id)]
    assert shown(client.get(EMBED, {"area": "430104"})) == [str(other.public_id)]
    there = client.get(EMBED, {"area": "430104", "medicine": "ibuprofen"})
    assert shown(there) == []
    assert "这里暂时没有" in there.content.decode()


def test_a_compact_one_shows_five_a_full_one_turns_pages(client, partner):
    for number in range(21):
        offer(make_resident(f"+8613800139{number:03d}", Level.PHONE))
    assert len(shown(client.get(EMBED, {"compact": "1"}))) == 5
    first = client.get(EMBED)
    after = re.search(r"after=([^\"&]+)", first.content.decode())[1].replace("%3D", "=")
    second = client.get(EMBED, {"after": after})
    assert len({*shown(first), *shown(second)}) == 21
    assert shown(client.get(EMBED, {"after": after, "kind": "need"})) == []


def test_a_resolved_post_is_gone_from_it(client, partner, helper, as_helper):
    post = offer(helper)
    assert shown(client.get(EMBED))
    as_helper.post(f"/posts/{post.public_id}/resolve/")
    assert shown(client.get(EMBED)) == []
    assert client.get(EMBED)["Cache-Control"] == "no-cache"


def test_no_contact_is_in_it(client, partner, helper):
    offer(helper, contact_phone="+8613712345678", contact_name="刘大姐", landmark="南门岗亭")
    page = client.get(EMBED).content.decode()
    assert not [
        each for each in ("13712345678", "刘大姐", "南门岗亭", helper.phone) if each in page
    ]


def test_where_reading_takes_an_account_there_is_no_frame(client, partner, settings):
    settings.LEVEL_TO_READ = "phone"
    assert client.get(EMBED).status_code == 404


@pytest.mark.parametrize("hostile", ["", "9" * 400, "\0", "\u202e<b>", "NaN"])
def test_a_strange_address_shows_the_partners_own_square(client, partner, helper, hostile):
    offer(helper)
    names = ("kind", "medicine", "area", "whom", "compact", "after", "back")
    assert client.get(EMBED, dict.fromkeys(names, hostile)).status_code == 200


def test_the_script_may_be_loaded_by_any_page_and_kept(client):
    answer = client.get("/embed.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not answer.cookies


# --- there and back -------------------------------------------------------------------------------
def sent_to(client, back: str | None = None, referrer: str | None = None) -> str:
    """The address of "I need medicine" in the frame."""
    headers = {"referer": referrer} if referrer else {}
    page = client.get(EMBED, {"back": back} if back else {}, headers=headers).content.decode()
    return re.search(r'class="big need" href="([^"]+)"', page)[1].replace("&amp;", "&")


def published(browser: Client, resident, url: str) -> str:
    browser.get(url)
    post = offer(resident)
    return browser.get(f"/posts/{post.public_id}/published/").content.decode()


def test_whoever_publishes_from_a_frame_is_led_back_to_the_page_around_it(
    client, partner, helper, as_helper
):
    url = sent_to(client, back=f"{SITE}/menu/?user=13800138000#top")
    assert "13800138000" not in url
    page = published(as_helper, helper, url)
    assert f'href="{SITE}/menu/"' in page
    assert "回到粤海街道社区居委会" in page


def test_without_a_script_the_browser_says_from_which_site(client, partner):
    assert f"back={SITE.replace(':', '%3A').replace('/', '%2F')}%2F" in sent_to(
        client, referrer=f"{SITE}/"
    )


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "https://www.yuehai.example.evil.example/",
        "https://www.yuehai.example@evil.example/",
        "http://www.yuehai.example/",
        "javascript:alert(1)",
        "//evil.example",
        "https://[::1",
        SITE + "/" + "x" * 600,
    ],
)
def test_nobody_is_led_to_another_site(client, partner, helper, as_helper, elsewhere):
    assert "back=" not in sent_to(client, back=elsewhere, referrer=elsewhere)
    page = published(as_helper, helper, f"/need/?src=yuehai&back={elsewhere}")
    assert "evil" not in page
    assert 'href="/partners/yuehai/"' in page  # the partner's page here


def test_the_way_back_ends_with_the_partner_and_cannot_be_made_up(
    client, partner, helper, as_helper
):
    as_helper.get(f"/need/?src=yuehai&back={SITE}/")
    as_helper.cookies["came_from"] = as_helper.cookies["came_from"].value[:-2] + "xx"
    post = offer(helper)
    url = f"/posts/{post.public_id}/published/"
    assert SITE not in as_helper.get(url).content.decode()
    as_helper.get(f"/need/?src=yuehai&back={SITE}/")
    assert SITE in as_helper.get(url).content.decode()
    Partner.objects.update(origins=[])
    assert SITE not in as_helper.get(url).content.decode()
    applying.end(partner.pk, operator_called("ender"), Refusal.RULES)
    assert "粤海" not in as_helper.get(url).content.decode()


def test_only_the_link_of_a_partner_is_noted(client, partner):
    assert "came_from" not in client.get("/need/").cookies
    for slug in ("nobody", "\0", "x" * 500, "粤海"):
        assert "came_from" not in client.get("/need/", {"src": slug}).cookies
    noted = client.get("/need/", {"src": "yuehai"}).cookies["came_from"]
    assert noted["httponly"]
    assert noted["samesite"] == "Lax"
