"""A post's card as text: made once, kept, and shown to everybody.

Only the distance depends on who looks: it is put in afterwards. A card is made again when its post
changes, and when the time makes its words wrong ("5 minutes ago").
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mutualaid.kept import Kept
from places import distance
from posts.models import Post
from posts.square import Row

AWAY = mark_safe("<!-- away -->")  # nobody else's text can hold it: templates escape `<`
KEPT = Kept(most=10_000)  # of about 1.5 kB each


def card(row: Row, from_post: bool = False) -> SafeString:
    """The card of a post, with how far it is from the visitor's place, or from another post."""
    found = row.found
    key = found.post_id, found.changed_at, found.rests, get_language()
    text = KEPT.get(key)
    if text is None:
        post = row.posts.by_id.get(found.post_id)
        if post is None:
            return SafeString()  # erased at this very moment
        text = render_to_string("posts/parts/card.html", {"post": post, "away": AWAY})
        KEPT.put(key, text, until=next_words(post))
    return mark_safe(text.replace(AWAY, away(row.metres, from_post)))  # noqa: S308 -- both escaped


def away(metres: float | None, from_post: bool = False) -> SafeString:
    """The distance on a card; nothing without one."""
    if metres is None:
        return SafeString()
    words = distance.coarse(metres)
    if from_post:
        words = _("%(away)s from there") % {"away": words}
    return format_html(' <span class="away">· {}</span>', words)


def next_words(post: Post) -> datetime:
    """When the time alone will change a card: the steps of `ago`, being unconfirmed, a rest."""
    now = timezone.now()
    age = now - post.confirmed_at
    units = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
    step = max((unit for unit in units if unit <= age), default=units[0])
    changes = [now + step - age % step]
    for moment in (post.confirmed_at + settings.ASK_AFTER, post.rests_until):
        if moment and moment > now:
            changes.append(moment)
    return min(changes)
