"""Ask posters by text message whether their posts are still true, once in each period."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from posts import notices
from posts.models import Notice, Post, State
from verification.sms import Template

BATCH = 500


def ask_posters() -> int:
    """Ask about every open post that nobody has confirmed for ASK_AFTER; returns how many.

    Twice is once: a post is asked about again only after its poster has said "still there".
    """
    asked = 0
    while True:
        number = ask_some()
        asked += number
        if number < BATCH:
            return asked


def unasked(now: datetime) -> QuerySet[Post]:
    """Open posts to ask about, the longest unconfirmed first: by the index `post_to_ask`."""
    posts = Post.objects.filter(state=State.OPEN, asked_at=None)
    return posts.filter(confirmed_at__lte=now - settings.ASK_AFTER).order_by("confirmed_at")


@transaction.atomic
def ask_some() -> int:
    now = timezone.now()
    free = unasked(now).select_for_update(skip_locked=True, no_key=True)
    posts = list(free.only("pk", "resident_id", "expires_at")[:BATCH])
    Post.objects.filter(pk__in=[post.pk for post in posts]).update(asked_at=now)
    notices.put(
        Notice(resident_id=post.resident_id, template=Template.STILL_THERE, post=post)
        for post in posts
        if post.expires_at > now
    )
    return len(posts)
