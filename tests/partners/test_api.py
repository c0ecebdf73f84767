"""The read API: the square as data, and nothing that the square does not show."""

import html
import json
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medicines.cautions import PersonKind
from partners.api import api, docs, limits, texts
from places.models import Area
from places.visitor import VisitorPlace, remember_place
from posts import closing, contact, erasing, moderation
from posts.models import GonePost, HiddenFor, Post
from safety.quotas import Quota
from tests.posts.factories import (
    FUTIAN,
    NANSHAN,
    NANSHAN_AT,
    YUELU,
    YUELU_AT,
    any_of,
    item,
    need,
    offer,
)

pytestmark = pytest.mark.django_db
NEXT = re.compile(r'after=([^"&]+)"')
POSTS, CHANGES = "/api/v1/posts", "/api/v1/changes"


@pytest.fixture(autouse=True)
def no_limit(no_limits, monkeypatch):
    many = Quota("test api", 100_000, timedelta(minutes=1))
    monkeypatch.setattr(limits, "PER_ADDRESS", many)


def ids(answer) -> list[str]:
    return [each["id"] for each in answer.json()["posts"]]


def test_a_post_says_what_its_card_says(client, resident):
    post = need(resident, items=[item("ibuprofen", 4), any_of("fever")], note="老人发烧两天")
    [document] = client.get(POSTS, {"kind": "need"}).json()["posts"]
    assert document["id"] == str(post.public_id)
    assert document["url"].endswith(f"/posts/{post.public_id}/")
    assert [each["medicine"] for each in document["items"]] == ["ibuprofen", None]
    assert document["items"][0]["name"] == {"zh": "布洛芬", "en": "Ibuprofen"}
    assert (document["items"][0]["amount"], document["items"][1]["group"]) == (4, "fever")
    assert document["area"]["full_name"]["zh"] == "广东省深圳市南山区"
    assert document["note"] == "老人发烧两天"
    assert document["people"] == 2
    assert document["handover"] == {"courier": "receiver", "pickup": False, "mail": False}
    assert document["place"]["precision"] == "cell"


def test_no_answer_holds_a_contact_or_who_the_poster_is(client, resident):
    post = offer(
        resident,
        contact_phone="+8613712345678",
        contact_wechat="liu_wechat",
        contact_name="刘大姐",
        landmark="南门岗亭",
    )
    since = client.get(CHANGES).json()["next"]
    Post.objects.filter(pk=post.pk).update(in_hand=True)
    answers = [
        client.get(POSTS),
        client.get(POSTS, {"format": "geojson"}),
        client.get(f"{POSTS}/{post.public_id}"),
        client.get(CHANGES, {"since": since}),
    ]
    for answer in answers:
        text = answer.content.decode()
        assert str(post.public_id) in text
        for secret in ("13712345678", "liu_wechat", "刘大姐", "南门岗亭", resident.phone):
            assert secret not in text


def test_the_place_is_the_centre_of_the_cell(client, resident):
    offer(resident)
    [document] = client.get(POSTS).json()["posts"]
    post = Post.objects.get()
    assert document["place"]["lat"] == pytest.approx(post.point.y, abs=1e-4)
    assert document["place"]["lng"] == pytest.approx(post.point.x, abs=1e-4)


def test_geojson_holds_the_same_posts_as_points(client, resident):
    offer(resident)
    offer(resident, code=YUELU, at=YUELU_AT)
    answer = client.get(POSTS, {"format": "geojson", "sort": "distance", "near": NANSHAN})
    assert answer["Content-Type"] == "application/geo+json"
    document = answer.json()
    plain = client.get(POSTS, {"sort": "distance", "near": NANSHAN}).json()
    assert [each["properties"] for each in document["features"]] == plain["posts"]
    lng, lat = document["features"][0]["geometry"]["coordinates"]
    assert (lat, lng) == pytest.approx(NANSHAN_AT, abs=0.01)
    assert plain["posts"][0]["metres"] < 10_000 < plain["posts"][1]["metres"]


filters = st.fixed_dictionaries(
    {"kind": st.sampled_from(["need", "offer"])},
    optional={
        "medicine": st.sampled_from(["ibuprofen", "paracetamol", "antigen-test"]),
        "area": st.sampled_from(["440000", "440300", "440305", "430104"]),
        "whom": st.sampled_from(list(PersonKind.values)),
        "sort": st.sampled_from(["time", "distance"]),
    },
)


