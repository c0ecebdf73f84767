"""Whom a moderator of areas may look up; and that the rules of who may what stand in one module."""

import ast
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import contact, messaging
from posts.models import Reach, ReportReason
from posts.reports import Reporter, Subject, report
from tests.conftest import make_resident, signed_in
from tests.posts.conftest import judge_called
from tests.posts.factories import YUELU, YUELU_AT, offer
from verification import reach, suspension
from verification.models import Resident

pytestmark = pytest.mark.django_db
RESIDENTS = "/admin/verification/resident/"


@pytest.fixture
def here(db) -> Resident:
    return judge_called("here", 440300, 110000)


@pytest.fixture
def elsewhere(db) -> Resident:
    return judge_called("elsewhere", 430100)


def poster(post, person):
    offer(person)


def caller(post, person):
    contact.reveal(post, person)


def writer(post, person):
    asking = offer(post.resident, reached_by=Reach.MESSAGE, contact_phone="")
    messaging.send(asking, person, "家里两个人发烧", person.phone)


def reporter(post, person):
    report(Subject(post), Reporter(person), ReportReason.SOLD)


def reported(post, person):
    report(Subject(post, person), Reporter(post.resident), ReportReason.HARASSMENT)


@pytest.mark.parametrize("way", [poster, caller, writer, reporter, reported])
def test_whoever_has_to_do_with_the_area_is_found_there_alone(
    post, stranger, here, elsewhere, judge, way
):
    page = f"{RESIDENTS}{stranger.pk}/change/"
    short = str(stranger.pk)[:8]
    assert short not in signed_in(here).get(RESIDENTS).text
    way(post, stranger)
    for who, is_found in ((here, True), (elsewhere, False), (judge, True)):
        browser = signed_in(who)
        for url in (RESIDENTS, f"{RESIDENTS}?q={stranger.pk}", f"{RESIDENTS}?q={stranger.phone}"):
            listed = browser.get(url).context["cl"].result_list
            assert (stranger in listed) == is_found, (who, url)
        for url in (page, f"{RESIDENTS}{stranger.pk}/history/"):
            assert browser.get(url).status_code == (200 if is_found else 302), (who, url)


def test_who_has_posts_in_two_areas_is_found_in_both(resident, here, elsewhere):
    offer(resident)
    offer(resident, code=YUELU, at=YUELU_AT)
    for who in (here, elsewhere):
        assert reach.within(who, Resident.objects.all()).get() == resident


def test_a_moderator_of_areas_finds_no_staff_and_nobody_of_no_area(here, judge, moderator, helper):
    assert not reach.within(here, Resident.objects.all()).exists()
    assert helper in reach.within(judge, Resident.objects.all())


def test_the_first_page_counts_the_people_of_ones_areas(post, resident, helper, here, elsewhere):
    suspension.set_suspended(resident, here, True, suspension.Reason.SPAM)
    for who, number in ((here, 1), (elsewhere, 0)):
        shown = signed_in(who).get("/admin/", headers={"accept-language": "en"}).context
        lengths = {each["name"]: each["length"] for each in [*shown["queues"], *shown["today"]]}
        assert lengths["accounts are suspended"] == number
        assert lengths["new residents"] == number


def test_the_list_asks_no_more_for_more(resident, here, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    browser = signed_in(here)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get(RESIDENTS)
        return len(captured)

    offer(resident)
    queries()
    before = queries()
    for number in range(5):
        offer(make_resident(f"+861390055{number:04d}", 2))
    assert queries() == before


def test_each_way_to_have_to_do_with_an_area_has_an_index_on_the_person(post, here):
    """Else each resident of the list would be a walk through all that ever happened."""
    people = reach.within(here, Resident.objects.filter(date_joined__gte=timezone.now()))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = people.order_by("-date_joined")[:50].explain()
    assert "Seq Scan" not in plan, plan


# --- one module -----------------------------------------------------------------------------------
DECIDES = {"has_perm", "has_perms", "covers", "in_charge", "area_limit", "has_level"}
CLONE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("app", ["posts", "partners"])
def test_no_other_module_decides_who_may_what(app):
    """What a role may do stands in the access.py of its app alone: others call it by what it
    decides."""
    deciding = {
        str(path.relative_to(CLONE))
        for path in (CLONE / app).rglob("*.py")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if {getattr(node, "attr", ""), getattr(node, "id", "")} & DECIDES
    }
    assert deciding == {f"{app}/access.py"}
