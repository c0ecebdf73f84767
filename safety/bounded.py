"""Lists and queues of any length: looked at as far as somebody reads, never counted."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

LONGEST_LIST = 1000


def bounded_length(rows: QuerySet, bound: int) -> int:
    """How many rows, at most `bound`. Reads keys, since COUNT would walk the table to its end."""
    return len(rows.prefetch_related(None).values_list("pk", flat=True)[:bound])


class BoundedPaginator(Paginator):
    """It looks at the first 1,000 rows. Filters and search narrow the rest."""

    @cached_property
    def count(self) -> int:
        if isinstance(self.object_list, QuerySet):
            return bounded_length(self.object_list, LONGEST_LIST)
        return len(self.object_list)
