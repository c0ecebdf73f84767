"""axe-core, and the sizes of 适老化, on every page in every mode a visitor can choose."""

import importlib.resources
import re
import time

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from posts import cases, contact, links, messaging
from posts.models import Case, Reach, ReportReason
from posts.reports import Reporter, Subject, report
from safety.models import AuditEntry
from tests.browser.person import Person
from tests.browser.test_accessibility import PAGES
from tests.conftest import make_resident, signed_in
from tests.posts.factories import need, offer
from tests.posts.test_publish_need import DETAILS, REACH
from verification import real_name
from verification.documents import Document
from verification.models import DocumentType, Level, RealNameCheck

AXE = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text()
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Colours that still change from one to another are not looked at.
RUN = """async (rules) => {
  await Promise.all(document.getAnimations().map((each) => each.finished.catch(() => null)));
  return axe.run(document, rules).then(({ violations }) => violations.flatMap(
  (each) => each.nodes.map((node) => `${each.id}: ${node.html.slice(0, 160)}: ${node.any.concat(
    node.all, node.none).map((check) => check.message).join("; ")}`)));
}"""
EVERYTHING = {"runOnly": {"type": "tag", "values": [*WCAG, "best-practice"]}}
STANDARD = {  # for the admin, whose bones are Django's; browsers let the keyboard scroll its tables
    "runOnly": {"type": "tag", "values": WCAG},
    "rules": {"scrollable-region-focusable": {"enabled": False}},
}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def faults(who: Person, rules: dict) -> list[str]:
    """What axe-core finds on the page that is open; it is put in past the content policy."""
    who.page.evaluate(AXE)
    return who.page.evaluate(RUN, rules)


# What 适老化 asks for, of all that is shown. A link in a sentence may be as high as its line.
SIZES = """(least) => {
  const found = [];
  const aside = ".hidden, .skip, .top-text, script, style, option, .leaflet-container";
  const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(aside);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    const one = walker.currentNode.parentElement;
    if (!text || seen.has(one) || !shown(one)) continue;
    seen.add(one);
    const style = getComputedStyle(one);
    const size = parseFloat(style.fontSize);
    const inMain = one.closest("main");
    if (size < (inMain ? least.main : least.text)) found.push(`${size} px: ${text.slice(0, 40)}`);
    const line = style.lineHeight === "normal" ? 1.3 : parseFloat(style.lineHeight) / size;
    if (line < 1.295) found.push(`line height ${line}: ${text.slice(0, 40)}`);
  }
  for (const target of document.querySelectorAll("a, button, summary, input, select, textarea")) {
    if (!shown(target) || !target.getClientRects().length) continue;
    const inSentence = target.matches("a") && getComputedStyle(target).display === "inline";
    if (inSentence) continue;
    const box = (target.matches("[type=checkbox], [type=radio]") && target.closest("label"))
      || target.closest(".post-card") || target;
    const { height } = box.getBoundingClientRect();
    if (height < least.target) found.push(`${height} px high: ${target.outerHTML.slice(0, 120)}`);
  }
  return found;
}"""
LEAST = {
    "elder": {"text": 18, "main": 18, "target": 60},
    "largest": {"text": 18, "main": 30, "target": 60},
}


@pytest.fixture
def town(transactional_db, moderator, settings) -> dict[str, object]:
    """A board on which something of everything happens, so that each page has something to show."""
    settings.REAL_NAME_PROVIDER = "manual"
    poster = make_resident("+8613800138051", Level.REAL_NAME)
    caller = make_resident("+8613800138052", Level.REAL_NAME)
    asker = make_resident("+8613800138053", Level.PHONE)
    phoned = offer(poster, note="药盒没有打开过", landmark="南门岗亭")
    asked = offer(poster, reached_by=Reach.MESSAGE, contact_phone="", contact_name="邹先生")
    needed = need(poster, note="孩子发烧两天了")
    contact.reveal(phoned, caller)
    messaging.send(asked, caller, "今晚可以送到小区门口", caller.phone)
    report(Subject(phoned), Reporter(visitor="v" * 64), ReportReason.SOLD)
    real_name.submit(asker, Document(DocumentType.PASSPORT, "刘小红", "E12345678"))
    return {"poster": poster, "caller": caller, "asker": asker, "moderator": moderator,
            "phoned": phoned, "asked": asked, "needed": needed}  # fmt: skip


def public(town) -> list[str]:
    posts = [town[name].get_absolute_url() for name in ("phoned", "asked", "needed")]
    return [
        *PAGES,
        "/offline/zh-hans/",
        "/embed/yuehai/",
        *posts,
        links.make(town["phoned"]).removeprefix(settings.SITE_URL),
    ]


def of_poster(town) -> list[str]:
    phoned, asked = town["phoned"].get_absolute_url(), town["asked"].get_absolute_url()
    return [
        "/mine/", "/account/", "/account/data/", "/account/erase/", "/real-name/",
        f"{phoned}seen/", f"{phoned}published/", f"{phoned}report/", f"{asked}messages/",
    ]  # fmt: skip


def of_caller(town) -> list[str]:
    phoned, asked, needed = (
        town[each].get_absolute_url() for each in ("phoned", "asked", "needed")
    )
    return [f"{phoned}contact/", f"{needed}contact/", f"{asked}ask/", "/mine/"]


def of_asker(town) -> list[str]:
    return ["/real-name/", "/account/"]


def of_publisher(town) -> list[str]:
    """Not signed in, with a code on its way: the fields of sign-in stand on both pages."""
    return ["/need/reach/", "/need/check/"]


