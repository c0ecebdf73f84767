"""The reviewers' queue and the residents in the admin."""

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from safety.models import AuditEntry
from tests.verification.conftest import decision, held_page
from verification import real_name
from verification.documents import Document
from verification.models import DocumentType, Level, RealNameCheck, Resident

pytestmark = pytest.mark.django_db

NUMBER, NAME = "110101199003070011", "刘芳芳"
QUEUE = "/admin/posts/case/"
CHECKS = "/admin/verification/realnamecheck/"
RESIDENTS = "/admin/verification/resident/"


@pytest.fixture
def waiting(newcomer, manual):
    return real_name.submit(newcomer, Document(DocumentType.ID_CARD, NAME, NUMBER))


@pytest.fixture
def page(waiting, as_reviewer):
    """The page of the check, which the reviewer holds."""
    return held_page(as_reviewer, waiting)


@pytest.fixture
def admin_user(db):
    return Resident.objects.create_superuser("boss", "a long enough password")


def test_the_group_of_reviewers_is_there():
    group = Group.objects.get(name="identity reviewer")
    assert [p.codename for p in group.permissions.all()] == ["review_identity"]


def test_the_queue_shows_masked_names_oldest_first(as_reviewer, waiting, make_resident):
    document = Document(DocumentType.PASSPORT, "Anna Lee", "E12345678")
    real_name.submit(make_resident(), document)
    content = as_reviewer.get(QUEUE).content.decode()
    assert content.index("刘**") < content.index("A***")
    assert NAME not in content
    assert NUMBER not in content


def test_a_decided_check_is_in_the_list_of_all_alone(as_reviewer, reviewer, waiting):
    real_name.decide(waiting.pk, reviewer, RealNameCheck.State.VERIFIED)
    for url in (QUEUE, CHECKS):
        assert "刘**" not in as_reviewer.get(url).content.decode()
    assert "刘**" in as_reviewer.get(CHECKS + "?state=all").content.decode()


def test_the_row_of_a_check_shows_what_the_list_shows(as_reviewer, waiting):
    content = as_reviewer.get(f"{CHECKS}{waiting.pk}/change/").content.decode()
    assert "刘**" in content
    assert NAME not in content
    assert NUMBER not in content
    assert not AuditEntry.objects.filter(act="identity seen").exists()


def test_each_look_is_recorded_and_not_stored_by_the_browser(as_reviewer, reviewer, page):
    for _ in range(2):
        response = as_reviewer.get(page)
        assert NUMBER in response.content.decode()
        assert "no-store" in response["Cache-Control"]
    looks = AuditEntry.objects.filter(act="identity seen", actor=reviewer.pk)
    assert looks.count() == 2


def test_confirming_verifies_the_resident(as_reviewer, newcomer, page):
    assert as_reviewer.post(decision(page), {"decision": "verified"}).url == QUEUE
    newcomer.refresh_from_db()
    assert newcomer.level == Level.REAL_NAME
    assert as_reviewer.get(page).status_code == 404


def test_refusing_needs_a_reason_that_the_resident_then_reads(as_reviewer, as_newcomer, page):
    for nothing in ("because", "", "refused", "refused because", "waiting", "verified mismatch"):
        as_reviewer.post(decision(page), {"decision": nothing})
        assert RealNameCheck.objects.get().state == RealNameCheck.State.WAITING, nothing
    as_reviewer.post(decision(page), {"decision": "refused mismatch"})
    reason = RealNameCheck.Reason.MISMATCH.label
    assert str(reason) in as_newcomer.get("/real-name/").content.decode()


def test_who_has_not_the_right_sees_nothing(client, page, db):
    clerk = Resident.objects.create_user("clerk", "a long enough password", is_staff=True)
    client.force_login(clerk)
    assert client.get(page).status_code == 403
    assert client.post(decision(page), {"decision": "verified"}).status_code == 403
    for url in (QUEUE, CHECKS):
        assert client.get(url).status_code == 403
    assert not AuditEntry.objects.filter(act="identity seen").exists()


def test_strangers_are_sent_to_the_staff_sign_in(client, page):
    assert client.get(page).url.startswith("/admin/login/")


@pytest.mark.parametrize("bad", ["nonsense", "0", "00000000-0000-0000-0000-000000000000"])
def test_a_check_that_is_not_there_is_not_found(as_reviewer, bad):
    assert as_reviewer.get(f"{QUEUE}{bad}/change/").status_code == 404


def test_residents_are_listed_without_their_numbers(admin_client, newcomer):
    content = admin_client.get(RESIDENTS).content.decode()
    assert newcomer.phone not in content
    assert newcomer.phone[3:] not in content
    assert newcomer.phone[-4:] in content


