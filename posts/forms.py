"""The steps of a post as forms. What they accept is what the database's constraints accept."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from medicines.cautions import Person, PersonKind
from medicines.choosing import MedicineChoiceField
from medicines.models import Medicine, SymptomGroup
from medicines.units import Form, unit_label
from places.models import Area
from places.picker import PlaceForm
from posts.models import (
    LARGEST_AMOUNT,
    MOST_PEOPLE,
    CourierPayer,
    Message,
    Organisation,
    Reach,
    Source,
)
from posts.organisations import caller_digest
from safety.screening import Field, Outcome
from safety.screening.forms import screened
from verification.forms import ConsentForm, SignInForm
from verification.models import Resident
from verification.phones import AnyPhoneField, PhoneField, as_said

CHILD_KINDS = {PersonKind.CHILD, PersonKind.INFANT}
OLDEST_CHILD = 17 * 12  # months
HOSPITAL_UNDER = 3  # months: a baby this young with a fever belongs in hospital (domain.md)
FEVER_DAYS = 7
EXPIRY_YEARS = 6  # no medicine keeps longer
SIGN_IN_PHONE = _(
    "We text you a code: that signs you in, no password. Verified people see the number on a tap, "
    "and you see who did; or nobody, as you choose below."
)
CONTACT_PHONE = _(
    "If you show it: verified people see it on a tap, and you see who did. "
    "If you are asked first: nobody does."
)


@dataclass(frozen=True)
class ItemAnswer:
    """One line of a post as it was checked; a group has no amount."""

    medicine: Medicine | None = None
    group: SymptomGroup | None = None
    amount: int | None = None
    unit: str = ""
    per_household: int | None = None
    form: str = ""
    strength: str = ""
    expiry: date | None = None
    original_packing: bool = False

    @property
    def form_label(self) -> str:
        return str(Form(self.form).label) if self.form else ""


class ChooseForm(forms.Form):
    """The first page: which medicines. A need may also be for "any of" a symptom group."""

    def __init__(self, *args: Any, groups: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["medicine"] = MedicineChoiceField(groups=groups, label=_("Medicines"))


class Stepper(forms.NumberInput):
    """A number between two large buttons, one less and one more (static/js/stepper.js)."""

    template_name = "forms/stepper.html"


def number_input(least: int, most: int) -> Stepper:
    return Stepper(attrs={"inputmode": "numeric", "min": least, "max": most, "autocomplete": "off"})


def public_text(text: str, field: Field = Field.MESSAGE) -> str:
    """A text as it may be stored. Raises `ScreenedError` if it may not."""
    return screened(text, field).text


class DetailsForm(forms.Form):
    """What and how much; in its subclasses, for whom, or from where."""

    note = forms.CharField(
        label=_("A short note (optional)"),
        help_text=_("Everybody can read it. No names, numbers or addresses, please."),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 200}),
    )
    area = forms.CharField(required=False, widget=forms.HiddenInput)  # see `ReachForm`

    def __init__(
        self,
        *args: Any,
        medicines: Iterable[Medicine],
        groups: Iterable[SymptomGroup],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.medicines, self.groups = list(medicines), list(groups)
        facts = dict(self.fields)
        self.fields.clear()
        for medicine in self.medicines:
            self.add_item_fields(medicine)
        self.fields.update(facts)

    def add_item_fields(self, medicine: Medicine) -> None:
        units = list(medicine.units.all())
        self.fields[f"{medicine.slug}-amount"] = forms.IntegerField(
            label=_("How many"),
            min_value=1,
            max_value=LARGEST_AMOUNT,
            initial=units[0].suggested,
            widget=number_input(1, LARGEST_AMOUNT),
            error_messages={
                "required": _("%(medicine)s: please say how many.") % {"medicine": medicine.label},
                "invalid": _("%(medicine)s: please give a whole number.")
                % {"medicine": medicine.label},
            },
        )
        self.fields[f"{medicine.slug}-unit"] = forms.ChoiceField(
            label=_("Unit"),
            choices=[(each.unit, unit_label(each.unit)) for each in units],
            initial=units[0].unit,
        )

    def fields_of(self, medicine: Medicine) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(f"{medicine.slug}-")]

    @property
    def blocks(self) -> list[tuple[Medicine, list[forms.BoundField]]]:
        """Each medicine with its fields, in the order of the page."""
        return [(medicine, self.fields_of(medicine)) for medicine in self.medicines]

    @property
    def facts(self) -> list[forms.BoundField]:
        """The fields that belong to no medicine."""
        own = {field.name for _medicine, fields in self.blocks for field in fields}
        return [self[name] for name in self.fields if name not in own and name != "area"]

    def clean_note(self) -> str:
        """The note. What is not certain waits for a moderator; the post itself does not."""
        result = screened(self.cleaned_data["note"], Field.NOTE)
        self.note_waits = result.outcome == Outcome.HELD
        return result.text

    def note_for_post(self) -> dict[str, str]:
        public, held = "note", "held_note"
        if self.note_waits:
            public, held = held, public
        return {public: self.cleaned_data["note"], held: "", "note_refused_for": ""}

    def items(self) -> list[ItemAnswer]:
        """The checked lines, medicines first. Call it on a valid form."""
        lines = [self.item(medicine) for medicine in self.medicines]
        return lines + [ItemAnswer(group=group) for group in self.groups]

    def item(self, medicine: Medicine) -> ItemAnswer:
        data = self.cleaned_data
        return ItemAnswer(
            medicine=medicine,
            amount=data[f"{medicine.slug}-amount"],
            unit=data[f"{medicine.slug}-unit"],
        )


class NeedDetailsForm(DetailsForm):
    people = forms.IntegerField(
        label=_("For how many people"),
        min_value=1,
        max_value=MOST_PEOPLE,
        initial=1,
        error_messages={"required": _("Please say for how many people.")},
        widget=number_input(1, MOST_PEOPLE),
    )
    whom = forms.MultipleChoiceField(
        label=_("Who they are"),
        help_text=_("Choose all that apply: it decides which medicine is safe."),
        choices=PersonKind.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Please choose who it is for.")},
    )
    youngest = forms.IntegerField(
        label=_("Age of the youngest child"),
        required=False,
        min_value=0,
        max_value=OLDEST_CHILD,
        widget=number_input(0, OLDEST_CHILD),
    )
    youngest_unit = forms.ChoiceField(
        label=_("in"), choices=[("years", _("years")), ("months", _("months"))], required=False
    )
    none_left = forms.BooleanField(label=_("There is none left at home"), required=False)
    fever_days = forms.TypedChoiceField(
        label=_("Fever"), required=False, coerce=int, empty_value=None, choices=[]
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["note"] = self.fields.pop("note")  # last
        fever_days = cast(forms.ChoiceField, self.fields["fever_days"])
        fever_days.choices = [
            ("", _("No fever, or not sure")),
            (0, _("Since today")),
            (1, _("Since yesterday")),
            *((days, _("For %(days)s days") % {"days": days}) for days in range(2, FEVER_DAYS)),
            (FEVER_DAYS, _("For a week or longer")),
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        has_child = bool(CHILD_KINDS & set(data.get("whom", [])))
        if has_child and data.get("youngest") is None and "youngest" not in self.errors:
            self.add_error("youngest", _("Please give the age: it decides the right medicine."))
        months = self.months()
        if has_child and months is not None and months > OLDEST_CHILD:
            self.add_error("youngest", _("A child here is under 18 years old."))
        if PersonKind.INFANT in data.get("whom", []) and months is not None and months >= 12:
            self.add_error("youngest", _("A baby here is under 1 year old."))
        return data

    def months(self) -> int | None:
        """Age of the youngest child in months; None if there is no child."""
        data = self.cleaned_data
        if not CHILD_KINDS & set(data.get("whom", [])) or data.get("youngest") is None:
            return None
        return data["youngest"] * (1 if data.get("youngest_unit") == "months" else 12)

    def persons(self) -> list[Person]:
        """Who it is for, as the cautions of the catalogue ask for it."""
        months = self.months()
        return [
            Person(kind=PersonKind(kind), age_months=months if kind in CHILD_KINDS else None)
            for kind in self.cleaned_data["whom"]
        ]

    def needs_hospital(self) -> bool:
        months = self.months()
        fever = self.cleaned_data.get("fever_days") is not None
        return fever and months is not None and months < HOSPITAL_UNDER

    def fields_for_post(self) -> dict[str, Any]:
        data = self.cleaned_data
        days = data.get("fever_days")
        return {
            "people": data["people"],
            "whom": data["whom"],
            "youngest_months": self.months(),
            "none_left": data["none_left"],
            "fever_since": None if days is None else timezone.localdate() - timedelta(days=days),
            "source": "",
            **self.note_for_post(),
        }


class OfferDetailsForm(DetailsForm):
    source = forms.ChoiceField(
        label=_("Where it came from"),
        choices=[("", _("Please choose")), *Source.choices],
        error_messages={"required": _("Please say where it came from.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["note"] = self.fields.pop("note")

    def add_item_fields(self, medicine: Medicine) -> None:
        super().add_item_fields(medicine)
        slug, name = medicine.slug, medicine.label
        first = next(iter(medicine.units.all()))
        is_supply = medicine.kind == Medicine.Kind.SUPPLY
        self.fields[f"{slug}-amount"].label = _("How many in all")
        self.fields[f"{slug}-per_household"] = forms.IntegerField(
            label=_("At most for one household"),
            min_value=1,
            max_value=LARGEST_AMOUNT,
            initial=first.suggested,
            error_messages={
                "required": _("%(medicine)s: please say how many for one household.")
                % {"medicine": name}
            },
            widget=number_input(1, LARGEST_AMOUNT),
        )
        shapes = [(each.form, each.label) for each in medicine.forms.all()]
        if shapes:
            self.fields[f"{slug}-form"] = forms.ChoiceField(label=_("Form"), choices=shapes)
        self.fields[f"{slug}-strength"] = forms.CharField(
            label=_("Strength on the packing (optional)"), max_length=30, required=False
        )
        this_year = timezone.localdate().year
        years = range(this_year, this_year + EXPIRY_YEARS + 1)
        self.fields[f"{slug}-expiry_year"] = forms.TypedChoiceField(
            label=_("Expires in (year)"),
            coerce=int,
            empty_value=None,
            required=not is_supply,
            choices=[("", _("Year")), *((year, str(year)) for year in years)],
            error_messages={
                "required": _("%(medicine)s: please look at the packing for the expiry date.")
                % {"medicine": name}
            },
        )
        self.fields[f"{slug}-expiry_month"] = forms.TypedChoiceField(
            label=_("Expires in (month)"),
            coerce=int,
            empty_value=None,
            required=False,  # a year without a month is refused in `check_item`, once for both
            choices=[("", _("Month")), *((month, str(month)) for month in range(1, 13))],
        )
        self.fields[f"{slug}-original_packing"] = forms.BooleanField(
            label=_("In its original packing"), required=False
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for medicine in self.medicines:
            self.check_item(medicine, data)
        return data

    def check_item(self, medicine: Medicine, data: dict[str, Any]) -> None:
        slug, name = medicine.slug, {"medicine": medicine.label}
        amount, share = data.get(f"{slug}-amount"), data.get(f"{slug}-per_household")
        if amount and share and share > amount:
            data[f"{slug}-per_household"] = amount
        if f"{slug}-strength" in data:
            try:
                data[f"{slug}-strength"] = public_text(data[f"{slug}-strength"])
            except ValidationError as error:
                self.add_error(f"{slug}-strength", error)
        year, month = data.get(f"{slug}-expiry_year"), data.get(f"{slug}-expiry_month")
        if (year is None) != (month is None) and not self.errors.get(f"{slug}-expiry_year"):
            self.add_error(
                f"{slug}-expiry_year", _("%(medicine)s: please give year and month.") % name
            )
        if year and month and last_day(year, month) < timezone.localdate():
            self.add_error(
                f"{slug}-expiry_year",
                _("%(medicine)s has expired. Expired medicine cannot be passed on.") % name,
            )

    def item(self, medicine: Medicine) -> ItemAnswer:
        data, slug = self.cleaned_data, medicine.slug
        year, month = data.get(f"{slug}-expiry_year"), data.get(f"{slug}-expiry_month")
        return ItemAnswer(
            medicine=medicine,
            amount=data[f"{slug}-amount"],
            unit=data[f"{slug}-unit"],
            per_household=data[f"{slug}-per_household"],
            form=data.get(f"{slug}-form", ""),
            strength=data.get(f"{slug}-strength", ""),
            expiry=date(year, month, 1) if year and month else None,
            original_packing=data[f"{slug}-original_packing"],
        )

    def fields_for_post(self) -> dict[str, Any]:
        return {"source": self.cleaned_data["source"], **self.note_for_post()}


def last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


class WhereForm(PlaceForm):
    """Where it is, how its poster is called and how it changes hands. How he is reached comes in
    the subclasses. The place may be far from whoever fills this in.
    """

    by_area = forms.BooleanField(
        label=_("Show only the district, not the 500 m cell"),
        help_text=_("In the country a cell can be a single house."),
        required=False,
    )
    landmark = forms.CharField(
        label=_("A landmark (optional)"),
        help_text=_("For example the south gate. Seen only together with your phone."),
        max_length=60,
        required=False,
    )
    name = forms.CharField(
        label=_("How should people call you?"),
        help_text=_("For example Ms Liu. Not your full name."),
        max_length=20,
        error_messages={"required": _("Please say how people should call you.")},
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    handover = forms.MultipleChoiceField(
        label=_("How can it change hands?"),
        choices=[("courier", _("by courier")), ("pickup", _("pick-up")), ("mail", _("by post"))],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Please choose at least one way.")},
    )
    courier_payer = forms.ChoiceField(
        label=_("Who pays the courier"), choices=CourierPayer.choices, required=False
    )

    def __init__(
        self, *args: Any, medicines: Iterable[Medicine], area: Area | None = None, **options: Any
    ) -> None:
        """`area` is only a proposal."""
        super().__init__(*args, initial={"area": area}, **options)
        self.pick_up_only = [each for each in medicines if each.pick_up_only]
        for last in ("handover", "courier_payer"):
            self.fields[last] = self.fields.pop(last)
        self.fields["handover"].initial = ["pickup"] if self.pick_up_only else ["courier", "pickup"]
        self.fields["courier_payer"].initial = CourierPayer.RECEIVER

    @property
    def place_fields(self) -> list[forms.BoundField]:
        return [self["by_area"], self["landmark"]]

    @property
    def contact_fields(self) -> list[forms.BoundField]:
        names = list(self.fields)
        return [self[name] for name in names[names.index("name") :]]

    def clean_landmark(self) -> str:
        return public_text(self.cleaned_data["landmark"], Field.LANDMARK)

    def clean_name(self) -> str:
        name = public_text(self.cleaned_data["name"], Field.NAME)
        if not name:
            raise ValidationError(self.fields["name"].error_messages["required"])
        return name

    def clean_handover(self) -> list[str]:
        ways = self.cleaned_data["handover"]
        if self.pick_up_only and ways != ["pickup"]:
            raise ValidationError(
                _("Couriers and the post may not carry %(medicine)s. Please choose pick-up only.")
                % {"medicine": self.pick_up_only[0].label}
            )
        return ways

    def fields_for_post(self) -> dict[str, Any]:
        """As it is stored; the place as a cell's centre, or the area's own point. The forms made of
        this one add how whoever posts it is reached.
        """
        data = self.cleaned_data
        area, cell = data["area"], data["cell"]
        by_area = cell is None or data["by_area"]
        by_courier = "courier" in data["handover"]
        payer = data["courier_payer"] or CourierPayer.ASK
        return {
            "area": area,
            "point": area.point if by_area else cell.point,
            "by_area": by_area,
            "landmark": data["landmark"],
            "contact_name": data["name"],
            "by_courier": by_courier,
            "by_pickup": "pickup" in data["handover"],
            "by_mail": "mail" in data["handover"],
            "courier_payer": payer if by_courier else "",
        }


class ReachForm(WhereForm):
    """Where it is, and how its poster is called and reached: one page.

    Who is not signed in gives the number that gets the sign-in code here too (`sign_in_phone`), so
    that a number is typed only once. `phone_to_prove` (E.164) goes on the post once a code has
    shown whose it is.
    """

    phone = PhoneField(label=_("Phone"), required=False)  # see `clean`
    shared = forms.BooleanField(label=SignInForm.base_fields["shared"].label, required=False)
    reached_by = forms.TypedChoiceField(
        label=_("May people see your number?"),
        choices=Reach.choices,
        required=False,  # in drafts from before there was a choice
        empty_value=Reach.PHONE,
        initial=Reach.PHONE,
        widget=forms.RadioSelect,
    )
    wechat = forms.RegexField(
        label=_("WeChat ID (optional)"),
        regex=r"^[A-Za-z][A-Za-z0-9_-]{5,19}$",
        required=False,
        error_messages={
            "invalid": _(
                "A WeChat ID has 6 to 20 letters, digits, - or _ and begins with a letter."
            )
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, account_phone: str | None, **options: Any) -> None:
        """`account_phone` (E.164) is None for who is not signed in."""
        super().__init__(*args, **options)
        self.signs_in = account_phone is None
        self.sign_in_phone = ""
        phone = self.fields["phone"]
        phone.initial = as_said(account_phone) if account_phone else ""
        phone.help_text = SIGN_IN_PHONE if self.signs_in else CONTACT_PHONE
        if not self.signs_in:
            del self.fields["shared"]

    @property
    def phone_to_prove(self) -> str:
        return self.cleaned_data["phone"]

    def clean(self) -> dict[str, Any]:
        """Who is asked first shows no number: none goes on the post, whatever the fields hold."""
        data = super().clean()
        shows_number = data.get("reached_by") != Reach.MESSAGE
        if (shows_number or self.signs_in) and not data.get("phone") and "phone" not in self.errors:
            self.add_error("phone", self.fields["phone"].error_messages["required"])
        self.sign_in_phone = (data.get("phone") or "") if self.signs_in else ""
        if not shows_number:
            hidden = ("wechat",) if self.signs_in else ("phone", "wechat")
            for name in hidden:
                self.errors.pop(name, None)
            data |= {"phone": "", "wechat": ""}
        return data

    def fields_for_post(self) -> dict[str, Any]:
        data = self.cleaned_data
        return super().fields_for_post() | {
            "reached_by": data["reached_by"],
            "contact_phone": data["phone"],
            "contact_wechat": data["wechat"],
        }


class Whose(TextChoices):
    """By whose number people get in touch about a post of a body."""

    LINE = "line", _("Our own line")
    CALLER = "caller", _("The phone of whoever called us")
    MESSAGE = "message", _("Nobody's: people leave a message, and our staff decide whom to call")


class OrganisationReachForm(WhereForm):
    """The same for a body: whoever fills it in is not whom people get in touch with.

    A caller who has no smartphone gets no code, so nobody can prove the number: the member of staff
    who spoke with the caller answers for it, and says so.
    """

    signs_in = False
    sign_in_phone = phone_to_prove = ""

    whose = forms.ChoiceField(
        label=_("Whose number do people see?"),
        choices=Whose.choices,
        initial=Whose.LINE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please say whose number people see.")},
    )
    caller = AnyPhoneField(label=_("The caller's phone, if people are to see it"), required=False)
    agreed = forms.BooleanField(
        label=_(
            "It is for a caller. I told the caller what will stand here and who sees it, and the "
            "caller agreed."
        ),
        required=False,
    )

    def __init__(self, *args: Any, organisation: Organisation, **options: Any) -> None:
        super().__init__(*args, **options)
        self.organisation = organisation
        self.fields["name"].label = _("How should people call whoever answers?")
        self.fields["name"].help_text = _("For example Ms Liu, or the office. No full name.")
        whose = cast(forms.ChoiceField, self.fields["whose"])
        line = _("Our own line, %(phone)s") % {"phone": as_said(organisation.line)}
        whose.choices = [(Whose.LINE.value, line), *Whose.choices[1:]]
        for last in ("handover", "courier_payer"):
            self.fields[last] = self.fields.pop(last)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("whose") != Whose.CALLER:
            self.errors.pop("caller", None)
            return {**data, "caller": ""}
        if not data.get("caller") and "caller" not in self.errors:
            self.add_error("caller", _("Please enter the caller's number."))
        if not data.get("agreed"):
            self.add_error(
                "agreed", _("Without the caller's consent the number cannot stand here.")
            )
        return data

    def fields_for_post(self) -> dict[str, Any]:
        data = self.cleaned_data
        phones = {Whose.LINE: self.organisation.line, Whose.CALLER: data["caller"]}
        return super().fields_for_post() | {
            "reached_by": Reach.MESSAGE if data["whose"] == Whose.MESSAGE else Reach.PHONE,
            "contact_phone": phones.get(data["whose"], ""),
            "contact_wechat": "",
            "for_caller": data["agreed"],
            "caller_digest": caller_digest(data["caller"]),
        }


class MessageForm(ConsentForm):
    """A few words to a poster who shows no number, and a number of one's own to be called at."""

    text = forms.CharField(
        label=_("Your message"),
        help_text=_(
            "Who you are, and how you can help or what you need. Only the poster reads it."
        ),
        max_length=Message.LONGEST,
        error_messages={"required": _("Please write a few words.")},
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": Message.LONGEST}),
    )
    phone = PhoneField(
        label=_("Your number"),
        help_text=_("Shown to this poster alone, so that they can call you."),
    )

    def __init__(self, resident: Resident, data: Any = None, initial: Any = None) -> None:
        super().__init__(resident, "reveal", data)
        self.fields["phone"].initial = as_said(resident.phone)
        self.initial = initial or {}

    def clean_text(self) -> str:
        text = public_text(self.cleaned_data["text"], Field.MESSAGE)
        if not text:
            raise ValidationError(self.fields["text"].error_messages["required"])
        return text
