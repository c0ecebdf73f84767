"""The square as an Atom feed: its filters, its posts, its order by time."""

import re
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from posts import square
from posts.models import Post
from posts.square import Filters
from posts.templatetags.board import headline, square_headline

KEPT = 2  # seconds: a resolved post is gone after that
FILTERS = ("kind", "medicine", "area", "cell", "sort", "whom")
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # not even escaped


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """`/feed/?kind=&medicine=&area=&whom=&cell=&lang=`: the newest twenty open posts, as Atom.

    The language stands in the address, so that an answer is the same for everybody. 400 for what is
    not understood: whoever subscribes must not get another list than he asked for. 403 where
    reading takes an account, which no feed reader has.
    """
    if settings.LEVEL_TO_READ != "none":
        return refuse(_("Posts can be read after signing in, so there is no feed of them."), 403)
    filters = square.read_filters(request.GET)
    language = request.GET.get("lang", settings.LANGUAGE_CODE)
    if language not in dict(settings.LANGUAGES):
        return refuse(_("There is no such language here."))
    if filters.problems:
        name = not_understood(request.GET)
        return refuse(_("This feed does not know such a value for “%(name)s”.") % {"name": name})
    if filters.sort != "time":
        return refuse(_("A feed is in the order of time: it does not know where you are."))
    with override(language):
        text = as_atom(filters).writeString("utf-8")
    response = HttpResponse(text, content_type=Atom1Feed.content_type)
    response["Content-Language"] = language
    response["X-Robots-Tag"] = "noindex"  # posts come and go, what a search engine keeps does not
    # An ETag alone (by Django's middleware): when an old post goes, no date of the others changes.
    patch_cache_control(response, public=True, max_age=KEPT)
    return response


def address(filters: Filters) -> str:
    """Path of the feed with these filters, in the language of the page that links to it."""
    return f"{reverse('feed')}?{filters.query(sort='time')}&lang={get_language()}"


def not_understood(query: QueryDict) -> str:
    """The name of the first filter that the square cannot read."""
    for name in FILTERS:
        alone = QueryDict(urlencode({name: query.get(name, "")}))
        if square.read_filters(alone).problems:
            return name
    return ""


def refuse(sentence: str, status: int = 400) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


class SquareFeed(Atom1Feed):
    def latest_post_date(self):
        """An empty feed does not change with every second."""
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return super().latest_post_date() if self.items else midnight


def as_atom(filters: Filters) -> SquareFeed:
    """In the language that is active: entries have ids, times, titles and what a card says."""
    own_address = settings.SITE_URL + address(filters)
    feed = SquareFeed(
        title=f"{square_headline(filters)} · {_('Spare medicine, freely given')}",
        link=f"{settings.SITE_URL}/?{filters.query()}",
        description=_(
            "Neighbours give each other spare over-the-counter medicine. Free, never sold."
        ),
        language=get_language(),
        author_name=settings.OPERATOR_NAME,
        feed_url=own_address,
        feed_guid=own_address,
    )
    for row in square.with_posts(square.page(filters, place=None).rows):
        feed.add_item(
            title=headline(row.post),
            link=settings.SITE_URL + row.post.get_absolute_url(),
            description=summary(row.post),
            unique_id=row.post.public_id.urn,
            pubdate=row.post.created_at,
            updateddate=row.post.confirmed_at,
        )
    return feed


def summary(post: Post) -> str:
    """What the card of a post says, as HTML: it never says more."""
    text = render_to_string("partners/feed_entry.html", {"post": post})
    return NOT_IN_XML.sub("", " ".join(text.split()))
