"""Posts to test with, published through the one write path."""

import uuid
from datetime import date
from typing import Any

from medicines.cautions import PersonKind
from medicines.models import Medicine, SymptomGroup
from places import grid
from places.models import Area
from posts.forms import ItemAnswer
from posts.models import CourierPayer, Draft, Kind, Organisation, Post, Source
from posts.publishing import Answers, publish
from verification.models import Resident

NANSHAN, FUTIAN, YUELU = 440305, 440304, 430104  # districts of Shenzhen, Shenzhen, Changsha
NANSHAN_AT, FUTIAN_AT, YUELU_AT = (22.5333, 113.9304), (22.5411, 114.0543), (28.2353, 112.9314)


def item(slug: str = "ibuprofen", amount: int = 4, **fields: Any) -> ItemAnswer:
    medicine = Medicine.objects.get(slug=slug)
    unit = fields.pop("unit", medicine.units.all()[0].unit)
    return ItemAnswer(medicine=medicine, amount=amount, unit=unit, **fields)


def any_of(group: str) -> ItemAnswer:
    return ItemAnswer(group=SymptomGroup.objects.get(slug=group))


def fields(kind: Kind, code: int, at: tuple[float, float], **changed: Any) -> dict[str, Any]:
    common = {
        "area": Area.objects.get(pk=code),
        "point": grid.snap(*at).point,
        "by_area": False,
        "landmark": "",
        "contact_name": "刘女士",
        "contact_phone": "+8613800138001",
        "contact_wechat": "",
        "by_courier": True,
        "by_pickup": False,
        "by_mail": False,
        "courier_payer": CourierPayer.RECEIVER,
        "note": "",
    }
    if kind == Kind.NEED:
        common |= {"people": 2, "whom": [PersonKind.OVER_65.value], "source": ""}
    else:
        common |= {"source": Source.PHARMACY}
    return common | changed


def post(
    resident: Resident,
    kind: Kind = Kind.OFFER,
    items: list[ItemAnswer] | None = None,
    code: int = NANSHAN,
    at: tuple[float, float] = NANSHAN_AT,
    brought_by: Organisation | None = None,
    **changed: Any,
) -> Post:
    """A post on the square."""
    draft = Draft.objects.create(id=uuid.uuid4(), kind=kind, resident=resident)
    answers = Answers(items=items or [item()], fields=fields(kind, code, at, **changed))
    return publish(draft.pk, kind, resident, answers, brought_by)


def need(resident: Resident, **options: Any) -> Post:
    return post(resident, Kind.NEED, **options)


def offer(resident: Resident, **options: Any) -> Post:
    options.setdefault(
        "items",
        [
            item(
                amount=8,
                per_household=4,
                form="slow-release",
                expiry=date(date.today().year + 1, 1, 1),
                original_packing=True,
            )
        ],
    )
    return post(resident, Kind.OFFER, **options)
