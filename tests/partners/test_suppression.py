"""No small number is told, and none can be computed from what is told."""

from hypothesis import given
from hypothesis import strategies as st

from partners.numbers.suppression import FEWEST, part, parts, told

numbers = st.dictionaries(
    st.integers(0, 400), st.one_of(st.integers(0, 12), st.integers(0, 5000)), max_size=40
)


@given(st.integers(0, 50))
def test_a_number_alone_is_told_from_five_on(number):
    assert told(number) == (number if number >= 5 else None)


@given(st.integers(0, 60), st.integers(0, 60))
def test_neither_a_part_nor_what_is_left_of_the_whole_is_small(one, other):
    shown = part(one, one + other)
    if shown is not None:
        assert shown >= FEWEST
        assert other == 0 or other >= FEWEST


@given(numbers, st.sets(st.integers(0, 400), max_size=5))
def test_what_is_withheld_of_a_sum_is_no_small_number_and_nobodys_alone(counts, withheld):
    """What a reader computes: the total less all that is shown."""
    shown = parts(counts, withheld)
    hidden = [counts[key] for key, number in shown.items() if number is None]
    rest = sum(counts.values()) - sum(number or 0 for number in shown.values())
    assert rest == sum(hidden)
    assert all(number is None or number >= FEWEST for number in shown.values())
    assert not withheld & {key for key, number in shown.items() if number is not None}
    if rest and any(number is not None for number in shown.values()):
        assert rest >= FEWEST
        assert len(hidden) >= 2


@given(numbers)
def test_no_withheld_number_is_the_only_one_that_it_can_be(counts):
    """For whoever knows the rule, but not how many are withheld beside small ones."""
    shown = parts(counts)
    hidden = [counts[key] for key, number in shown.items() if number is None]
    most = [number for number in shown.values() if number is not None]
    if not most or not sum(hidden):
        return
    largest = FEWEST - 1 if max(hidden) < FEWEST else min(most)
    rest = sum(hidden)
    for _each in hidden:
        lowest = max(0, rest - largest * (len(hidden) - 1))
        highest = min(rest, largest)
        assert lowest < highest or max(hidden) >= FEWEST


def test_beside_one_small_number_the_next_larger_one_is_withheld():
    assert parts({"a": 100, "b": 8, "c": 3}) == {"a": 100, "b": None, "c": None}
    assert parts({"a": 100, "b": 8, "c": 0}) == {"a": 100, "b": 8, "c": None}
    assert parts({"a": 100, "b": 8, "c": 4, "d": 4}) == {"a": 100, "b": None, "c": None, "d": None}
    assert parts({"a": 100, "b": 8, "c": 4, "d": 3}) == {"a": 100, "b": 8, "c": None, "d": None}
    assert parts({}) == {}
