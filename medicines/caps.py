"""How much of a medicine one person in need may ask for."""

from fractions import Fraction

from medicines.models import Medicine


def share_of_cap(medicine: Medicine, unit: str, amount: int) -> Fraction:
    """How much of one person's cap an amount is: 1 is all of it.

    Shares of one medicine in several units add up: 6 tablets of 12 and half the capsules are a
    whole cap. Raises ValueError for a unit in which this medicine is not counted.
    """
    for row in medicine.units.all():
        if row.unit == unit:
            return Fraction(amount, row.cap)
    raise ValueError(f"{medicine.slug} is not counted in {unit!r}")
