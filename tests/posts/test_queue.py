"""One queue for reports, waiting notes and identity checks: one order, one way to hold."""

import importlib
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from posts import access, cases, erasing, publishing
from posts.cases import NotHeldError
from posts.closing import NotPossibleError
from posts.models import Case, Draft, Kind, Post, ReportReason
from posts.reports import Reporter, Subject, report
from safety.models import AuditEntry
from tests.conftest import make_resident, signed_in
from tests.posts import factories
from tests.posts.conftest import judge_called
from tests.posts.factories import YUELU, YUELU_AT, need, offer
from tests.verification.threads import at_once
from verification import consent, leaving, real_name, recovery, sms
from verification.documents import Document
from verification.models import DocumentType, RealNameCheck, Resident

pytestmark = pytest.mark.django_db
QUEUE = "/admin/posts/case/"
HELD = "诚意的来,谢谢"
NAME, NUMBER = "刘小红", "E12345678"


def staff(name: str, *groups: str, areas: tuple[int, ...] = ()) -> Resident:
    made = Resident.objects.create_user(name, is_staff=True, area_limit=list(areas))
    made.groups.set(Group.objects.filter(name__in=groups))
    return made


@pytest.fixture
def reviewer(db) -> Resident:
    return staff("reviewer", "identity reviewer")


@pytest.fixture
def both(db) -> Resident:
    return staff("both", "identity reviewer", "post moderator")


@pytest.fixture
def check(stranger, settings) -> RealNameCheck:
    settings.REAL_NAME_PROVIDER = "manual"
    return real_name.submit(stranger, Document(DocumentType.PASSPORT, NAME, NUMBER))


@pytest.fixture
def noted(resident) -> Post:
    return need(resident, held_note=HELD)


@pytest.fixture
def note(noted) -> Case:
    return noted.cases.get()


@pytest.fixture
def identity(check) -> Case:
    return check.cases.get()


def aged(case: Case, hours: float) -> Case:
    case.opened_at = timezone.now() - timedelta(hours=hours)
    case.save(update_fields=["opened_at"])
    return case


# --- one list -------------------------------------------------------------------------------------
def test_all_that_waits_is_one_list_by_harm_and_waiting_time(both, note, identity, case):
    aged(note, 3), aged(identity, 2), aged(case, 1)
    shown = signed_in(both).get(QUEUE, headers={"accept-language": "en"})
    assert shown.context["page"].cases == [case, note, identity]
    for words in (
        "A post was reported", "A note waits to be read", "An identity waits to be checked",
        "刘**", "Passport",
    ):  # fmt: skip
        assert words in shown.text, words
    assert NAME not in shown.text
    assert NUMBER not in shown.text
    aged(identity, 4)
    for expected in (case, identity, note):
        assert cases.take_next(both) == expected
        Case.objects.filter(pk=expected.pk).update(taken_by=None, harm=1, opened_at=timezone.now())


def test_each_sees_what_his_role_permits(judge, reviewer, both, note, identity, case):
    nobody = staff("clerk")
    for who, seen in (
        (judge, {note, case}), (reviewer, {identity}), (both, {note, case, identity}),
        (nobody, set()),
    ):  # fmt: skip
        assert set(access.cases_of(who)) == seen, who
        browser = signed_in(who)
        for each in (note, case, identity):
            page = browser.get(f"{QUEUE}{each.pk}/change/")
            expected = 200 if each in seen else 403 if who == nobody else 404
            assert page.status_code == expected, (who, each.kind)
            if each not in seen:
                sent = {"decision": "verified"}
                assert browser.post(f"{QUEUE}take/", {"case": each.pk}).status_code in (403, 404)
                browser.post(f"{QUEUE}{each.pk}/decision/", sent)
    assert not Case.objects.exclude(taken_by=None).exists()
    assert real_name.latest(identity.identity.resident).state == RealNameCheck.State.WAITING


def test_a_note_is_for_whoever_is_in_charge_of_its_area_and_a_document_has_none(
    resident, note, identity
):
    there = need(resident, held_note=HELD, code=YUELU, at=YUELU_AT).cases.get()
    groups = ("identity reviewer", "post moderator")
    here = staff("here", *groups, areas=(440000,))
    elsewhere = staff("elsewhere", *groups, areas=(430000,))
    assert set(access.cases_of(here)) == {note, identity}
    assert set(access.cases_of(elsewhere)) == {there, identity}
    with pytest.raises(Case.DoesNotExist):
        cases.take(note.pk, elsewhere)


