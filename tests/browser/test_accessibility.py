"""Every page for one thumb, for a keyboard and for a screen reader."""

import pytest
from playwright.sync_api import expect

from tests.conftest import make_resident
from tests.partners.bodies import approved, post_as
from tests.posts.factories import NANSHAN, need, offer
from verification.models import Level

PAGES = [
    "/", "/?kind=need", f"/?kind=need&area={NANSHAN}&whom=over_65", "/?sort=distance", "/area/",
    "/place/", "/need/?medicine=ibuprofen", "/need/details/?medicine=ibuprofen", "/offer/",
    "/offer/details/?medicine=ibuprofen", "/medicines/", "/medicines/ibuprofen/",
    "/medicines/search/?q=abc", "/signin/", "/privacy/", "/terms/", "/no-such-page/",
    "/about/", "/how-it-works/", "/safety/", "/for-public-bodies/", "/map/", "/posters/",
    "/areas/", f"/areas/{NANSHAN}/", "/areas/440000/", "/areas/999999/",
    "/api/v1/docs/", "/partners/yuehai/", "/stats/", "/feedback/",
    "/partners/help/",
]  # fmt: skip

# What a page lacks, as sentences. A checkbox is as large as its label; the link of a card covers
# the card; a link inside a sentence is exempt (WCAG 2.5.8).
PROBLEMS = """() => {
  const problems = [];
  const shown = (one) => one.getClientRects().length > 0 && !one.closest(".skip, .hidden");
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
  const named = (one) => one.innerText || one.getAttribute("aria-label") || one.name || one.tagName;
  if (!document.title.trim()) problems.push("no title");
  if (!document.documentElement.lang) problems.push("no language");
  for (const landmark of ["header", "nav", "main", "footer"])
    if (!document.querySelector(landmark)) problems.push("no " + landmark);
  let level = 1;  // an error summary stands above the h1
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) problems.push("heading too deep: " + heading.innerText);
    level = next;
  }
  if (document.querySelectorAll("h1").length !== 1) problems.push("not one h1");
  for (const field of all("input, select, textarea"))
    if (!field.labels.length && !field.getAttribute("aria-label"))
      problems.push("no label: " + field.name);
  for (const id of [...document.querySelectorAll("[id]")].map((one) => one.id))
    if (document.querySelectorAll("#" + CSS.escape(id)).length > 1)
      problems.push("twice: #" + id);
  for (const target of all("a, button, summary, input, select, textarea")) {
    const box = (target.matches("[type=checkbox], [type=radio]") && target.closest("label"))
      || target.closest(".post-card") || target;
    if (box.getBoundingClientRect().height < 44) problems.push("under 44 px: " + named(target));
    if (!named(target).trim()) problems.push("no name: " + target.outerHTML);
  }
  return problems;
}"""


@pytest.fixture
def posts(transactional_db):
    poster = make_resident("+8613800138051", Level.REAL_NAME)
    organisation = approved(poster).organisation
    return [offer(poster), need(poster), post_as(organisation, poster)]


def test_every_page_has_names_landmarks_headings_and_large_targets(person, posts):
    visitor = person("accessible")
    for url in [*PAGES, *(post.get_absolute_url() for post in posts)]:
        visitor.opens(url)
        assert visitor.page.evaluate(PROBLEMS) == [], url


def test_the_first_screen_shows_both_buttons_the_place_and_a_post(person, posts):
    visitor = person("first-screen")
    visitor.page.set_viewport_size({"width": 360, "height": 640})
    visitor.opens("/")
    for selector in (".promise", ".big.need", ".big.offer", ".where", ".post-card >> nth=0"):
        expect(visitor.page.locator(selector)).to_be_in_viewport(ratio=0.99)


def test_errors_come_first_are_focused_and_lead_to_their_fields(person):
    visitor = person("mistaken")
    visitor.opens("/need/details/?medicine=ibuprofen")
    visitor.taps("下一步")
    expect(visitor.page.locator(".error-summary")).to_be_focused()
    assert visitor.page.title().startswith("错误")
    for link in visitor.page.locator(".error-summary a").all():
        assert visitor.page.locator(link.get_attribute("href")).count() == 1
    assert visitor.page.evaluate(PROBLEMS) == []


def test_only_what_matters_is_asked_for(person):
    parent = person("parent")
    parent.opens("/need/details/?medicine=ibuprofen")
    age = parent.page.locator("[name=youngest]")
    expect(age).to_be_hidden()
    parent.ticks("儿童")
    expect(age).to_be_visible()
