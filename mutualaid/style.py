"""`/style/` while DEBUG is on: every piece of the pages in every state, made of the real parts."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from medicines.cautions import PersonKind
from medicines.choosing import MedicineChoiceField
from medicines.models import Medicine
from medicines.units import Unit
from posts import cards, square
from posts.cards import Facts
from posts.models import CourierPayer, Kind, Reach, State
from verification.models import Level

ICONS = sorted(path.stem for path in (settings.BASE_DIR / "templates/icons").glob("*.svg"))


class SampleForm(forms.Form):
    """A field of each kind. Filled in wrongly it shows each with its error."""

    text = forms.CharField(label="A line of text", help_text="With a hint.", max_length=20)
    note = forms.CharField(label="Several lines", widget=forms.Textarea(attrs={"rows": 2}))
    amount = forms.IntegerField(label="A number", min_value=1)
    choice = forms.ChoiceField(label="A list", choices=[("", "Please choose"), ("a", "One")])
    one = forms.ChoiceField(
        label="One of these", choices=[("a", "One"), ("b", "Two")], widget=forms.RadioSelect
    )
    several = forms.MultipleChoiceField(
        label="Several of these",
        choices=[("a", "One"), ("b", "Two"), ("c", "Three")],
        widget=forms.CheckboxSelectMultiple,
    )
    tick = forms.BooleanField(label="A box to tick")
    medicine = MedicineChoiceField(label="Chips")


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """The style guide; there is none outside DEBUG."""
    if not settings.DEBUG:
        raise Http404
    away = partial(cards.away, from_post=False, language=get_language())
    context = {
        "icons": [{"name": name, "file": f"icons/{name}.svg"} for name in ICONS],
        "empty_form": SampleForm(prefix="empty"),
        "form": SampleForm({"amount": "0"}),
        "cards": [
            mark_safe(cards.text(post).replace(cards.AWAY, away(metres)))  # noqa: S308
            for post, metres in samples()
        ],
        "filters": square.Filters(medicine=Medicine.objects.listed().first()),
    }
    return render(request, "style.html", context)


def samples() -> list[tuple[Facts, float | None]]:
    """Posts in every state that a card can show, and how far away they are (metres)."""
    now = timezone.now()
    goods = [(each.pk, None, 4, Unit.TABLET) for each in Medicine.objects.listed()[:2]]
    offer = Facts(
        id=0, public_id=UUID(int=0), kind=Kind.OFFER, state=State.OPEN, level=Level.PHONE,
        is_demo=False, confirmed_at=now, rests_until=None, erased_at=None, in_hand=False,
        area_id=440305, reached_by=Reach.PHONE, by_courier=False, by_pickup=True, by_mail=False,
        courier_payer="", note="", people=None, whom=[], youngest_months=None, none_left=False,
        organisation=None, items=goods,
    )  # fmt: skip
    need = replace(offer, kind=Kind.NEED, by_pickup=False, people=1)
    courier: dict[str, Any] = {"by_courier": True, "courier_payer": CourierPayer.ASK}
    baby: dict[str, Any] = {"whom": [PersonKind.ADULT, PersonKind.INFANT], "youngest_months": 9}
    rests = now + timedelta(minutes=20)
    return [
        (replace(offer, level=Level.REAL_NAME, **courier), 800.0),
        (replace(offer, rests_until=rests, note="放在门口就行"), 3_200.0),
        (replace(need, people=3, none_left=True, **baby), None),
        (replace(need, whom=[PersonKind.OVER_65], in_hand=True, is_demo=True), 41_000.0),
    ]
