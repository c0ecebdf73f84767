"""Posters: what stands on them, on which paper, and whether a phone reads their code."""

import html
import io
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
import zxingcpp
from django.conf import settings as site
from django.test import Client
from PIL import Image, ImageChops, ImageDraw, ImageFont

from partners import applying, drawing, poster_views, posters
from partners.models import Partner, Refusal
from partners.posters import SIZES, Poster, draw, of_area
from places.models import Area
from safety.quotas import Quota
from tests.mutualaid.test_colours import modes
from tests.partners.bodies import approved, operator_called
from tests.posts.factories import NANSHAN

LANGUAGES = ["zh-hans", "en"]
GREEN = (5, 112, 58)  # #05703a
MM = 72 / 25.4  # points
POSTERS = {
    "zh-hans": Poster(
        "余药互助", "深圳市南山区", "https://example.org/?area=440305", "街道办", "zh-hans"
    ),
    "en": Poster(
        "Spare medicine", "Nanshan, Shenzhen", "https://example.org/?area=440305", "A body", "en"
    ),
}
SAID = {
    "zh-hans": [
        "余药互助", "运营方：街道办", "扫码求药 / 送药", "深圳市南山区", "免费送，不买卖",
        "example.org/?area=440305", "邻里之间互送多余的非处方药和防护用品。",
        "要您先转账、发红包、报验证码的，都别理。", "喘不上气、胸痛、叫不醒，马上打120。",
    ],
    "en": [
        "Spare medicine", "Run by A body", "Scan to ask for or give medicine", "Nanshan, Shenzhen",
        "Given free, never sold", "example.org/?area=440305",
        "Neighbours give each other spare over-the-counter medicine and supplies.",
        "Asked to pay first, or for a code? Say no.",
        "Cannot breathe, chest pain, will not wake: call 120 now.",
    ],
}  # fmt: skip


def pdf(poster: Poster, size: str = "a4") -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(draw(poster, size, "pdf")))


def picture(poster: Poster, size: str = "a4") -> Image.Image:
    return Image.open(io.BytesIO(draw(poster, size, "png"))).convert("L")


def text(document: pypdf.PdfReader) -> str:
    """What a reader of the file can copy; where lines end is not looked at."""
    return re.sub(r"\s", "", document.pages[0].extract_text())