def test_nobody_reads_his_own_note_or_checks_himself(both, settings):
    settings.REAL_NAME_PROVIDER = "manual"
    both.set_phone("+8613800138071")
    both.save()
    real_name.submit(both, Document(DocumentType.PASSPORT, NAME, NUMBER))
    need(both, held_note=HELD)
    assert Case.objects.count() == 2
    assert cases.take_next(both) is None


# --- who holds what -------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_get_the_same_note_or_document(resident, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    settings.REAL_NAME_PROVIDER = "manual"
    for number in range(3):
        need(resident, held_note=HELD)
        person = make_resident(f"+861390066{number:04d}", 1)
        real_name.submit(person, Document(DocumentType.PASSPORT, NAME, f"E1234567{number}"))
    people = [staff(f"w{n}", "identity reviewer", "post moderator") for n in range(8)]
    got = at_once(*[lambda each=each: cases.take_next(each) for each in people])
    taken = [case.pk for case in got if case]
    assert len(taken) == len(set(taken)) == 6


def test_a_document_is_shown_to_its_holder_alone(both, reviewer, identity):
    mine, his = signed_in(both), signed_in(reviewer)
    page = f"{QUEUE}{identity.pk}/change/"
    for browser in (mine, his):
        assert NUMBER not in browser.get(page).text
    mine.post(f"{QUEUE}take/", {"case": identity.pk})
    assert NUMBER in mine.get(page).text
    his.post(f"{QUEUE}take/", {"case": identity.pk})
    shown = his.get(page).text
    assert "both" in shown
    assert NUMBER not in shown
    assert 'name="decision"' not in shown
    his.post(f"{QUEUE}{identity.pk}/decision/", {"decision": "verified"})
    assert RealNameCheck.objects.get().state == RealNameCheck.State.WAITING
    looks = AuditEntry.objects.filter(act="identity seen")
    assert set(looks.values_list("actor", flat=True)) == {both.pk}


def test_after_a_while_another_may_take_it_and_the_first_sees_it_no_more(both, reviewer, identity):
    cases.take(identity.pk, both)
    with pytest.raises(NotHeldError):
        cases.take(identity.pk, reviewer)
    Case.objects.update(taken_until=timezone.now())
    cases.take(identity.pk, reviewer)
    assert NUMBER not in signed_in(both).get(f"{QUEUE}{identity.pk}/change/").text
    with pytest.raises(NotHeldError):
        cases.decide_identity(identity.pk, both, "verified")


def test_taking_a_document_frees_the_note_that_one_held(both, judge, note, identity):
    cases.take(note.pk, both)
    cases.take(identity.pk, both)
    assert cases.take_next(judge) == note


@pytest.mark.parametrize(
    ("decision", "state"), [("verified", "verified"), ("refused mismatch", "refused")]
)
def test_one_tap_decides_an_identity_and_its_case_goes(reviewer, identity, decision, state):
    browser = signed_in(reviewer)
    browser.post(f"{QUEUE}take/")
    answer = browser.post(f"{QUEUE}{identity.pk}/decision/", {"decision": decision}, follow=True)
    assert "刘**" in answer.text
    check = RealNameCheck.objects.get()
    assert (check.state, check.decided_by, check.name) == (state, reviewer, "")
    assert not Case.objects.exists()


def test_what_cannot_be_confirmed_yet_is_listed_and_not_handed_out(
    reviewer, resident, helper, settings, monkeypatch
):
    settings.REAL_NAME_PROVIDER = "demo"
    monkeypatch.setattr(sms, "send", lambda *_message: None)
    for person in (resident, helper):
        real_name.submit(person, Document(DocumentType.PASSPORT, NAME, NUMBER))
    asked = recovery.ask(helper)
    assert access.cases_of(reviewer).get().identity == asked
    assert cases.take_next(reviewer) is None
    RealNameCheck.objects.filter(pk=asked.pk).update(confirm_after=timezone.now())
    case = cases.take_next(reviewer)
    assert cases.decide_identity(case.pk, reviewer, "verified").state == "verified"


def test_a_document_whose_time_is_over_is_not_handed_out(reviewer, identity):
    RealNameCheck.objects.update(erase_after=timezone.now())
    assert cases.take_next(reviewer) is None
    signed_in(reviewer).get(QUEUE)
    assert not Case.objects.exists()


