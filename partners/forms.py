"""What a body says of itself, and the number that is asked to its staff."""

import re
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from medicines.models import Medicine
from partners.applying import NO_CONTACT, Application
from partners.models import (
    FILE_CONTENT,
    FILE_NAME,
    MOST_AREAS,
    MOST_ORIGINS,
    TAKEN_NAME,
    BodyKind,
    Partner,
    origin_of,
)
from places.models import Area
from places.picker import AreaPickerForm
from posts.models import Kind, Organisation
from safety.screening import Field
from safety.screening.forms import screened
from verification.phones import AnyPhoneField, LineField, PhoneField, as_said

SHOWN = ("shows_kind", "shows_medicine", "shows_sort")
CHANGED = ("about", *NO_CONTACT, *SHOWN)


class MedicineField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class BodyForm(AreaPickerForm):
    """What the owner of a body's page may change himself."""

    leaf_required = False

    about = forms.CharField(
        label=_("What it does, in a sentence (optional)"),
        help_text=_("Everybody can read it."),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 200}),
    )
    contact_name = forms.CharField(
        label=_("Whom may we ask?"),
        help_text=_("Only we see the name, the number and the address."),
        max_length=20,
        error_messages={"required": _("Please say whom we may ask.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    contact_phone = AnyPhoneField(label=_("This person's phone"))
    contact_email = forms.EmailField(
        label=_("This person's e-mail (optional)"), max_length=100, required=False
    )
    shows_kind = forms.TypedChoiceField(
        label=_("What do people look for on your pages?"),
        choices=[(Kind.OFFER.value, _("Offers")), (Kind.NEED.value, _("Needs"))],
        coerce=int,
        initial=Kind.OFFER.value,
        help_text=_("Your links open the square so. People can change it there."),
    )
    shows_medicine = MedicineField(
        Medicine.objects.none(),
        label=_("Only one medicine?"),
        required=False,
        to_field_name="slug",
        empty_label=_("All medicines"),
    )
    shows_sort = forms.ChoiceField(
        label=_("In which order?"),
        choices=[("time", _("Newest first")), ("distance", _("Nearest first"))],
        initial="time",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        medicine = cast(forms.ModelChoiceField, self.fields["shows_medicine"])
        medicine.queryset = Medicine.objects.listed()

    def of(self, *names: str) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields]

    @property
    def contact_fields(self) -> list[forms.BoundField]:
        return self.of("contact_name", "contact_phone", "contact_email")

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        return self.of(*SHOWN)

    def clean_about(self) -> str:
        return screened(self.cleaned_data["about"], Field.MESSAGE).text

    def clean_contact_name(self) -> str:
        name = screened(self.cleaned_data["contact_name"], Field.NAME).text
        if not name:
            raise ValidationError(self.fields["contact_name"].error_messages["required"])
        return name

    def columns(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in CHANGED}


class ApplyForm(BodyForm):
    """An application. What it says stands on the body's page once a moderator has approved it."""

    name = forms.CharField(
        label=_("Name of the body"),
        help_text=_("As people know it; it stands on every post."),
        max_length=40,
        min_length=2,
        error_messages={"required": _("Please give the name of the body.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=[("", _("Please choose")), *BodyKind.choices],
        error_messages={"required": _("Please say what kind of body it is.")},
    )
    slug = forms.CharField(
        label=_("A short name for its address"),
        help_text=_("Lower-case letters, digits and hyphens, for example nanshan-yuehai."),
        max_length=30,
        min_length=3,
        error_messages={"required": _("Please give a short name.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    line = LineField(
        label=_("The phone line of the body"),
        help_text=_(
            "With the area code; a hotline such as 12345 too. We call it before we decide; on your "
            "posts verified people see it on a tap."
        ),
        error_messages={"required": _("Please give the number that the body answers.")},
    )
    origins = forms.CharField(
        label=_("Sites that are to show the square (optional)"),
        help_text=_("One to a line, for example https://www.example.org."),
        max_length=1200,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 2, "autocapitalize": "none", "spellcheck": "false", "inputmode": "url"}
        ),
    )
    promise = forms.BooleanField(
        label=_(
            "The body knows that I apply for it. It gives medicine and help free of charge, and "
            "answers for what its staff post here."
        ),
        error_messages={"required": _("Please tick this box: without it we may not.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        widget = self.fields["line"].widget
        widget.attrs["autocomplete"] = "tel"

    @property
    def body_fields(self) -> list[forms.BoundField]:
        return self.of("name", "kind", "about", "slug", "line")

    def clean_name(self) -> str:
        name = screened(self.cleaned_data["name"], Field.LANDMARK).text
        if len(name) < 2:
            raise ValidationError(self.fields["name"].error_messages["required"])
        return name

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"].strip().lower()
        wrong = Organisation(slug=slug, name="-", line="-")
        try:
            wrong.clean_fields(exclude=["name", "line"])
            wrong.validate_constraints()
        except ValidationError:
            told = gettext("Please use letters, digits and hyphens, and begin with a letter.")
            raise ValidationError(told) from None
        return slug

    def clean_origins(self) -> list[str]:
        typed = self.cleaned_data["origins"].replace(",", "\n").replace("，", "\n").split()
        origins = list(dict.fromkeys(origin_of(each) for each in typed))
        if len(origins) > MOST_ORIGINS:
            told = gettext("At most %(most)s sites, please.")
            raise ValidationError(told % {"most": MOST_ORIGINS})
        return origins

    def application(self) -> Application:
        data = self.cleaned_data
        return Application(
            organisation={name: data[name] for name in ("name", "slug", "line")},
            partner={**self.columns(), "kind": data["kind"], "origins": data["origins"]},
            areas=[data["area"]],
        )


class ChangeForm(BodyForm):
    """The owner changes the rest; `keep` are the areas that stay, the picker adds one."""

    keep = forms.MultipleChoiceField(
        label=_("Your areas"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any, partner: Partner, areas: list[Area]) -> None:
        super().__init__(data)
        self.areas = areas
        keep = cast(forms.MultipleChoiceField, self.fields["keep"])
        keep.choices = [(str(area.code), area.label) for area in areas]
        keep.initial = [str(area.code) for area in areas]
        for name in CHANGED:
            value = getattr(partner, name)
            self.initial[name] = value.slug if isinstance(value, Medicine) else value
        if partner.contact_phone:
            self.initial["contact_phone"] = as_said(partner.contact_phone)

    def check_area(self, cleaned: dict[str, Any]) -> None:
        kept = [area for area in self.areas if str(area.code) in cleaned.get("keep", [])]
        added = [cleaned["area"]] if cleaned["area"] and cleaned["area"] not in kept else []
        cleaned["areas"] = [*kept, *added]
        if not cleaned["areas"] or cleaned.get("q"):
            super().check_area(cleaned)
        if len(cleaned["areas"]) > MOST_AREAS:
            told = gettext("At most %(most)s areas, please.")
            self.add_error("keep", told % {"most": MOST_AREAS})


class InviteForm(forms.Form):
    phone = PhoneField(
        label=_("Mobile number of your colleague"),
        help_text=_(
            "No text message is sent: please tell your colleague to sign in here with this number "
            "and to look at “Me”."
        ),
    )


class ProofFileForm(forms.Form):
    """A file that a platform gave the body to put at the root of this site."""

    name = forms.CharField(
        label=_("Name of the file"),
        help_text=_("For example MP_verify_a1B2c3D4e5F6g7H8.txt"),
        max_length=68,
        error_messages={"required": _("Please give the name of the file.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    content = forms.CharField(
        label=_("What is in it"),
        help_text=_("Open the file and copy all of it."),
        max_length=200,
        error_messages={"required": _("Please copy what is in the file.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip().removeprefix("/")
        if not re.search(FILE_NAME, name):
            told = gettext("A name of letters, digits, - and _ that ends in .txt, please.")
            raise ValidationError(told)
        if re.search(TAKEN_NAME, name, re.IGNORECASE):
            raise ValidationError(gettext("This name is not for partners: it speaks for the site."))
        return name

    def clean_content(self) -> str:
        content = self.cleaned_data["content"].strip()
        if not re.search(FILE_CONTENT, content):
            raise ValidationError(
                gettext("Such a file holds one line of letters and digits. Please copy only that.")
            )
        return content
