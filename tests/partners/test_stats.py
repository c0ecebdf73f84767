"""`/stats/`, its files and the API: the same numbers, at the cost of one row."""

import csv
import io
import json
import random
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from medicines.models import Medicine
from partners.models import CountedPost, PostNumber, PublishedNumbers, VisitorDay
from partners.numbers import counting, drawing, publishing, views
from places.models import Area
from posts import closing, moderation
from posts.models import HiddenFor, Kind, Outcome, Post
from tests.partners import plans
from tests.posts.factories import (
    FUTIAN,
    FUTIAN_AT,
    YUELU,
    YUELU_AT,
    any_of,
    item,
    need,
    offer,
)

pytestmark = pytest.mark.django_db
IN_ENGLISH = {"accept-language": "en"}
SHENZHEN, CHANGSHA = "440300", "430100"


def published() -> dict:
    """What is published after counting, as everybody gets it."""
    call_command("count_numbers", verbosity=0)
    return publishing.latest()


def by(rows: list[dict], column: str) -> dict:
    return {row[column]: row for row in rows}


@pytest.fixture
def many(resident, no_limits) -> list[Post]:
    """Needs: 9 in Shenzhen, 6 in Changsha; offers: 7 in Shenzhen, 2 in Changsha."""
    test = [item("antigen-test", 2)]
    return [
        *(need(resident) for _each in range(5)),
        *(need(resident, code=FUTIAN, at=FUTIAN_AT, items=test) for _each in range(4)),
        *(need(resident, code=YUELU, at=YUELU_AT, items=[any_of("fever")]) for _each in range(6)),
        *(offer(resident) for _each in range(7)),
        *(offer(resident, code=YUELU, at=YUELU_AT) for _each in range(2)),
    ]


# --- the numbers ----------------------------------------------------------------------------------
def test_posts_are_counted_by_kind_city_day_and_medicine(many):
    found = published()
    assert (found["needs"]["published"], found["offers"]["published"]) == (15, 9)
    assert (found["needs"]["open"], found["needs"]["resolved"]) == (15, None)
    cities = by(found["cities"], "area")
    assert (cities[SHENZHEN]["needs"], cities[CHANGSHA]["needs"]) == (9, 6)
    assert cities[SHENZHEN]["name"] == {"zh": "深圳市", "en": "Shenzhen"}
    today = found["days"][0]
    assert today["day"] == timezone.localdate().isoformat()
    assert (today["needs"], today["offers"]) == (15, 9)
    medicines = by(found["medicines"], "medicine")
    assert (medicines["ibuprofen"]["needs"], medicines["ibuprofen"]["offers"]) == (5, 9)
    assert by(found["medicines"], "group")["fever"]["needs"] == 6


def test_small_numbers_and_what_would_betray_them_are_not_told(many):
    found = published()
    cities = by(found["cities"], "area")
    assert (cities[SHENZHEN]["offers"], cities[CHANGSHA]["offers"]) == (None, None)  # 7 and 2 of 9
    assert "antigen-test" not in by(found["medicines"], "medicine")  # 4


def test_what_a_moderator_hid_is_in_no_number_until_it_is_restored(many, moderator):
    for post in many[:3]:
        moderation.hide(post, moderator, HiddenFor.TRADE)
    assert published()["needs"]["published"] == 12
    for post in many[:3]:
        moderation.restore(post, moderator)
    assert published()["needs"]["published"] == 15


def test_the_share_resolved_and_the_median_time(many, resident):
    needs = many[:15]
    for nth, post in enumerate(needs[:6]):
        Post.objects.filter(pk=post.pk).update(
            created_at=timezone.now() - timedelta(hours=2 * nth + 1)
        )
        closing.resolve(post, resident, Outcome.THROUGH_HERE)
    found = published()["needs"]
    assert (found["resolved"], found["open"], found["resolved_percent"]) == (6, 9, 40)
    assert found["hours"] == pytest.approx(5, rel=0.1)  # of 1, 3, 5, 7, 9, 11
    assert found["said"] == {"through_here": 5, "elsewhere": None, "not_needed": None}
    closing.reopen(needs[0], resident)
    closing.reopen(needs[1], resident)
    found = published()["needs"]
    assert (found["published"], found["resolved"], found["hours"]) == (15, None, None)


def test_how_it_ended_counts_when_it_is_told_later(many, resident):
    for post in many[:10]:
        closing.resolve(post, resident)
    assert published()["needs"]["said"]["elsewhere"] is None
    for post in many[:5]:
        closing.tell_outcome(post, resident, Outcome.ELSEWHERE)
    assert published()["needs"]["said"]["elsewhere"] == 5


def test_demo_posts_are_no_numbers_where_it_is_no_demo(many, settings):
    Post.objects.filter(pk__in=[post.pk for post in many[:5]]).update(is_demo=True)
    settings.LOCAL = False
    assert published()["needs"]["published"] == 10


