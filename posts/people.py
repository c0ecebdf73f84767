"""Who has to do with the posts of an area: whom a moderator of it may look up (`reach.within`).

Whoever posted there, was shown a contact or wrote to somebody there, reported something there or
was reported: all that he meets on the pages of those posts and of their cases.
"""

from django.db.models import Exists, OuterRef, Q

from posts.models import Message, Post, Report, Reveal
from verification import reach
from verification.models import Resident

WAYS = [
    (Post, "resident", "area__code"),
    (Reveal, "resident", "post__area__code"),
    (Message, "sender", "post__area__code"),
    (Report, "resident", "post__area__code"),
    (Report, "person", "post__area__code"),
]


def has_to_do_with_areas(by: Resident) -> Q:
    """The condition; each way has an index on the person."""
    found = Q()
    for model, person, code in WAYS:
        rows = model._default_manager.filter(by.in_charge(code), **{person: OuterRef("pk")})
        found |= Q(Exists(rows))
    return found


reach.in_areas(has_to_do_with_areas)
