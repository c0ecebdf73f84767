"""Distances in words, never finer than a kilometre."""

from django.utils.translation import gettext as _

# Rounded to the step of the first limit it is under: kilometres, kilometres.
STEPS = [(10, 1), (50, 5), (100, 10), (500, 50)]
FURTHEST_STEP = 100


def coarse(metres: float) -> str:
    """约1公里内 up to 1 km, then 约3公里: whole km to 10, 5 km to 50, then 10, 50, 100."""
    return words(in_km(metres))


def in_km(metres: float) -> int:
    """Rounded as it is said; 0 up to 1 km."""
    if metres <= 1_000:
        return 0
    kilometres = metres / 1_000
    step = next((step for limit, step in STEPS if kilometres < limit), FURTHEST_STEP)
    # Half a step goes up; not Python's round(), which goes to the even neighbour.
    return int(kilometres / step + 0.5) * step


def words(kilometres: int) -> str:
    if kilometres == 0:
        return _("within 1 km")
    return _("about %(kilometres)d km") % {"kilometres": kilometres}
