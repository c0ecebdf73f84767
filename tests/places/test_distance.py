import pytest
from django.utils import translation

from places.distance import coarse


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (0, "within 1 km"),
        (1_000, "within 1 km"),
        (1_001, "about 1 km"),
        (1_600, "about 2 km"),
        (9_400, "about 9 km"),
        (9_999, "about 10 km"),
        (12_400, "about 10 km"),
        (12_500, "about 15 km"),
        (49_000, "about 50 km"),
        (64_000, "about 60 km"),
        (140_000, "about 150 km"),
        (1_949_000, "about 1900 km"),
    ],
)
def test_distances_are_coarse(metres, words):
    with translation.override("en"):
        assert coarse(metres) == words


def test_distances_are_said_in_chinese():
    with translation.override("zh-hans"):
        assert coarse(500) == "约1公里内"
        assert coarse(3_100) == "约3公里"


def test_below_ten_kilometres_there_are_ten_answers():
    with translation.override("en"):
        assert len({coarse(metres) for metres in range(0, 10_000, 10)}) == 11


def test_further_away_the_steps_grow():
    with translation.override("en"):
        told = {coarse(metres) for metres in range(10_000, 2_000_000, 100)}
    assert len(told) == 37  # nine to 50 km, five to 100, eight to 500, fifteen to 2,000
