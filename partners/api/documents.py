"""What the API says of a post, an area, a medicine; and how each is made from a row."""

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from ninja import Field, Schema

from medicines.cautions import PersonKind
from medicines.models import Medicine
from medicines.units import Form, Unit, unit_label
from places.models import Area
from posts.models import Kind, Organisation, Post, PostItem
from verification.models import Level

LEVELS = {1: "province", 2: "city", 3: "district"}
KindWord = Literal["need", "offer"]


class Words(Schema):
    """The same in Chinese and in English."""

    zh: str
    en: str


class AreaDocument(Schema):
    code: str = Field(examples=["440305"], description="Six digits of GB/T 2260.")
    level: Literal["province", "city", "district"]
    name: Words
    full_name: Words
    parent: str | None = Field(description="The code of the area around it.")
    has_children: bool


class Place(Schema):
    """The centre of a cell of about 500 m, or the point of a district; SRID 4326, degrees."""

    lat: float
    lng: float
    precision: Literal["cell", "district"]


class Item(Schema):
    """A medicine and how much; or, in a need, anything against a symptom."""

    medicine: str | None = Field(description="The short name in /medicines.")
    group: str | None = Field(description="A symptom group, when any of its medicines will do.")
    name: Words
    amount: int | None
    unit: Unit | None
    unit_name: Words | None
    form: Form | None
    strength: str
    expires: str | None = Field(
        description="Of the medicine: year and month.", examples=["2027-03"]
    )
    original_packing: bool
    per_household: int | None


class Handover(Schema):
    courier: Literal["receiver", "giver", "ask"] | None = Field(
        description="Who pays the courier; null when no courier is wanted."
    )
    pickup: bool
    mail: bool


class Body(Schema):
    """A public body in whose name its staff post."""

    name: str
    url: str = Field(description="Its page on this site.")


class PostDocument(Schema):
    id: UUID
    url: str = Field(description="Its page, where people get in touch.")
    kind: KindWord
    items: list[Item]
    area: AreaDocument
    place: Place
    metres: int | None = Field(description="From `near`, rounded to 100 m; null without it.")
    people: int | None = Field(description="A need: for how many.")
    whom: list[PersonKind]
    youngest_months: int | None
    none_left: bool
    handover: Handover
    note: str
    writes_first: bool = Field(description="Its poster wants a message and shows no number.")
    verified: Literal["phone", "real-name"]
    posted_by: Body | None = Field(description="Null when a resident posts for himself.")
    in_hand: bool = Field(description="Somebody is on it.")
    rests: bool = Field(description="Several people are in touch already.")
    is_demo: bool
    published_at: datetime
    confirmed_at: datetime
    expires_at: datetime = Field(
        description="Take it off your page then, if no change came before."
    )


class MedicineDocument(Schema):
    slug: str
    kind: Literal["medicine", "supply"]
    name: Words
    groups: list[str]
    units: list[Unit]
    pick_up_only: bool
    url: str


def in_both(label: Callable[[], str]) -> dict[str, str]:
    """What a function says in each language."""
    words = {}
    for word, language in (("zh", "zh-hans"), ("en", "en")):
        with override(language):
            words[word] = label()
    return words


@lru_cache
def unit_words(unit: str) -> dict[str, str]:
    return in_both(lambda: unit_label(unit))


def address(path: str) -> str:
    return settings.SITE_URL + path


def area_document(area: Area) -> dict[str, Any]:
    return {
        "code": str(area.code),
        "level": LEVELS[area.level],
        "name": {"zh": area.path[-1], "en": area.english_path[-1]},
        "full_name": {"zh": "".join(area.path), "en": ", ".join(reversed(area.english_path))},
        "parent": str(area.parent_id) if area.parent_id else None,
        "has_children": not area.is_leaf,
    }


def month(day: date | None) -> str | None:
    return f"{day:%Y-%m}" if day else None


def item_document(item: PostItem) -> dict[str, Any]:
    named = item.medicine or item.group
    assert named is not None
    return {
        "medicine": item.medicine.slug if item.medicine else None,
        "group": item.group.slug if item.group else None,
        "name": {"zh": named.name, "en": named.name_en},
        "amount": item.amount,
        "unit": item.unit or None,
        "unit_name": unit_words(item.unit) if item.unit else None,
        "form": item.form or None,
        "strength": item.strength,
        "expires": month(item.expiry),
        "original_packing": item.original_packing,
        "per_household": item.per_household,
    }


def body_document(organisation: Organisation) -> dict[str, str]:
    return {
        "name": organisation.name,
        "url": address(reverse("partner", args=[organisation.slug])),
    }


def post_document(post: Post, lat: float, lng: float, metres: float | None) -> dict[str, Any]:
    """A post that is on the square, at the centre of its cell (degrees)."""
    return {
        "id": post.public_id,
        "url": address(post.get_absolute_url()),
        "kind": Kind(post.kind).word,
        "items": [item_document(item) for item in post.items.all()],
        "area": area_document(post.area),
        "place": {
            "lat": round(lat, 4),
            "lng": round(lng, 4),
            "precision": "district" if post.by_area else "cell",
        },
        "metres": None if metres is None else round(metres / 100) * 100,
        "people": post.people,
        "whom": post.whom,
        "youngest_months": post.youngest_months,
        "none_left": post.none_left,
        "handover": {
            "courier": post.courier_payer or None,
            "pickup": post.by_pickup,
            "mail": post.by_mail,
        },
        "note": post.note,
        "writes_first": post.asks_first,
        "verified": "real-name" if post.level >= Level.REAL_NAME else "phone",
        "posted_by": body_document(post.organisation) if post.organisation else None,
        "in_hand": post.in_hand,
        "rests": post.rests,
        "is_demo": post.is_demo,
        "published_at": post.created_at,
        "confirmed_at": post.confirmed_at,
        "expires_at": post.expires_at,
    }


def medicine_document(medicine: Medicine) -> dict[str, Any]:
    """A listed medicine with its `groups` and `units` fetched."""
    return {
        "slug": medicine.slug,
        "kind": medicine.kind,
        "name": {"zh": medicine.name, "en": medicine.name_en},
        "groups": [group.slug for group in medicine.groups.all()],
        "units": [unit.unit for unit in medicine.units.all()],
        "pick_up_only": medicine.pick_up_only,
        "url": address(medicine.get_absolute_url()),
    }
