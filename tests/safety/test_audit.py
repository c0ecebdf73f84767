"""The audit log: the database keeps it, and it holds no personal data whatever people do."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from posts import answers, cases, closing, contact, moderation
from posts.models import HiddenFor, Kind, Post, ReportReason, Reveal
from posts.publishing import publish
from posts.reports import Reporter, Subject, report
from safety import audit, wording
from safety.models import AuditEntry
from tests.audit_rows import unclean
from tests.conftest import make_resident
from tests.posts.factories import NANSHAN, item, need, offer
from verification import real_name, suspension
from verification.documents import Document
from verification.models import DocumentType, Level, Resident

pytestmark = pytest.mark.django_db
SECRETS = [
    "13800138055", "138 0013 8055", "liu_123456", "南门岗亭", "刘小红", "刘女士", "E12345678",
    "家里有老人", "他要我先付钱", "13800138001", "13800138002",
]  # fmt: skip


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE safety_auditentry SET actor = NULL",
        "UPDATE safety_auditentry SET details = '{}'",
        "DELETE FROM safety_auditentry",
        "TRUNCATE safety_auditentry",
        "TRUNCATE safety_auditentry, safety_quotause RESTART IDENTITY CASCADE",
    ],
)
def test_the_database_itself_refuses_to_change_or_lose_a_row(resident, attack):
    with transaction.atomic():
        audit.record("joined", resident, resident)
    before = list(AuditEntry.objects.values_list())
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(attack)
    assert list(AuditEntry.objects.values_list()) == before


def test_an_act_that_fails_leaves_no_record_and_a_record_that_fails_no_act(
    resident, moderator, monkeypatch
):
    post = offer(resident)
    monkeypatch.setattr("posts.moderation.audit.record", lambda *_all, **_more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        moderation.hide(post, moderator, HiddenFor.TRADE)
    post.refresh_from_db()
    assert post.hidden_for == ""


@pytest.mark.django_db(transaction=True)
def test_nothing_is_recorded_outside_a_transaction(resident):
    with pytest.raises(RuntimeError):
        audit.record("joined", resident, resident)


# --- what rows hold -------------------------------------------------------------------------------
def row(**details) -> AuditEntry:
    return AuditEntry(act="x", subject_kind="posts.post", subject="1", details=details)


@pytest.mark.parametrize(
    "details",
    [
        {"reason": "他要我先付钱"},
        {"by": "Liu Xiaohong"},
        {"note": "13800138000"},
        {"changes": [{"fields": {"note": ["旧", "新"]}}]},
        {"phone": 13800138000},
        {"place": 22.5333},
    ],
)
def test_what_a_person_could_have_typed_is_noticed(details):
    assert unclean(row(**details))


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"reason": "trade", "level": 2, "in_hand": True, "outcome": ""},
        {"fields": ["contact_phone", "note"], "left": 3},
        {"changes": [{"row": "reveal 12", "did": "deleted", "fields": []}]},
    ],
)
def test_codes_from_a_list_are_not(details):
    assert not unclean(row(**details))


def rename(post: Post) -> None:
    """Change a post the way its poster does."""
    draft = answers.draft_of(post)
    forms = answers.all_forms(draft, post.resident)
    assert all(form.is_valid() for form in forms.values()), [f.errors for f in forms.values()]
    made = answers.checked(forms)
    made.fields["note"] = "家里有老人,别急"
    publish(draft.pk, Kind(post.kind), post.resident, made)


def test_after_all_acts_the_log_knows_nobody(resident, helper, stranger, moderator, settings):
    """Everything that people do to posts, accounts and cases, with all that they may type."""
    settings.REAL_NAME_PROVIDER = "manual"
    Resident.objects.filter(pk=stranger.pk).update(level=Level.REAL_NAME)
    typed = {
        "contact_phone": "+8613800138055", "contact_wechat": "liu_123456",
        "landmark": "南门岗亭", "note": "家里有老人", "contact_name": "刘女士",
    }  # fmt: skip
    two = [item(amount=4, per_household=2), item("antigen-test", 2, per_household=1)]
    mine = offer(resident, items=two, **typed)
    asked = need(resident, **typed)
    rename(Post.objects.get(pk=asked.pk))
    settings.OFFER_REVEALS = 1
    contact.reveal(mine, helper)
    seen = Reveal.objects.get()
    contact.set_blocked(mine, resident, seen.pk, True)
    contact.set_blocked(mine, resident, seen.pk, False)
    closing.set_in_hand(mine, resident, True)
    closing.set_amount_left(mine, resident, mine.items.first().pk, 1)
    closing.extend(mine, resident)
    report(Subject(mine), Reporter(stranger), ReportReason.RESOLVED)
    closing.extend(mine, resident)
    report(Subject(mine), Reporter(stranger), ReportReason.UNSAFE, "他要我先付钱")
    report(Subject(mine), Reporter(visitor="v" * 64), ReportReason.OTHER, "他要我先付钱")
    report(Subject(mine, helper), Reporter(resident), ReportReason.HARASSMENT, "他要我先付钱")
    first = cases.take_next(moderator)
    cases.put_back(first.pk, moderator)
    cases.take(first.pk, moderator)
    cases.decide(first.pk, moderator, "hidden", "unsafe")
    cases.undo(first.pk, moderator)
    cases.decide(first.pk, moderator, "hidden", "unsafe")
    second = cases.take_next(moderator)
    cases.decide(second.pk, moderator, "suspended", "harassment")
    cases.undo(second.pk, moderator)
    moderation.restore(mine, moderator)
    closing.resolve(asked, resident)
    closing.tell_outcome(asked, resident, "elsewhere")
    closing.reopen(asked, resident)
    check = real_name.submit(helper, Document(DocumentType.PASSPORT, "刘小红", "E12345678"))
    real_name.look(check.pk, moderator)
    real_name.decide(check.pk, moderator, "verified", "")
    late = make_resident("+8613800138066", Level.PHONE)
    overdue = real_name.submit(late, Document(DocumentType.PASSPORT, "刘小红", "E12345679"))
    type(overdue).objects.filter(pk=overdue.pk).update(
        created_at=timezone.now() - timedelta(days=4),
        erase_after=timezone.now() - timedelta(days=2),
    )
    call_command("tidy", verbosity=0)
    suspension.set_suspended(late, moderator, True, suspension.Reason.SPAM)
    Resident.objects.who_proved("+8613800138077")

    rows = list(AuditEntry.objects.all())
    written = " ".join(f"{row.act} {row.subject} {row.details}" for row in rows)
    assert [secret for secret in SECRETS if secret in written] == []
    assert {row.actor for row in rows} <= {None, *Resident.objects.values_list("pk", flat=True)}
    left_out = {act for act in ABOUT_POSTS_AND_PEOPLE if act not in {row.act for row in rows}}
    assert left_out == set()
    assert set(wording.ACTS) >= ABOUT_POSTS_AND_PEOPLE
    assert mine.area_id == NANSHAN


ABOUT_POSTS_AND_PEOPLE = {
    "post published", "post edited", "post extended", "post resolved", "post outcome",
    "post reopened", "offer lowered", "post hidden", "post in hand", "offer rests",
    "person blocked", "person unblocked", "post restored", "offer recalled", "contact revealed",
    "post reported", "person reported", "post confirmed", "case taken", "case put back",
    "case decided", "decision undone", "joined", "real-name check", "identity seen",
    "real-name decided", "identity erased", "suspended", "restored",
}  # fmt: skip
