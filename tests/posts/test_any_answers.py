"""Whatever the forms accept, the database accepts: no answer gets past one and not the other."""

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from medicines.cautions import PersonKind
from medicines.models import Medicine
from posts.listing import medicines_in
from posts.models import CourierPayer, Draft, Listing, Post, Source
from tests.posts.factories import FUTIAN, YUELU
from tests.posts.test_publish_need import REACH

pytestmark = pytest.mark.django_db
YEAR = timezone.localdate().year
number = st.one_of(st.integers(-1, 25).map(str), st.sampled_from(["", "999", "1000", "٣", "1.5"]))
words = st.sampled_from(["", "谢谢", "急用,白天在家", "Thanks", "a" * 201, "\u200b"])
MEDICINES = ["ibuprofen", "paracetamol", "n95", "antigen-test", "alcohol", "any:fever"]


def changes(**fields):
    """Some of these fields are changed, the others stay right: so that many get through."""
    return st.fixed_dictionaries({}, optional=fields)


FACTS = {
    "need": changes(
        people=number,
        whom=st.lists(st.sampled_from(PersonKind.values), max_size=3, unique=True),
        youngest=number,
        youngest_unit=st.sampled_from(["years", "months"]),
        fever_days=st.sampled_from(["", "0", "3", "7", "8"]),
        note=words,
    ),
    "offer": changes(source=st.sampled_from(["", *Source.values]), note=words),
}
line = changes(
    amount=number,
    per_household=number,
    form=st.sampled_from(["tablet", "slow-release", "suspension"]),
    strength=st.sampled_from(["", "0.2g", "x" * 30]),
    expiry_year=st.sampled_from(["", str(YEAR - 1), str(YEAR + 1)]),
    expiry_month=st.sampled_from(["", "1", "12", "13"]),
    original_packing=st.just("on"),
)
places = changes(
    district=st.sampled_from([str(FUTIAN), str(YUELU), ""]),
    by_area=st.just("on"),
    landmark=words,
)
contacts = changes(
    name=st.sampled_from(["", "刘女士", "x" * 21, "\u200b"]),
    wechat=st.sampled_from(["", "liu_123456", "x"]),
    handover=st.lists(st.sampled_from(["courier", "pickup", "mail"]), max_size=3),
    courier_payer=st.sampled_from(["", *CourierPayer.values]),
)
RIGHT_LINE = {
    "amount": "1",
    "per_household": "1",
    "expiry_year": str(YEAR + 1),
    "expiry_month": "6",
}


def details(kind: str, data) -> dict:
    """A page of details: a few medicines, each with a line, and the facts."""
    slugs = data.draw(st.lists(st.sampled_from(MEDICINES), min_size=1, max_size=3, unique=True))
    answers = {"medicine": slugs, "people": "2", "whom": ["over_65"], "source": "pharmacy"}
    for medicine in Medicine.objects.filter(slug__in=slugs):
        shape = medicine.forms.first()
        own = {"unit": medicine.units.first().unit, "form": shape.form if shape else ""}
        answers |= {
            f"{medicine.slug}-{field}": value
            for field, value in (RIGHT_LINE | own | data.draw(line)).items()
        }
    return answers | data.draw(FACTS[kind])


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(kind=st.sampled_from(["need", "offer"]), data=st.data(), place=places, contact=contacts)
def test_what_the_forms_accept_is_published(as_resident, kind, data, place, contact):
    Draft.objects.all().delete()
    Post.objects.all().delete()
    accepted = []
    for step, answers in (
        ("details", details(kind, data)),
        ("reach", REACH | place | contact),
    ):
        page = as_resident.post(f"/{kind}/{step}/", {**answers, "go": "1"})
        assert page.status_code in {302, 422}
        accepted.append(page.status_code == 302)
    page = as_resident.post(f"/{kind}/check/", follow=True)
    assert page.status_code in {200, 422}
    event(f"published: {Post.objects.exists()}")
    if not all(accepted):
        assert not Post.objects.exists()
    if post := Post.objects.first():
        assert Listing.objects.filter(post=post).count() == 1 + len(medicines_in(post.items.all()))