def test_visitors_by_day(db):
    today = timezone.localdate()
    VisitorDay.objects.create(day=today, visitors=1234, views=5000)
    VisitorDay.objects.create(day=today - timedelta(days=1), visitors=3, views=9)
    VisitorDay.objects.create(day=today - timedelta(days=60), visitors=77, views=99)
    days = published()["days"]
    assert [(row["visitors"], row["views"]) for row in days] == [(1234, 5000), (None, 9)]


@pytest.mark.parametrize("seed", range(30))
def test_no_two_published_numbers_differ_by_a_small_one(db, seed):
    """Every sum and difference that somebody would think of, on small random squares."""
    chance = random.Random(seed)
    today = timezone.localdate()
    most = chance.choice([1, 2, 4, 9, 30])
    for kind in Kind:
        for standing in ("open", "resolved", "elsewhere", "expired", "hidden"):
            for city in chance.sample([440300, 430100, 110000, 330100], chance.randint(0, 4)):
                for age in chance.sample(range(4), chance.randint(0, 4)):
                    number = chance.randint(0, most)
                    row = {"kind": kind, "standing": standing, "area_id": city, "number": number}
                    row["day"] = today - timedelta(days=age)
                    PostNumber.objects.create(subject="", **row)
                    PostNumber.objects.create(subject="ibuprofen", **row)
    found = publishing.document()
    sums = {}
    for name in ("needs", "offers"):
        of_kind = found[name]
        shown = [of_kind[part] for part in ("open", "resolved", "ended")]
        sums[name, "standing"] = (of_kind["published"], shown)
        for rows in ("days", "cities"):
            sums[name, rows] = (of_kind["published"], [row[name] for row in found[rows]])
        for row in found["medicines"]:
            sums[name, "medicine"] = (of_kind["published"], [row[name]])
            percent = row[f"{name}_resolved_percent"]
            assert percent is None or of_kind["resolved"] is not None
    ended = [found[name]["resolved"] for name in ("needs", "offers")]
    by_day = [row["resolved"] for row in found["days"]]
    if any(by_day):
        assert None not in ended
        sums["resolved by day"] = (sum(ended), by_day)
    for day in found["days"]:
        if day["resolved"] and day["needs"] is not None and day["offers"] is not None:
            sums[day["day"]] = (day["needs"] + day["offers"], [day["resolved"]])
    for name, (whole, shown) in sums.items():
        assert whole is None or whole >= 5
        told = [number for number in shown if number is not None]
        assert all(number >= 5 for number in told)
        rest = (whole or 0) - sum(told)
        assert rest == 0 or rest >= 5 or not told, (name, whole, shown)


# --- the page -------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_each_picture_has_a_title_a_description_and_a_table(client, many, language):
    published()
    page = client.get("/stats/", headers={"accept-language": language}).text
    pictures = re.findall(r"(?s)<svg class=\"chart\".*?</svg>", page)
    assert len(pictures) == 5  # no city's offers are told
    for picture in pictures:
        root = ElementTree.fromstring(picture)  # noqa: S314 -- ours
        assert root.get("role") == "img"
        texts = {each.get("id"): each.text for each in root if each.tag in ("title", "desc")}
        assert set(root.get("aria-labelledby").split()) == set(texts)
        assert all(text and text.strip() for text in texts.values())
        assert "style=" not in picture
        for each in root.iter():
            for name in ("x", "y", "width", "height"):
                assert float(each.get(name, 0)) >= 0
    assert len(re.findall('<table class="numbers', page)) == 4
    assert "<script" not in page


def test_the_page_says_what_is_published(client, many):
    published()
    page = client.get("/stats/", headers=IN_ENGLISH).text
    rows = re.findall(r"(?s)<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", page)
    cells = {name: re.findall("<td>(.*?)</td>", values) for name, values in rows}
    assert cells["Published"] == ["15", "9"]
    assert cells["Shenzhen"] == ["9", "–", "–"]
    assert cells['Fever <span class="quiet">any of these will do</span>'][0] == "6"


def test_before_anything_is_counted_the_page_is_there(client, db):
    page = client.get("/stats/", headers=IN_ENGLISH)
    assert page.status_code == 200
    assert "Nothing yet." in page.text


def test_the_page_costs_the_same_however_much_is_counted(client, many, resident):
    published()
    client.get("/stats/")
    few = queries(client)
    VisitorDay.objects.create(day=timezone.localdate(), visitors=1234, views=5000)
    for _each in range(6):
        offer(resident, code=YUELU, at=YUELU_AT, items=[item("loratadine", 3)])
    published()
    queries(client)  # makes the page anew, once
    assert queries(client) == few
    assert all("posts_" not in sql and "postnumber" not in sql for sql in few)
    assert len(few) == 1


def queries(client) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        client.get("/stats/")
    return [each["sql"] for each in captured]


def test_the_map_shows_every_province_and_half_discs_in_proportion(many):
    """The left half disc of Changsha has 6/9 of the area of Shenzhen's."""
    found = published()
    drawn = drawing.map_of(found["cities"])
    assert drawn.land.count("M") >= 34
    assert drawn.borders
    shenzhen, changsha = drawn.cities
    assert changsha.left**2 / shenzhen.left**2 == pytest.approx(6 / 9, rel=0.05)
    assert changsha.right == 0
    assert shenzhen.x > changsha.x and shenzhen.y > changsha.y  # to the south-east
    assert len(drawn.land) < 25_000


