import pytest
from django.utils import translation

from medicines.units import AMOUNTS, Unit, amount_label, unit_label


def test_every_unit_has_a_label_and_an_amount():
    assert set(AMOUNTS) == set(Unit)
    with translation.override("en"):
        for unit in Unit.values:
            assert unit_label(unit)
            assert amount_label(unit, 1).startswith("1 ")
            assert amount_label(unit, 2) != amount_label(unit, 1).replace("1", "2")


@pytest.mark.parametrize("unit", ["", "box", "\x00"])
def test_an_unknown_unit_is_refused(unit):
    with pytest.raises(ValueError, match="is not a valid Unit"):
        unit_label(unit)
