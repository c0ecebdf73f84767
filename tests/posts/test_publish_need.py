"""我需要药, page by page: it works, it asks for sign-in, it refuses bad input and loses nothing."""

import pytest

from places import grid
from places.models import Boundary
from posts.models import Draft, Kind, Post
from tests.conftest import signed_in
from tests.posts.factories import NANSHAN, NANSHAN_AT, YUELU, offer

pytestmark = pytest.mark.django_db

DETAILS = {
    "medicine": ["ibuprofen"], "ibuprofen-amount": "4", "ibuprofen-unit": "tablet",
    "people": "2", "whom": ["over_65"], "youngest": "", "youngest_unit": "years",
    "fever_days": "1", "note": "谢谢好心人", "go": "1",
}  # fmt: skip
PLACE = {"province": "440000", "city": "440300", "district": str(NANSHAN), "go": "1"}
NOWHERE = {"province": "", "city": "", "district": "", "go": "1"}
CONTACT = {
    "name": "刘女士", "phone": "138 0013 8001", "wechat": "", "handover": ["courier"],
    "courier_payer": "receiver", "go": "1",
}  # fmt: skip
REACH = PLACE | CONTACT


def details(**changed) -> dict:
    return {**DETAILS, **changed}


def fill_in(client, **changed):
    """All steps up to the check page."""
    client.post("/need/details/", {**DETAILS, **changed.get("details", {})})
    reached = {**REACH, **changed.get("place", {}), **changed.get("contact", {})}
    return client.post("/need/reach/", reached, follow=True)


def words(response) -> str:
    return response.content.decode()


def test_it_works_from_the_first_page_to_the_square(as_resident, resident, client):
    assert "布洛芬" in words(as_resident.get("/need/"))
    check = fill_in(as_resident)
    for said in ("布洛芬", "2人", "65岁以上", "南山区", "谢谢好心人", "刘女士", "138 0013 8001"):
        assert said in words(check)
    published = as_resident.post("/need/check/", follow=True)
    assert "已经发到广场上了" in words(published)
    post = Post.objects.get()
    assert (post.kind, post.resident, post.area_id) == (Kind.NEED, resident, NANSHAN)
    assert "谢谢好心人" in words(client.get("/?kind=need"))
    assert not Draft.objects.exists()


def test_first_it_shows_who_has_the_medicine_nearby(client, resident):
    near = offer(resident)
    page = words(client.get("/need/?medicine=ibuprofen"))
    assert near.get_absolute_url() in page
    assert "发求助" in page


def test_who_signs_in_on_the_way_comes_back_to_everything(client, resident):
    assert client.post("/need/details/", DETAILS)["Location"] == "/need/reach/"
    client.force_login(resident)
    assert client.post("/need/reach/", REACH)["Location"] == "/need/check/"
    assert "谢谢好心人" in words(client.get("/need/check/"))


def test_the_real_name_check_comes_last_and_comes_back(as_helper):
    check = fill_in(as_helper, contact={"phone": "13800138002"})
    assert "实名认证" in words(check)
    response = as_helper.post("/need/check/")
    assert response["Location"].startswith("/real-name/?next=")
    assert not Post.objects.exists()
    assert "谢谢好心人" in words(as_helper.get("/need/check/"))


def test_another_contact_number_has_to_be_proven(as_resident):
    fill_in(as_resident, contact={"phone": "13900139000"})
    response = as_resident.post("/need/check/")
    assert response["Location"] == "/phone/prove/"
    assert not Post.objects.exists()


def test_a_draft_is_nobody_elses(as_resident, stranger):
    fill_in(as_resident)
    other = signed_in(stranger)
    other.cookies["draft-need"] = as_resident.cookies["draft-need"].value
    assert other.get("/need/check/")["Location"] == "/need/"
    assert other.post("/need/check/")["Location"] == "/need/"
    assert not Post.objects.exists()


def test_a_forged_draft_cookie_is_no_draft(as_resident):
    fill_in(as_resident)
    as_resident.cookies["draft-need"] = str(Draft.objects.get().pk)
    assert as_resident.get("/need/check/")["Location"] == "/need/"


def test_a_second_tap_on_publish_shows_the_same_post(as_resident):
    fill_in(as_resident)
    cookie = as_resident.cookies["draft-need"].value
    first = as_resident.post("/need/check/")
    as_resident.cookies["draft-need"] = cookie
    second = as_resident.post("/need/check/")
    assert first["Location"] == second["Location"]
    assert Post.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"ibuprofen-amount": ""}, "布洛芬：请填数量"),
        ({"ibuprofen-amount": "0"}, "大于"),
        ({"ibuprofen-amount": "1000"}, "小于"),
        ({"ibuprofen-amount": "four"}, "整数"),
        ({"ibuprofen-unit": "barrel"}, "barrel"),
        ({"people": "21"}, "小于"),
        ({"whom": []}, "请选择给谁用"),
        ({"whom": ["child"], "youngest": ""}, "年龄"),
        ({"whom": ["child"], "youngest": "40", "youngest_unit": "years"}, "18岁"),
        ({"note": "电话13800138000"}, "请去掉电话号码"),
        ({"note": "微信 liu_123456"}, "请去掉微信号"),
        ({"note": "11010519491231002X"}, "请去掉证件号码"),
    ],
)
def test_bad_details_get_a_sentence_and_nothing_typed_is_lost(client, changed, sentence):
    response = client.post("/need/details/", details(**changed))
    page = words(response)
    assert response.status_code == 422
    assert sentence in page
    assert "<title>错误" in page
    kept = changed.get("note", "谢谢好心人")
    assert kept in page
    assert kept in words(client.get("/need/details/"))