def test_the_longest_bar_is_the_largest_number(many):
    found = published()
    chart = drawing.top(found["cities"], "needs")
    assert [(bar.number, bar.width) for bar in chart.bars] == [
        (9, drawing.WIDTH),
        (6, round(drawing.WIDTH * 6 / 9, 1)),
    ]
    assert drawing.by_day(found["days"]).most == 15


# --- the files and the API ------------------------------------------------------------------------
def rows_of(client, name: str) -> list[list[str]]:
    response = client.get(f"/stats/{name}.csv")
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="{name}.csv"' in response["Content-Disposition"]
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_tables_as_csv(client, many):
    published()
    (head, today) = rows_of(client, "days")
    assert dict(zip(head, today, strict=True))["求助 needs"] == "15"
    head, *cities = rows_of(client, "cities")
    assert cities[0] == [SHENZHEN, "深圳市", "Shenzhen", "9", ""]
    head, *medicines = rows_of(client, "medicines")
    ibuprofen = next(row for row in medicines if "布洛芬" in row)
    assert ibuprofen[:6] == ["布洛芬", "Ibuprofen", "ibuprofen", "", "5", ""]


@pytest.mark.parametrize("sign", list("=+-@\t\r"))
def test_no_cell_of_a_table_is_a_formula(client, many, sign):
    Medicine.objects.filter(slug="ibuprofen").update(name=f"{sign}cmd|'/c calc'!A1")
    published()
    names = [row[0] for row in rows_of(client, "medicines")]
    assert f"'{sign}cmd|'/c calc'!A1" in names
    assert views.cells([-5, 3.2, None]) == [-5, 3.2, None]


def test_page_file_and_api_have_one_document(client, many):
    found = published()
    assert json.loads(client.get("/stats/numbers.json").content) == found
    answer = client.get("/api/v1/statistics")
    assert answer.json() == found
    assert answer["Cache-Control"] == "public, max-age=300"
    again = client.get("/api/v1/statistics", headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304
    wrong = client.get("/api/v1/statistics?area=440300")
    assert (wrong.status_code, wrong["Content-Type"]) == (400, "application/problem+json")


def test_the_api_document_describes_each_field(client, many):
    found = published()
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert set(schemas["Statistics"]["properties"]) == set(found)
    for name, row in [
        ("KindNumbers", found["needs"]),
        ("DayNumbers", found["days"][0]),
        ("CityNumbers", found["cities"][0]),
        ("MedicineNumbers", found["medicines"][0]),
    ]:
        assert set(schemas[name]["properties"]) == set(row)


def test_nothing_of_a_single_post_is_in_what_is_published(many, client):
    text = json.dumps(published(), ensure_ascii=False)
    for post in many:
        assert str(post.public_id) not in text
        assert post.contact_name not in text
    assert PublishedNumbers.objects.count() == 1
    assert not re.search(r"4403(05|04)|430104", text)  # nor a district


# --- at a million ---------------------------------------------------------------------------------
def test_the_roll_ups_of_many_posts_are_updated_and_read_quickly(many, say):
    """The shape of a busy week: each post of 20,000 in another city, day and medicine."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO partners_postnumber (subject, kind, day, area_id, standing, number)
            SELECT subject, kind, current_date - age, code, 'open', 1 + (code + age) % 40
            FROM (SELECT code FROM places_area WHERE level = 2) AS city,
                 generate_series(0, 59) AS age, generate_series(1, 2) AS kind,
                 unnest(ARRAY['', 'ibuprofen', 'paracetamol', 'antigen-test', 'loratadine'])
                     AS subject
            ON CONFLICT DO NOTHING
            """
        )
        rows = cursor.rowcount
    start = timezone.now()
    publishing.publish()
    took = (timezone.now() - start).total_seconds()
    say(f"statistics: {rows} rows of roll-ups published in {1000 * took:.0f} ms")
    assert took < 10
    assert CountedPost.objects.count() == 0
    assert PostNumber.objects.filter(subject="").count() > 30_000
    assert len(publishing.latest()["cities"]) > 300
    assert counting.count() == len(many)


def test_the_queries_of_publishing_are_as_many_as_ever(many):
    call_command("count_numbers", verbosity=0)
    with CaptureQueriesContext(connection) as few:
        publishing.document()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO partners_postnumber (subject, kind, day, area_id, standing, number) "
            "SELECT '', 1, current_date - 3, code, 'open', 9 FROM places_area WHERE level = 2"
        )
    Area.objects.forget_known()
    with CaptureQueriesContext(connection) as more:
        publishing.document()
    assert len(more) == len(few) < 12


def test_plans_are_shown(client, many):
    """The one question of the page is by primary key."""
    published()
    (sql,) = [each for each in queries(client) if "publishednumbers" in each]
    assert "Index" in plans.plan(sql)
