"""One-tap links: a poster answers for one post from a text message, without signing in.

Whoever holds the link may say "resolved", or "still there" and how much is left, for that post,
once, until the link runs out; he learns nothing that the public page does not say. The token has
128 random bits and stands in the message alone: the database keeps its digest.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from posts import closing
from posts.models import ActLink, Post, State
from safety import audit, register
from safety.encryption import digest
from safety.quotas import Quota

TOKEN_BYTES = 16
DOUBLE_TAP = timedelta(minutes=1)  # the same link tapped twice: the second tap has its answer too
WRONG_LINKS = Quota("wrong one-tap links", 60, timedelta(hours=1))  # of one address: may be a town


class GoneError(Exception):
    """A link that does not exist, has run out, was used, or whose post is closed: all the same."""


def make(post: Post) -> str:
    """A new link to answer for this post: the whole address. The only place that knows the token.

    It lives for LINK_LIFETIME. Older links of the post stay good: people tap the message they find.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = timezone.now()
    ActLink.objects.create(
        digest=digest_of(token), post=post, created_at=now, expires_at=now + settings.LINK_LIFETIME
    )
    return settings.SITE_URL + reverse("act-link", args=[token])


def digest_of(token: str) -> str:
    return digest("one-tap link", token)


def find(token: str, address: str) -> ActLink:
    """The link behind a token, if it may still be used. Raises `GoneError`.

    `address` is a digest of the visitor's network address. Only wrong tokens count, and whoever
    tried too many is told that every link is gone.
    """
    with transaction.atomic():
        if not WRONG_LINKS.use(address):
            raise GoneError
        link = ActLink.objects.filter(digest=digest_of(token)).first()
        if link:
            transaction.set_rollback(True)  # gives the use back
    if link is None or link.expires_at <= timezone.now():
        raise GoneError
    return link


def post_of(token: str, address: str) -> Post:
    """The open post that a link may answer for, without its contact. Changes nothing.

    Raises `GoneError`.
    """
    link = find(token, address)
    posts = Post.objects.with_items().without_contact()
    post = posts.filter(pk=link.post_id, state=State.OPEN, erased_at=None).first()
    if link.used_at or post is None:
        raise GoneError
    return post


def answer(token: str, address: str, said: str, left: Mapping[int, str] | None = None) -> Post:
    """Answer for the post of a link, as its poster, and use the link up: "resolved", "still-there".

    `left` holds what was typed about how much of an item there still is, by its key. The second of
    two quick taps is content with what the first one did. Raises `GoneError`; or
    `closing.NotPossibleError` with a sentence, and then the link stays good.
    """
    key = find(token, address).pk
    with transaction.atomic():
        held = ActLink.objects.select_for_update(of=("self",)).filter(pk=key)
        link = held.select_related("post__resident").first()
        now = timezone.now()
        if link and link.used_at and now - link.used_at < DOUBLE_TAP:
            return link.post
        if link is None or link.used_at or link.expires_at <= now:
            raise GoneError
        post = act(link.post, said, left or {})
        link.used_at = now
        link.save(update_fields=["used_at"])
        audit.record("answered by link", post, link.post.resident)
    return post


def act(post: Post, said: str, left: Mapping[int, str]) -> Post:
    """Do what was said. A post that is closed by now has nothing to ask: `GoneError`."""
    try:
        if said == "resolved":
            return closing.resolve(post, post.resident)
        if said == "still-there":
            return keep(post, left)
    except closing.NotPossibleError as error:
        if str(error):
            raise
        raise GoneError from error
    raise GoneError


def keep(post: Post, left: Mapping[int, str]) -> Post:
    """The post stays, with what is left of it; nothing left of anything resolves it."""
    post = closing.locked_with_poster(post)
    for item in post.items.filter(pk__in=left, amount__isnull=False):
        amount = closing.amount_typed(left[item.pk])
        if amount != item.amount:
            post = closing.set_amount_left(post, post.resident, item.pk, amount)
        if post.state == State.RESOLVED:
            return post
    return closing.extend(post, post.resident)


def remove_old() -> int:
    """Erase links that have run out; returns how many."""
    return register.delete_in_batches(ActLink.objects.filter(expires_at__lte=timezone.now()))
