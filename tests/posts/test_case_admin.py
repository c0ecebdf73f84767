"""The queue in the admin: one case after the other with one tap each, within one's areas."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import cases, moderation
from posts.contact import reveal
from posts.models import Case, HiddenFor, Post, ReportReason, State
from posts.reports import Reporter, Subject, report
from tests.conftest import signed_in
from tests.posts.conftest import judge_called
from tests.posts.factories import need, offer
from tests.posts.test_cases import waiting
from verification.models import Resident

pytestmark = pytest.mark.django_db
QUEUE = "/admin/posts/case/"


@pytest.fixture
def as_judge(judge):
    return signed_in(judge)


def page(case) -> str:
    return f"{QUEUE}{case.pk}/change/"


def decide(browser, case, decision: str):
    return browser.post(f"{QUEUE}{case.pk}/decision/", {"decision": decision})


def test_take_the_next_decide_with_one_tap_and_undo(as_judge, judge, case, post):
    assert as_judge.post(f"{QUEUE}take/").url == page(case)
    shown = as_judge.get(page(case)).text
    assert 'value="hidden trade"' in shown
    assert 'value="suspended selling"' in shown
    assert decide(as_judge, case, "hidden trade").url == page(case)
    post.refresh_from_db()
    assert (post.state, post.hidden_for) == (State.HIDDEN, HiddenFor.TRADE)
    assert f"{QUEUE}{case.pk}/undo/" in as_judge.get(page(case)).text
    as_judge.post(f"{QUEUE}{case.pk}/undo/")
    post.refresh_from_db()
    assert post.state == State.OPEN
    assert 'value="hidden trade"' in as_judge.get(page(case)).text


def test_one_is_chosen_from_the_queue_and_left_again(as_judge, judge, case):
    assert f'value="{case.pk}"' in as_judge.get(QUEUE).text
    assert as_judge.post(f"{QUEUE}take/", {"case": case.pk}).url == page(case)
    case.refresh_from_db()
    assert case.taken_by == judge
    as_judge.post(f"{QUEUE}{case.pk}/put-back/")
    case.refresh_from_db()
    assert case.taken_by is None


def test_what_another_holds_has_no_buttons_and_says_who(as_judge, other, case):
    cases.take(case.pk, other)
    for url in (QUEUE, page(case)):
        shown = as_judge.get(url).text
        assert "other" in shown
        assert f'value="{case.pk}"' not in shown
        assert 'name="decision"' not in shown
    assert as_judge.post(f"{QUEUE}take/", {"case": case.pk}, follow=True).status_code == 200
    decide(as_judge, case, "kept")
    case.refresh_from_db()
    assert (case.taken_by, case.closed_at) == (other, None)


def test_what_nobody_holds_is_decided_by_nobody(as_judge, case):
    assert 'name="decision"' not in as_judge.get(page(case)).text
    decide(as_judge, case, "kept")
    case.refresh_from_db()
    assert case.closed_at is None


def test_all_of_a_case_is_on_one_page(as_judge, judge, helper, resident, moderator, post):
    before = offer(resident, note="以前那条")
    report(Subject(before), Reporter(helper), ReportReason.WRONG)
    first = cases.take_next(judge)
    cases.decide(first.pk, judge, "hidden", "false")
    Post.objects.filter(pk=post.pk).update(note="药是好的")
    made = report(Subject(post), Reporter(helper), ReportReason.UNSAFE, "包装破了")
    report(Subject(post), Reporter(visitor="v" * 64), ReportReason.RESOLVED)
    shown = as_judge.get(page(made.case)).text
    for each in (
        "药是好的", "包装破了", str(helper.pk)[:8], str(resident.pk)[:8],
        str(ReportReason.UNSAFE.label), str(ReportReason.RESOLVED.label),
        f"/admin/posts/post/{post.public_id}/change/", page(first), str(before.public_id),
    ):  # fmt: skip
        assert each in shown, each


def test_a_person_is_shown_with_the_posts_around_which_he_was_reported(
    as_judge,
    resident,
    helper,
    post,
):
    reveal(post, helper)
    made = report(Subject(post, helper), Reporter(resident), ReportReason.HARASSMENT, "骂人")
    as_judge.post(f"{QUEUE}take/")
    shown = as_judge.get(page(made.case)).text
    assert "骂人" in shown
    assert str(post.public_id) in shown
    assert 'value="hidden ' not in shown
    decide(as_judge, made.case, "suspended harassment")
    helper.refresh_from_db()
    assert not helper.is_active


def test_no_contact_data_is_read(as_judge, resident, helper, post):
    Post.objects.filter(pk=post.pk).update(landmark="南门岗亭", contact_wechat="liu_123456")
    made = report(Subject(post), Reporter(helper), ReportReason.SOLD)
    for url in (QUEUE, page(made.case)):
        with CaptureQueriesContext(connection) as queries:
            shown = as_judge.get(url).text
        assert not any(secret in shown for secret in ("138 0013", "13800138", "南门岗亭", "liu_"))
        read = " ".join(query["sql"] for query in queries)
        assert "contact_phone" not in read
        assert "landmark" not in read
        assert "COUNT(" not in read.upper()


def test_who_lacks_the_right_to_suspend_is_not_offered_it(case):
    from django.contrib.auth.models import Permission

    clerk = Resident.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="moderate_post"))
    browser = signed_in(clerk)
    browser.post(f"{QUEUE}take/")
    assert 'value="suspended ' not in browser.get(page(case)).text
    assert decide(browser, case, "suspended selling").status_code == 403


@pytest.mark.parametrize("decision", ["", "hidden", "hidden nonsense", "nonsense", "kept trade"])
def test_a_decision_that_is_on_no_list_decides_nothing(as_judge, case, decision):
    as_judge.post(f"{QUEUE}take/")
    assert decide(as_judge, case, decision).status_code == 302
    case.refresh_from_db()
    assert case.closed_at is None


@pytest.mark.parametrize("url", ["take/", "{}/decision/", "{}/undo/", "{}/put-back/"])
def test_a_link_alone_does_nothing_and_nobody_else_does(as_judge, case, resident, url):
    url = QUEUE + url.format(case.pk)
    clerk = Resident.objects.create_user("clerk", is_staff=True)
    assert as_judge.get(url).status_code == 403
    assert signed_in(clerk).post(url).status_code == 403
    assert signed_in(resident).post(url).status_code == 302
    case.refresh_from_db()
    assert case.taken_by is None


def test_ids_that_are_none_are_not_found(as_judge, case):
    gone = "00000000-0000-0000-0000-000000000000"
    for chosen in (gone, "x", "", "9" * 50):
        assert as_judge.post(f"{QUEUE}take/", {"case": chosen}).status_code == 404
    for key in (gone, "x"):
        assert as_judge.get(f"{QUEUE}{key}/change/").status_code == 404
    assert as_judge.post(f"{QUEUE}{gone}/undo/").status_code == 404


def test_an_empty_queue_says_so(as_judge):
    assert as_judge.get(QUEUE).status_code == 200
    assert as_judge.post(f"{QUEUE}take/").url == QUEUE


# --- long lists -----------------------------------------------------------------------------------
def walk(browser, **query: str) -> list[Case]:
    seen, after = [], ""
    while True:
        found = browser.get(QUEUE, query | ({"after": after} if after else {})).context["page"]
        seen += found.cases
        if not found.after:
            return seen
        after = found.after


@pytest.fixture
def many(resident, settings, monkeypatch) -> list[Case]:
    settings.OPEN_POSTS_PER_RESIDENT = 100
    monkeypatch.setattr(cases, "PAGE", 3)
    same = timezone.now() - timedelta(hours=7)
    made = [waiting(resident, 1 + number % 4, number % 3) for number in range(10)]
    Case.objects.filter(pk__in=[each.pk for each in made[:5]]).update(opened_at=same)
    return made


def test_all_pages_show_each_case_once_in_order(as_judge, many):
    assert walk(as_judge) == list(Case.objects.open().by_urgency())


def test_all_pages_of_the_decided_show_each_once_newest_first(as_judge, judge, many):
    now = timezone.now()
    for number, each in enumerate(many):
        at = now - timedelta(minutes=number // 4)
        Case.objects.filter(pk=each.pk).update(outcome="kept", closed_at=at, decided_by=judge)
    assert walk(as_judge, decided="1") == list(Case.objects.order_by("-closed_at", "id"))


@pytest.mark.parametrize("after", ["x", "4 x y", "9 2026-01-01 z", "\0", "4 9999-12-31T23:59 x"])
def test_a_mark_that_is_none_gives_the_first_page(as_judge, many, after):
    shown = as_judge.get(QUEUE, {"after": after}).context["page"]
    assert shown.cases[0] == Case.objects.open().by_urgency().first()


@pytest.mark.parametrize("query", ["", "decided=1"])
def test_the_lists_ask_no_more_for_more(as_judge, judge, resident, settings, query):
    settings.OPEN_POSTS_PER_RESIDENT = 100

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            as_judge.get(f"{QUEUE}?{query}")
        return len(captured)

    def more(number: int) -> None:
        for _each in range(number):
            made = waiting(resident, 1, 1)
            if query:
                cases.take(made.pk, judge)
                cases.decide(made.pk, judge, "kept")

    more(2)
    queries()
    before = queries()
    more(8)
    assert queries() == before


def test_the_order_of_the_queue_has_an_index(resident, judge):
    waiting(resident, 1, 1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        for rows in (
            Case.objects.open().by_urgency(),
            Case.objects.filter(closed_at__isnull=False).order_by("-closed_at", "id"),
        ):
            plan = rows[:20].explain()
            assert "case_queue" in plan or "case_decided" in plan, plan
            assert "Sort" not in plan, plan


# --- areas ----------------------------------------------------------------------------------------
@pytest.fixture
def as_elsewhere(db):
    """A moderator who is limited to another province."""
    return signed_in(judge_called("elsewhere", 430000))


def test_a_moderator_of_another_area_reaches_nothing_of_this_one(
    as_elsewhere,
    case,
    post,
    helper,
    moderator,
):
    """The post, its history, its acts, its case and who looked: by the list and by the address."""
    reveal(post, helper)
    moderation.hide(post, moderator, HiddenFor.TRADE)
    change = f"/admin/posts/post/{post.public_id}"
    for url in (f"{change}/change/", f"/admin/posts/post/{post.pk}/change/", page(case)):
        assert as_elsewhere.get(url).status_code == 404, url
    assert as_elsewhere.get(f"{change}/history/").status_code == 302
    for url, sent in (
        (f"{change}/moderation/", {}),
        (f"{change}/moderation/", {"reason": "unsafe"}),
        (f"{QUEUE}take/", {"case": case.pk}),
        (f"{QUEUE}{case.pk}/undo/", {}),
    ):
        assert as_elsewhere.post(url, sent).status_code == 404, url
    as_elsewhere.post("/admin/posts/post/", {"action": "restore", "_selected_action": post.pk})
    decide(as_elsewhere, case, "kept")
    for url in (
        "/admin/posts/post/", f"/admin/posts/post/?q={post.public_id}",
        "/admin/posts/post/?standing=hidden", "/admin/posts/reveal/", QUEUE, f"{QUEUE}?decided=1",
    ):  # fmt: skip
        shown = as_elsewhere.get(url).text
        assert f"{post.public_id}/change" not in shown, url
        assert f"post/{post.pk}/change" not in shown, url
        assert str(case.pk) not in shown, url
    lengths = [queue["length"] for queue in as_elsewhere.get("/admin/").context["queues"]]
    assert lengths[:3] == [0, 0, 0]
    post.refresh_from_db()
    case.refresh_from_db()
    assert (post.state, case.closed_at, case.taken_by) == (State.HIDDEN, None, None)


def test_a_moderator_of_an_area_around_it_reaches_all_of_it(case, post, helper):
    reveal(post, helper)
    browser = signed_in(judge_called("here", 440000))
    for url in (f"/admin/posts/post/{post.public_id}/change/", page(case)):
        assert browser.get(url).status_code == 200
    assert str(post.public_id) in browser.get("/admin/posts/reveal/").text
    assert browser.post(f"{QUEUE}take/").url == page(case)


def test_the_audit_log_of_the_whole_country_is_not_for_the_limited(as_elsewhere, as_judge):
    assert as_elsewhere.get("/admin/safety/auditentry/").status_code == 403
    assert as_judge.get("/admin/safety/auditentry/").status_code == 200


def test_other_posts_of_a_person_are_shown_from_ones_areas_only(resident, helper):
    from tests.posts.factories import YUELU, YUELU_AT

    there = offer(resident, code=YUELU, at=YUELU_AT)
    made = report(Subject(need(resident)), Reporter(helper), ReportReason.SOLD)
    shown = signed_in(judge_called("here", 440000)).get(page(made.case)).text
    assert str(there.public_id) not in shown


# --- found in the admin by an index ---------------------------------------------------------------
@pytest.mark.parametrize("column", ["is_demo", "note", "in_hand", "contact_name", "resident"])
def test_posts_are_filtered_by_their_filters_alone(as_judge, column):
    """Any other column would be looked for row by row, in a million posts."""
    assert as_judge.get(f"/admin/posts/post/?{column}=1").status_code == 400


def test_the_operator_may_what_all_other_groups_may():
    operator = Group.objects.get(name="operator")
    rights = set(operator.permissions.values_list("codename", flat=True))
    for group in Group.objects.exclude(name="operator"):
        assert set(group.permissions.values_list("codename", flat=True)) <= rights, group
    assert {"manage_staff", "suspend_resident", "add_resident"} <= rights
