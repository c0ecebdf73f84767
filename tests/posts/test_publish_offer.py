"""我有多的药, page by page. What it shares with a need is tested there."""

from datetime import date
from unittest.mock import patch

import pytest
from django.utils import timezone

from medicines.models import Medicine
from posts.forms import OfferDetailsForm
from posts.models import Kind, Post
from tests.posts.test_publish_need import REACH, words

pytestmark = pytest.mark.django_db

NEXT_YEAR = str(timezone.localdate().year + 1)
DETAILS = {
    "medicine": ["ibuprofen"], "ibuprofen-amount": "12", "ibuprofen-unit": "tablet",
    "ibuprofen-per_household": "6", "ibuprofen-form": "tablet", "ibuprofen-strength": "0.2g",
    "ibuprofen-expiry_year": NEXT_YEAR, "ibuprofen-expiry_month": "6",
    "ibuprofen-original_packing": "on", "source": "pharmacy", "note": "送给需要的邻居", "go": "1",
}  # fmt: skip


def test_it_works_from_the_first_page_to_the_square(as_resident, client):
    as_resident.post("/offer/details/", DETAILS)
    check = as_resident.post("/offer/reach/", REACH, follow=True)
    assert f"{NEXT_YEAR}-06" in words(check)
    as_resident.post("/offer/check/")
    post = Post.objects.get()
    line = post.items.get()
    assert post.kind == Kind.OFFER
    assert (line.amount, line.per_household, line.expiry) == (12, 6, date(int(NEXT_YEAR), 6, 1))
    page = words(client.get(post.get_absolute_url()))
    for said in ("0.2g", "原包装", "药店买的", f"{NEXT_YEAR}-06"):
        assert said in page


def test_it_asks_for_sign_in(client):
    client.post("/offer/details/", DETAILS)
    assert client.post("/offer/reach/", REACH)["Location"] == "/offer/check/"
    assert "code" in words(client.get("/offer/check/"))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"ibuprofen-expiry_year": ""}, "有效期"),
        ({"ibuprofen-expiry_month": ""}, "有效期"),
        ({"source": ""}, "请选药物来源"),
        ({"ibuprofen-form": "injection"}, "injection"),
        ({"ibuprofen-strength": "x" * 31}, "30"),
        ({"ibuprofen-strength": "13800138000"}, "请去掉电话号码"),
    ],
)
def test_bad_details_get_a_sentence_and_nothing_typed_is_lost(client, changed, sentence):
    response = client.post("/offer/details/", {**DETAILS, **changed})
    assert response.status_code == 422
    assert sentence in words(response)
    assert "送给需要的邻居" in words(response)


def test_expired_medicine_is_refused(db):
    medicine = Medicine.objects.get(slug="ibuprofen")
    expired = {"ibuprofen-expiry_year": "2026", "ibuprofen-expiry_month": "1"}
    with patch("posts.forms.timezone.localdate", return_value=date(2026, 2, 1)):
        form = OfferDetailsForm({**DETAILS, **expired}, medicines=[medicine], groups=[])
        assert not form.is_valid()
    assert "过期" in str(form.errors)


def test_medicine_that_expires_this_month_is_still_good(client):
    today = timezone.localdate()
    good = {"ibuprofen-expiry_year": str(today.year), "ibuprofen-expiry_month": str(today.month)}
    assert client.post("/offer/details/", {**DETAILS, **good}).status_code == 302


def test_a_household_share_is_never_more_than_there_is(as_resident):
    as_resident.post("/offer/details/", {**DETAILS, "ibuprofen-per_household": "50"})
    as_resident.post("/offer/reach/", REACH)
    as_resident.post("/offer/check/")
    assert Post.objects.get().items.get().per_household == 12


def test_a_group_cannot_be_offered(client):
    assert client.get("/offer/?medicine=any:fever").status_code == 400
    response = client.post("/offer/details/", {**DETAILS, "medicine": ["any:fever"]})
    assert response["Location"] == "/offer/"