def of_joiner(town) -> list[str]:
    """Has proven a new number."""
    return ["/signin/join/"]


def of_moderator(town) -> list[str]:
    check, case = RealNameCheck.objects.get(), Case.objects.get(kind="post")
    held = cases.take(check.cases.get().pk, town["moderator"])
    return [
        "/admin/", "/admin/posts/post/", f"/admin/posts/post/{town['phoned'].public_id}/change/",
        "/admin/posts/case/", f"/admin/posts/case/{case.pk}/change/",
        f"/admin/posts/case/{held.pk}/change/",
        "/admin/verification/realnamecheck/",
        f"/admin/verification/realnamecheck/{check.pk}/change/",
        "/admin/verification/resident/",
        f"/admin/verification/resident/{town['asker'].pk}/change/",
        "/admin/medicines/medicine/", "/admin/safety/auditentry/",
        f"/admin/safety/auditentry/{AuditEntry.objects.order_by('pk')[0].pk}/change/",
        "/admin/safety/screeningword/",
    ]  # fmt: skip


WALKS = {
    "visitor": public,
    "poster": of_poster,
    "caller": of_caller,
    "asker": of_asker,
    "publisher": of_publisher,
    "joiner": of_joiner,
    "moderator": of_moderator,
}


def arrives(person, live_server, town, role: str, **cookies: str) -> Person:
    """Somebody who has signed in, as the pages that other tests walk through would have done."""
    who = person(role)
    if role in town:
        browser = signed_in(town[role])
        session = browser.session  # one that has just been confirmed by a code
        session["account_authentication_methods"] = [{"method": "code", "at": time.time()}]
        session.save()
        cookies["sessionid"] = browser.cookies["sessionid"].value
    if role == "publisher":
        browser = Client()
        browser.post("/need/details/", DETAILS)
        browser.post("/need/reach/", {**REACH, "phone": "13800138054"})
        cookies |= {name: each.value for name, each in browser.cookies.items()}
    if role == "joiner":
        browser = Client()
        page = browser.post("/signin/", {"phone": "13800138054"}, follow=True).content.decode()
        code = re.search(r'demo-code">(\d{6})<', page)[1]
        browser.post("/signin/code/", {"code": code})
        cookies |= {name: each.value for name, each in browser.cookies.items()}
    jar = [
        {"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()
    ]
    who.page.context.add_cookies([each for each in jar if each["value"]])
    return who


def walk(who: Person, urls: list[str], looks) -> list[str]:
    """What is wrong, and where."""
    wrong = {}
    for url in urls:
        who.page.goto(url)
        assert who.page.url.partition("?")[0].endswith(url.partition("?")[0]), who.page.url
        if found := looks(who):
            wrong[url] = found
    # Not from our pages: what axe-core itself tries on them.
    who.problems = [each for each in who.problems if "'url': ''" not in each]
    return [f"{url}: {each}" for url, found in wrong.items() for each in dict.fromkeys(found)]


@pytest.mark.parametrize("role", WALKS)
def test_axe_finds_nothing_in_light_and_dark(person, live_server, town, role):
    who = arrives(person, live_server, town, role)

    who.page.set_viewport_size({"width": 320, "height": 640})  # WCAG 1.4.10

    def looks(who: Person) -> list[str]:
        who.page.emulate_media(color_scheme="light")
        if role != "moderator":
            who.picture()  # and nothing sticks out
        found = faults(who, STANDARD if role == "moderator" else EVERYTHING)
        who.page.emulate_media(color_scheme="dark")
        return found + faults(who, COLOURS)

    wrong = walk(who, WALKS[role](town), looks)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", [role for role in WALKS if role != "moderator"])
@pytest.mark.parametrize("mode", ["elder", "largest"])
def test_larger_type_is_large_and_axe_finds_nothing(person, live_server, town, role, mode):
    who = arrives(person, live_server, town, role, mode=mode)

    def looks(who: Person) -> list[str]:
        found = faults(who, EVERYTHING) + who.page.evaluate(SIZES, LEAST[mode])
        who.picture()
        who.page.emulate_media(color_scheme="dark")
        found += faults(who, COLOURS)
        who.page.emulate_media(color_scheme="light")
        return found

    wrong = walk(who, WALKS[role](town), looks)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("mode", ["standard", "elder", "largest"])
def test_a_form_that_was_filled_in_wrongly_is_as_good(person, live_server, mode):
    who = arrives(person, live_server, {}, "mistaken", mode=mode)
    for url, button in {
        "/need/details/?medicine=ibuprofen": "下一步",
        "/offer/details/?medicine=ibuprofen": "下一步",
        "/signin/": "发验证码给我",
    }.items():
        who.opens(url)
        who.taps(button)
        expect(who.page.locator(".error-summary")).to_be_visible()
        sizes = who.page.evaluate(SIZES, LEAST[mode]) if mode in LEAST else []
        assert faults(who, EVERYTHING) + sizes == [], url


@pytest.mark.parametrize(
    "url", ["/", "/need/", "/medicines/ibuprofen/", "/signin/", "/areas/440305/"]
)
def test_axe_finds_nothing_in_english(person, live_server, town, url):
    who = arrives(person, live_server, town, "visitor", django_language="en")
    who.page.set_viewport_size({"width": 360, "height": 4000})  # no bar lies over what scrolls
    who.page.goto(url)
    expect(who.page.locator("html[lang=en]")).to_be_attached()
    assert faults(who, EVERYTHING) == []
