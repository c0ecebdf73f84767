"""The moderators' queue: its order, who holds what, what decisions do, and undoing them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from posts import access, cases, closing, moderation
from posts.cases import NotHeldError
from posts.closing import NotPossibleError
from posts.models import Case, HiddenFor, Listing, Post, ReportReason, State
from posts.reports import Reporter, Subject, report
from safety.models import AuditEntry
from tests.conftest import make_resident
from tests.posts.conftest import judge_called
from tests.posts.factories import YUELU, YUELU_AT, need, offer
from tests.posts.test_reports import known, reported
from tests.verification.threads import at_once
from verification import suspension
from verification.models import Resident

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(case, judge) -> Case:
    return cases.take(case.pk, judge)


def state_of(post: Post) -> tuple[str, str]:
    post.refresh_from_db()
    assert Listing.objects.filter(post=post).exists() == (post.state == State.OPEN)
    return post.state, post.hidden_for


def waiting(poster: Resident, harm: int, hours: float) -> Case:
    opened = timezone.now() - timedelta(hours=hours)
    return Case.objects.create(kind="post", post=offer(poster), harm=harm, opened_at=opened)


# --- the order, and who holds what ----------------------------------------------------------------
def test_the_worst_harm_comes_first_then_whoever_has_waited_longest(resident, judge, other):
    a, b, c = waiting(resident, 1, 9), waiting(resident, 4, 1), waiting(resident, 4, 2)
    assert list(Case.objects.open().by_urgency()) == [c, b, a]
    assert cases.take_next(judge) == c
    assert cases.take_next(other) == b


def test_who_takes_the_next_twice_holds_one(resident, judge):
    first = waiting(resident, 1, 2)
    waiting(resident, 1, 1)
    assert cases.take_next(judge) == cases.take_next(judge) == first
    assert Case.objects.filter(taken_by=judge).count() == 1
    assert AuditEntry.objects.filter(act="case taken", actor=judge.pk).count() == 1


def test_nothing_waits(judge):
    assert cases.take_next(judge) is None


def test_what_one_holds_no_other_gets(held, other):
    assert cases.take_next(other) is None
    with pytest.raises(NotHeldError):
        cases.take(held.pk, other)
    for act in (
        lambda: cases.decide(held.pk, other, "kept"),
        lambda: cases.put_back(held.pk, other),
    ):
        with pytest.raises(NotHeldError):
            act()
    held.refresh_from_db()
    assert held.outcome == ""


def test_after_a_while_it_is_free_again_and_then_no_longer_the_firsts(held, judge, other):
    Case.objects.update(taken_until=timezone.now())
    assert cases.take_next(other) == held
    with pytest.raises(NotHeldError):
        cases.decide(held.pk, judge, "kept")


def test_whoever_is_slow_may_still_decide_while_nobody_else_has_it(held, judge):
    Case.objects.update(taken_until=timezone.now() - timedelta(hours=1))
    assert cases.decide(held.pk, judge, "kept").outcome == "kept"


def test_taking_another_frees_the_first(held, resident, judge, other):
    cases.take(waiting(resident, 1, 1).pk, judge)
    assert cases.take_next(other) == held


def test_what_is_put_back_is_free(held, judge, other):
    cases.put_back(held.pk, judge)
    assert cases.take_next(other) == held


def test_what_is_decided_is_not_taken(held, judge, other):
    cases.decide(held.pk, judge, "kept")
    assert cases.take_next(other) is None
    with pytest.raises(NotHeldError):
        cases.take(held.pk, judge)


@pytest.mark.django_db(transaction=True)
def test_moderators_who_take_the_next_at_once_never_get_the_same(resident, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    for hours in range(6):
        waiting(resident, 1 + hours % 3, hours)
    judges = [judge_called(f"judge-{number}") for number in range(8)]
    got = at_once(*[lambda each=each: cases.take_next(each) for each in judges])
    taken = [case.pk for case in got if case]
    assert len(taken) == len(set(taken)) == 6


@pytest.mark.django_db(transaction=True)
def test_moderators_who_take_one_case_at_once_are_one(case):
    judges = [judge_called(f"judge-{number}") for number in range(5)]

    def take(each):
        try:
            return cases.take(case.pk, each)
        except NotHeldError:
            return None

    got = at_once(*[lambda each=each: take(each) for each in judges])
    assert sum(each is not None for each in got) == 1


@pytest.mark.django_db(transaction=True)
def test_one_moderator_who_taps_often_takes_one(resident, judge):
    for hours in range(4):
        waiting(resident, 1, hours)
    got = at_once(*[lambda: cases.take_next(judge) for _each in range(4)])
    assert len({each.pk for each in got}) == 1
    assert Case.objects.filter(taken_by=judge).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_report_while_its_case_is_decided_is_not_lost(held, judge, stranger, post):
    """It joins the case before the decision, or opens a new one: never lies in a closed one."""
    at_once(
        lambda: cases.decide(held.pk, judge, "kept"),
        lambda: report(Subject(post), Reporter(stranger), ReportReason.UNSAFE),
    )
    made = stranger.reports_made.get()
    closed = Case.objects.get(pk=held.pk)
    assert made.case != closed or made.at < closed.closed_at


# --- decisions ------------------------------------------------------------------------------------
def test_hiding_tells_the_poster_why(held, judge, post, as_resident):
    made = cases.decide(held.pk, judge, "hidden", "trade")
    assert state_of(post) == (State.HIDDEN, HiddenFor.TRADE)
    assert (made.outcome, made.reason, made.decided_by, made.taken_by) == (
        "hidden", "trade", judge, None,
    )  # fmt: skip
    assert "索要钱物" in as_resident.get("/mine/").text
    entry = AuditEntry.objects.get(act="case decided")
    assert (entry.actor, entry.details) == (judge.pk, {"outcome": "hidden", "reason": "trade"})


@pytest.mark.parametrize("outcome", ["kept", "dismissed"])
def test_what_reports_hid_comes_back_when_nothing_is_wrong(post, judge, outcome):
    reported(post, known(3))
    cases.take_next(judge)
    cases.decide(Case.objects.get().pk, judge, outcome)
    assert state_of(post) == (State.OPEN, "")


def test_keeping_leaves_alone_what_another_has_hidden_for_a_reason(held, judge, other, post):
    Case.objects.update(taken_until=timezone.now())
    moderation.hide(post, other, HiddenFor.UNSAFE)
    cases.decide(held.pk, judge, "kept")
    assert state_of(post) == (State.HIDDEN, HiddenFor.UNSAFE)


def test_suspending_takes_all_posts_of_the_person(held, judge, resident, post):
    second = need(resident)
    cases.decide(held.pk, judge, "suspended", "selling")
    resident.refresh_from_db()
    assert not resident.is_active
    for each in (post, second):
        assert state_of(each) == (State.HIDDEN, HiddenFor.ACCOUNT)


def test_a_reported_post_comes_back_with_its_account(post, judge, moderator, resident):
    reported(post, known(3))
    held = cases.take_next(judge)
    cases.decide(held.pk, judge, "suspended", "false")
    assert state_of(post) == (State.HIDDEN, HiddenFor.ACCOUNT)
    suspension.set_suspended(resident, moderator, False, suspension.Reason.SETTLED)
    assert state_of(post) == (State.OPEN, "")


def test_a_kept_post_of_a_suspended_account_waits_for_its_account(post, judge, moderator, resident):
    reported(post, known(3))
    suspension.set_suspended(resident, moderator, True, suspension.Reason.SPAM)
    cases.decide(cases.take_next(judge).pk, judge, "kept")
    assert state_of(post) == (State.HIDDEN, HiddenFor.ACCOUNT)


def test_a_person_is_suspended_and_no_post_of_the_reporter_is_touched(resident, helper, judge):
    mine = offer(resident)
    report(Subject(mine, helper), Reporter(resident), ReportReason.HARASSMENT)
    held = cases.take_next(judge)
    cases.decide(held.pk, judge, "suspended", "harassment")
    helper.refresh_from_db()
    assert not helper.is_active
    assert state_of(mine) == (State.OPEN, "")


def test_suspending_needs_the_right_to_it(held, judge, post):
    judge.groups.clear()
    judge.user_permissions.add(Permission.objects.get(codename="moderate_post"))
    judge = Resident.objects.get(pk=judge.pk)
    with pytest.raises(PermissionDenied):
        cases.decide(held.pk, judge, "suspended", "selling")
    assert state_of(post) == (State.OPEN, "")


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("", ""),
        ("nonsense", ""),
        ("kept", "trade"),
        ("hidden", ""),
        ("hidden", "account"),
        ("hidden", "reported"),
        ("suspended", "settled"),
        ("suspended", "trade"),
    ],
)
def test_an_outcome_that_is_on_no_list_decides_nothing(held, judge, outcome, reason):
    with pytest.raises(NotPossibleError):
        cases.decide(held.pk, judge, outcome, reason)
    assert not AuditEntry.objects.filter(act="case decided").exists()


def test_a_person_cannot_be_hidden(resident, helper, judge):
    report(Subject(offer(resident), helper), Reporter(resident), ReportReason.OTHER)
    held = cases.take_next(judge)
    with pytest.raises(NotPossibleError):
        cases.decide(held.pk, judge, "hidden", "abuse")


# --- undo -----------------------------------------------------------------------------------------
DECISIONS = [
    ("kept", ""), ("dismissed", ""), ("hidden", "trade"), ("hidden", "unsafe"),
    ("suspended", "selling"),
]  # fmt: skip


def hide_by_reports(post, moderator):
    reported(post, known(3))


def hide_by_hand(post, moderator):
    """Another can, once the time of whoever holds the case has run out."""
    Case.objects.update(taken_until=timezone.now())
    moderation.hide(post, moderator, HiddenFor.FALSE)


def take_with_account(post, moderator):
    suspension.set_suspended(post.resident, moderator, True, suspension.Reason.SPAM)


def resolve(post, moderator):
    closing.resolve(post, post.resident)


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize(
    "before", [None, hide_by_reports, hide_by_hand, take_with_account, resolve]
)
def test_undo_restores_whatever_was(held, judge, moderator, post, resident, decision, before):
    second = need(resident)
    if before:
        before(post, moderator)
    resident.refresh_from_db()
    was = state_of(post), state_of(second), resident.is_active
    cases.decide(held.pk, judge, *decision)
    undone = cases.undo(held.pk, judge)
    resident.refresh_from_db()
    assert (state_of(post), state_of(second), resident.is_active) == was
    assert (undone.outcome, undone.closed_at, undone.taken_by) == ("", None, judge)
    assert undone.opened_at == held.opened_at
    assert AuditEntry.objects.filter(act="decision undone", actor=judge.pk).exists()


def test_undo_is_for_some_minutes(held, judge, settings):
    cases.decide(held.pk, judge, "kept")
    Case.objects.update(closed_at=timezone.now() - settings.CASE_UNDO)
    with pytest.raises(NotPossibleError):
        cases.undo(held.pk, judge)


def test_nobody_undoes_anothers_decision(held, judge, other):
    cases.decide(held.pk, judge, "kept")
    with pytest.raises(Case.DoesNotExist):
        cases.undo(held.pk, other)


def test_undo_leaves_alone_what_others_did_since(held, judge, other, post):
    cases.decide(held.pk, judge, "hidden", "trade")
    moderation.restore(post, other)
    moderation.hide(post, other, HiddenFor.UNSAFE)
    cases.undo(held.pk, judge)
    assert state_of(post) == (State.HIDDEN, HiddenFor.UNSAFE)


def test_undo_is_refused_when_new_reports_have_come(held, judge, stranger, post):
    cases.decide(held.pk, judge, "kept")
    report(Subject(post), Reporter(stranger), ReportReason.WRONG)
    with pytest.raises(NotPossibleError):
        cases.undo(held.pk, judge)


# --- areas ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("area", [440305, 440300, 440000])
def test_a_limited_moderator_gets_the_cases_of_his_areas(case, area):
    mine, elsewhere = judge_called("mine", area), judge_called("elsewhere", 430000, 440304)
    assert cases.take_next(elsewhere) is None
    with pytest.raises(Case.DoesNotExist):
        cases.take(case.pk, elsewhere)
    assert cases.take_next(mine) == case


def test_who_lost_an_area_decides_nothing_there(held, judge):
    Resident.objects.filter(pk=judge.pk).update(area_limit=[430000])
    judge.refresh_from_db()
    for act in (
        lambda: cases.decide(held.pk, judge, "kept"),
        lambda: cases.put_back(held.pk, judge),
    ):
        with pytest.raises(NotHeldError):
            act()


def test_a_case_follows_the_place_of_its_post(case, post):
    mine = judge_called("mine", 440000)
    Post.objects.filter(pk=post.pk).update(area=YUELU)
    assert cases.take_next(mine) is None


def test_a_person_reported_in_two_areas_is_for_who_is_in_charge_of_both(resident, helper):
    here, there = (
        offer(resident),
        offer(make_resident("+8613800138077", 2), code=YUELU, at=YUELU_AT),
    )
    one, both = judge_called("one", 440000), judge_called("both", 440000, 430100)
    made = report(Subject(here, helper), Reporter(resident), ReportReason.SOLD)
    assert access.cases_of(one).get() == made.case
    report(Subject(there, helper), Reporter(there.resident), ReportReason.SOLD)
    assert not access.cases_of(one).exists()
    assert cases.take_next(both) == made.case


@pytest.mark.parametrize("act", ["hide", "restore"])
def test_the_acts_themselves_refuse_other_areas(post, moderator, act):
    elsewhere = judge_called("elsewhere", 430000)
    if act == "hide":
        with pytest.raises(PermissionDenied):
            moderation.hide(post, elsewhere, HiddenFor.TRADE)
    else:
        moderation.hide(post, moderator, HiddenFor.TRADE)
        with pytest.raises(PermissionDenied):
            moderation.restore(post, elsewhere)


def test_a_limited_moderator_suspends_a_person_with_posts_elsewhere(case, resident):
    there = offer(resident, code=YUELU, at=YUELU_AT)
    mine = judge_called("mine", 440000)
    cases.take(case.pk, mine)
    cases.decide(case.pk, mine, "suspended", "selling")
    assert state_of(there) == (State.HIDDEN, HiddenFor.ACCOUNT)
    cases.undo(case.pk, mine)
    assert state_of(there) == (State.OPEN, "")


def test_nobody_judges_himself(judge, helper):
    """Neither a case about his post nor about him, nor the post itself."""
    judge.set_phone("+8613800138070")
    judge.save()
    own = offer(judge)
    about_post = report(Subject(own), Reporter(helper), ReportReason.SOLD).case
    about_him = report(Subject(own, judge), Reporter(helper), ReportReason.HARASSMENT).case
    assert cases.take_next(judge) is None
    for case in (about_post, about_him):
        with pytest.raises(Case.DoesNotExist):
            cases.take(case.pk, judge)
    with pytest.raises(PermissionDenied):
        moderation.hide(own, judge, HiddenFor.TRADE)
