"""A body applies, a moderator decides; who may see and do what of it."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client

from partners import applying, keys
from partners.applying import NotPossibleError
from partners.models import Key, Partner, Refusal, State, origin_of
from posts.models import Listing, Member, Notice, Organisation, Post
from posts.models import State as PostState
from safety.models import AuditEntry
from tests.conftest import make_resident, signed_in
from tests.partners.bodies import FORM, applied, approved, join, operator_called, post_as
from verification import leaving
from verification.models import Level

pytestmark = pytest.mark.django_db


def test_a_body_applies_and_reads_what_happens_next(as_resident, resident):
    answer = as_resident.post("/partners/apply/", FORM)
    assert answer.url == "/partners/yuehai/staff/"
    page = as_resident.get(answer.url).content.decode()
    assert "粤海街道社区居委会" in page and "会先打" in page
    partner = Partner.objects.get()
    assert partner.state == State.APPLIED
    assert partner.origins == ["https://www.yuehai.example"]
    assert [area.code for area in partner.areas.all()] == [440305]
    assert partner.contact_phone == "+8613800138077"
    assert partner.organisation.line == "+8675526534321"
    assert partner.shows_medicine.slug == "ibuprofen"
    assert Member.objects.get().resident == resident
    assert AuditEntry.objects.filter(act="body applied").count() == 1


@pytest.mark.parametrize(
    ("typed", "kept", "said"),
    [
        ("12345", "12345", "12345"),
        ("９６１１０", "96110", "96110"),
        ("0755-12345", "+8675512345", "12345"),
        ("+86 755 12345", "+8675512345", "12345"),
        ("010 12345", "+861012345", "12345"),
        ("400 820 8820", "+864008208820", "400 820 8820"),
    ],
)
def test_the_line_of_a_body_may_be_a_short_hotline(as_resident, typed, kept, said):
    as_resident.post("/partners/apply/", {**FORM, "line": typed})
    organisation = Organisation.objects.get()
    assert organisation.line == kept
    applying.approve(organisation.pk, operator_called("boss"))
    shown = signed_in(operator_called("other")).get(
        f"/admin/partners/partner/{organisation.pk}/change/"
    )
    assert f"tel:{kept}" in shown.content.decode() and said in shown.content.decode()
    post = post_as(organisation, Member.objects.get().resident)
    assert said in post.phone_as_said


@pytest.mark.parametrize("typed", ["110", "119", "120", "122", "1234", "123456", "99999"])
def test_an_emergency_number_or_none_at_all_is_no_line(as_resident, typed):
    answer = as_resident.post("/partners/apply/", {**FORM, "line": typed})
    assert answer.status_code == 422
    assert not Organisation.objects.exists()


def test_the_demo_has_a_body_with_a_page_and_posts(client):
    call_command("seed_demo", posts=200, verbosity=0)
    for _twice in range(2):
        call_command("seed_demo_body")
    posts = Post.objects.filter(organisation__slug="demo")
    assert posts.exists() and all(posts.values_list("is_demo", flat=True))
    page = client.get("/partners/demo/").content.decode()
    assert "示例社区居委会（演示）" in page
    assert client.get(posts.open()[0].get_absolute_url()).status_code == 200


def test_only_who_is_signed_in_applies(client):
    answer = client.post("/partners/apply/", FORM)
    assert answer.url.startswith("/signin/")
    assert not Partner.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("name", "卖药联系我13911139111", "电话"),
        ("about", "加微信yao12345678，二十块一盒", "钱"),
        ("slug", "apply", "短横线"),
        ("slug", "-x-", "短横线"),
        ("slug", "汉字名", "短横线"),
        ("line", "12", "区号"),
        ("origins", "http://yuehai.example", "https"),
        ("origins", "javascript:alert(1)", "https"),
        ("contact_phone", "abc", "区号"),
        ("promise", "", "勾选"),
        ("kind", "bank", "bank"),
    ],
)
def test_what_cannot_stand_is_told_and_nothing_typed_is_lost(as_resident, field, typed, told):
    answer = as_resident.post("/partners/apply/", {**FORM, field: typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert field in errors and told in str(errors[field]), errors
    for name in ("name", "about", "slug", "line", "origins", "contact_name", "contact_phone"):
        kept = typed if name == field else FORM[name]
        assert kept in page, name
    assert not Partner.objects.exists()


def test_a_second_tap_is_the_same_application(as_resident):
    as_resident.post("/partners/apply/", FORM)
    assert as_resident.post("/partners/apply/", FORM).status_code == 302
    assert Partner.objects.count() == 1


def test_a_short_name_is_one_bodys(as_resident, stranger):
    as_resident.post("/partners/apply/", FORM)
    answer = signed_in(stranger).post("/partners/apply/", FORM)
    assert answer.status_code == 422 and "slug" in answer.context["form"].errors
    assert Partner.objects.get().applicant != stranger


def test_nobody_applies_all_day(resident):
    for nth in range(3):
        applied(resident, slug=f"body-{nth}", name=f"居委会{nth}")
    with pytest.raises(NotPossibleError):
        applied(resident, slug="body-4", name="居委会四")


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.example.org/a/b?c#d", "https://www.example.org"),
        ("WWW.Example.ORG", "https://www.example.org"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org:8443/", "https://example.org:8443"),
        ("xn--fiq228c.example", "https://xn--fiq228c.example"),
    ],
)
def test_an_origin_is_what_a_browser_sends(typed, origin):
    assert origin_of(typed) == origin


@pytest.mark.parametrize(
    "typed",
    [
        "", "http://example.org", "https://", "https://localhost", "https://*.example.org",
        "https://user@example.org", "https://example.org;script-src", "https://a b.example",
        "https://127.0.0.1", "'self'", "https://example.org:99999999", "null",
        "https://[::1", "https://exa\u0000mple.org",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused(typed):
    with pytest.raises(ValidationError):
        origin_of(typed)


def test_an_approved_body_has_a_public_page_and_its_applicant_is_told(resident, client):
    partner = applied(resident)
    assert client.get("/partners/yuehai/").status_code == 404
    applying.approve(partner.pk, operator_called("boss"))
    assert Notice.objects.filter(resident=resident, template="partner").count() == 1
    page = client.get("/partners/yuehai/").content.decode()
    assert "粤海街道社区居委会" in page
    assert "src=yuehai" in page and "area=440305" in page
    for secret in ("王主任", "8077", "2653"):
        assert secret not in page


def test_the_staff_page_shows_links_that_the_square_understands(as_resident, resident):
    approved(resident)
    page = as_resident.get("/partners/yuehai/staff/")
    for ways in page.context["ways"]:
        assert "src=yuehai" in ways.square
        for path in (ways.square, ways.page, ways.poster):
            assert as_resident.get(path).status_code == 200, path
    assert as_resident.get("/partners/nobody/staff/").status_code == 404


def test_a_refused_body_reads_why_its_contact_is_erased_and_it_may_try_again(
    as_resident, resident, client
):
    partner = applied(resident)
    applying.refuse(partner.pk, operator_called("boss"), Refusal.UNREACHED)
    partner.refresh_from_db()
    assert (partner.contact_name, partner.contact_phone, partner.contact_email) == ("", "", "")
    page = as_resident.get("/partners/yuehai/staff/").content.decode()
    assert str(Refusal.UNREACHED.label) in page
    assert client.get("/partners/yuehai/").status_code == 404
    assert as_resident.post("/partners/apply/", FORM).status_code == 302
    partner.refresh_from_db()
    assert (partner.state, partner.reason) == (State.APPLIED, "")


def test_an_ended_body_has_no_page_no_keys_and_nothing_on_the_square(resident, client, as_resident):
    partner = approved(resident)
    key = keys.make(partner, resident)
    post = post_as(partner.organisation, resident)
    applying.end(partner.pk, operator_called("boss"), Refusal.RULES)
    post.refresh_from_db()
    assert post.state == PostState.RESOLVED and not Listing.objects.filter(post=post).exists()
    assert client.get("/partners/yuehai/").status_code == 404
    assert not Key.objects.exists() and keys.partner_with(key) is None
    assert as_resident.get("/partners/yuehai/posts/").status_code == 404
    assert str(Refusal.RULES.label) in as_resident.get("/partners/yuehai/staff/").content.decode()


def test_what_was_decided_is_not_decided_again(resident):
    partner, boss = applied(resident), operator_called("boss")
    applying.approve(partner.pk, boss)
    with pytest.raises(NotPossibleError):
        applying.refuse(partner.pk, boss, Refusal.OTHER)
    with pytest.raises(NotPossibleError):
        applying.approve(partner.pk, boss)


def test_nobody_decides_without_the_right_or_on_his_own_body(resident, stranger):
    partner, boss = applied(resident), operator_called("boss")
    with pytest.raises(PermissionDenied):
        applying.approve(partner.pk, stranger)
    Member.objects.create(organisation=partner.organisation, resident=boss)
    with pytest.raises(PermissionDenied):
        applying.approve(partner.pk, boss)


def test_two_bodies_of_one_name_are_not_both_approved(resident, stranger):
    approved(resident)
    other = applied(stranger, slug="yuehai-2")
    with pytest.raises(NotPossibleError):
        applying.approve(other.pk, operator_called("boss"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(slug="yuehai-2").update(is_active=True)


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Organisation, {"slug": "Large"}),
        (Organisation, {"slug": "apply"}),
        (Partner, {"state": "refused"}),
        (Partner, {"reason": "other"}),
        (Partner, {"state": "applied"}),
        (Partner, {"shows_kind": 3}),
        (Partner, {"shows_sort": "price"}),
        (Partner, {"origins": ["https://a.example"] * 11}),
    ],
)
def test_the_database_refuses_what_cannot_be(resident, model, change):
    approved(resident)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**change)


def test_the_owner_changes_areas_links_and_contact(as_resident, resident):
    partner = approved(resident)
    sent = {
        "keep": ["440305"],
        "province": "440000",
        "city": "440300",
        "district": "440304",
        "about": "每天上午送药",
        "shows_kind": "2",
        "shows_medicine": "",
        "shows_sort": "distance",
        "contact_name": "李主任",
        "contact_phone": "0755 2653 4322",
        "contact_email": "",
    }
    assert as_resident.post("/partners/yuehai/change/", sent).status_code == 302
    partner.refresh_from_db()
    assert {area.code for area in partner.areas.all()} == {440304, 440305}
    assert partner.filters(None).query() == "kind=offer&sort=distance"
    assert partner.contact_name == "李主任"
    page = as_resident.get("/partners/yuehai/change/").content.decode()
    assert "李主任" in page
    answer = as_resident.post("/partners/yuehai/change/", {**sent, "keep": [], "district": "",
                                                           "city": "", "province": ""})  # fmt: skip
    assert answer.status_code == 422


def test_strangers_find_none_of_a_bodys_own_pages(resident, stranger):
    approved(resident)
    for browser, status in ((Client(), 302), (signed_in(stranger), 404)):
        for page in ("staff", "change", "keys", "people", "posts"):
            assert browser.get(f"/partners/yuehai/{page}/").status_code == status, page
        for act in ("need", "offer", "leave", "people/act", "keys", "people", "change"):
            assert browser.post(f"/partners/yuehai/{act}/").status_code == status, act


def test_an_erased_owner_is_followed_and_his_number_forgotten(resident, helper):
    partner = approved(resident)
    Partner.objects.update(contact_phone=resident.phone)
    join(partner.organisation, resident, helper)
    leaving.erase(resident, resident)
    partner = Partner.objects.get()
    assert (partner.state, partner.contact_phone) == (State.APPROVED, "")
    assert partner.applicant is None
    member = Member.objects.get()
    assert (member.resident, member.is_owner) == (helper, True)
    page = signed_in(helper).get("/partners/yuehai/staff/").content.decode()
    assert "/partners/yuehai/change/" in page


def test_a_body_that_nobody_is_left_of_ends(resident, client):
    partner = approved(resident)
    post_as(partner.organisation, resident)
    keys.make(partner, resident)
    leaving.erase(resident, resident)
    partner = Partner.objects.get()
    assert (partner.state, partner.organisation.is_active) == (State.ENDED, False)
    assert not Key.objects.exists() and not Listing.objects.exists()
    assert client.get("/partners/yuehai/").status_code == 404


def test_an_application_goes_with_the_account_that_made_it(resident):
    applied(resident)
    leaving.erase(resident, resident)
    assert not Partner.objects.exists() and not Organisation.objects.exists()


def test_somebody_else_with_a_number_like_the_contacts_changes_nothing(resident):
    partner = approved(resident)
    other = make_resident("+8613800138077", Level.PHONE)
    leaving.erase(other, other)
    partner.refresh_from_db()
    assert partner.contact_phone == "+8613800138077"
