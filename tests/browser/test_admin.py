"""The moderators' side in a real browser, under the site's own content security policy."""

import pytest
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import expect

from posts import contact
from posts.models import Case, Post, ReportReason, State
from posts.reports import Reporter, Subject, report
from safety import timed
from tests.browser.person import Person
from tests.posts.factories import need, offer
from verification import real_name, recovery
from verification.documents import Document
from verification.models import DocumentType, RealNameCheck

EVERY_LIST = [
    f"/admin/{each}/"
    for each in (
        "posts/post", "posts/case", "posts/reveal", "posts/message", "posts/postcount",
        "verification/resident", "verification/realnamecheck", "safety/auditentry", "safety/alarm",
        "safety/screeningword", "safety/failedtask", "medicines/medicine",
        "medicines/blockedname", "places/area", "partners/partner",
    )
]  # fmt: skip
PASSWORD = "a long enough password"


@pytest.fixture
def at_work(person, moderator):
    """A moderator who has signed in, and set up a second factor for that."""
    who = person("moderator")
    give_password(who)
    expect(who.page.locator(".qr svg")).to_be_visible()
    give_code(who)
    expect(who.page.locator(".recovery-codes li")).to_have_count(10)
    who.page.locator(".second-factor a.button").click()
    return who


def give_password(who: Person) -> None:
    who.page.goto("/admin/")
    who.page.locator("[name=username]").fill("moderator")
    who.page.locator("[name=password]").fill(PASSWORD)
    who.page.locator("[type=submit]").click()


def give_code(who: Person) -> None:
    """What the app shows: the demo shows it too."""
    code = who.page.locator(".demo-code").text_content()
    who.page.locator("[name=code]").fill(code)
    who.page.locator("[type=submit]").click()


def test_who_comes_back_needs_the_code_again(at_work):
    at_work.page.locator("#logout-form button").click()
    give_password(at_work)
    expect(at_work.page.locator(".qr")).to_have_count(0)
    give_code(at_work)
    expect(at_work.page.locator(".queues").first).to_be_visible()


def test_a_task_that_failed_is_seen_on_the_first_page_and_let_run_again(at_work):
    timed.run.enqueue("tidy")
    timed.DBTaskResult.objects.update(
        status="FAILED", finished_at=timezone.now(), exception_class_path="builtins.ValueError"
    )
    at_work.opens("/admin/")
    at_work.page.locator(".queues a", has_text="个后台任务失败了").click()
    at_work.sees("builtins.ValueError")
    at_work.page.locator("[name=_selected_action]").check()
    at_work.page.locator("[name=action]").select_option(label="再试一次")
    at_work.page.locator(".actions button").click()
    at_work.sees("1个任务会再运行一次。")
    assert timed.waiting().get().args_kwargs["args"] == ["tidy"]


def test_a_post_is_drawn_as_its_cell_on_our_own_map(at_work, resident):
    post = offer(resident)
    at_work.page.goto(f"/admin/posts/post/{post.public_id}/change/")
    at_work.sees("示意图")
    # The districts around it, and one rectangle for the cell.
    expect(at_work.page.locator(".leaflet-overlay-pane path").nth(1)).to_be_attached()
    expect(at_work.page.locator(".leaflet-marker-icon")).to_have_count(0)


def test_a_post_is_hidden_and_restored_with_one_tap_each(at_work, resident):
    post = offer(resident)
    at_work.page.goto(f"/admin/posts/post/{post.public_id}/change/")
    at_work.page.get_by_role("button", name="药物可能不安全").click()
    at_work.sees("隐藏理由：药物可能不安全")
    assert Post.objects.get().state == State.HIDDEN
    at_work.page.get_by_role("button", name="恢复").click()
    at_work.sees("已处理 1 条信息")
    assert Post.objects.get().state == State.OPEN


@pytest.fixture
def reported(resident, helper, stranger):
    """An offer that two people and a visitor have reported, and one of them for harassment."""
    post = offer(resident, note="药是好的,只是盒子旧了")
    report(Subject(post), Reporter(helper), ReportReason.UNSAFE, "盒子已经拆开,没有说明书")
    report(Subject(post), Reporter(visitor="v" * 64), ReportReason.SOLD, "他说先发红包")
    report(Subject(need(stranger)), Reporter(helper), ReportReason.WRONG)
    contact.reveal(post, helper)
    report(Subject(post, helper), Reporter(resident), ReportReason.HARASSMENT, "半夜一直打电话")
    return post


