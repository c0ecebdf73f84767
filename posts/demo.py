"""Believable demo posts: real districts, the weights of December 2022, clearly marked as demo.

Deterministic for a seed, and copied into the database (COPY), so that a million take minutes.
Weights: the top cities for needs and for offers, the most wanted medicines, and a quarter as many
offers as needs, as reported of the original (../shared/domain.md).
"""

import random
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.contrib.gis.geos import Point
from django.db import connection, models, transaction
from django.utils import timezone

from medicines.cautions import PersonKind
from medicines.models import Medicine
from places import grid
from places.models import Area
from posts import listing
from posts.models import CourierPayer, Kind, Listing, Post, PostItem, Reach, Source, State
from safety.encryption import digest
from verification.models import Level, Resident

POSTERS = 50
OFFERS_PER_NEED = 0.25
IN_TOP_CITIES = 0.5  # of all posts
TOP_CITIES = {  # GB/T 2260 prefixes, most posts first
    Kind.NEED: ["4403", "3301", "31", "4401", "4419"],
    Kind.OFFER: ["4403", "11", "31", "3301", "4401"],
}
WANTED = {"antigen-test": 30, "ibuprofen": 25, "paracetamol": 18}  # all others: 1 each
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邹冯于董"
NEED_NOTES = [
    "", "", "", "家里两位老人发烧,药店都卖完了", "孩子昨晚开始发热,急需退烧药",
    "刚转阳,家里没有备药",
    "父母在老家,我在外地,盼好心人帮忙", "孕妇发热,听医生说可以用对乙酰氨基酚", "只要几粒应急就够",
    "全家都阳了,跑腿费我来出", "想测一下再去看老人",
]  # fmt: skip
OFFER_NOTES = [
    "", "", "", "家里有多的,送给需要的邻居", "没拆封,放门口自取", "先给有老人孩子的家庭",
    "已经康复,剩下的送出去", "只有这么多了,送完为止", "可以帮忙叫跑腿", "请看好说明书再吃",
]  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """A post before it has a place."""

    kind: Kind
    area: Area


def make(number: int, seed: int = 1) -> Iterator[int]:
    """Make `number` demo posts, yielding how many were copied after each batch.

    Raises ValueError when posts of this seed are there already.
    """
    chance = random.Random(seed)  # noqa: S311 -- believable, not secret
    now = timezone.now()
    posters = demo_residents()
    medicines = list(Medicine.objects.listed().prefetch_related("units", "forms"))
    plans = plan(number, chance)
    spots = places_for(plans, seed)
    times = moments(number, chance, now)
    batch = 5000
    for start in range(0, number, batch):
        with transaction.atomic():
            made = [
                build(planned, spots[planned.area.pk].pop(), time, chance, posters, medicines)
                for planned, time in islice(zip(plans, times, strict=True), start, start + batch)
            ]
            if start == 0 and Post.objects.filter(public_id=made[0][0].public_id).exists():
                raise ValueError(f"The posts of seed {seed} are there already: take another.")
            copy_posts(made)
        yield len(made)


def demo_residents() -> list[Resident]:
    """Accounts behind the demo posts; their numbers cannot exist, so nobody can sign in as them."""
    residents = []
    for number in range(POSTERS):
        phone = f"+8610000000{number:02d}"
        resident, _new = Resident.objects.get_or_create(
            phone_digest=digest("phone", phone),
            defaults={"phone": phone, "level": Level.REAL_NAME if number % 3 else Level.PHONE},
        )
        residents.append(resident)
    return residents


def plan(number: int, chance: random.Random) -> list[Planned]:
    leaves = [area for area in Area.objects.all() if area.is_leaf]
    in_city = {
        prefix: [area for area in leaves if str(area.pk).startswith(prefix)]
        for prefixes in TOP_CITIES.values()
        for prefix in prefixes
    }
    plans = []
    for _each in range(number):
        kind = (
            Kind.OFFER if chance.random() < OFFERS_PER_NEED / (1 + OFFERS_PER_NEED) else Kind.NEED
        )
        choices = leaves
        if chance.random() < IN_TOP_CITIES:
            choices = (
                in_city[chance.choices(TOP_CITIES[kind], weights=[5, 4, 3, 2, 1])[0]] or leaves
            )
        plans.append(Planned(kind, chance.choice(choices)))
    return plans


