"""Between a draft and a post: the forms over what was typed, and the way back for editing."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from medicines.choosing import Choice, MedicineChoiceField
from medicines.models import Medicine, SymptomGroup
from places import grid
from places.models import Area
from places.picker import LEVELS, lineage
from posts import drafts
from posts.forms import (
    FEVER_DAYS,
    DetailsForm,
    NeedDetailsForm,
    OfferDetailsForm,
    OrganisationReachForm,
    ReachForm,
    Whose,
)
from posts.models import Draft, Kind, Post, PostItem
from posts.publishing import Answers
from posts.square import area_coded
from verification.models import Resident


def choice(draft: Draft | None) -> list[str]:
    """The chips that were chosen, as they were sent."""
    typed = drafts.typed_in(draft, drafts.DETAILS) if draft else None
    return typed.getlist("medicine") if typed else []


def chosen(kind: Kind, values: list[str]) -> Choice:
    """The medicines and groups behind chips; only a need may be for "any of" a group.

    Raises ValidationError for what cannot be chosen.
    """
    return MedicineChoiceField(groups=kind == Kind.NEED).clean(values)


def details_form(
    draft: Draft, medicines: list[Medicine], groups: list[SymptomGroup], area: str = ""
) -> NeedDetailsForm | OfferDetailsForm:
    """`area` is the code, as it was sent, of the link that somebody came by."""
    form = NeedDetailsForm if draft.kind == Kind.NEED else OfferDetailsForm
    typed = drafts.typed_in(draft, drafts.DETAILS)
    return form(typed, medicines=medicines, groups=groups, initial={"area": area})


def reach_form(
    draft: Draft,
    resident: Resident | AnonymousUser,
    medicines: list[Medicine],
    sent: QueryDict | None,
) -> ReachForm | OrganisationReachForm:
    typed = drafts.typed_in(draft, drafts.REACH) if sent is None else sent
    area = proposed_area(draft)
    if draft.organisation:
        return OrganisationReachForm(
            typed, medicines=medicines, organisation=draft.organisation, area=area
        )
    phone = resident.phone if resident.is_authenticated else None
    return ReachForm(typed, medicines=medicines, account_phone=phone, area=area)


def proposed_area(draft: Draft) -> Area | None:
    """The area of the link that somebody came by: a poster's code, a shared square."""
    typed = drafts.typed_in(draft, drafts.DETAILS)
    return area_coded(typed.get("area", "")) if typed else None


def all_forms(
    draft: Draft, resident: Resident | AnonymousUser, sent: QueryDict | None = None
) -> dict[str, Any]:
    """The form of each step, bound to what was typed; None where a step cannot be read any more.

    `sent` is what has just come for "where and how": it also tells which button of the area picker
    was pressed and what was searched for, which no draft keeps.
    """
    try:
        medicines, groups = chosen(Kind(draft.kind), choice(draft))
    except ValidationError:
        return {drafts.DETAILS: None}
    return {
        drafts.DETAILS: details_form(draft, medicines, groups),
        drafts.REACH: reach_form(draft, resident, medicines, sent),
    }


def checked(forms: dict[str, Any]) -> Answers:
    """The answers of valid forms."""
    details: DetailsForm = forms[drafts.DETAILS]
    fields: dict[str, Any] = {}
    for form in forms.values():
        fields |= form.fields_for_post()
    return Answers(items=details.items(), fields=fields)


def preview(answers: Answers, draft: Draft) -> Post:
    """An unsaved post, to show the answers as the post will show them."""
    return Post(kind=draft.kind, organisation=draft.organisation, **answers.fields)


def draft_of(post: Post, by: Resident | None = None) -> Draft:
    """A draft that holds a post as if its poster, or `by`, a colleague, had just typed it;
    publishing it changes the post.
    """
    contact = for_body_of(post) if post.organisation else contact_of(post)
    data = {
        drafts.DETAILS: details_of(post),
        drafts.REACH: place_of(post) | handover_of(post) | contact,
    }
    typed = {
        step: {name: as_typed(value) for name, value in answers.items() if value not in (None, "")}
        for step, answers in data.items()
    }
    return Draft.objects.create(
        kind=post.kind,
        resident=by or post.resident,
        organisation=post.organisation,
        editing=post,
        data=typed,
    )


def as_typed(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return ["on" if each is True else str(each) for each in values if each is not False]


def details_of(post: Post) -> dict[str, Any]:
    items = [item for item in post.items.all() if item.amount != 0]  # what is gone is not offered
    typed: dict[str, Any] = {
        "medicine": [chip(item) for item in items],
        "note": post.note or post.held_note,
    }
    for item in items:
        if item.medicine:
            typed |= {f"{item.medicine.slug}-{name}": value for name, value in line(item).items()}
    if not post.is_need:
        return typed | {"source": post.source}
    months = post.youngest_months
    in_years = months is not None and months >= 24 and months % 12 == 0
    return typed | {
        "people": post.people,
        "whom": post.whom,
        "youngest": months // 12 if in_years and months else months,
        "youngest_unit": "years" if in_years else "months",
        "none_left": post.none_left,
        "fever_days": days_of_fever(post),
    }


def chip(item: PostItem) -> str:
    return item.medicine.slug if item.medicine else f"any:{item.group.slug}"  # type: ignore[union-attr]


def line(item: PostItem) -> dict[str, Any]:
    return {
        "amount": item.amount,
        "unit": item.unit,
        "per_household": item.per_household,
        "form": item.form,
        "strength": item.strength,
        "expiry_year": item.expiry.year if item.expiry else None,
        "expiry_month": item.expiry.month if item.expiry else None,
        "original_packing": item.original_packing,
    }


def days_of_fever(post: Post) -> int | None:
    if post.fever_since is None:
        return None
    return min((timezone.localdate() - post.fever_since).days, FEVER_DAYS)


def place_of(post: Post) -> dict[str, Any]:
    cell = None if post.by_area else grid.snap(post.point.y, post.point.x)
    levels = dict(zip(LEVELS, lineage(post.area), strict=False))
    return {
        **{level: area.code for level, area in levels.items()},
        "row": cell.row if cell else None,
        "column": cell.column if cell else None,
        "by_area": post.by_area,
        "landmark": post.landmark,
    }


def handover_of(post: Post) -> dict[str, Any]:
    ways = {"courier": post.by_courier, "pickup": post.by_pickup, "mail": post.by_mail}
    return {
        "handover": [way for way, chosen in ways.items() if chosen],
        "courier_payer": post.courier_payer,
    }


def contact_of(post: Post) -> dict[str, Any]:
    return {
        "name": post.contact_name,
        "reached_by": post.reached_by,
        "phone": post.contact_phone or post.resident.phone,  # at hand, should it be shown now
        "wechat": post.contact_wechat,
    }


def for_body_of(post: Post) -> dict[str, Any]:
    whose = Whose.MESSAGE if post.asks_first else Whose.CALLER if post.caller_digest else Whose.LINE
    return {
        "name": post.contact_name,
        "whose": whose,
        "caller": post.contact_phone if post.caller_digest else "",
        "agreed": post.for_caller,
    }