def test_the_queue_is_worked_with_one_thumb(at_work, reported):
    """Take the next, look, hide, undo, suspend, keep: on a phone of 360 px."""
    page = at_work.page
    at_work.opens("/admin/posts/case/")
    expect(page.locator(".case")).to_have_count(3)
    page.locator(".case-acts .default").click()
    for words in ("盒子旧了", "没有说明书", "先发红包"):
        at_work.sees(words)
    at_work.picture()
    for button in page.locator(".case-page button").all():
        assert button.bounding_box()["height"] >= 44
    page.locator("[value='hidden unsafe']").click()
    at_work.picture()
    assert Post.objects.get(pk=reported.pk).state == State.HIDDEN
    page.locator("form[action$='/undo/'] button").click()
    expect(page.locator("[value='hidden unsafe']")).to_be_visible()
    assert Post.objects.get(pk=reported.pk).state == State.OPEN
    page.locator("[value=kept]").click()
    page.locator("form[action$='/take/'] button").click()
    at_work.sees("半夜一直打电话")
    at_work.picture()
    page.locator("[value='suspended harassment']").click()
    page.locator("form[action$='/take/'] button").click()
    page.locator("[value=dismissed]").click()
    at_work.opens("/admin/posts/case/?decided=1")
    expect(page.locator(".case")).to_have_count(3)
    assert set(Case.objects.values_list("outcome", flat=True)) == {
        "kept", "suspended", "dismissed",
    }  # fmt: skip


def test_a_moderator_s_morning_on_a_phone_in_the_dark(at_work, reported):
    """The first page with its numbers, a list and its filter, a case decided, no page too wide."""
    page = at_work.page
    page.emulate_media(color_scheme="dark")
    at_work.opens("/admin/")
    at_work.sees("用药安全", "今天", "发布")
    expect(page.locator(".today strong").first).to_have_text("2")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark == "rgb(17, 17, 17)"
    page.locator(".today a").first.click()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    at_work.picture()
    if page.locator("#changelist-filter details:not([open])").count():
        page.locator("#changelist-filter summary").first.click()
    page.locator("#changelist-filter a[href*='kind__exact=1']").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    at_work.picture()
    at_work.opens("/admin/")
    page.locator(".queues a").first.click()
    page.locator(".case-acts .default").click()
    at_work.picture()
    page.locator("[value='hidden unsafe']").click()
    assert Post.objects.get(pk=reported.pk).state == State.HIDDEN
    for url in EVERY_LIST:
        at_work.opens(url)


def test_a_case_has_its_parts_side_by_side_on_a_wide_screen(at_work, reported):
    page = at_work.page
    page.set_viewport_size({"width": 1360, "height": 900})
    at_work.opens("/admin/posts/case/")
    page.locator(".case-acts .default").click()
    at_work.picture()
    tops = {
        round(each.bounding_box()["y"]) for each in page.locator(".case-page > .module").all()[:3]
    }
    assert len(tops) == 1


def test_a_visitor_reports_a_post_on_a_phone(person, resident):
    visitor = person("visitor")
    visitor.opens(offer(resident).get_absolute_url())
    visitor.page.locator("a[href$='/report/']").click()
    visitor.picture()
    visitor.page.locator("[value=sold]").check()
    visitor.page.locator("[name=words]").fill("要先转账")
    visitor.page.locator("main form button").click()
    expect(visitor.page.locator("[role=status]")).to_be_visible()
    visitor.picture()
    assert Case.objects.get().reports.get().words == "要先转账"


def test_a_recovery_fits_on_a_phone_and_cannot_be_confirmed_yet(at_work, stranger, helper):
    document = Document(DocumentType.PASSPORT, "Anna Lee", "E12345678")
    for person in (stranger, helper):
        real_name.submit(person, document)
    check = recovery.ask(helper)
    at_work.opens("/admin/posts/case/")
    at_work.page.locator(f"button[value='{check.cases.get().pk}']").click()
    at_work.sees(str(stranger.pk)[:8], str(helper.pk)[:8])
    at_work.picture()
    expect(at_work.page.locator("[name=decision][value=verified]")).to_have_count(0)
    at_work.page.locator("[name=decision][value='refused unproven']").click()
    at_work.page.wait_for_load_state()
    check.refresh_from_db()
    assert check.reason == RealNameCheck.Reason.UNPROVEN


def test_notes_and_identities_are_worked_in_the_same_queue(at_work, reported, resident, stranger):
    """Reports first; then a note is put up and a document confirmed, each with one tap."""
    with override_settings(REAL_NAME_PROVIDER="manual"):
        real_name.submit(stranger, Document(DocumentType.PASSPORT, "Anna Lee", "E12345678"))
    noted = need(resident, held_note="诚意的来,谢谢")
    page = at_work.page
    at_work.opens("/admin/")
    at_work.picture()
    at_work.opens("/admin/posts/case/")
    expect(page.locator(".case")).to_have_count(5)
    at_work.sees("有附言等着看", "有身份等着核对")
    at_work.picture()
    page.locator(f"button[value='{noted.cases.get().pk}']").click()
    at_work.sees("诚意")
    at_work.picture()
    for button in page.locator(".case-page button").all():
        assert button.bounding_box()["height"] >= 44
    page.locator("[value=released]").click()
    at_work.sees("撤回")
    assert Post.objects.get(pk=noted.pk).note == "诚意的来,谢谢"
    at_work.opens("/admin/posts/case/")
    page.locator(f"button[value='{Case.objects.get(kind='identity').pk}']").click()
    at_work.sees("Anna Lee", "E12345678")
    at_work.picture()
    for button in page.locator(".case-page button").all():
        assert button.bounding_box()["height"] >= 44
    page.locator("[value=verified]").click()
    expect(page.locator(".case")).to_have_count(3)
    at_work.picture()
    assert RealNameCheck.objects.get().state == RealNameCheck.State.VERIFIED