@pytest.mark.parametrize("place", [{}, {"province": "440000"}, {"province": "999999"}])
def test_a_place_that_is_not_a_district_gets_a_sentence(client, place):
    client.post("/need/details/", DETAILS)
    response = client.post("/need/reach/", {**CONTACT, **place, "landmark": "南门", "go": "1"})
    assert response.status_code == 422
    assert "error-summary" in words(response)
    assert "南门" in words(response)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "请填怎么称呼您"),
        ({"name": "13800138000"}, "请去掉电话号码"),
        ({"phone": "12345"}, "电话"),
        ({"phone": ""}, "手机号"),
        ({"wechat": "刘"}, "微信号是"),
        ({"handover": []}, "请至少选一种"),
    ],
)
def test_a_bad_contact_gets_a_sentence_and_nothing_typed_is_lost(as_resident, changed, sentence):
    response = fill_in(as_resident, contact={"wechat": "liu_123456", **changed})
    assert response.status_code == 422
    assert sentence in words(response)
    if "wechat" not in changed:
        assert "liu_123456" in words(response)


def test_disinfectant_alcohol_is_for_pick_up_only(as_resident):
    alcohol = {
        "medicine": ["disinfectant-alcohol"], "disinfectant-alcohol-amount": "1",
        "disinfectant-alcohol-unit": "bottle",
    }  # fmt: skip
    response = fill_in(as_resident, details=alcohol)
    assert response.status_code == 422
    assert "只选自取" in words(response)
    assert (
        fill_in(as_resident, details=alcohol, contact={"handover": ["pickup"]}).status_code == 200
    )


def test_a_caution_warns_and_lets_people_go_on(as_resident):
    check = fill_in(as_resident, details={"whom": ["pregnant"]})
    assert "孕妇禁用布洛芬" in words(check)
    assert "可以继续" in words(check)
    as_resident.post("/need/check/")
    assert Post.objects.count() == 1


def test_a_baby_under_three_months_with_fever_belongs_in_hospital(as_resident):
    baby = {"whom": ["infant"], "youngest": "2", "youngest_unit": "months"}
    assert "马上去医院" in words(fill_in(as_resident, details=baby)).split("请核对")[2]


def test_the_cap_is_said_on_the_check_page(as_resident):
    check = fill_in(as_resident, details={"ibuprofen-amount": "900", "people": "1"})
    assert check.status_code == 200
    response = as_resident.post("/need/check/")
    assert response.status_code == 422
    assert "留一些给别人" in words(response)
    assert not Post.objects.exists()


@pytest.mark.parametrize("slug", ["paxlovid", "dextromethorphan", "aspirin", "any:nothing", "\0"])
def test_a_medicine_that_is_not_listed_cannot_be_asked_for(client, slug):
    assert client.get("/need/", {"medicine": slug}).status_code == 400
    response = client.post("/need/details/", details(medicine=[slug]))
    assert response["Location"] == "/need/"


def test_a_step_without_the_one_before_leads_to_the_beginning(as_resident):
    for step in ("reach", "check"):
        assert as_resident.get(f"/need/{step}/")["Location"] == "/need/"
    assert as_resident.get("/need/details/")["Location"] == "/need/"


def test_an_edited_post_keeps_its_age_and_shows_the_change(as_resident):
    fill_in(as_resident)
    as_resident.post("/need/check/")
    before = Post.objects.get()
    response = as_resident.post(f"/posts/{before.public_id}/edit/", follow=True)
    assert "谢谢好心人" in words(response)
    as_resident.post("/need/details/", details(note="只要四粒"))
    as_resident.post("/need/check/")
    after = Post.objects.get()
    assert (after.public_id, after.created_at) == (before.public_id, before.created_at)
    assert after.note == "只要四粒"


def test_a_place_far_from_the_poster_is_the_posts_place(as_resident):
    fill_in(as_resident, place={"province": "430000", "city": "430100", "district": str(YUELU)})
    as_resident.post("/need/check/")
    assert Post.objects.get().area_id == YUELU


@pytest.mark.parametrize("url", ["/need/", "/offer/"])
def test_the_first_page_costs_a_fixed_number_of_queries(client, url, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        client.get(url)


def test_a_position_alone_is_enough_and_its_district_is_found(as_resident):
    cell = grid.snap(*NANSHAN_AT)
    check = fill_in(as_resident, place={**NOWHERE, "row": cell.row, "column": cell.column})
    assert "南山区" in words(check)
    as_resident.post("/need/check/")
    post = Post.objects.get()
    assert (post.area_id, post.by_area) == (NANSHAN, False)


def test_without_boundaries_people_choose_the_area_and_all_works(as_resident):
    Boundary.objects.all().delete()
    cell = grid.snap(*NANSHAN_AT)
    as_resident.post("/need/details/", DETAILS)
    position = {**CONTACT, **NOWHERE, "row": cell.row, "column": cell.column}
    assert as_resident.post("/need/reach/", position).status_code == 422
    fill_in(as_resident)
    as_resident.post("/need/check/")
    assert Post.objects.get().area_id == NANSHAN
