"""From a draft to the square, once; and what the database itself refuses."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from posts import answers, closing, drafts, listing
from posts.models import Draft, Kind, Listing, Post, PostItem, Reveal, State
from posts.publishing import Answers, RefusedError, publish
from safety.models import AuditEntry
from tests.posts.factories import NANSHAN, NANSHAN_AT, any_of, fields, item, need, offer
from verification import signals
from verification.models import Level, Resident

pytestmark = pytest.mark.django_db


def draft_and_answers(resident, kind=Kind.OFFER):
    draft = Draft.objects.create(id=uuid.uuid4(), kind=kind, resident=resident)
    return draft.pk, Answers(items=[item()], fields=fields(kind, NANSHAN, NANSHAN_AT))


def test_a_post_has_a_listing_row_for_each_medicine_and_one_for_any(resident):
    post = offer(resident, items=[item(), item("antigen-test", 2)])
    medicines = set(Listing.objects.filter(post=post).values_list("medicine", flat=True))
    assert medicines == {0, *post.items.values_list("medicine_id", flat=True)}


def test_any_of_a_group_has_a_row_for_each_listed_medicine_of_it(resident):
    post = need(resident, items=[any_of("fever")])
    assert Listing.objects.filter(post=post).count() >= 3


def test_publishing_leaves_one_audit_entry_and_no_draft(resident):
    offer(resident)
    assert AuditEntry.objects.filter(act="post published", actor=resident.pk).count() == 1
    assert not Draft.objects.exists()


def test_two_posts_of_one_instant_both_find_a_place(resident):
    first, second = offer(resident), offer(resident)
    with patch("posts.listing.rank", return_value=Listing.objects.filter(post=first)[0].rank):
        listing.put(second)
    ranks = set(Listing.objects.filter(medicine=0).values_list("rank", flat=True))
    assert len(ranks) == 2


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_publishes_once(resident):
    key, made = draft_and_answers(resident)

    def tap(_number):
        try:
            return publish(key, Kind.OFFER, resident, made).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        published = set(threads.map(tap, range(4)))
    assert len(published) == 1
    assert Post.objects.count() == 1
    assert AuditEntry.objects.filter(act="post published").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_post_that_is_resolved_while_it_is_edited_stays_resolved(resident):
    post = offer(resident)
    draft = answers.draft_of(post)
    forms = answers.all_forms(draft, resident)
    assert all(form.is_valid() for form in forms.values()), [f.errors for f in forms.values()]
    changed = answers.checked(forms)

    def resolve():
        try:
            closing.resolve(post, resident)
        finally:
            connections.close_all()

    def edit():
        try:
            publish(draft.pk, Kind.OFFER, resident, changed)
        except RefusedError:
            pass
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(edit), threads.submit(resolve)]:
            done.result()
    post.refresh_from_db()
    assert post.state == State.RESOLVED
    assert not Listing.objects.filter(post=post).exists()


def test_a_post_edited_as_it_was_stays_the_same(resident):
    post = need(resident, note="谢谢", whom=["child", "over_65"], youngest_months=30)
    before = Post.objects.filter(pk=post.pk).values().get()
    lines = list(PostItem.objects.filter(post=post).values_list("medicine", "amount", "unit"))
    draft = answers.draft_of(post)
    publish(draft.pk, Kind.NEED, resident, answers.checked(valid(draft, resident)))
    after = Post.objects.filter(pk=post.pk).values().get()
    unchanged = before | {"submission": draft.pk, "changed_at": after["changed_at"]}
    assert after == unchanged
    assert (
        list(PostItem.objects.filter(post=post).values_list("medicine", "amount", "unit")) == lines
    )


def valid(draft, resident):
    forms = answers.all_forms(draft, resident)
    assert all(form.is_valid() for form in forms.values()), [f.errors for f in forms.values()]
    return forms


def test_nobody_publishes_somebody_elses_draft(resident, stranger):
    key, made = draft_and_answers(resident)
    with pytest.raises(Draft.DoesNotExist):
        publish(key, Kind.OFFER, stranger, made)


def test_passing_the_real_name_check_marks_open_posts(helper):
    post = offer(helper)
    assert post.level == Level.PHONE
    signals.real_name_verified.send(Resident, resident=helper)
    post.refresh_from_db()
    assert post.level == Level.REAL_NAME


def test_contact_and_drafts_are_ciphertext_in_the_database(resident):
    offer(resident, landmark="南门岗亭", contact_wechat="liu_123456")
    draft = Draft(kind=Kind.NEED)
    draft.data = {drafts.REACH: {"phone": ["+8613800138001"]}}
    draft.save()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p::text FROM posts_post p UNION ALL SELECT d::text FROM posts_draft d"
        )
        rows = "\n".join(row[0] for row in cursor.fetchall())
    for secret in ("13800138001", "南门岗亭", "liu_123456"):
        assert secret not in rows


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": 3},
        {"state": State.RESOLVED},
        {"state": State.HIDDEN},
        {"state": State.OPEN, "closed_at": timezone.now()},
        {"outcome": "through-here"},
        {"contact_phone": ""},
        {"by_courier": False, "courier_payer": ""},
        {"courier_payer": ""},
        {"people": 3},
        {"source": ""},
        {"level": Level.NONE},
        {"expires_at": timezone.now() - timedelta(days=30)},
    ],
)
def test_the_database_refuses_a_post_that_makes_no_sense(resident, broken):
    post = offer(resident)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(**broken)


@pytest.mark.parametrize("people", [0, 21, None])
def test_the_database_refuses_a_need_without_people(resident, people):
    post = need(resident)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(people=people)


def test_the_database_refuses_the_same_medicine_twice_in_a_post(resident):
    post = offer(resident)
    line = post.items.get()
    line.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save()


def test_the_database_refuses_a_second_reveal_to_the_same_person(resident, helper):
    post = offer(resident)
    Reveal.objects.create(post=post, resident=helper)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reveal.objects.create(post=post, resident=helper)


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_change_the_audit_log(resident, act):
    offer(resident)
    entries = AuditEntry.objects.all()
    with pytest.raises(IntegrityError), transaction.atomic():
        entries.update(act="nothing") if act == "update" else entries.delete()
