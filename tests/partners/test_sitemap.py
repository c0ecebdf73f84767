"""What search engines are told: the sitemap and robots.txt."""

import re
from xml.etree import ElementTree

import pytest
from django.conf import settings

from medicines.models import Medicine
from partners import applying, sitemap
from partners.models import Refusal
from places.models import Area
from tests.mutualaid.test_who_may_what import routes, table
from tests.partners import plans
from tests.partners.bodies import approved, operator_called
from tests.posts.factories import offer

pytestmark = pytest.mark.django_db
NS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def paths(client) -> list[str]:
    response = client.get("/sitemap.xml")
    assert response["Content-Type"] == "application/xml"
    root = ElementTree.fromstring(response.content)  # noqa: S314 -- our own
    assert root.tag == f"{NS}urlset"
    found = [each.text for each in root.findall(f"{NS}url/{NS}loc")]
    assert all(each.startswith(f"{settings.SITE_URL}/") for each in found)
    return [each.removeprefix(settings.SITE_URL) for each in found]


class Robots:
    """Reads robots.txt as RFC 9309 has it: the longest rule that fits counts, `*` is anything. (The
    parser of the standard library knows no `*`.)"""

    def __init__(self, text: str) -> None:
        self.rules = re.findall(r"^(Allow|Disallow): (\S+)$", text, re.MULTILINE)

    def may_read(self, path: str) -> bool:
        fitting = [
            (len(rule), kind == "Allow")
            for kind, rule in self.rules
            if re.match(".*".join(map(re.escape, rule.split("*"))), path)
        ]
        return max(fitting, default=(0, True))[1]


def robots(client) -> Robots:
    return Robots(client.get("/robots.txt").text)


def test_the_sitemap_holds_areas_down_to_cities_medicines_and_pages(client, resident):
    post = offer(resident)
    found = paths(client)
    assert len(found) == len({*found})
    areas = Area.objects.filter(level__lte=2).count()
    assert len(found) == areas + Medicine.objects.listed().count() + len(sitemap.PAGES)
    for path in ("/", "/areas/440300/", "/areas/820000/", "/medicines/ibuprofen/", "/about/"):
        assert path in found
    assert str(post.public_id) not in "".join(found)
    assert "/areas/440305/" not in found


def test_all_that_it_names_is_there_and_may_be_read(client, db):
    rules = robots(client)
    found = paths(client)
    for path in [*found[:20], *found[20:-20:25], *found[-20:]]:
        assert client.get(path).status_code == 200, path
    for path in found:
        assert rules.may_read(path), path


def test_it_stands_under_our_own_name_whoever_asks(client, settings):
    settings.SITE_URL = "https://example.org"
    answer = client.get("/sitemap.xml", headers={"host": "evil.example"}).text
    assert "<loc>https://example.org/areas/</loc>" in answer
    assert "evil" not in answer
    assert "Sitemap: https://example.org/sitemap.xml" in client.get("/robots.txt").text


def test_it_is_cheap_and_kept_for_an_hour(client, resident):
    offer(resident)
    assert plans.number_of_queries(client, "/sitemap.xml") == 3
    for path in ("/sitemap.xml", "/robots.txt"):
        response = client.get(path)
        assert {*response["Cache-Control"].split(", ")} == {"max-age=3600", "public"}
        again = client.get(path, headers={"if-none-match": response["ETag"]})
        assert again.status_code == 304


def test_a_page_beyond_the_last_is_not_there(client, db):
    for page in ("2", "x", "-1", "%00", "9" * 5000):
        assert client.get(f"/sitemap.xml?p={page}").status_code == 404


# --- robots.txt -----------------------------------------------------------------------------------
def personal_routes() -> list[str]:
    """Addresses that send a visitor to sign in, of people or of staff, by the table of roles."""
    rows = [line.split() for line in table("").splitlines()]
    names = {name for method, name, visitor, *_rest in rows if visitor in {"sign-in", "staff"}}
    return [route for name, route in routes() if name in names]


def test_no_search_engine_comes_to_posts_forms_or_peoples_own_pages(client, resident):
    rules = robots(client)
    others = ["/posts/<id>/", "/m/<token>/", "/need/", "/offer/details/", "/signin/", "/area/"]
    closed = [*personal_routes(), *others]
    assert len(closed) > 60
    for route in closed:
        assert not rules.may_read(route), route


def test_no_search_engine_walks_through_filters(client, db):
    rules = robots(client)
    for path in ("/?kind=need", "/areas/440305/?src=yuehai", "/posters/?area=440305"):
        assert not rules.may_read(path), path


def test_the_page_of_a_body_is_for_search_engines_and_those_of_its_staff_are_not(client, resident):
    partner = approved(resident)
    rules = robots(client)
    assert "/partners/yuehai/" in paths(client)
    assert rules.may_read("/partners/yuehai/") and rules.may_read("/partners/help/")
    for page in ("staff/", "keys/", "people/act/", "files/"):
        assert not rules.may_read(f"/partners/yuehai/{page}"), page
    applying.end(partner.pk, operator_called("ender"), Refusal.ASKED)
    assert "/partners/yuehai/" not in paths(client)


def test_pages_for_everybody_and_feeds_may_be_read(client, db):
    rules = robots(client)
    for path in (
        "/",
        "/areas/",
        "/areas/440305/",
        "/map/",
        "/feed/?kind=need",
        "/static/css/x.css",
    ):
        assert rules.may_read(path), path
