"""Recall: an offer was found unsafe, and everybody who got in touch about it is told.

On their own pages until they have understood, and by a text message that names no medicine.
"""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from posts import notices
from posts.models import Message, Notice, Post, Recall, Reveal
from safety import audit, register
from verification.models import Resident
from verification.sms import Template

SHOWN = 10


def people_reached(post: Post) -> list[UUID]:
    """Keys of the residents who may have got something from a post: saw it or wrote."""
    saw = Reveal.objects.filter(post=post).values_list("resident_id", flat=True)
    wrote = Message.objects.filter(post=post).values_list("sender_id", flat=True)
    return list(saw.union(wrote))


def recall(post: Post, by: Resident) -> None:
    """Tell everybody who was in touch about an unsafe offer; each of them once.

    Call it in the transaction of the act that found it unsafe. So many queries for one as for all.
    """
    people = people_reached(post)
    if not people:
        return
    Recall.objects.bulk_create(
        (Recall(post=post, resident_id=key) for key in people), ignore_conflicts=True
    )
    unread = Recall.objects.filter(post=post, read_at=None)
    notices.tell_all(unread.values_list("resident_id", flat=True), Template.RECALL, post=post)
    audit.record("offer recalled", post, by, people=len(people))


def take_back(post: Post) -> None:
    """The offer was found safe after all: whoever has not been told yet will not be."""
    Recall.objects.filter(post=post, read_at=None).delete()
    Notice.objects.filter(post=post, template=Template.RECALL).delete()


def unread(resident: Resident) -> QuerySet[Recall]:
    """What a resident has not yet understood, newest first, with what was offered: 3 queries."""
    recalls = Recall.objects.filter(resident=resident, read_at=None).select_related("post__area")
    hidden = ("post__contact_phone", "post__contact_wechat", "post__landmark")
    return recalls.defer(*hidden).prefetch_related("post__items__medicine").order_by("-id")[:SHOWN]


@transaction.atomic
def understand(resident: Resident, recall_id: int) -> None:
    """A resident has understood one recall. Twice is once; another's is left alone."""
    recalls = Recall.objects.select_for_update().filter(resident=resident, read_at=None)
    found = recalls.filter(pk=recall_id).select_related("post").first()
    if found is None:
        return
    found.read_at = timezone.now()
    found.save(update_fields=["read_at"])
    audit.record("recall understood", found.post, resident)


def remove_old() -> int:
    """Erase recalls REVEALS_KEPT_DAYS after they were made; returns how many."""
    oldest = timezone.now() - settings.REVEALS_KEPT
    return register.delete_in_batches(Recall.objects.filter(at__lte=oldest))
