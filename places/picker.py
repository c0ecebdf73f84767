"""Choose an area, or a place: parts for any form that asks where something is.

How a host form embeds the picker
---------------------------------
Subclass `AreaPickerForm` (an area only) or `PlaceForm` (an area, or a cell of the grid found by
"use my position" or a tap on the map) and add fields of your own. In the template, inside your
`<form method="post" novalidate>`, write `{% include "places/picker.html" %}` for the area and
`{% include "places/position.html" %}` before it for the position; the form must be called `form`
in the context and have no prefix. The head of your page includes `places/scripts.html`.

Without JavaScript the picker's own buttons (all named `picker`) send the whole host form: then
`form.is_picking` is true, `is_valid()` is false, nothing has errors, and the view shows the page
again with everything that was typed:

    form = HostForm(request.POST or None)
    if form.is_valid():
        area = form.cleaned_data["area"]
    ...render(request, "host.html", {"form": form}, status=422 if form.errors else 200)

With htmx the same buttons and selects fetch the picker alone from /place/picker/.
"""

from typing import Any, cast

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from places.boundaries import area_at, may_be_in
from places.grid import Cell
from places.models import Area

LEVELS = ("province", "city", "district")  # of choosing: 北京's districts are chosen as "city"
SEARCH, SHOW = "search", "show"


