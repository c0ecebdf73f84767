"""Ask me first: people leave a few words and a number of theirs, the poster decides whom to call.

His own number is not even stored with such a post, so nobody can be shown it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from posts import notices
from posts.access import NotShownError, check_contact, is_blocked, poster_sees
from posts.allowances import MESSAGES, spend
from posts.closing import NotPossibleError, locked
from posts.contact import block, blocked_among, let_rest_if_wanted, names_of
from posts.models import Message, Post, Reach
from safety import audit, register
from verification.models import Resident
from verification.phone_proof import is_proven
from verification.phones import as_said
from verification.sms import Template

PAGE = 20


def standing(post: Post, sender: Resident) -> Message | None:
    """What somebody wrote to the poster and has not taken back."""
    return Message.objects.filter(post=post, sender=sender, state__in=Message.STANDING).first()


def sent_by(sender: Resident, limit: int) -> list[Message]:
    """What somebody wrote and has not taken back, about posts on the square; newest first."""
    standing = Message.objects.filter(sender=sender, state__in=Message.STANDING)
    sent = standing.filter(post__in=Post.objects.open()).order_by("-id")
    posts = Post.objects.with_items().without_contact()
    return list(sent.prefetch_related(Prefetch("post", posts))[:limit])


@transaction.atomic
def send(post: Post, sender: Resident, text: str, phone: str) -> Message:
    """Leave a screened `text` and a number (E.164) which the sender has proven. Twice is once.

    The poster is told by text message the first time only: writing again and again after taking it
    back rings no phone. Raises `NotShownError` with a reason of `access.check_contact`, for the
    own post ("own"), or for too many messages ("quota").
    """
    if not is_proven(sender, phone):
        raise ValueError("Nobody may leave a number that is not his own.")
    post = locked(post)
    if post.belongs_to(sender):
        raise NotShownError("own")
    message = Message.objects.filter(post=post, sender=sender).first()
    known = message is not None and message.stands
    check_contact(post, sender, Reach.MESSAGE, known=known)
    if message and known:
        return message
    is_first = message is None
    message = message or Message(post=post, sender=sender)
    message.text, message.phone = text, phone
    message.state, message.at = Message.State.WAITING, timezone.now()
    message.save()
    spend(MESSAGES, sender)
    audit.record("message sent", post, sender)
    let_rest_if_wanted(post)
    if is_first and not post.is_demo:
        notices.tell(post.resident, Template.MESSAGE)
    return message


@transaction.atomic
def withdraw(post: Post, sender: Resident) -> None:
    """Take back what one wrote: words and number are erased at once. Twice is once."""
    locked(post)
    message = standing(post, sender)
    if message is None:
        return
    erase(message, Message.State.WITHDRAWN)
    audit.record("message withdrawn", post, sender)


def erase(message: Message, state: str) -> None:
    message.text = message.phone = ""
    message.state = state
    message.save(update_fields=["text", "phone", "state"])


@transaction.atomic
def set_agreed(post: Post, by: Resident, message_id: UUID, agreed: bool) -> None:
    """The poster says "yes, you", or no longer: the sender then sees it, and the landmark.

    Raises `Message.DoesNotExist` for what was taken back or belongs to another post, and
    `NotPossibleError` once the post is closed or the sender blocked.
    """
    if not poster_sees(locked(post)):
        raise NotPossibleError
    message = of_post(post, message_id)
    if is_blocked(message.sender, post):
        raise NotPossibleError
    message.state = Message.State.AGREED if agreed else Message.State.WAITING
    message.save(update_fields=["state"])
    audit.record("message answered", post, by, message=str(message.public_id), agreed=agreed)


@transaction.atomic
def set_blocked(post: Post, by: Resident, message_id: UUID, blocked: bool) -> None:
    """Block (or no longer block) somebody who wrote about one's own post.

    Raises `Message.DoesNotExist` for what was taken back or belongs to another post.
    """
    block(post, by, of_post(post, message_id).sender, blocked)


def of_post(post: Post, message_id: UUID) -> Message:
    messages = Message.objects.filter(post=post, state__in=Message.STANDING)
    return messages.select_related("sender").get(public_id=message_id)


@dataclass(frozen=True)
class Writer:
    """Somebody who asks to be called, as far as the poster may know him."""

    public_id: UUID
    name: str
    level: int
    at: datetime
    text: str
    phone: str
    is_blocked: bool
    is_agreed: bool

    @property
    def phone_as_said(self) -> str:
        return as_said(self.phone)


def who_wrote(post: Post, after: UUID | None = None) -> tuple[list[Writer], UUID | None]:
    """A page of those who wrote about one's own post, newest first, and where the next begins.

    Four queries. Nothing once the post is closed. A suspended sender is left out; of a blocked one
    neither words nor number are shown.
    """
    if not poster_sees(post):
        return [], None
    messages = Message.objects.filter(post=post, state__in=Message.STANDING, sender__is_active=True)
    if after:
        last = Message.objects.filter(post=post, public_id=after).values("pk")[:1]
        messages = messages.filter(pk__lt=last)
    found = list(messages.select_related("sender").order_by("-id")[: PAGE + 1])
    shown = found[:PAGE]
    people = [message.sender for message in shown]
    names, blocked = names_of(people), blocked_among(people, post)
    writers = [
        Writer(
            public_id=message.public_id,
            name=names[message.sender_id],
            level=message.sender.level,
            at=message.at,
            text="" if message.sender_id in blocked else message.text,
            phone="" if message.sender_id in blocked else message.phone,
            is_blocked=message.sender_id in blocked,
            is_agreed=message.state == Message.State.AGREED,
        )
        for message in shown
    ]
    return writers, shown[-1].public_id if len(found) > PAGE else None


def erase_messages(posts: QuerySet[Post]) -> int:
    """Erase words and numbers about these posts, with their contact data; returns how many.

    Who wrote to whom stays, without what, as long as who was shown a contact.
    """
    about = Message.objects.filter(post__in=posts, state__in=Message.STANDING)
    return about.update(text="", phone="", state=Message.State.ERASED)


def erase_overdue_messages() -> int:
    """Erase who wrote to whom, REVEALS_KEPT_DAYS after it happened."""
    oldest = timezone.now() - settings.REVEALS_KEPT
    return register.delete_in_batches(Message.objects.filter(at__lte=oldest))