def test_a_resident_is_found_by_a_whole_number(admin_client, newcomer, make_resident):
    other = make_resident()
    content = admin_client.get(RESIDENTS, {"q": newcomer.phone[3:]}).content.decode()
    assert str(newcomer.pk)[:8] in content
    assert str(other.pk)[:8] not in content
    found = admin_client.get(RESIDENTS, {"q": newcomer.phone[3:9]}).content.decode()
    assert str(newcomer.pk)[:8] not in found


def test_staff_are_found_by_the_beginning_of_their_name(admin_client, reviewer):
    assert "reviewer" in admin_client.get(RESIDENTS, {"q": "revi"}).content.decode()


def suspend(client, resident, reason="selling"):
    return client.post(f"{RESIDENTS}{resident.pk}/suspension/", {"reason": reason})


def test_a_suspended_resident_is_out_at_once_and_may_come_back(
    admin_client, as_newcomer, newcomer, admin_user
):
    assert admin_client.get(f"{RESIDENTS}{newcomer.pk}/suspension/").status_code == 200
    assert suspend(admin_client, newcomer).url == f"{RESIDENTS}{newcomer.pk}/change/"
    assert as_newcomer.get("/account/").status_code == 302
    suspend(admin_client, newcomer, "mistake")
    newcomer.refresh_from_db()
    assert newcomer.is_active
    assert as_newcomer.get("/account/").status_code == 302  # the old session stays dead
    entries = (
        AuditEntry.objects.filter(subject=newcomer.pk).order_by("id").values_list("act", "details")
    )
    assert list(entries) == [
        ("suspended", {"reason": "selling"}),
        ("restored", {"reason": "mistake"}),
    ]


def test_suspending_needs_a_reason(admin_client, newcomer):
    assert suspend(admin_client, newcomer, "no idea").status_code == 422
    newcomer.refresh_from_db()
    assert newcomer.is_active


def test_nobody_suspends_themselves(admin_client, admin_user):
    assert suspend(admin_client, admin_user).status_code == 403


def test_a_reviewer_may_not_suspend(as_reviewer, newcomer):
    assert suspend(as_reviewer, newcomer).status_code == 403


def test_the_page_of_a_resident_shows_no_number_and_no_password(admin_client, newcomer):
    content = admin_client.get(f"{RESIDENTS}{newcomer.pk}/change/").content.decode()
    assert newcomer.phone[3:] not in content
    assert 'name="password' not in content
    assert f"{newcomer.pk}/password/" not in content
    assert admin_client.get(f"{RESIDENTS}{newcomer.pk}/password/").status_code == 403


def test_a_superuser_makes_a_staff_account(admin_client):
    response = admin_client.post(
        f"{RESIDENTS}add/",
        {
            "username": "helper",
            "usable_password": "true",
            "password1": "a long enough pass-phrase",
            "password2": "a long enough pass-phrase",
        },
    )
    assert response.status_code == 302
    staff = Resident.objects.get(username="helper")
    assert (staff.is_staff, staff.is_superuser, staff.phone) == (True, False, "")
    assert AuditEntry.objects.get(act="admin added").subject == str(staff.pk)
    page = reverse("admin:auth_user_password_change", args=[staff.pk])
    assert admin_client.get(page).status_code == 200


def test_whoever_may_edit_residents_cannot_make_staff(client, newcomer, db):
    from django.contrib.auth.models import Permission

    clerk = Resident.objects.create_user("clerk", "a long enough password", is_staff=True)
    clerk.user_permissions.add(
        *Permission.objects.filter(codename__in=["change_resident", "view_resident"])
    )
    client.force_login(clerk)
    client.post(f"{RESIDENTS}{newcomer.pk}/change/", {"is_staff": "on", "is_superuser": "on"})
    newcomer.refresh_from_db()
    assert not newcomer.is_staff
    assert client.get(f"{RESIDENTS}add/").status_code == 403
    assert suspend(client, newcomer).status_code == 302


# --- the operator: all that the groups may, and staff, but no superuser ---------------------------
@pytest.fixture
def operator(db):
    operator = Resident.objects.create_user("operator", is_staff=True)
    operator.groups.add(Group.objects.get(name="operator"))
    return operator


@pytest.fixture
def as_operator(operator):
    client = Client()
    client.force_login(operator)
    return client


@pytest.fixture
def clerk(db):
    return Resident.objects.create_user("clerk", is_staff=True)


def change(client, resident, **sent):
    kept = {"username": resident.username or "", "is_staff": "on"}
    return client.post(f"{RESIDENTS}{resident.pk}/change/", kept | sent)


