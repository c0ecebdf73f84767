"""An offer is found unsafe: everybody who was shown its contact is told, once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import cases, closing, contact, messaging, moderation, notices, recalls, reports
from posts.models import Case, Notice, Post, Reach, Recall, ReportReason, Reveal
from safety.models import AuditEntry
from tests.conftest import signed_in
from tests.posts.conftest import judge_called
from tests.posts.factories import YUELU, YUELU_AT, need, offer
from verification import leaving, suspension
from verification.models import Level, Resident

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


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


def test_who_wrote_to_a_poster_that_asks_first_is_told_too(resident, helper, stranger, moderator):
    asking = offer(resident, reached_by=Reach.MESSAGE, contact_phone="", contact_wechat="")
    messaging.send(asking, helper, "家里两个人发烧", helper.phone)
    messaging.send(asking, stranger, "我也需要", stranger.phone)
    messaging.withdraw(asking, stranger)  # the poster may have called before
    moderation.hide(asking, moderator, "unsafe")
    assert set(Recall.objects.values_list("resident", flat=True)) == {helper.pk, stranger.pk}


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


@pytest.mark.parametrize("before", ["", "reported"])
def test_undoing_the_decision_on_a_case_takes_the_recall_back(post, stranger, moderator, before):
    by = reports.Reporter(resident=stranger)
    reports.report(reports.Subject(post), by, ReportReason.UNSAFE)
    if before:
        moderation.hide(post, None, before)
    case = cases.take_next(moderator)
    cases.decide(case.pk, moderator, Case.Outcome.HIDDEN, "unsafe")
    assert Recall.objects.count() == 1
    cases.undo(case.pk, moderator)
    assert not Recall.objects.exists()
    assert not Notice.objects.exists()


# --- by suspending whoever offers it --------------------------------------------------------------


@pytest.fixture
def reported(post, stranger):
    """`reported(reason)`: the case of a report about the offer, held by nobody."""

    def report(reason: str) -> Case:
        by = reports.Reporter(resident=stranger)
        return reports.report(reports.Subject(post), by, ReportReason(reason)).case

    return report


def suspend(case: Case, judge: Resident, reason: str) -> Case:
    cases.take(case.pk, judge)
    return cases.decide(case.pk, judge, Case.Outcome.SUSPENDED, reason)


@pytest.mark.parametrize(
    ("reported_for", "suspended_for", "is_told"),
    [
        ("unsafe", "selling", True),
        ("sold", "unsafe", True),
        ("unsafe", "unsafe", True),
        ("sold", "selling", False),
        ("harassment", "harassment", False),
    ],
)
def test_suspending_recalls_when_the_medicine_may_be_unsafe(
    post, helper, judge, reported, reported_for, suspended_for, is_told, gateway
):
    suspend(reported(reported_for), judge, suspended_for)
    told = list(Recall.objects.values_list("post", "resident"))
    assert told == ([(post.pk, helper.pk)] if is_told else [])
    assert notices.send_due() == len(told)
    post.refresh_from_db()
    assert post.hidden_for == ("unsafe" if is_told else "account")


def test_all_that_a_suspended_person_gave_is_recalled(post, resident, helper, judge, reported):
    """What was handed over, what was hidden for another reason, in other areas too; each once."""
    given, elsewhere, found = (
        offer(resident),
        offer(resident, code=YUELU, at=YUELU_AT),
        offer(resident),
    )
    asking = need(resident)
    for each in (given, elsewhere, found, asking):
        contact.reveal(each, helper)
    closing.resolve(given, resident)
    moderation.hide(elsewhere, judge, "trade")
    moderation.hide(found, judge, "unsafe")
    recalls.understand(helper, Recall.objects.get().pk)
    mine = judge_called("mine", 440000)
    suspend(reported("unsafe"), mine, "selling")
    assert set(Recall.objects.values_list("post", flat=True)) == {
        post.pk, given.pk, elsewhere.pk, found.pk,
    }  # fmt: skip
    assert Recall.objects.get(post=found).read_at
    asking.refresh_from_db()
    assert asking.hidden_for == "account"


def test_a_need_that_is_called_unsafe_recalls_nothing(resident, helper, stranger, judge, post):
    by = reports.Reporter(resident=stranger)
    case = reports.report(reports.Subject(need(resident)), by, ReportReason.UNSAFE).case
    suspend(case, judge, "selling")
    assert not Recall.objects.exists()


def test_a_person_met_around_a_post_is_suspended_for_unsafe_medicine(post, stranger, judge):
    mine = offer(stranger)
    contact.reveal(mine, post.resident)
    subject = reports.Subject(mine, mine.resident)
    by = reports.Reporter(resident=post.resident)
    suspend(reports.report(subject, by, ReportReason.OTHER).case, judge, "unsafe")
    assert Recall.objects.get().post == mine


def test_suspending_for_unsafe_medicine_on_the_page_of_a_resident(post, helper, moderator):
    url = f"/admin/verification/resident/{post.resident_id}/suspension/"
    signed_in(moderator).post(url, {"reason": "unsafe"})
    assert Recall.objects.get().resident == helper


def test_somebody_who_is_suspended_already_is_recalled_as_well(post, judge, moderator, reported):
    case = reported("sold")
    suspension.set_suspended(post.resident, moderator, True, suspension.Reason.SELLING)
    suspend(case, judge, "unsafe")
    assert Recall.objects.get().post == post


@pytest.mark.parametrize("is_suspended_before", [False, True])
def test_undoing_the_suspension_takes_all_recalls_back(
    post, resident, helper, moderator, reported, is_suspended_before
):
    case = reported("unsafe")
    given, shown, hidden = offer(resident), offer(resident), offer(resident)
    there = offer(resident, code=YUELU, at=YUELU_AT)
    for each in (given, shown, hidden, there):
        contact.reveal(each, helper)
    closing.resolve(given, resident)
    moderation.hide(hidden, moderator, "trade")
    if is_suspended_before:
        suspension.set_suspended(resident, moderator, True, suspension.Reason.SPAM)
    was = list(Post.objects.order_by("id").values_list("state", "hidden_for", "closed_at"))
    mine = judge_called("mine", 440000)
    suspend(case, mine, "unsafe")
    assert Recall.objects.count() == 5
    cases.undo(case.pk, mine)
    assert list(Post.objects.order_by("id").values_list("state", "hidden_for", "closed_at")) == was
    assert not Recall.objects.exists()
    assert not Notice.objects.exists()


def test_undoing_leaves_alone_an_offer_that_others_have_moved(post, resident, moderator, reported):
    second = offer(resident)
    case = reported("unsafe")
    suspend(case, moderator, "unsafe")
    Post.objects.filter(pk=second.pk).update(hidden_for="abuse")
    cases.undo(case.pk, moderator)
    second.refresh_from_db()
    assert second.hidden_for == "abuse"


def test_whoever_is_let_back_in_does_not_bring_unsafe_offers_back(post, judge, moderator, reported):
    suspend(reported("unsafe"), judge, "unsafe")
    suspension.set_suspended(post.resident, moderator, False, suspension.Reason.SETTLED)
    post.refresh_from_db()
    assert (post.state, post.hidden_for) == ("hidden", "unsafe")
    assert Recall.objects.count() == 1


def test_whoever_erases_his_account_takes_what_could_be_recalled_along(post, moderator):
    """The reveals and the recalls are about his post, and his post is his: see docs/security.md."""
    moderation.hide(post, moderator, "unsafe")
    leaving.erase(post.resident, post.resident)
    assert not Reveal.objects.exists()
    assert not Recall.objects.exists()


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


# --- on the pages ---------------------------------------------------------------------------------

ALARM = "Please do not take this medicine"


def pages_of(person, post) -> dict[str, str]:
    browser = signed_in(person)
    urls = ["/mine/", "/account/", f"/posts/{post.public_id}/contact/"]
    return {url: browser.get(url, headers=ENGLISH).content.decode() for url in urls}


@pytest.fixture
def other(resident):
    """Another offer, still on the square."""
    return offer(resident)


def test_it_stands_on_ones_own_pages_until_one_has_understood(post, other, helper, moderator):
    moderation.hide(post, moderator, "unsafe")
    for url, page in pages_of(helper, other).items():
        assert ALARM in page, url
        assert "Ibuprofen" in page
        assert "pharmacist" in page
    sent = {"recall": Recall.objects.get().pk}
    assert signed_in(helper).post("/mine/recalls/", sent)["Location"] == "/mine/"
    for url, page in pages_of(helper, other).items():
        assert ALARM not in page, url
    assert AuditEntry.objects.get(act="recall understood").actor == helper.pk


def test_nobody_else_is_alarmed(post, other, stranger, resident, moderator):
    moderation.hide(post, moderator, "unsafe")
    for person in (stranger, resident):
        for url, page in pages_of(person, other).items():
            assert ALARM not in page, url


def test_it_holds_no_contact_of_the_hidden_post(post, helper, moderator):
    Post.objects.update(landmark="南门岗亭", contact_wechat="liu_123456")
    moderation.hide(post, moderator, "unsafe")
    page = signed_in(helper).get("/mine/").content.decode()
    for secret in ("138 0013", "1380013", "南门岗亭", "liu_123456"):
        assert secret not in page


def test_no_page_that_others_may_keep_holds_it(post, helper, moderator):
    moderation.hide(post, moderator, "unsafe")
    browser = signed_in(helper)
    for url in ("/", "/medicines/", "/medicines/ibuprofen/", "/area/", "/no-such-page/"):
        assert ALARM not in browser.get(url, headers=ENGLISH).content.decode(), url


def test_understanding_asks_for_sign_in(client, post, moderator):
    moderation.hide(post, moderator, "unsafe")
    response = client.post("/mine/recalls/", {"recall": Recall.objects.get().pk})
    assert response["Location"].startswith("/signin/")
    assert not Recall.objects.get().read_at


def test_a_stranger_cannot_take_it_off_somebodys_pages(post, as_stranger, moderator):
    moderation.hide(post, moderator, "unsafe")
    as_stranger.post("/mine/recalls/", {"recall": Recall.objects.get().pk})
    assert not Recall.objects.get().read_at


@pytest.mark.parametrize("recall", ["", "x", "-1", "9" * 40, "１"])
def test_a_recall_that_is_not_there_is_not_understood(as_helper, post, moderator, recall):
    moderation.hide(post, moderator, "unsafe")
    assert as_helper.post("/mine/recalls/", {"recall": recall}).status_code == 302
    assert not Recall.objects.get().read_at


def test_a_link_alone_understands_nothing(as_helper):
    assert as_helper.get("/mine/recalls/").status_code == 405


def test_my_posts_cost_as_many_queries_with_one_recall_as_with_five(
    resident, helper, moderator, settings
):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    browser = signed_in(helper)
    counts = []
    for number in (1, 4):
        for _each in range(number):
            made = offer(resident)
            contact.reveal(made, helper)
            moderation.hide(made, moderator, "unsafe")
        with CaptureQueriesContext(connection) as captured:
            browser.get("/mine/")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_recalls_of_long_ago_are_erased(post, helper, moderator, settings):
    moderation.hide(post, moderator, "unsafe")
    assert recalls.remove_old() == 0
    Recall.objects.update(at=timezone.now() - settings.REVEALS_KEPT)
    assert recalls.remove_old() == 1