def walk(get, shown, after):
    """All posts of all pages, in their order."""
    found, cursor = [], None
    while True:
        answer = get({"after": cursor} if cursor else {})
        assert answer.status_code == 200, answer.content.decode()[:300]
        found += shown(answer)
        cursor = after(answer)
        if not cursor:
            return found


def test_api_and_page_give_the_same_posts_in_the_same_order(busy):
    page, api = Client(), Client()
    response = HttpResponse()
    remember_place(response, VisitorPlace(Area.objects.get(pk=FUTIAN)))
    page.cookies = response.cookies
    lengths = set()

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(filters)
    def same(query):
        if query["kind"] == "offer":
            query.pop("whom", None)
        on_page = walk(
            lambda more: page.get("/", {**query, **more}),
            lambda answer: re.findall(r'href="/posts/([0-9a-f-]{36})/"', answer.content.decode()),
            lambda answer: unquote(next(iter(NEXT.findall(answer.content.decode())), "")),
        )
        in_api = walk(
            lambda more: api.get(POSTS, {**query, **more, "near": FUTIAN}),
            ids,
            lambda answer: answer.json()["next"],
        )
        assert in_api == on_page
        lengths.add(len(in_api))

    same()
    assert max(lengths) > 20  # more than one page was walked


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"kind": "both"}, "kind"),
        ({"medicine": "aspirin-xyz"}, "medicine"),
        ({"medicine": "\0"}, "medicine"),
        ({"area": "999999"}, "area"),
        ({"area": "Shenzhen"}, "area"),
        ({"whom": "pregnant"}, "whom"),
        ({"kind": "need", "whom": "dragons"}, "whom"),
        ({"sort": "price"}, "sort"),
        ({"sort": "distance"}, "near"),
        ({"near": "1"}, "near"),
        ({"cell": "nowhere"}, "cell"),
        ({"after": "gAAAA"}, "after"),
        ({"medicin": "ibuprofen"}, "medicin"),
        ({"lat": "22.5", "lng": "113.9"}, "lat"),
    ],
)
def test_what_is_not_understood_is_a_problem_that_names_the_parameter(client, query, word):
    answer = client.get(POSTS, query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == 400
    assert document["title"] == "Bad Request"
    assert word in document["detail"]


def test_problems_speak_the_readers_language(client):
    english = client.get(POSTS, {"sort": "distance"}, headers={"accept-language": "en"}).json()
    assert "wants" in english["detail"]
    assert "要有" in client.get(POSTS, {"sort": "distance"}).json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v1/nothing", 404),
        ("get", f"{POSTS}/11111111-1111-4111-8111-111111111111", 404),
        ("get", f"{POSTS}/not-an-id", 404),
        ("get", "/api/v1/areas/123", 404),
        ("delete", POSTS, 405),
        ("post", "/api/v1/areas/at", 400),
    ],
)
def test_every_error_is_a_problem(client, method, path, status):
    answer = getattr(client, method)(path)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer["Content-Length"] == str(len(answer.content))
    assert answer.json()["status"] == status
    assert answer["Cache-Control"] == "no-store"


def test_a_mistake_of_ours_is_a_problem_too(monkeypatch):
    monkeypatch.setattr("partners.api.posts.square.page", lambda *_: 1 / 0)
    answer = Client(raise_request_exception=False).get(POSTS)
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert b"ZeroDivision" not in answer.content


def test_a_closed_post_is_gone_and_a_hidden_one_was_never_there(client, resident, moderator):
    post = offer(resident)
    assert client.get(f"{POSTS}/{post.public_id}").status_code == 200
    closing.resolve(post, resident, "through-here")
    assert client.get(f"{POSTS}/{post.public_id}").status_code == 410
    hidden = offer(resident)
    moderation.hide(hidden, moderator, HiddenFor.TRADE)
    assert client.get(f"{POSTS}/{hidden.public_id}").status_code == 404
    assert ids(client.get(POSTS)) == []


