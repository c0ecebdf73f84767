"""`/style/` while DEBUG is on: every piece of the pages in every state, made of the real parts."""

from datetime import timedelta
from types import SimpleNamespace

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from medicines.choosing import MedicineChoiceField
from medicines.models import Medicine
from medicines.units import Unit
from places.models import Area
from posts import cards, square
from posts.models import Kind, Post, PostItem
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
    context = {
        "icons": [{"name": name, "file": f"icons/{name}.svg"} for name in ICONS],
        "empty_form": SampleForm(prefix="empty"),
        "form": SampleForm({"amount": "0"}),
        "rows": [{"post": post, "away": cards.away(metres)} for post, metres in samples()],
        "filters": square.Filters(medicine=Medicine.objects.listed().first()),
        "post": samples()[0][0],
    }
    return render(request, "style.html", context)


def samples() -> list[tuple[SimpleNamespace, float | None]]:
    """Posts in every state that a card can show, and how far away they are (metres)."""
    area, medicines = Area.objects.known(440305), Medicine.objects.listed()[:2]
    items = [
        PostItem(medicine=each, amount=4, unit=Unit.TABLET, original_packing=True)
        for each in medicines
    ]
    now = timezone.now()

    def sample(kind: Kind, **facts: object) -> SimpleNamespace:
        post = Post(kind=kind, area=area, level=Level.PHONE, confirmed_at=now, by_pickup=True)
        post.expires_at = now + timedelta(days=1)
        shown = {name: facts.pop(name) for name in list(facts) if not hasattr(post, name)}
        for name, value in facts.items():
            setattr(post, name, value)
        return CardPost(post, items, **shown)

    return [
        (sample(Kind.OFFER, level=Level.REAL_NAME, by_courier=True, courier_payer="ask"), 800.0),
        (sample(Kind.OFFER, rests_until=now + timedelta(minutes=20), note="放在门口就行"), 3_200.0),
        (
            sample(
                Kind.NEED, people=3, whom=["adult", "infant"], youngest_months=9, none_left=True
            ),
            None,
        ),
        (sample(Kind.NEED, people=1, whom=["over_65"], in_hand=True, is_demo=True), 41_000.0),
    ]


class CardPost(SimpleNamespace):
    """A post that was never saved, with items: what the templates of a card read."""

    def __init__(self, post: Post, items: list[PostItem], **shown: object) -> None:
        super().__init__(items=SimpleNamespace(all=items), **shown)
        self.post = post

    def __getattr__(self, name: str) -> object:
        return getattr(self.post, name)

    def get_absolute_url(self) -> str:
        return "#cards"
