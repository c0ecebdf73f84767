"""What somebody who cheats tries, and what a hurried tap must not do."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from medicines.models import Medicine, MedicineUnit
from posts import answers, closing, drafts, moderation
from posts.models import Draft, HiddenFor, Kind, Listing, Post, State
from posts.publishing import RefusedError, publish
from safety.models import AuditEntry, QuotaUse
from tests.conftest import signed_in
from tests.posts.factories import item, need, offer
from tests.posts.test_publish_need import DETAILS, REACH, fill_in, words
from tests.posts.test_publishing import valid
from verification import signals, suspension
from verification.models import Level, Resident

pytestmark = pytest.mark.django_db
LIMIT = settings.OPEN_POSTS_PER_RESIDENT


def let_run_out(*posts: Post) -> None:
    then = timezone.now() - timedelta(days=9)
    chosen = Post.objects.filter(pk__in=[post.pk for post in posts])
    chosen.update(created_at=then, confirmed_at=then, expires_at=timezone.now() - timedelta(days=1))


def suspend(resident: Resident, by: Resident, suspended: bool = True) -> None:
    suspension.set_suspended(resident, by, suspended, suspension.Reason.SPAM)


# --- more than one may have ----------------------------------------------------------------------
def test_posts_that_ran_out_cannot_come_back_beside_as_many_new_ones(resident):
    old = [offer(resident) for _each in range(LIMIT)]
    let_run_out(*old)
    for _each in range(LIMIT):
        offer(resident)
    with pytest.raises(closing.NotPossibleError, match=str(LIMIT)):
        closing.extend(old[0], resident)
    assert Post.objects.open().count() == LIMIT


def test_resolved_posts_cannot_come_back_beside_as_many_new_ones(as_resident, resident):
    old = offer(resident)
    closing.resolve(old, resident)
    for _each in range(LIMIT):
        offer(resident)
    assert "banner-error" in words(
        as_resident.post(reverse("reopen", args=[old.public_id]), follow=True)
    )
    assert Post.objects.open().count() == LIMIT


def test_a_need_that_ran_out_cannot_come_back_beside_another_for_the_same_people(resident):
    most = 2 * MedicineUnit.objects.filter(medicine__slug="ibuprofen").first().cap
    old = need(resident, items=[item(amount=most)])
    let_run_out(old)
    need(resident, items=[item(amount=most)])
    with pytest.raises(closing.NotPossibleError):
        closing.extend(old, resident)


def test_a_post_on_the_square_is_extended_beside_as_many_others(resident):
    posts = [offer(resident) for _each in range(LIMIT)]
    Post.objects.filter(pk=posts[0].pk).update(confirmed_at=timezone.now() - timedelta(days=2))
    assert closing.extend(posts[0], resident).confirmed_at > timezone.now() - timedelta(hours=1)


def test_an_offer_is_not_extended_when_its_medicine_has_expired_meanwhile(resident):
    post = offer(resident)
    post.items.update(expiry=date(2020, 1, 1))
    let_run_out(post)
    with pytest.raises(closing.NotPossibleError, match="过期"):
        closing.extend(post, resident)


def test_a_post_does_not_come_back_when_its_medicine_was_blocked_meanwhile(resident):
    post = offer(resident)
    closing.resolve(post, resident)
    Medicine.objects.filter(slug="ibuprofen").update(status="blocked", reason="处方药", source="x")
    with pytest.raises(closing.NotPossibleError, match="处方药"):
        closing.reopen(post, resident)


def test_a_unit_taken_from_the_catalogue_does_not_keep_people_from_posting(resident):
    need(resident, items=[item("paracetamol", 2, unit="tablet")])
    MedicineUnit.objects.filter(medicine__slug="paracetamol", unit="tablet").delete()
    other = MedicineUnit.objects.filter(medicine__slug="paracetamol").first().unit
    assert need(resident, items=[item("paracetamol", 1, unit=other)])


# --- suspended -----------------------------------------------------------------------------------
def test_who_is_suspended_while_publishing_does_not_publish(resident, moderator):
    draft = answers.draft_of(offer(resident))
    made = answers.checked(valid(draft, resident))
    Draft.objects.filter(pk=draft.pk).update(editing=None)
    suspend(resident, moderator)
    with pytest.raises(RefusedError):
        publish(draft.pk, Kind.OFFER, resident, made)
    assert not Post.objects.open().exists()


@pytest.mark.parametrize("act", [closing.reopen, closing.extend])
def test_who_is_suspended_meanwhile_brings_nothing_back(resident, moderator, act):
    post = closing.resolve(offer(resident), resident)
    suspend(resident, moderator)
    with pytest.raises(closing.NotPossibleError):
        act(post, resident)
    assert not Listing.objects.exists()


def test_a_moderator_cannot_restore_a_post_of_a_suspended_account(
    as_moderator, resident, moderator
):
    post = offer(resident)
    suspend(resident, moderator)
    page = as_moderator.post(
        reverse("admin:posts_post_changelist"),
        {"action": "restore", "_selected_action": [post.pk]},
        follow=True,
    )
    assert page.status_code == 200
    post.refresh_from_db()
    assert post.state == State.HIDDEN
    assert not Listing.objects.exists()


def test_a_post_hidden_for_itself_does_not_come_back_with_its_account(resident, moderator):
    post = offer(resident)
    suspend(resident, moderator)
    moderation.hide(post, moderator, HiddenFor.TRADE)
    suspend(resident, moderator, False)
    post.refresh_from_db()
    assert (post.state, post.hidden_for) == (State.HIDDEN, HiddenFor.TRADE)


def test_a_post_that_comes_back_after_the_real_name_check_says_so(helper):
    post = closing.resolve(offer(helper), helper)
    signals.real_name_verified.send(Resident, resident=helper)
    assert closing.reopen(post, helper).level == Level.REAL_NAME


# --- drafts --------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_double_tap_changes_a_post_once(resident):
    post = offer(resident)
    draft = answers.draft_of(post)
    made = answers.checked(valid(draft, resident))

    def tap(_number):
        try:
            return publish(draft.pk, Kind.OFFER, resident, made).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as threads:
        assert set(threads.map(tap, range(3))) == {post.pk}
    assert AuditEntry.objects.filter(act="post edited").count() == 1


def test_a_second_tap_on_save_shows_the_changed_post(as_resident, resident):
    post = offer(resident)
    as_resident.post(reverse("edit", args=[post.public_id]))
    cookie = as_resident.cookies["draft-offer"].value
    first = as_resident.post("/offer/check/")
    as_resident.cookies["draft-offer"] = cookie
    assert as_resident.post("/offer/check/")["Location"] == first["Location"]


def test_a_change_that_was_left_half_way_does_not_swallow_the_next_post(as_resident, resident):
    first = need(resident, note="第一条", items=[item("antigen-test", 2)])
    as_resident.post(reverse("edit", args=[first.public_id]))
    as_resident.get("/need/")
    fill_in(as_resident, details={"note": "第二条"})
    as_resident.post("/need/check/")
    assert set(Post.objects.values_list("note", flat=True)) == {"第一条", "第二条"}


def test_medicines_can_be_changed_without_leaving_the_change(as_resident, resident):
    first = need(resident, items=[item("antigen-test", 2)])
    as_resident.post(reverse("edit", args=[first.public_id]))
    as_resident.get("/need/?medicine=antigen-test")
    as_resident.post("/need/details/", DETAILS)
    as_resident.post("/need/check/")
    assert Post.objects.get().items.get().medicine.slug == "ibuprofen"


def test_a_visitor_cannot_fill_the_database_with_one_draft(client):
    flood = {f"field-{number}": "x" * 1000 for number in range(200)}
    client.post("/need/details/", {"medicine": "ibuprofen", **flood})
    kept = Draft.objects.get().data[drafts.DETAILS]
    assert sum(len(name) + sum(map(len, texts)) for name, texts in kept.items()) <= 20_000


# --- words ---------------------------------------------------------------------------------------
def test_a_note_cannot_turn_the_order_of_its_letters_around(as_resident):
    note = "\u202e只要四粒"
    page = fill_in(as_resident, details={"note": note}, contact={"name": "刘\u202e女\u200b士"})
    assert "\u202e" not in words(page)
    as_resident.post("/need/check/")
    post = Post.objects.get()
    assert (post.note, post.contact_name) == (note[1:], "刘女士")


def test_a_number_that_such_letters_would_turn_around_is_refused(as_resident):
    backwards = "\u202e" + "18001380013"[::-1]
    response = as_resident.post("/need/details/", {**DETAILS, "note": backwards})
    assert response.status_code == 422


def test_a_name_of_unseen_characters_alone_is_no_name(as_resident):
    as_resident.post("/need/details/", DETAILS)
    response = as_resident.post("/need/reach/", {**REACH, "name": "\u200b\u202e"})
    assert response.status_code == 422


# --- staff without rights ------------------------------------------------------------------------
def test_staff_without_the_right_do_not_read_a_history(resident):
    post = offer(resident)
    clerk = Resident.objects.create_user("clerk", "a long enough password", is_staff=True)
    url = reverse("admin:posts_post_history", args=[post.pk])
    assert signed_in(clerk).get(url).status_code == 403


@pytest.mark.parametrize("model", ["posts_post", "posts_reveal", "safety_auditentry"])
@pytest.mark.parametrize("text", ["深圳", "zz", str(uuid.UUID(int=1)), "", "post published"])
def test_admin_searches_use_no_function_on_a_column(as_moderator, resident, model, text):
    offer(resident)
    with CaptureQueriesContext(connection) as queries:
        page = as_moderator.get(reverse(f"admin:{model}_changelist"), {"q": text})
    assert page.status_code == 200
    asked = [each["sql"] for each in queries if f'FROM "{model}"' in each["sql"]]
    assert not any("UPPER(" in sql or "DISTINCT" in sql for sql in asked)


# --- queries, and what is erased -----------------------------------------------------------------
@pytest.mark.parametrize("kind", ["need", "offer"])
def test_the_details_page_asks_no_more_queries_for_more_medicines(client, kind):
    counts = []
    for slugs in (["ibuprofen"], ["ibuprofen", "paracetamol", "loratadine", "antigen-test"]):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/{kind}/details/", {"medicine": slugs})
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_tidying_forgets_quotas_that_are_full_again():
    now = timezone.now()
    QuotaUse.objects.create(name="a", subject="old", full_at=now - timedelta(seconds=1))
    QuotaUse.objects.create(name="a", subject="new", full_at=now + timedelta(hours=1))
    call_command("tidy", verbosity=0)
    assert [use.subject for use in QuotaUse.objects.all()] == ["new"]
