"""The catalogue for people: all of it, one medicine, and the search."""

import re
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from medicines.choosing import LONGEST_CHOICE, shelves
from medicines.matching import LONGEST
from medicines.models import BlockedName, Medicine
from safety.requests import HtmxRequest

OWN_PATH = re.compile(r"/([a-z-]+/)*")


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Everything that can be chosen, and what is not here and why. Five queries."""
    rows = list(Medicine.objects.prefetch_related("groups", "units", "cautions"))
    context = {
        "shelves": shelves(row for row in rows if row.is_listed),
        "refused": [row for row in rows if not row.is_listed],
        "blocked_names": BlockedName.objects.active(),
    }
    return render(request, "medicines/catalogue.html", context)


@require_safe
def medicine(request: HttpRequest, slug: str) -> HttpResponse:
    """One medicine: forms, cautions, the most one person may ask for; or why it is not here."""
    rows = Medicine.objects.prefetch_related("groups", "forms", "units", "cautions")
    found = get_object_or_404(rows, slug=slug)
    return render(request, "medicines/medicine.html", {"medicine": found})


@require_safe
def search(request: HtmxRequest) -> HttpResponse:
    """Results for `q`, as a page or (htmx) as a fragment.

    With `target`, a path of this site, each result is a link to it that chooses the medicine on top
    of those given as `medicine`; without it, a link to the medicine's own page.
    """
    text = request.GET.get("q", "")[:LONGEST]
    target = request.GET.get("target", "")
    if not OWN_PATH.fullmatch(target):
        target = ""
    chosen = request.GET.getlist("medicine")[:LONGEST_CHOICE]
    result = Medicine.objects.search(text)
    context = {
        "text": text.strip(),
        "target": target,
        "chosen": chosen,
        "links": [(row, link(row, target, chosen)) for row in result.listed],
        "refused": result.refused,
    }
    name = "medicines/results.html" if request.htmx else "medicines/search.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Request"])  # one address, two answers
    return response


def link(row: Medicine, target: str, chosen: list[str]) -> str:
    """Where a result leads."""
    if not target:
        return row.get_absolute_url()
    values = list(dict.fromkeys([*chosen, row.slug]))
    return f"{target}?{urlencode({'medicine': values}, doseq=True)}"
