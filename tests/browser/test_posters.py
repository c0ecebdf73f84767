"""A committee makes a poster, and somebody scans it."""

import io

import zxingcpp
from django.conf import settings
from PIL import Image
from playwright.sync_api import expect

from tests.conftest import make_resident
from tests.posts.factories import NANSHAN, offer
from verification.models import Level


def test_from_the_page_for_committees_to_the_square_by_a_poster(person, transactional_db):
    offer(make_resident("+8613800138051", Level.REAL_NAME))
    committee = person("committee")
    committee.opens("/for-public-bodies/")
    committee.taps("做一张海报")
    committee.page.get_by_label("省份").select_option("广东省")
    committee.page.get_by_label("城市").select_option("深圳市")
    committee.page.get_by_label("区县").select_option("南山区")
    committee.taps("看这个区域的海报")
    committee.page.wait_for_url(f"**/posters/?area={NANSHAN}")
    shown = committee.page.get_by_role("img", name="深圳市南山区的海报")
    expect(shown).to_have_count(2)
    for each in shown.all():
        assert each.evaluate("(one) => one.decode().then(() => one.naturalWidth)") > 100
    with committee.page.expect_download() as download:
        committee.page.get_by_role("link", name="PNG").first.click()
    assert download.value.suggested_filename == "余药互助 深圳市南山区 a4.png"

    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(download.value.path().read_bytes())))
    passer_by = person("passer-by")
    passer_by.opens(code.text.removeprefix(settings.SITE_URL))
    passer_by.sees("南山区")
    expect(passer_by.page.locator(".post-card")).to_have_count(1)