def test_answers_can_be_kept_for_two_seconds_and_asked_for_by_tag(client, resident):
    offer(resident)
    answer = client.get(POSTS)
    assert answer["Cache-Control"] == "public, max-age=2"
    again = client.get(POSTS, headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(POSTS).status_code == 200
    assert "Cookie" not in answer.get("Vary", "")
    assert not answer.cookies


def test_pages_of_other_sites_may_read_it_without_cookies(client):
    answer = client.get(POSTS, headers={"origin": "https://news.example.org"})
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer
    asked = {"origin": "https://news.example.org", "access-control-request-method": "POST"}
    allowed = client.options("/api/v1/areas/at", headers=asked)
    assert allowed.status_code == 200
    assert "POST" in allowed["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Origin" not in client.get("/", headers={"origin": "https://x.org"})


def test_an_address_has_a_limit_and_is_told_of_it(client, monkeypatch):
    monkeypatch.setattr(limits, "PER_ADDRESS", Quota("test few", 3, timedelta(minutes=1)))
    answers = [client.get("/api/v1/medicines") for _each in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert [each["RateLimit"] for each in answers] == [
        f'"address";r={left};t=60' for left in (2, 1, 0, 0)
    ]
    assert answers[0]["RateLimit-Policy"] == '"address";q=3;w=60'
    assert answers[3].json()["status"] == 429
    assert 1 <= int(answers[3]["Retry-After"]) <= 60


def test_where_only_people_signed_in_may_read_the_api_is_closed_too(client, resident, settings):
    settings.LEVEL_TO_READ = "phone"
    post = offer(resident)
    for path in (POSTS, f"{POSTS}/{post.public_id}", CHANGES):
        assert client.get(path).status_code == 403
    assert client.get("/api/v1/medicines").status_code == 200


def test_areas_are_found_by_code_name_parent_and_point(client):
    def get(**query):
        return [each["code"] for each in client.get("/api/v1/areas", query).json()["areas"]]

    assert "440305" in get(q="南山")
    assert "440305" in get(q="shenzhen nanshan")
    assert len(get()) == 34
    assert "440305" in get(parent="440300")
    assert client.get("/api/v1/areas/440305").json()["parent"] == "440300"
    lat, lng = NANSHAN_AT
    body = {"lat": lat, "lng": lng}
    at = client.post("/api/v1/areas/at", body, content_type="application/json")
    assert at.json()["code"] == "440305"
    abroad = client.post(
        "/api/v1/areas/at", {"lat": 35.68, "lng": 139.76}, content_type="application/json"
    )
    assert abroad.status_code == 404


@pytest.mark.parametrize("lat", ["NaN", "1e999", "91", '"x"', "null", "[1]"])
def test_a_point_that_is_none_is_a_problem(client, lat):
    body = f'{{"lat": {lat}, "lng": 113.9}}'
    answer = client.post("/api/v1/areas/at", body, content_type="application/json")
    assert answer.status_code == 400


def test_lists_cost_a_fixed_number_of_queries(client, resident, django_assert_num_queries):
    Client().get(POSTS)
    for number in (2, 20):
        for _each in range(number):
            offer(resident, items=[item("ibuprofen", 4), item("antigen-test", 2)])
        with django_assert_num_queries(5):  # the limit, the listing, posts, items, medicines
            client.get(POSTS)


# --- changes --------------------------------------------------------------------------------------
def changes_since(client, since):
    answer = client.get(CHANGES, {"since": since}).json()
    return [(each["id"], each["state"]) for each in answer["changes"]], answer


def test_a_mirror_hears_of_each_opening_change_and_end(client, resident, moderator):
    since = client.get(CHANGES).json()["next"]
    post, other = offer(resident), offer(resident)
    heard, answer = changes_since(client, since)
    assert heard == [(str(post.public_id), "open"), (str(other.public_id), "open")]
    assert answer["changes"][0]["post"] == client.get(f"{POSTS}/{post.public_id}").json()

    closing.set_amount_left(post, resident, post.items.get().pk, 3)
    heard, answer = changes_since(client, answer["next"])
    assert heard == [(str(post.public_id), "open")]
    assert answer["changes"][0]["post"]["items"][0]["amount"] == 3

    closing.resolve(post, resident, "through-here")
    moderation.hide(other, moderator, HiddenFor.TRADE)
    heard, answer = changes_since(client, answer["next"])
    assert heard == [(str(post.public_id), "closed"), (str(other.public_id), "closed")]
    assert answer["changes"][0]["post"] is None
    assert changes_since(client, answer["next"])[0] == []


def test_a_mirror_hears_of_an_open_post_that_went_with_its_account(client, resident, helper):
    post, other = offer(resident), offer(helper)
    since = client.get(CHANGES).json()["next"]
    closing.set_amount_left(other, helper, other.items.get().pk, 3)
    erasing.leave(resident)
    heard, answer = changes_since(client, since)
    assert heard == [(str(other.public_id), "open"), (str(post.public_id), "closed")]
    assert answer["changes"][1]["post"] is None
    assert changes_since(client, answer["next"])[0] == []


def test_what_tells_of_deleted_posts_is_kept_as_long_as_a_post(client, resident, settings):
    offer(resident)
    closed = offer(resident)
    closing.resolve(closed, resident)
    erasing.leave(resident)
    assert GonePost.objects.count() == 1, "a resolved one was told of before"
    assert erasing.forget_gone_posts() == 0
    GonePost.objects.update(changed_at=timezone.now() - settings.POSTS_KEPT - timedelta(days=1))
    assert erasing.forget_gone_posts() == 1


def test_what_the_public_cannot_see_is_no_change(client, resident, helper):
    post = offer(resident)
    since = client.get(CHANGES).json()["next"]
    contact.reveal(post, helper)
    Post.objects.filter(pk=post.pk).update(
        doubted_at=timezone.now(), asked_at=timezone.now(), contact_name="刘"
    )
    assert changes_since(client, since)[0] == []


def test_many_changes_come_in_parts(client, resident, monkeypatch):
    monkeypatch.setattr("partners.api.changes.MOST", 2)
    since = client.get(CHANGES).json()["next"]
    made = [str(offer(resident).public_id) for _each in range(5)]
    heard, parts = [], 0
    while True:
        some, answer = changes_since(client, since)
        heard, since, parts = heard + some, answer["next"], parts + 1
        if not answer["more"]:
            break
    assert [each for each, _state in heard] == made
    assert parts == 3


def test_a_foreign_moment_is_a_problem(client):
    for since in ("yesterday", "gAAAA", "0"):
        assert client.get(CHANGES, {"since": since}).status_code == 400


def test_the_documentation_names_every_path(client):
    schema = client.get("/api/v1/openapi.json").json()
    page = client.get("/api/v1/docs/").content.decode()
    for path in schema["paths"]:
        assert path in page
    assert "application/problem+json" in json.dumps(schema)


def test_no_number_of_a_row_is_in_any_answer(client, resident):
    post = offer(resident)
    Post.objects.filter(pk=post.pk).update(in_hand=True)
    text = client.get(POSTS).content + client.get(CHANGES).content
    assert f'"{post.pk}"'.encode() not in text
    assert b"resident" not in text


def said_in(schema: dict) -> set[str]:
    """Every text of the OpenAPI document that the page of the documentation shows."""
    texts = [schema["info"]["description"]]
    for methods in schema["paths"].values():
        for operation in methods.values():
            texts += [operation["summary"], operation.get("description", "")]
            texts += [each["schema"].get("description", "") for each in operation["parameters"]]
    for document in schema["components"]["schemas"].values():
        texts.append(document.get("description", ""))
        texts += [each.get("description", "") for each in document.get("properties", {}).values()]
    with translation.override("en"):
        return {part for text in texts for part in docs.paragraphs(text)}


def test_the_documentation_speaks_the_readers_language_and_the_document_english(client):
    said = said_in(api.get_openapi_schema())
    assert said == set(texts.TEXTS), "partners/api/texts.py holds what the document says"
    page = html.unescape(client.get("/api/v1/docs/").content.decode())
    english = client.get("/api/v1/docs/", headers={"accept-language": "en"})
    english_page = html.unescape(english.content.decode())
    for each in said:
        with translation.override("zh-hans"):
            chinese = translation.gettext(each)
        assert chinese in page and each not in page, each
        assert each in english_page
    document = client.get("/api/v1/openapi.json", headers={"accept-language": "zh-CN"}).text
    assert "Open posts, 20 at a time" in document