def places_for(plans: Iterable[Planned], seed: int) -> dict[int, list[Point]]:
    """Random points for each area: inside its boundary, or around its own point without one."""
    wanted = Counter(planned.area.pk for planned in plans)
    own = {planned.area.pk: planned.area.point for planned in plans}
    spots: dict[int, list[Point]] = {code: [] for code in wanted}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT area_id, ST_X(spot.geom), ST_Y(spot.geom)
            FROM unnest(%s::int[], %s::int[]) AS wanted (code, number)
            JOIN places_boundary ON area_id = code,
            LATERAL ST_Dump(ST_GeneratePoints(shape, number, %s)) AS spot
            """,
            [list(wanted), list(wanted.values()), seed],
        )
        for code, lng, lat in cursor.fetchall():
            spots[code].append(Point(lng, lat, srid=4326))
    around = random.Random(seed)  # noqa: S311
    for code, number in wanted.items():
        while len(spots[code]) < number:
            centre = own[code]
            spots[code].append(
                Point(centre.x + around.gauss(0, 0.02), centre.y + around.gauss(0, 0.02), srid=4326)
            )
    return spots


def moments(number: int, chance: random.Random, now: datetime) -> list[datetime]:
    """When each post was published: most of them lately, no two in the same millisecond.

    Ranks are made of milliseconds, and in a listing they are unique.
    """
    longest = 66 * 3600 * 1000  # a little less than a need lives
    used: set[int] = set()
    while len(used) < number:
        used.add(int(chance.expovariate(1 / (14 * 3600 * 1000))) % longest)
    ages = sorted(used)
    chance.shuffle(ages)
    return [now - timedelta(milliseconds=age) for age in ages]


def build(
    planned: Planned,
    spot: Point,
    time: datetime,
    chance: random.Random,
    posters: list[Resident],
    medicines: list[Medicine],
) -> tuple[Post, list[PostItem]]:
    poster = chance.choice(posters)
    by_courier, by_mail = chance.random() < 0.6, chance.random() < 0.3
    post = Post(
        public_id=uuid.UUID(int=chance.getrandbits(128), version=4),
        submission=uuid.UUID(int=chance.getrandbits(128), version=4),
        resident=poster,
        kind=planned.kind,
        level=poster.level,
        is_demo=True,
        created_at=time,
        confirmed_at=time,
        expires_at=time + planned.kind.lifetime,
        area=planned.area,
        point=grid.snap(spot.y, spot.x).point,
        contact_name=chance.choice(SURNAMES) + chance.choice(["女士", "先生"]),
        contact_phone=f"+86100000{chance.randrange(10000):04d}",
        by_courier=by_courier,
        by_mail=by_mail,
        by_pickup=chance.random() < 0.5 or not (by_courier or by_mail),
        courier_payer=chance.choice(CourierPayer.values) if by_courier else "",
        note=chance.choice(NEED_NOTES if planned.kind == Kind.NEED else OFFER_NOTES),
        state=State.OPEN,
    )
    if chance.random() < 0.2:
        post.reached_by, post.contact_phone = Reach.MESSAGE, ""
    if planned.kind == Kind.NEED:
        describe_people(post, chance, time)
    else:
        post.source = chance.choice(Source.values)
    return post, build_items(post, chance, time, medicines)


def describe_people(post: Post, chance: random.Random, now: datetime) -> None:
    kinds = [PersonKind.ADULT, PersonKind.OVER_65, PersonKind.CHILD, PersonKind.INFANT]
    kinds += [PersonKind.PREGNANT, PersonKind.BREASTFEEDING, PersonKind.CHRONIC]
    weights = [50, 25, 15, 6, 3, 2, 8]
    post.people = chance.choices([1, 2, 3, 4, 5], weights=[40, 30, 18, 8, 4])[0]
    post.whom = sorted(set(chance.choices(kinds, weights=weights, k=min(post.people, 3))))
    if PersonKind.INFANT in post.whom:
        post.youngest_months = chance.randrange(3, 12)
    elif PersonKind.CHILD in post.whom:
        post.youngest_months = 12 * chance.randrange(1, 15)
    post.none_left = chance.random() < 0.4
    if chance.random() < 0.6:
        post.fever_since = (now - timedelta(days=chance.randrange(4))).date()


def build_items(
    post: Post, chance: random.Random, now: datetime, medicines: list[Medicine]
) -> list[PostItem]:
    weights = [WANTED.get(medicine.slug, 1) for medicine in medicines]
    chosen = {
        m.pk: m for m in chance.choices(medicines, weights=weights, k=chance.choice([1, 1, 2, 3]))
    }
    items = []
    for medicine in chosen.values():
        unit = medicine.units.all()[0]
        amount = max(1, min(unit.cap, unit.suggested + chance.choice([-1, 0, 0, 2])))
        item = PostItem(medicine=medicine, amount=amount, unit=unit.unit)
        if post.kind == Kind.OFFER:
            shapes = list(medicine.forms.all())
            expiry = (now + timedelta(days=chance.randrange(60, 900))).date()
            item.amount = amount * chance.choice([1, 2, 3])
            item.per_household = amount
            item.form = chance.choice(shapes).form if shapes else ""
            item.expiry = date(expiry.year, expiry.month, 1)
            item.original_packing = chance.random() < 0.7
        items.append(item)
    return items


def copy_posts(made: list[tuple[Post, list[PostItem]]]) -> None:
    posts = [post for post, _items in made]
    number_rows(Post, posts)
    items = []
    for post, own in made:
        for item in own:
            item.post = post
            items.append(item)
    number_rows(PostItem, items)
    copy_rows(Post, posts)
    copy_rows(PostItem, items)
    rows = [
        row
        for post, own in made
        for row in listing.rows(post, {item.medicine_id for item in own if item.medicine_id})
    ]
    copy_rows(Listing, rows)


def number_rows(model: type[models.Model], rows: list[Any]) -> None:
    """Give rows their primary keys from the table's own sequence."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, len(rows)],
        )
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key


def copy_rows(model: type[models.Model], rows: list[Any]) -> None:
    fields = [field for field in model._meta.concrete_fields if not field.has_db_default()]
    names = ", ".join(f'"{field.column}"' for field in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy,
    ):
        for row in rows:
            copy.write_row([stored(field, row) for field in fields])


def stored(field: models.Field, row: Any) -> Any:
    """A field's value as COPY takes it."""
    value = getattr(row, field.attname)
    return value.hexewkb.decode() if isinstance(value, Point) else field.get_prep_value(value)
