"""Search as people type: 汉字, pinyin, initials, and with errors."""

import pytest

from places.models import Area

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("福田", 440304),
        ("福田区", 440304),
        ("深圳", 440300),
        ("广东", 440000),
        ("内蒙古", 150000),
        ("香港", 810000),
        ("东莞", 441900),
        ("石河子", 659001),
        ("单县", 371722),
        ("futian", 440304),
        ("Futian", 440304),
        ("FuTian Qu", 440304),
        ("shenzhen", 440300),
        ("harbin", 230100),
        ("hong kong", 810000),
        ("Xi'an", 610100),
        ("lvliang", 141100),
        ("lüliang", 141100),
        ("luliang", 141100),
        # the parents first, with and without their last letters
        ("深圳南山", 440305),
        ("广东省深圳市南山区", 440305),
        ("广东南山", 440305),
        ("北京朝阳", 110105),
        ("shenzhen nanshan", 440305),
        ("Nanshan, Shenzhen", 440305),
        # names that pypinyin misreads, and how else people read them
        ("changzhi", 140400),
        ("xunxian", 410621),
        ("shanxian", 371722),
        ("pidu", 510117),
        ("hongtong", 141024),
        ("hongdong", 141024),
        ("fanshi", 140924),
        ("aletai", 654300),
        ("daicheng", 131025),
        ("dacheng", 131025),
        ("luohe", 411100),
        ("minhang", 310112),
        ("hunchun", 222404),
        # typing errors
        ("futain", 440304),
        ("hanzghou", 330100),
        ("shanghia", 310000),
        ("hangzuo", 330100),
        ("guangzhuo", 440100),
    ],
)
def test_the_first_answer_is_the_place_that_was_meant(typed, first):
    found = Area.objects.search(typed)
    assert found[0].code == first, [each.full_name for each in found]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("ns", 440305),
        ("sz", 440300),
        ("luhe", 320116),
        ("liuhe", 320116),
        ("chaoyang", 211324),
        ("福甜", 440304),
        ("深训", 440300),
        ("南山", 440305),
    ],
)
def test_the_place_that_was_meant_is_among_the_answers(typed, code):
    assert code in [each.code for each in Area.objects.search(typed)]


@pytest.mark.parametrize("typed", ["", " ", "!!", "12", "%", "_", "\0", "'", "🙂", "قق"])
def test_text_that_is_no_name_finds_nothing(typed):
    assert Area.objects.search(typed) == []


def test_signs_of_a_pattern_are_no_pattern():
    assert Area.objects.search(".*") == Area.objects.search("|") == []


def test_guesses_stay_away_where_the_name_is_known():
    assert {each.name for each in Area.objects.search("鼓楼区")} == {"鼓楼区"}
    assert {each.name for each in Area.objects.search("nanshan")} == {"南山区"}


def test_only_the_beginning_of_a_very_long_text_counts():
    assert Area.objects.search("深圳" * 5000)[0].code == 440300


def test_the_limit_is_kept_and_one_query_finds_a_name(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert len(Area.objects.search("x", limit=4)) == 4