class AreaPickerForm(forms.Form):
    """Province, city and district as plain selects, and a search box that sets them.

    The most specific select counts; a city that is not in the chosen province is dropped. Where
    `leaf_required`, a province or city with districts is not enough. `cleaned_data["area"]` is the
    area. `initial["area"]` may hold one.
    """

    leaf_required = True

    q = forms.CharField(
        label=gettext_lazy("Search for a place"),
        help_text=gettext_lazy("City or district, in characters or pinyin"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "search"}),
    )
    province = forms.ChoiceField(label=gettext_lazy("Province"), required=False)
    city = forms.ChoiceField(label=gettext_lazy("City"), required=False)
    district = forms.ChoiceField(label=gettext_lazy("District or county"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chosen = self._chosen()
        if self.is_bound:
            self.data = self._settled()
        self._use_htmx()
        for above, level in zip([None, *self.chosen], LEVELS, strict=False):
            self._offer(level, above)
        for level, area in zip(LEVELS, self.chosen, strict=False):
            self.initial[level] = area.code

    @property
    def is_picking(self) -> bool:
        """Whether one of the picker's own buttons was pressed: nothing is to be checked yet."""
        return self.is_bound and "picker" in self.data

    @cached_property
    def found(self) -> list[Area]:
        """What the search box finds."""
        return Area.objects.search(self.data.get("q", "")) if self.is_bound else []

    @property
    def may_go_deeper(self) -> bool:
        """Whether there may be a select that is not shown yet."""
        return not self.chosen or not self.chosen[-1].is_leaf

    @property
    def steps(self) -> list[forms.BoundField]:
        """The selects that have something to choose."""
        return [self[level] for level in LEVELS if self._select(level).choices]

    def is_valid(self) -> bool:
        return not self.is_picking and super().is_valid()

    def full_clean(self) -> None:
        if not self.is_picking:
            return super().full_clean()
        self._errors, self.cleaned_data = ErrorDict(), {}
        return None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["area"] = self.chosen[-1] if self.chosen else None
        self.check_area(cleaned)
        return cleaned

    def check_area(self, cleaned: dict[str, Any]) -> None:
        """Add the error of an area that is missing or too large."""
        area = cleaned["area"]
        if area is None and cleaned.get("cell"):
            message = _("We could not find the district of this position. Please choose it below.")
            self.add_error("province", message)
        elif area is None and cleaned.get("q"):
            self.add_error("q", self._search_message())
        elif area is None:
            self.add_error("province", _("Choose a province, or search for the place."))
        elif self.leaf_required and not area.is_leaf:
            deeper = LEVELS[len(self.chosen)]
            self.add_error(deeper, _("Choose where in %(area)s.") % {"area": area.short_name})

    def _search_message(self) -> str:
        if self.found:
            return _("Choose one of the places that were found.")
        return _("No such place was found. Try another spelling, or choose from the list.")

    def _chosen(self) -> list[Area]:
        """The chosen areas from the province down, each inside the one before."""
        if not self.is_bound:
            return lineage(_area(self.initial.get("area")))
        if picked := _area(self.data.get("picker")):
            return lineage(picked)
        chosen: list[Area] = []
        for level in LEVELS:
            area = _area(self.data.get(level))
            if area is None or area.parent_id != (chosen[-1].code if chosen else None):
                break
            chosen.append(area)
        return chosen

    def _settled(self) -> QueryDict:
        """What was sent, with the selects as they are now."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        for level in LEVELS:
            data[level] = ""
        for level, area in zip(LEVELS, self.chosen, strict=False):
            data[level] = str(area.code)
        if _area(self.data.get("picker")):
            data["q"] = ""
        return data

    def _use_htmx(self) -> None:
        """A changed select fetches the deeper ones; typing fetches what is found."""
        url = reverse("place-picker")
        for level in LEVELS:
            self.fields[level].widget.attrs["hx-post"] = url
        self.fields["q"].widget.attrs |= {
            "hx-post": url,
            "hx-vals": '{"picker": "search"}',
            "hx-trigger": "input changed delay:400ms",
            "hx-target": "#picker-found",
            "hx-select": "#picker-found",
        }

    def _select(self, level: str) -> forms.ChoiceField:
        return cast(forms.ChoiceField, self.fields[level])

    def _offer(self, level: str, above: Area | None) -> None:
        """Fill one select with the areas below another."""
        if above is not None and above.is_leaf:
            return
        areas = Area.objects.known_children(above)
        field = self._select(level)
        field.choices = [("", _("Choose")), *((area.code, area.short_name) for area in areas)]
        if all(area.level == Area.Level.DISTRICT for area in areas):  # 北京 has no cities
            field.label = self.fields["district"].label


class PlaceForm(AreaPickerForm):
    """A place: an area, or a cell of the grid with the area found for it, which can be changed.

    `cleaned_data["cell"]` is the cell, or None for a place by area only. A cell far from the chosen
    area is dropped: a daughter who tapped "use my position" and then chose her parents' district
    means the district. Where `area_required` is false, a cell abroad needs no area.
    """

    area_required = True

    row = forms.IntegerField(required=False, widget=forms.HiddenInput)
    column = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def check_area(self, cleaned: dict[str, Any]) -> None:
        cell = cleaned["cell"] = cell_of(cleaned.get("row"), cleaned.get("column"))
        if cell and cleaned["area"] is None:
            self.chosen = lineage(area_at(cell.point))
            cleaned["area"] = self.chosen[-1] if self.chosen else None
        if cell and cleaned["area"] is None and not self.area_required:
            return
        if cell and cleaned["area"] and not may_be_in(cell.point, cleaned["area"]):
            cleaned["cell"] = None
        super().check_area(cleaned)

    @cached_property
    def cell(self) -> Cell | None:
        """The cell that the form holds now, to be drawn."""
        return cell_of(self["row"].value(), self["column"].value())


def cell_of(row: Any, column: Any) -> Cell | None:
    """The cell of two numbers or texts; None if they are none or not on earth."""
    try:
        return Cell(int(row), int(column))
    except (TypeError, ValueError):
        return None


def lineage(area: Area | None) -> list[Area]:
    """The areas from the province down to this one; empty for None."""
    if area is None:
        return []
    above = Area.objects.known(area.parent_id) if area.parent_id else None
    return [*lineage(above), area]


def _area(code: Any) -> Area | None:
    """The area that a code, as text or number, or an area stands for."""
    if isinstance(code, Area):
        return code
    text = str(code or "")
    return Area.objects.known(int(text)) if len(text) == 6 and text.isdecimal() else None