def scan(picture: Image.Image) -> zxingcpp.Barcode:
    (found,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return found


# --- the drawing ----------------------------------------------------------------------------------
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_says_it_all_in_text(language, size):
    said = text(pdf(POSTERS[language], size))
    for each in SAID[language]:
        assert re.sub(r"\s", "", each) in said


def test_the_pdf_has_a_title_and_its_language():
    document = pdf(POSTERS["zh-hans"])
    assert document.metadata.title == "余药互助 · 深圳市南山区"
    assert document.trailer["/Root"]["/Lang"].startswith("zh")


@pytest.mark.parametrize(("size", "width", "height"), [("a4", 210, 297), ("phone", 90, 160)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_one_sheet_of_its_size(language, size, width, height):
    (page,) = pdf(POSTERS[language], size).pages
    assert float(page.mediabox.width) == pytest.approx(width * MM, abs=0.1)
    assert float(page.mediabox.height) == pytest.approx(height * MM, abs=0.1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_brings_its_fonts_along(language):
    """A printer's shop has no Chinese font of ours; the parts that are used are in the file."""
    fonts = pdf(POSTERS[language]).pages[0]["/Resources"]["/Font"].values()
    assert fonts
    for font in fonts:
        inner = font.get_object()["/DescendantFonts"][0].get_object()
        descriptor = inner["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
        assert re.fullmatch(r"/[A-Z]{6}\+\S*CJK\S*", descriptor["/FontName"])
    assert len(draw(POSTERS[language], "a4", "pdf")) < 100_000


@pytest.mark.parametrize(("size", "dots"), [("a4", (2480, 3508)), ("phone", (1080, 1920))])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_of_the_picture_is_scanned(language, size, dots):
    made = picture(POSTERS[language], size)
    assert made.size == dots
    assert scan(made).text == POSTERS[language].link


def corners(made: Image.Image) -> tuple[int, int, int, int]:
    at = scan(made).position
    return at.top_left.x, at.top_left.y, at.bottom_right.x, at.bottom_right.y


@pytest.mark.parametrize(("size", "least"), [("a4", 60), ("phone", 35)])
def test_the_code_is_wide_enough_and_has_its_quiet_zone(size, least):
    """In mm, its white edge not counted in; four modules of white on each side (ISO/IEC 18004)."""
    made = picture(POSTERS["zh-hans"], size)
    left, top, right, bottom = corners(made)
    assert (right - left) / SIZES[size].ppi * 25.4 >= least
    module = (right - left) / modules(POSTERS["zh-hans"].link)
    quiet = int(3.9 * module)  # the fifth part of a dot is grey
    ground = made.crop((left - quiet, top - quiet, right + quiet, bottom + quiet))
    ImageDraw.Draw(ground).rectangle(
        (quiet - 2, quiet - 2, ground.width - quiet + 2, ground.height - quiet + 2), fill=255
    )
    assert ground.getextrema() == (255, 255)


def modules(link: str) -> int:
    """How many modules wide the code of a link is: its SVG counts four more on each side."""
    return round(float(re.search(r'viewBox="0 0 ([0-9.]+) ', posters.code(link))[1])) - 8


def test_a_torn_code_is_scanned_all_the_same():
    """A square of 9 % of it is gone."""
    made = picture(POSTERS["zh-hans"])
    left, top, right, bottom = corners(made)
    side = int(0.3 * (right - left))
    start = (left + (right - left) * 2 // 5, top + (bottom - top) * 2 // 5)
    ImageDraw.Draw(made).rectangle((*start, start[0] + side, start[1] + side), fill=255)
    assert scan(made).text == POSTERS["zh-hans"].link


def beside_the_name(poster: Poster, size: str) -> set[tuple[int, int, int]]:
    """The colours of the first mm of the green field that the area's name stands on."""
    made = Image.open(io.BytesIO(draw(poster, size, "png"))).convert("RGB")
    mm = SIZES[size].ppi / 25.4
    start = int(SIZES[size].margin * mm) + 2
    rows = [y for y in range(made.height) if made.getpixel((start, y)) == GREEN]
    assert len(rows) > 5 * mm
    field = made.crop((start, rows[0], start + int(mm), rows[-1]))
    return {colour for _number, colour in field.getcolors()}


def longest(language: str) -> list[Poster]:
    """The areas whose names take most room, and an operator and a site with long names."""
    made = [of_area(area, language) for area in Area.objects.all()]
    longest = sorted(made, key=lambda each: len(each.place))[-2:]
    domain = "https://medicine.neighbourhood-committees-of-shenzhen.gov.example.org"
    return [
        *longest,
        replace(longest[-1], operator="深圳市南山区粤海街道" * 4, link=f"{domain}/?area={NANSHAN}"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_longest_names_stay_on_the_sheet(language, size):
    """One page, its margins white, nothing left out."""
    for poster in longest(language):
        document = pdf(poster, size)
        assert len(document.pages) == 1
        said = text(document)
        assert poster.place.replace(" ", "") in said
        assert poster.operator.replace(" ", "") in said
        assert re.sub(r"\s", "", SAID[language][-1]) in said
        made = picture(poster, size)
        edge = int(SIZES[size].margin / 25.4 * SIZES[size].ppi) - 2
        ImageDraw.Draw(made).rectangle(
            (edge, edge, made.width - edge, made.height - edge), fill=255
        )
        assert made.getextrema() == (255, 255), poster.place
        assert beside_the_name(poster, size) == {GREEN}
        assert scan(picture(poster, size)).text == poster.link


@pytest.mark.django_db
def test_the_font_has_every_character_of_every_area():
    names = {name for path in Area.objects.values_list("path", flat=True) for name in path}
    characters = sorted(set("".join(names)))
    assert len(characters) > 1200
    cuts = [each for each in drawing.fonts().fonts() if each.family == posters.font()]
    assert {cut.weight for cut in cuts} >= {400, 700}
    for cut in cuts:
        face = ImageFont.truetype(cut.path, 24, index=cut.index)
        none = bytes(face.getmask("\U0010fffe"))
        assert [each for each in characters if bytes(face.getmask(each)) == none] == []


def test_names_are_words_and_no_commands():
    said = text(pdf(replace(POSTERS["zh-hans"], operator='#panic() *a* $x$ \\ "b" <c> @d')))
    assert '#panic()*a*$x$\\"b"<c>@d' in said


def test_the_colours_are_those_of_the_site():
    used = set(re.findall(r'rgb\("(#[0-9a-f]{6})"\)', posters.TEMPLATE.read_text()))
    assert len(used) == 7
    assert used <= set(modes()["light"].values())


def test_a_poster_is_drawn_once(monkeypatch):
    drawn = []
    child = posters.by_child
    monkeypatch.setattr(posters, "by_child", lambda wanted: drawn.append(1) or child(wanted))
    assert posters.font()
    drawn.clear()
    once = replace(POSTERS["zh-hans"], operator="drawn once")
    assert draw(once, "phone", "svg") == draw(replace(once), "phone", "svg")
    assert len(drawn) == 1
    assert draw(replace(once, operator="another"), "phone", "svg") != draw(once, "phone", "svg")
    assert len(drawn) == 2


def test_the_same_poster_is_the_same_in_every_format():
    """The preview and the picture: the code has its modules in the same place."""
    made = picture(POSTERS["zh-hans"], "phone")
    assert ImageChops.difference(made, picture(POSTERS["en"], "phone")).getbbox()
    svg = draw(POSTERS["zh-hans"], "phone", "svg").decode()
    assert svg.startswith('<svg viewBox="0 0 255.')
    assert "<script" not in svg


def test_the_preview_is_small_and_clear_enough_to_be_scanned():
    for size in SIZES:
        file = draw(POSTERS["zh-hans"], size, "preview")
        assert len(file) < 16_000
        made = Image.open(io.BytesIO(file))
        assert made.width == posters.PREVIEW
        assert scan(made.convert("L")).text == POSTERS["zh-hans"].link


def test_the_process_that_serves_pages_does_not_grow():
    """Typst would keep 60-120 MB of fonts and dots; a process of its own takes them along."""

    def resident_kilobytes() -> int:
        status = Path("/proc/self/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    draw(POSTERS["zh-hans"], "a4", "svg")
    before = resident_kilobytes()
    for nth in range(3):
        assert draw(replace(POSTERS["zh-hans"], operator=f"grows {nth}"), "a4", "png")
    assert resident_kilobytes() - before < 10_000


def test_a_drawing_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(posters, "LONGEST", 0.01)
    with pytest.raises(subprocess.TimeoutExpired):
        draw(replace(POSTERS["zh-hans"], operator="hangs"), "a4", "png")


# --- partners -------------------------------------------------------------------------------------
@pytest.fixture
def partner(resident) -> Partner:
    return approved(resident)


@pytest.mark.django_db
@pytest.mark.parametrize("size", SIZES)
def test_the_poster_of_a_body_bears_its_name_and_counts_for_it(partner, size):
    poster = of_area(Area.objects.get(pk=NANSHAN), "zh-hans", partner)
    assert poster.link == f"{site.SITE_URL}/?area={NANSHAN}&src=yuehai"
    said = text(pdf(poster, size))
    assert "深圳市南山区" in said and "粤海街道社区居委会" in said
    assert scan(picture(poster, size)).text == poster.link
    longest = replace(poster, body="深圳市南山区粤海街道社区居民委员会便民服务中心第一站" * 2)
    document = pdf(longest, size)
    assert len(document.pages) == 1
    assert longest.body in text(document)


@pytest.mark.django_db
def test_the_page_of_a_body_leads_to_its_posters(client, partner, as_resident):
    page = as_resident.get("/partners/yuehai/staff/").content.decode()
    assert f'href="/posters/?partner=yuehai&amp;area={NANSHAN}"' in page
    said = client.get(f"/posters/?partner=yuehai&area={NANSHAN}").content.decode()
    assert "海报上印着粤海街道社区居委会" in said
    files = [each.replace("&amp;", "&") for each in re.findall(r'"(/posters/file/[^"]+)"', said)]
    assert len(files) == 6 and all("partner=yuehai" in each for each in files)
    assert client.get(files[1]).status_code == 200
    chosen = client.post("/posters/?partner=yuehai", {"province": "440000", "city": "440300"})
    assert chosen["Location"] == "/posters/?area=440300&partner=yuehai"


@pytest.mark.django_db
def test_a_body_that_has_ended_has_no_posters(client, partner):
    applying.end(partner.pk, operator_called("ender"), Refusal.ASKED)
    assert "粤海" not in client.get("/posters/?partner=yuehai").content.decode()
    assert client.get(f"{FILE}?partner=yuehai").status_code == 400


# --- areas ----------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("code", [NANSHAN, 440300, 440000])
def test_the_code_opens_the_square_of_the_area(client, code):
    area = Area.objects.get(pk=code)
    poster = of_area(area, "zh-hans")
    assert poster.link == f"{site.SITE_URL}/?area={code}"
    assert client.get(poster.link.removeprefix(site.SITE_URL)).context["filters"].area == area


@pytest.mark.django_db
def test_a_poster_names_the_area_in_its_language():
    area = Area.objects.get(pk=NANSHAN)
    assert of_area(area, "zh-hans").place == "深圳市南山区"
    assert of_area(area, "en").place == "Nanshan, Shenzhen"


def test_the_whole_country_has_a_poster_too(settings):
    settings.SITE_URL, settings.OPERATOR_NAME = "https://example.org", "某报社"
    made = of_area(None, "zh-hans")
    assert made == Poster("余药互助", "全国", "https://example.org/", "某报社", "zh-hans")
    assert posters.short(made.link) == "example.org"


# --- pages ----------------------------------------------------------------------------------------
FILE = "/posters/file/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file_format", "kind", "start"),
    [
        ("pdf", "application/pdf", b"%PDF-"),
        ("png", "image/png", b"\x89PNG"),
        ("svg", "image/svg+xml", b"<svg"),
    ],
)
def test_a_file_says_what_it_is_and_may_be_kept(client, file_format, kind, start):
    url = f"{FILE}?area={NANSHAN}&size=phone&format={file_format}&lang=en"
    answer = client.get(url, headers={"accept-language": "zh-CN"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == kind
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content.startswith(start)
    name = f"Spare medicine Nanshan, Shenzhen phone.{file_format}"
    assert answer["Content-Disposition"] == f'inline; filename="{name}"'
    assert answer["Cache-Control"] == "public, max-age=86400"
    assert not answer.cookies
    again = client.get(url, headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.django_db
def test_a_file_has_a_chinese_name(client):
    answer = client.get(f"{FILE}?area={NANSHAN}")
    assert answer["Content-Type"] == "application/pdf"
    name = "%E4%BD%99%E8%8D%AF%E4%BA%92%E5%8A%A9%20%E6%B7%B1%E5%9C%B3"
    assert answer["Content-Disposition"].startswith(f"inline; filename*=utf-8''{name}")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("area=999999", "There is no such area."),
        ("area=%00", "There is no such area."),
        ("area=４４０３０５", "There is no such area."),
        ("area=" + "4" * 5000, "There is no such area."),
        ("size=a0", "There is no poster of this size."),
        ("size=", "There is no poster of this size."),
        ("format=html", "There is no poster in this format."),
        ("format=../../etc/passwd", "There is no poster in this format."),
        ("lang=zz", "There is no such language here."),
        ("lang=%00", "There is no such language here."),
        ("partner=nobody", "There is no such body here."),
        ("partner=%00", "There is no such body here."),
    ],
)
def test_what_is_not_understood_gets_a_sentence(client, query, sentence):
    answer = client.get(f"{FILE}?{query}", headers={"accept-language": "en"})
    assert answer.status_code == 400
    assert answer.content.decode() == sentence
    assert answer["Content-Type"].startswith("text/plain")


@pytest.mark.django_db
def test_who_would_wait_long_for_a_drawing_is_told_to_come_again(client, monkeypatch):
    monkeypatch.setattr(posters, "PATIENCE", 0.1)
    posters.draw.cache_clear()
    with posters._drawing:
        response = client.get("/posters/file/?format=png")
    assert response.status_code == 503
    assert response["Retry-After"] == "60"


@pytest.mark.django_db
def test_an_address_gets_so_many_posters(client, monkeypatch):
    monkeypatch.setattr(
        poster_views, "PER_ADDRESS", Quota("test", 2, poster_views.PER_ADDRESS.period)
    )
    url = f"{FILE}?size=phone&format=svg"
    assert [client.get(url).status_code for _ in range(3)] == [200, 200, 429]
    assert "请过一会儿再试" in client.get(url).content.decode()
    assert Client(REMOTE_ADDR="192.0.2.9").get(url).status_code == 200


@pytest.mark.django_db
def test_without_a_font_a_sentence_says_so(client, monkeypatch):
    monkeypatch.setattr(posters, "font", lambda: None)
    answer = client.get(FILE)
    assert answer.status_code == 503
    assert "没有中文字体" in answer.content.decode()
    page = client.get("/posters/")
    assert page.status_code == 200
    assert "没有中文字体" in page.content.decode()
    assert "<img" not in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "place"), [("zh-CN", "深圳市南山区"), ("en", "Nanshan, Shenzhen")]
)
def test_the_page_offers_files_that_are_there(client, language, place):
    page = client.get(f"/posters/?area={NANSHAN}", headers={"accept-language": language})
    said = page.content.decode()
    assert page.status_code == 200
    assert place in said
    assert f'value="{NANSHAN}" selected' in said
    files = [each.replace("&amp;", "&") for each in re.findall(r'"(/posters/file/[^"]+)"', said)]
    assert len(files) == 6
    kinds = {client.get(each)["Content-Type"] for each in files}
    assert kinds == {"application/pdf", "image/png"}


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["999999", "x", "%00"])
def test_an_unknown_area_shows_the_whole_country_s_and_says_so(client, code):
    page = client.get(f"/posters/?area={code}")
    assert page.status_code == 400
    assert "全国" in page.content.decode()
    assert page.context["is_unknown"]


@pytest.mark.django_db
def test_an_area_is_chosen_with_and_without_a_script(client):
    chosen = {"province": "440000", "city": "440300", "district": str(NANSHAN)}
    answer = client.post("/posters/", chosen)
    assert answer.status_code == 302
    assert answer["Location"] == f"/posters/?area={NANSHAN}"
    whole_city = client.post("/posters/", {**chosen, "district": ""})
    assert whole_city["Location"] == "/posters/?area=440300"
    searched = client.post("/posters/", {"q": "nanshan", "picker": "search"})
    assert searched.status_code == 200
    assert "南山区" in searched.content.decode()
    assert client.post("/posters/", {"province": ""}).status_code == 422
    foreign = client.post("/posters/", chosen, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403


def test_a_preview_is_drawn_once_for_all_processes(db, monkeypatch):
    once = replace(POSTERS["zh-hans"], operator="of all processes")
    drawn = posters.preview(once, "a4")
    assert Image.open(io.BytesIO(drawn)).width == posters.PREVIEW
    monkeypatch.setattr(posters, "by_child", lambda _wanted: pytest.fail("drawn again"))
    posters.draw.cache_clear()  # as in another process
    assert posters.preview(once, "a4") == drawn
    with pytest.raises(pytest.fail.Exception):
        posters.preview(replace(once, operator="another"), "a4")


def test_what_the_page_shows_first_is_drawn_before_anybody_asks(client, db, monkeypatch):
    posters.draw_first()
    posters.draw.cache_clear()
    monkeypatch.setattr(posters, "by_child", lambda _wanted: pytest.fail("drawn again"))
    for language in ("zh-hans", "en"):
        page = client.get("/posters/", headers={"accept-language": language}).text
        first = html.unescape(re.findall(r'<img src="([^"]+)"', page)[0])
        assert client.get(first).status_code == 200