# --- as long as it waits --------------------------------------------------------------------------
def change(post: Post, **fields) -> None:
    """What its poster does when he edits it."""
    draft = Draft.objects.create(kind=Kind(post.kind), resident=post.resident, editing=post)
    told = factories.fields(Kind(post.kind), post.area_id, factories.NANSHAN_AT, **fields)
    answers = publishing.Answers(items=[factories.item()], fields=told)
    publishing.publish(draft.pk, Kind(post.kind), post.resident, answers)


def test_other_words_wait_in_the_same_place_and_clean_ones_wait_no_more(noted, note, judge):
    cases.take(note.pk, judge)
    change(noted, held_note="诚意换一盒")
    assert Case.objects.get().pk == note.pk
    with pytest.raises(NotPossibleError):
        cases.decide(note.pk, judge, "released", seen=HELD)
    change(noted, held_note="", note="谢谢")
    assert not Case.objects.exists()
    with pytest.raises(NotHeldError):
        cases.decide(note.pk, judge, "released", seen=HELD)


def test_a_note_that_is_erased_waits_no_more(noted, note):
    erasing.take_back(noted.resident)
    assert not Case.objects.exists()


def overdue(check, reviewer):
    RealNameCheck.objects.update(erase_after=timezone.now())
    call_command("tidy", verbosity=0)


def withdrawn(check, reviewer):
    consent.withdraw(check.resident, "real-name")


def left(check, reviewer):
    leaving.erase(check.resident, check.resident)


def decided(check, reviewer):
    real_name.decide(check.pk, reviewer, RealNameCheck.State.VERIFIED)


@pytest.mark.parametrize("end", [overdue, withdrawn, left, decided])
def test_a_check_that_waits_no_more_has_no_case(check, identity, reviewer, end):
    end(check, reviewer)
    assert not Case.objects.exists()


def test_what_waited_before_there_was_one_queue_gets_its_case(note, identity, case):
    was = set(Case.objects.values_list("kind", "post", "identity"))
    note.delete(), identity.delete()
    fill = importlib.import_module("posts.migrations.0014_one_queue").FILL
    with connection.cursor() as cursor:
        cursor.execute(fill)
    assert set(Case.objects.values_list("kind", "post", "identity")) == was


def test_the_database_keeps_one_open_case_for_each_and_the_right_subject(noted, check):
    for wrong in (
        {"kind": "note", "post": noted},
        {"kind": "identity", "identity": check},
        {"kind": "identity", "post": noted},
        {"kind": "note", "identity": check},
        {"kind": "person", "person": check.resident, "identity": check},
        {"kind": "person", "person": check.resident, "decided_note": HELD},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.create(harm=1, **wrong)


# --- notes: decide and undo -----------------------------------------------------------------------
def texts(post: Post) -> tuple[str, str, str]:
    post.refresh_from_db()
    return post.note, post.held_note, post.note_refused_for


DECISIONS = [("released", "", (HELD, "", "")), ("refused", "trade", ("", "", "trade"))]


@pytest.mark.parametrize(("outcome", "reason", "after"), DECISIONS)
def test_a_note_is_decided_and_that_is_undone(noted, note, judge, outcome, reason, after):
    browser = signed_in(judge)
    browser.post(f"{QUEUE}take/")
    assert HELD[:2] in browser.get(f"{QUEUE}{note.pk}/change/").text
    sent = {"decision": f"{outcome} {reason}".strip(), "seen": HELD}
    browser.post(f"{QUEUE}{note.pk}/decision/", sent)
    assert texts(noted) == after
    assert str(note.pk) in browser.get(f"{QUEUE}?decided=1").text
    browser.post(f"{QUEUE}{note.pk}/undo/")
    assert texts(noted) == ("", HELD, "")
    case = Case.objects.get()
    assert (case.pk, case.taken_by, case.outcome, case.decided_note) == (note.pk, judge, "", "")
    acts = AuditEntry.objects.filter(subject=str(noted.public_id)).values_list("act", flat=True)
    assert "note waits again" in acts


@pytest.mark.parametrize(("outcome", "reason", "after"), DECISIONS)
def test_what_its_poster_wrote_since_then_is_not_undone(noted, note, judge, outcome, reason, after):
    cases.take(note.pk, judge)
    cases.decide(note.pk, judge, outcome, reason, seen=HELD)
    change(noted, note="谢谢", note_refused_for="")
    with pytest.raises(NotPossibleError):
        cases.undo(note.pk, judge)
    assert texts(noted) == ("谢谢", "", "")


@pytest.mark.parametrize(("outcome", "reason", "after"), DECISIONS)
def test_what_a_note_said_is_erased_when_nobody_can_undo(
    noted, note, judge, settings, outcome, reason, after
):
    cases.take(note.pk, judge)
    cases.decide(note.pk, judge, outcome, reason, seen=HELD)
    assert cases.forget_notes() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT decided_note FROM posts_case")
        assert "诚意" not in cursor.fetchone()[0]
    Case.objects.update(closed_at=timezone.now() - settings.CASE_UNDO)
    assert cases.forget_notes() == 1
    assert Case.objects.get().decided_note == ""
    with pytest.raises(NotPossibleError):
        cases.undo(note.pk, judge)


@pytest.mark.parametrize(("outcome", "reason", "after"), DECISIONS)
def test_what_a_note_said_goes_with_the_data_of_its_post(
    noted, note, judge, outcome, reason, after
):
    cases.take(note.pk, judge)
    cases.decide(note.pk, judge, outcome, reason, seen=HELD)
    erasing.take_back(noted.resident)
    assert Case.objects.get().decided_note == ""
    with pytest.raises(NotPossibleError):
        cases.undo(note.pk, judge)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [("released", "trade"), ("refused", ""), ("hidden", "trade"), ("kept", "")],
)
def test_a_note_has_its_own_outcomes(note, judge, outcome, reason):
    cases.take(note.pk, judge)
    with pytest.raises(NotPossibleError):
        cases.decide(note.pk, judge, outcome, reason, seen=HELD)


