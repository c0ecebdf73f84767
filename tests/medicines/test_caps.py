from fractions import Fraction

import pytest

from medicines.caps import share_of_cap
from medicines.models import Medicine

pytestmark = pytest.mark.django_db


def test_amounts_in_several_units_add_up():
    ibuprofen = Medicine.objects.get(slug="ibuprofen")
    tablets = share_of_cap(ibuprofen, "tablet", 6)
    capsules = share_of_cap(ibuprofen, "capsule", 3)
    assert tablets == Fraction(1, 2)
    assert tablets + capsules == 1


def test_the_whole_cap_is_one_and_more_is_more():
    tests = Medicine.objects.get(slug="antigen-test")
    assert share_of_cap(tests, "piece", 5) == 1
    assert share_of_cap(tests, "piece", 6) > 1


@pytest.mark.parametrize("unit", ["mask", "", "斤", "\x00"])
def test_a_unit_in_which_it_is_not_counted_is_refused(unit):
    with pytest.raises(ValueError, match="is not counted in"):
        share_of_cap(Medicine.objects.get(slug="antigen-test"), unit, 1)
