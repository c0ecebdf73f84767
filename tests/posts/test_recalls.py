"""An offer is found unsafe: everybody who was shown its contact is told, once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import contact, moderation, notices, recalls
from posts.models import Notice, Recall, Reveal
from safety.models import AuditEntry
from tests.posts.factories import need, offer
from verification.models import Level, Resident

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(resident, helper):
    made = offer(resident)
    contact.reveal(made, helper)
    return made


def test_who_was_shown_the_contact_is_told_by_text_message(post, helper, moderator, gateway):
    moderation.hide(post, moderator, "unsafe")
    assert Recall.objects.get().resident == helper
    notices.send_due()
    [(phone, message)] = gateway.sent
    assert (phone, message.template, message.values) == (helper.phone, "recall", ())
    entry = AuditEntry.objects.get(act="offer recalled")
    assert (entry.actor, entry.subject) == (moderator.pk, str(post.public_id))
    assert entry.details == {"people": 1}


@pytest.mark.parametrize("reason", ["trade", "false", "personal", "abuse", "other"])
def test_another_reason_for_hiding_alarms_nobody(post, moderator, reason):
    moderation.hide(post, moderator, reason)
    assert not Recall.objects.exists()
    assert not Notice.objects.exists()


def test_a_machine_alone_alarms_nobody(post):
    moderation.hide(post, None, "unsafe")
    assert not Recall.objects.exists()


def test_a_need_has_nothing_to_recall(resident, helper, moderator):
    asking = need(resident)
    contact.reveal(asking, helper)
    moderation.hide(asking, moderator, "unsafe")
    assert not Recall.objects.exists()


@pytest.mark.parametrize("earlier", ["trade", "account"])
def test_an_offer_that_was_hidden_before_can_be_found_unsafe(post, moderator, earlier):
    moderation.hide(post, moderator, earlier)
    assert moderation.hide(post, moderator, "unsafe").hidden_for == "unsafe"
    assert Recall.objects.count() == 1


def test_found_unsafe_twice_is_told_once(post, helper, moderator, gateway):
    moderation.hide(post, moderator, "unsafe")
    recalls.understand(helper, Recall.objects.get().pk)
    notices.send_due()
    moderation.hide(post, moderator, "unsafe")
    moderation.restore(post, moderator)
    moderation.hide(post, moderator, "unsafe")
    notices.send_due()
    assert Recall.objects.get().read_at
    assert len(gateway.sent) == 1


def test_restoring_takes_back_what_nobody_has_seen(post, moderator, stranger, gateway):
    contact.reveal(post, stranger)
    moderation.hide(post, moderator, "unsafe")
    recalls.understand(stranger, Recall.objects.get(resident=stranger).pk)
    moderation.restore(post, moderator)
    assert Recall.objects.get().resident == stranger
    assert notices.send_due() == 0


def test_restoring_after_another_reason_takes_no_recall_of_others_back(
    post, helper, stranger, resident, moderator
):
    other = offer(resident)
    contact.reveal(other, stranger)
    moderation.hide(other, moderator, "unsafe")
    moderation.hide(post, moderator, "unsafe")
    moderation.restore(post, moderator)
    assert Recall.objects.get().post == other


def test_the_act_and_its_recall_stand_or_fall_together(post, moderator, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(notices, "tell_all", broken)
    with pytest.raises(RuntimeError):
        moderation.hide(post, moderator, "unsafe")
    post.refresh_from_db()
    assert post.state == "open"
    assert not Recall.objects.exists()


def test_a_thousand_people_are_told_in_as_many_queries_as_one(resident, moderator):
    counts = []
    for number in (1, 1000):
        post = offer(resident)
        start = Resident.objects.count()
        people = Resident.objects.bulk_create(
            Resident(phone="+8613900139000", phone_digest=f"{start + n:064x}", level=Level.PHONE)
            for n in range(number)
        )
        Reveal.objects.bulk_create(Reveal(post=post, resident=person) for person in people)
        with CaptureQueriesContext(connection) as captured:
            moderation.hide(post, moderator, "unsafe")
        counts.append(len(captured))
        assert Recall.objects.filter(post=post).count() == number
        assert Notice.objects.filter(post=post).count() == number
    assert counts[0] == counts[1]


def test_nobody_is_told_twice_by_the_database_itself(post, helper):
    Recall.objects.create(post=post, resident=helper)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recall.objects.create(post=post, resident=helper)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recall.objects.update(read_at=timezone.now() - timedelta(days=1))


def test_a_recall_of_somebody_else_cannot_be_understood(post, helper, stranger, moderator):
    moderation.hide(post, moderator, "unsafe")
    recalls.understand(stranger, Recall.objects.get().pk)
    assert not Recall.objects.get().read_at
