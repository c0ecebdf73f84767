"""/medicines: what can be asked for and given."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from medicines.models import Medicine
from partners.api.answers import PUBLIC, READ, answered
from partners.api.documents import MedicineDocument, medicine_document
from partners.api.problems import Problem, refuse_others

MINUTES = 300  # seconds: a medicine that is taken off must not linger
router = Router(tags=["medicines"])


class Medicines(Schema):
    medicines: list[MedicineDocument]


@router.api_operation(
    READ, "", response={200: Medicines, PUBLIC: Problem}, summary="The whole catalogue"
)
def medicines(request: HttpRequest) -> Any:
    """Over-the-counter medicines and supplies that are listed, in the order of the site."""
    refuse_others(request)
    listed = Medicine.objects.listed().prefetch_related("groups", "units")
    return answered(request, {"medicines": [medicine_document(each) for each in listed]}, MINUTES)
