"""Finding a medicine by what people type, and the search page."""

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medicines.matching import edits, normal
from medicines.models import BlockedName, Medicine

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def listed(text: str) -> list[str]:
    return [row.slug for row in Medicine.objects.search(text).listed]


def refused(text: str) -> list[str]:
    return [row.name for row in Medicine.objects.search(text).refused]


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("布洛芬", "ibuprofen"),
        ("布洛", "ibuprofen"),
        ("布洛芬片", "ibuprofen"),
        ("布落芬", "ibuprofen"),
        ("芬必得", "ibuprofen"),
        ("美林", "ibuprofen"),
        ("Ibuprofen", "ibuprofen"),
        ("ibuprofin", "ibuprofen"),
        ("IBUPROFEN 200 mg", "ibuprofen"),
        ("buluofen", "ibuprofen"),
        ("buluofeng", "ibuprofen"),
        ("blf", "ibuprofen"),
        ("对乙酰胺基酚", "paracetamol"),
        ("泰诺林", "paracetamol"),
        ("acetaminophen", "paracetamol"),
        ("莲花清瘟", "lianhua-qingwen"),
        ("lianhua-qingwen", "lianhua-qingwen"),
        ("N95", "n95-mask"),
        ("n 95", "n95-mask"),
        ("Ｎ９５", "n95-mask"),
        ("抗原", "antigen-test"),
        ("kangyuan", "antigen-test"),
        ("扑尔敏", "chlorphenamine"),
        ("体温计", "thermometer"),
    ],
)
def test_it_is_found(text, slug):
    assert listed(text)[0] == slug


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("阿莫西林", "阿莫西林"),
        ("阿莫西林胶囊", "阿莫西林"),
        ("amoxicilin", "阿莫西林"),
        ("头孢克肟", "头孢"),
        ("Paxlovid", "奈玛特韦/利托那韦"),
        ("阿兹夫定", "阿兹夫定"),
        ("莫诺拉韦", "莫诺拉韦"),
        ("奥司他韦", "奥司他韦"),
        ("阿奇霉素", "阿奇霉素"),
        ("左氧氟沙星", "左氧氟沙星"),
        ("甘草片", "甘草片"),
        ("伪麻黄碱", "伪麻黄碱"),
        ("可待因", "可待因"),
        ("地塞米松", "地塞米松"),
        ("泼尼松", "泼尼松"),
        ("安眠药", "安眠药"),
        ("曲马多", "强效止痛药"),
        ("胰岛素", "胰岛素"),
        ("insulin", "胰岛素"),
        ("降压药", "降压药"),
        ("万托林", "哮喘喷雾"),
        ("优甲乐", "甲状腺药"),
        ("福尔可定", "福尔可定"),
        ("右美沙芬", "右美沙芬"),
        ("阿司匹林", "阿司匹林"),
    ],
)
def test_a_blocked_name_says_why_it_is_not_here(text, name):
    assert name in refused(text)
    assert not listed(text)
    assert all(row.why for row in Medicine.objects.search(text).refused)


def test_a_name_that_is_switched_off_is_not_refused():
    BlockedName.objects.filter(name="胰岛素").update(is_active=False)
    assert not refused("胰岛素")


@pytest.mark.parametrize("text", ["", " ", "\x00", "!!", "zzzzzz", "自行车"])
def test_nothing_is_found_for_what_is_no_medicine(text):
    assert not Medicine.objects.search(text)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=120))
def test_any_text_can_be_typed(client, text):
    result = Medicine.objects.search(text)
    assert all(row.is_listed for row in result.listed)
    assert client.get(reverse("medicines:search"), {"q": text}).status_code == 200


@given(st.text(max_size=8), st.text(max_size=8))
def test_edits_are_a_distance(one, other):
    assert edits(one, one) == 0
    assert edits(one, other) == edits(other, one) <= max(len(one), len(other))


def test_neighbours_swapped_are_one_slip():
    assert edits(normal("ibuporfen"), "ibuprofen") == 1


def test_searching_asks_two_queries(django_assert_num_queries):
    with django_assert_num_queries(2):
        Medicine.objects.search("布洛芬")


def test_the_page_shows_results_with_links_to_the_medicine(client):
    response = client.get(reverse("medicines:search"), {"q": "布洛芬"})
    assert response.status_code == 200
    assert 'href="/medicines/ibuprofen/"' in response.text
    assert "<html" in response.text


def test_htmx_gets_only_the_results(client):
    response = client.get(reverse("medicines:search"), {"q": "布洛芬"}, headers=HTMX)
    assert "<html" not in response.text
    assert 'href="/medicines/ibuprofen/"' in response.text
    assert "HX-Request" in response["Vary"]


def test_a_result_adds_to_what_the_host_page_has_ticked(client):
    query = {"q": "布洛芬", "target": "/need/", "medicine": ["antigen-test", "any:fever"]}
    response = client.get(reverse("medicines:search"), query, headers=HTMX)
    ticked = "medicine=antigen-test&amp;medicine=any%3Afever&amp;medicine=ibuprofen"
    assert f'href="/need/?{ticked}"' in response.text


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/x\\y/", "javascript:1"]
)
def test_results_lead_to_no_other_site(client, target):
    response = client.get(reverse("medicines:search"), {"q": "布洛芬", "target": target})
    assert "evil" not in response.text
    assert 'href="/medicines/ibuprofen/"' in response.text


def test_a_refused_name_says_why_on_the_page(client):
    response = client.get(reverse("medicines:search"), {"q": "胰岛素"})
    assert BlockedName.objects.get(name="胰岛素").reason in response.text


def test_what_is_typed_is_shown_as_text(client):
    response = client.get(reverse("medicines:search"), {"q": "<script>alert(1)</script>"})
    assert "<script>alert" not in response.text


def test_it_is_for_reading_only(client):
    assert client.post(reverse("medicines:search")).status_code == 405
