"""How many posts a body's links brought, for its own staff."""

from django.db.models import Sum

from partners.numbers.models import BroughtNumber
from partners.numbers.suppression import FEWEST
from posts.models import Ending, Kind, Organisation


def by(organisation: Organisation) -> dict[str, int | None]:
    """Needs and offers, in steps of FEWEST and none below it: whoever watches the square must not
    see by a step which post came through his link. One query.
    """
    rows = BroughtNumber.objects.filter(brought_by=organisation).exclude(standing=Ending.HIDDEN)
    sums = dict(rows.order_by().values_list("kind").annotate(Sum("number")))
    return {kind.word: sums.get(kind, 0) // FEWEST * FEWEST or None for kind in Kind}
