"""Posts' cards as text: each made once, kept, and shown to everybody.

Only the distance depends on who looks: it is put in afterwards. A card is made again when its post
changes, and when the time makes its words wrong ("5 minutes ago"). Making one is the dearest part
of a page, so it reads the few columns it needs (`Facts`), and its template is Jinja2's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import cache, lru_cache
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from jinja2 import Environment, FileSystemLoader, Template

from medicines.models import Medicine, SymptomGroup
from medicines.units import amount_label
from mutualaid.kept import Kept
from places import distance
from places.models import area_label
from posts.models import PublicFacts
from posts.square import Filters, Page, Row
from posts.templatetags.board import ago, facts
from safety.replicas import reading
from verification.models import Level

AWAY = mark_safe("<!-- away -->")  # nobody else's text can hold it: templates escape `<`
KEPT = Kept(most=20_000)  # of about 2 kB each
NAMES = Kept(most=1)


@dataclass
class Facts(PublicFacts):
    """What a card says of a post: columns of `posts_post`, and beside them …"""

    id: int
    public_id: UUID
    kind: int
    state: str
    level: int
    is_demo: bool
    confirmed_at: datetime
    rests_until: datetime | None
    erased_at: datetime | None
    in_hand: bool
    area_id: int
    reached_by: str
    by_courier: bool
    by_pickup: bool
    by_mail: bool
    courier_payer: str
    note: str
    people: int | None
    whom: list[str]
    youngest_months: int | None
    none_left: bool
    organisation: str | None = field(metadata={"sql": "organisation.name"})
    items: Sequence[tuple[int | None, int | None, int | None, str]] = field(
        metadata={
            "sql": "(SELECT json_agg(json_build_array(medicine_id, group_id, amount, unit)"
            " ORDER BY item.id) FROM posts_postitem item WHERE item.post_id = post.id)"
        }
    )

    @property
    def address(self) -> str:
        return f"/posts/{self.public_id}/"

    @property
    def place(self) -> str:
        return area_label(self.area_id)

    @property
    def goods(self) -> list[tuple[str, str]]:
        """What it asks for or gives, and how much; of a symptom group any will do."""
        medicines, groups = names()
        return [
            (medicines[medicine].label, amount_label(unit, amount or 0))
            if medicine
            else (groups[group or 0].label, "")
            for medicine, group, amount, unit in self.items
        ]


SQL = f"""
    SELECT {", ".join(each.metadata.get("sql", f"post.{each.name}") for each in fields(Facts))}
    FROM posts_post post LEFT JOIN posts_organisation organisation
         ON organisation.id = post.organisation_id
    WHERE post.id = ANY(%s)
"""  # noqa: S608 -- made of the names above


def read(posts: Sequence[int]) -> list[Facts]:
    """The facts of these posts (ids), in no order; without those that are not there."""
    with reading().cursor() as cursor:
        cursor.execute(SQL, [list(posts)])
        return [Facts(*row) for row in cursor.fetchall()]


def names() -> tuple[dict[int, Medicine], dict[int, SymptomGroup]]:
    """All medicines and symptom groups by id, kept for a minute. Two queries when they are not."""
    found = NAMES.get("all")
    if found is None:
        found = Medicine.objects.in_bulk(), SymptomGroup.objects.in_bulk()
        NAMES.put("all", found)
    return found


def cards(rows: Iterable[Row], from_post: bool = False) -> SafeString:
    """The cards of posts, with how far they are from the visitor's place, or from another post.

    Two queries at most, none where all are kept. A post that was erased at this very moment has no
    card.
    """
    language = get_language()
    rows = list(rows)
    keys = [(row.found.post_id, row.found.changed, row.found.rests, language) for row in rows]
    kept: list[str | None] = KEPT.get_each(keys)
    texts = {key[0]: text for key, text in zip(keys, kept, strict=True)}
    if missing := {key[0]: key for key in keys if texts[key[0]] is None}:
        for each in read(list(missing)):
            texts[each.id] = text(each)
            KEPT.put(missing[each.id], texts[each.id], until=next_words(each))
    made = (
        (texts[row.found.post_id] or "").replace(AWAY, away(row.metres, from_post, language))
        for row in rows
    )
    return mark_safe("".join(made))  # noqa: S308 -- all of it is escaped


def listed(filters: Filters, page: Page) -> SafeString:
    """The cards of a page and the link to the next."""
    made = template("page").render(cards=cards(page.rows), filters=filters, page=page)
    return mark_safe(made)  # noqa: S308 -- Jinja2 has escaped it


def text(post: Facts) -> str:
    """A card, with `AWAY` where the distance goes."""
    return template("card").render(post=post, away=AWAY)


@cache
def template(name: str) -> Template:
    """Compiled once. Its icons are read here: they are the same on every card."""
    folder = settings.BASE_DIR / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder / "jinja2"), autoescape=True, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    icons = {name: icon(name) for name in ("pin", "verified")}
    environment.filters.update({"ago": ago, "facts": facts})
    environment.globals.update({**icons, "_": _, "REAL_NAME": Level.REAL_NAME})
    return environment.get_template(f"posts/{name}.html")


def icon(name: str) -> SafeString:
    file = settings.BASE_DIR / f"templates/icons/{name}.svg"
    return mark_safe(file.read_text())  # noqa: S308 -- a file of ours


def away(metres: float | None, from_post: bool, language: str | None) -> str:
    """The distance on a card; nothing without one."""
    return "" if metres is None else away_in_km(distance.in_km(metres), from_post, language)


@lru_cache(maxsize=2000)
def away_in_km(kilometres: int, from_post: bool, _language: str | None) -> str:
    words = distance.words(kilometres)
    if from_post:
        words = _("%(away)s from there") % {"away": words}
    return f' <span class="away">· {escape(words)}</span>'


def next_words(post: Facts) -> datetime:
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