# --- the post itself, while somebody holds its case -----------------------------------------------
@pytest.fixture
def as_other(other):
    return signed_in(other)


def hide_in_list(browser, *posts: Post):
    chosen = {"action": "hide", "reason": "trade", "_selected_action": [each.pk for each in posts]}
    return browser.post("/admin/posts/post/", chosen, follow=True)


def tap(browser, post: Post, **sent):
    return browser.post(f"/admin/posts/post/{post.public_id}/moderation/", sent, follow=True)


def test_a_post_whose_case_another_holds_is_not_hidden(as_other, judge, resident, case, post):
    """It is said who holds it; what nobody holds is hidden all the same."""
    cases.take(case.pk, judge)
    second = offer(resident)
    for shown in (hide_in_list(as_other, post, second), tap(as_other, post, reason="trade")):
        assert "judge" in shown.text
    post.refresh_from_db()
    second.refresh_from_db()
    assert (post.state, second.state) == ("open", "hidden")
    Case.objects.update(taken_until=timezone.now())
    tap(as_other, post, reason="trade")
    post.refresh_from_db()
    assert post.state == "hidden"


def test_a_post_whose_case_another_holds_is_not_restored(as_other, judge, moderator, case, post):
    tap(signed_in(moderator), post, reason="trade")
    cases.take(case.pk, judge)
    assert "judge" in tap(as_other, post).text
    post.refresh_from_db()
    assert post.state == "hidden"


def test_whoever_holds_the_case_himself_may(judge, case, post):
    cases.take(case.pk, judge)
    tap(signed_in(judge), post, reason="trade")
    post.refresh_from_db()
    assert post.state == "hidden"


def test_who_holds_a_note_keeps_nobody_from_its_post(as_other, judge, noted, note):
    cases.take(note.pk, judge)
    tap(as_other, noted, reason="trade")
    noted.refresh_from_db()
    assert noted.state == "hidden"


def test_two_who_hold_report_and_note_of_one_post_both_decide(judge, other, helper, noted, note):
    about = report(Subject(noted), Reporter(helper), ReportReason.SOLD).case
    cases.take(note.pk, judge)
    cases.take(about.pk, other)
    cases.decide(about.pk, other, "hidden", "trade")
    cases.decide(note.pk, judge, "refused", "trade", seen=HELD)
    assert texts(noted) == ("", "", "trade")


@pytest.mark.django_db(transaction=True)
def test_hiding_and_taking_at_once_never_meet(case, post):
    """Either it is hidden first, or not at all; and neither waits for the other for ever."""
    taker, hider = judge_called("taker"), judge_called("hider")

    def hide() -> bool:
        from posts import moderation

        try:
            moderation.hide(post, hider, "trade")
        except moderation.HeldByAnotherError:
            return False
        return True

    at_once(lambda: cases.take(case.pk, taker), hide)
    entries = AuditEntry.objects.filter(act__in=["case taken", "post hidden"]).order_by("id")
    acts = list(entries.values_list("act", flat=True))
    assert acts in (["case taken"], ["post hidden", "case taken"])
