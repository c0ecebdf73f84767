"""Text messages to residents about posts: the one way to send them.

An act puts its message into the outbox, in its own transaction: no visitor waits for a gateway, and
an act that is undone tells nobody. The worker sends what is due, once a minute (`posts.timed`); as
many senders as one likes may run at once. What does not go through is tried again for some hours,
then dropped: the pages say the same. A sent message is erased.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from posts import links
from posts.models import Notice, Post
from safety.encryption import digest
from safety.quotas import Quota
from verification import sms
from verification.models import Resident
from verification.sms import Template

MOST_TRIES = 8  # 2, 4, 8 … minutes apart: four hours in all
AT_ONCE = 20  # sent at the end of the act, where NOTICES_AT_ONCE says so
AWAY_AFTER = 3  # failures in a row: the gateway is away, the next round tries again
ASKING = {Template.STILL_THERE, Template.DEMAND}  # they carry a link to answer for the post
PER_DAY = Quota("notices", max(settings.NOTICES_PER_DAY, 1), timedelta(days=1))

log = logging.getLogger(__name__)


def tell(
    resident: Resident,
    template: Template,
    values: tuple[str, ...] = (),
    post: Post | None = None,
) -> None:
    """Send a resident a text message, after the transaction of the act; never fails the act.

    A message that asks about a `post` gets its one-tap link as the last value when it is sent. Over
    NOTICES_PER_DAY of one template a resident gets no more of it. Values are never logged.
    """
    tell_all([resident.pk], template, values, post)


def tell_all(
    residents: Iterable[UUID],
    template: Template,
    values: tuple[str, ...] = (),
    post: Post | None = None,
) -> None:
    """The same message to many, by their keys, in one query. Call it in the act's transaction."""
    put(
        Notice(resident_id=key, template=template, values=list(values), post=post)
        for key in dict.fromkeys(residents)
    )


def put(notices: Iterable[Notice]) -> None:
    """Into the outbox. What waits there already is told once; and as something new, under another
    key (`key_of`), if a provider may have had it before.
    """
    told = Notice.objects.bulk_create(
        notices,
        update_conflicts=True,
        unique_fields=["resident", "template", "post"],
        update_fields=["values", "created_at"],
    )
    if told and settings.NOTICES_AT_ONCE:
        transaction.on_commit(send_some)


def send_some() -> None:
    """Send a few now. Whatever goes wrong, the act that told somebody stands."""
    try:
        send_due(AT_ONCE)
    except Exception as error:  # the type alone: its text may hold what was sent
        log.error("Text messages could not be sent now: %s", type(error).__name__)


def send_due(most: int | None = None) -> int:
    """Send what is due, oldest first, at most so many; returns how many were sent."""
    drop_hopeless()
    sent = failed_in_a_row = 0
    while (most is None or sent < most) and failed_in_a_row < AWAY_AFTER:
        notice = claim()
        if notice is None:
            break
        try:
            sent += send(notice)
            failed_in_a_row = 0
        except sms.BadNumberError:  # no try will reach it
            notice.delete()
        except sms.NotSentError as error:
            failed_in_a_row += 1
            log.warning("A text message (%s) was not sent: %s", notice.template, error)
    return sent


def drop_hopeless() -> None:
    """Erase what could not be sent for hours: it is no news any more."""
    tried = Notice.objects.filter(due_at__lte=timezone.now(), tries__gte=MOST_TRIES)
    if dropped := tried.delete()[0]:
        log.error("%s text messages could not be sent and were dropped", dropped)


@transaction.atomic
def claim() -> Notice | None:
    """The next message that is due, for this sender alone; it is due again some minutes later.

    So a sender that dies leaves it to another, and a message that kills senders is dropped.
    """
    now = timezone.now()
    due = Notice.objects.filter(due_at__lte=now, tries__lt=MOST_TRIES).order_by("due_at", "id")
    notice = due.select_for_update(skip_locked=True).first()
    if notice is None:
        return None
    notice.tries += 1
    notice.due_at = now + timedelta(minutes=2**notice.tries)
    notice.save(update_fields=["tries", "due_at"])
    return notice


def send(notice: Notice) -> bool:
    """Send one message, or let it be when it is no longer true or wanted; then erase it.

    A message that failed has used up no quota. A sender that dies after the provider took it leaves
    a message that is tried again: with the same key, so that a gateway which heeds it sends once,
    and the link in what arrived is good, since it is stored before. Raises `NotSentError`.
    """
    resident = notice.resident
    if not is_wanted(notice):
        notice.delete()
        return False
    values = tuple(notice.values)
    if notice.post and notice.template in ASKING:
        values += (links.make(notice.post),)
    with transaction.atomic():
        may = PER_DAY.use(f"{resident.pk} {notice.template}")
        if may:
            sms.send(resident.phone, Template(notice.template), values, key_of(notice))
        # What has come meanwhile is told later.
        Notice.objects.filter(pk=notice.pk, created_at=notice.created_at).delete()
    return may


def key_of(notice: Notice) -> str:
    """The same for every try of one message, and for no other, also in a database put back."""
    return digest("text message", f"{notice.pk} {notice.created_at.isoformat()}")[:32]


def is_wanted(notice: Notice) -> bool:
    """Whether a message still has somebody to reach, and something to say."""
    resident, post = notice.resident, notice.post
    if not settings.NOTICES_PER_DAY or not resident.is_active or not resident.phone:
        return False
    if post and post.is_demo:  # nobody is behind it, and its number may be somebody's
        return False
    return notice.template not in ASKING or post is not None and post.asks_its_poster