def test_the_operator_makes_staff_and_gives_them_groups_and_areas(as_operator, clerk):
    group = Group.objects.get(name="post moderator")
    sent = {"groups": [group.pk], "area_limit": "440300，430100"}
    assert change(as_operator, clerk, **sent).status_code == 302
    clerk.refresh_from_db()
    assert (clerk.groups.get(), clerk.area_limit) == (group, [440300, 430100])
    password = {
        "usable_password": "true",
        **dict.fromkeys(["password1", "password2"], "long 9 pw!x"),
    }
    assert as_operator.post(f"{RESIDENTS}add/", {"username": "new", **password}).status_code == 302
    assert Resident.objects.get(username="new").is_staff
    assert as_operator.get(f"{RESIDENTS}{clerk.pk}/password/").status_code == 200


def test_the_operator_makes_no_superuser_and_touches_none(as_operator, operator, clerk, admin_user):
    for staff in (clerk, operator):
        groups = list(staff.groups.values_list("pk", flat=True))
        change(as_operator, staff, is_superuser="on", groups=groups)
        staff.refresh_from_db()
        assert not staff.is_superuser
    for answer in (
        change(as_operator, admin_user, username="mine"),
        as_operator.get(f"{RESIDENTS}{admin_user.pk}/password/"),
        as_operator.post(f"{RESIDENTS}{admin_user.pk}/new-device/"),
        suspend(as_operator, admin_user),
    ):
        assert answer.status_code == 403
    admin_user.refresh_from_db()
    assert (admin_user.username, admin_user.is_active) == ("boss", True)
    assert suspend(as_operator, clerk).status_code == 302


def test_the_operator_cannot_become_a_resident(as_operator, newcomer):
    """With a name and a password for the account, he would read what others wrote to it."""
    change(as_operator, newcomer, username="mine", is_staff="on")
    newcomer.refresh_from_db()
    assert (newcomer.is_staff, newcomer.username) == (False, None)
    Resident.objects.filter(pk=newcomer.pk).update(is_staff=True, username="theirs")
    assert as_operator.get(f"{RESIDENTS}{newcomer.pk}/password/").status_code == 403


def test_the_operator_does_not_change_the_own_rights(as_operator, operator):
    operator.area_limit = [440300]
    operator.save()
    change(as_operator, operator, area_limit="", username="operator", is_staff="on")
    operator.refresh_from_db()
    assert operator.area_limit == [440300]
    assert as_operator.get(f"{RESIDENTS}add/").status_code == 403  # nor by a second account


@pytest.mark.parametrize("codes", ["1", "4403000", "Shenzhen", "440300,x", "900000", "-440300"])
def test_areas_that_are_none_are_refused_and_stay_in_the_form(as_operator, clerk, codes):
    page = change(as_operator, clerk, area_limit=codes)
    assert page.status_code == 200
    assert "errorlist" in page.text
    assert codes in page.text
    clerk.refresh_from_db()
    assert clerk.area_limit == []


def test_only_staff_have_areas(as_operator, clerk, newcomer):
    page = change(as_operator, clerk, area_limit="440300", is_staff="")
    assert page.status_code == 200
    with pytest.raises(IntegrityError), transaction.atomic():
        Resident.objects.filter(pk=newcomer.pk).update(area_limit=[440300])


@pytest.mark.parametrize(
    ("areas", "code", "is_covered"),
    [
        ([], 440305, True),
        ([440000], 440305, True),
        ([440300], 440305, True),
        ([440305], 440305, True),
        ([440304], 440305, False),
        ([440100], 440305, False),
        ([430000], 440305, False),
        ([430000, 440305], 440305, True),
        ([440000], 450000, False),
        ([440300], 440300, True),
    ],
)
def test_an_area_covers_what_lies_within_it(areas, code, is_covered):
    assert Resident(area_limit=areas).covers(code) is is_covered


def test_a_post_moderator_suspends_residents_unless_limited_to_areas(newcomer, clerk, client):
    clerk.groups.add(Group.objects.get(name="post moderator"))
    client.force_login(clerk)
    page = f"{RESIDENTS}{newcomer.pk}/change/"
    Resident.objects.filter(pk=clerk.pk).update(area_limit=[440000])
    assert "/suspension/" not in client.get(page).text
    assert suspend(client, newcomer).status_code == 403
    Resident.objects.filter(pk=clerk.pk).update(area_limit=[])
    assert "/suspension/" in client.get(page).text
    assert suspend(client, newcomer).status_code == 302
    newcomer.refresh_from_db()
    assert not newcomer.is_active
