"""Operators decide on bodies in the admin, on a phone, with one tap."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.models import Partner, Refusal, State
from posts.models import Notice, Organisation
from safety.models import AuditEntry
from tests.conftest import signed_in
from tests.partners.bodies import applied, approved, operator_called, post_as
from tests.posts.conftest import judge_called

pytestmark = pytest.mark.django_db
NO_FILES = {"proof_files-TOTAL_FORMS": "0", "proof_files-INITIAL_FORMS": "0"}


@pytest.fixture
def boss(db):
    return operator_called("boss")


def page(partner: Partner) -> str:
    return f"/admin/partners/partner/{partner.pk}/change/"


def decide(browser, partner: Partner, **sent: str):
    return browser.post(f"/admin/partners/partner/{partner.pk}/decision/", sent)


def test_an_operator_sees_what_waits_and_whom_to_call(boss, resident):
    partner = applied(resident)
    browser = signed_in(boss)
    assert "?state__exact=applied" in browser.get("/admin/").content.decode()
    listed = browser.get("/admin/partners/partner/?state__exact=applied").content.decode()
    assert "粤海街道社区居委会" in listed and "王主任" not in listed
    shown = browser.get(page(partner)).content.decode()
    for said in ("王主任", "tel:+8613800138077", "tel:+8675526534321", "通过", "深圳市南山区"):
        assert said in shown, said


def test_one_tap_approves_and_it_is_recorded(boss, resident):
    partner = applied(resident)
    answer = decide(signed_in(boss), partner, answer="approve")
    assert answer.url == page(partner)
    partner.refresh_from_db()
    assert (partner.state, partner.decided_by) == (State.APPROVED, boss)
    assert partner.organisation.is_active
    assert AuditEntry.objects.get(act="body approved").actor == boss.pk
    history = signed_in(boss).get(page(partner)).content.decode()
    assert "通过了单位的申请" in history


def test_refusing_and_ending_take_a_reason_of_their_list(boss, resident):
    partner = applied(resident)
    browser = signed_in(boss)
    for reason in ("", "rules", "because"):
        assert decide(browser, partner, answer="refuse", reason=reason).status_code == 403
    decide(browser, partner, answer="refuse", reason=Refusal.UNCLEAR)
    partner.refresh_from_db()
    assert (partner.state, partner.reason) == (State.REFUSED, "unclear")
    assert Notice.objects.filter(resident=resident).count() == 1
    shown = browser.get(page(partner)).content.decode()
    assert "王主任" not in shown and 'value="approve"' not in shown


def test_ending_takes_what_it_posted_off_the_square(boss, resident):
    partner = approved(resident)
    post = post_as(partner.organisation, resident)
    decide(signed_in(boss), partner, answer="end", reason=Refusal.RULES)
    post.refresh_from_db()
    assert not post.is_on_square
    assert AuditEntry.objects.get(act="body ended").details == {"reason": "rules"}


def test_the_second_of_two_operators_reads_that_it_was_decided(boss, resident):
    partner = applied(resident)
    decide(signed_in(boss), partner, answer="approve")
    answer = signed_in(operator_called("other")).post(
        f"/admin/partners/partner/{partner.pk}/decision/",
        {"answer": "refuse", "reason": "other"},
        follow=True,
    )
    assert "已经处理过了" in answer.content.decode()
    partner.refresh_from_db()
    assert partner.state == State.APPROVED


def test_post_moderators_see_nothing_of_it(resident):
    partner = applied(resident)
    browser = signed_in(judge_called("judge"))
    assert "partners/partner" not in browser.get("/admin/").content.decode()
    assert browser.get(page(partner)).status_code == 403
    assert decide(browser, partner, answer="approve").status_code == 403


def test_the_operator_changes_name_line_and_sites_after_a_call(boss, resident):
    partner = approved(resident)
    browser = signed_in(boss)
    sent = {
        "name": "粤海社区居委会",
        "line": "0755 2653 9999",
        "origins": "https://a.example/x，b.example",
        **NO_FILES,
    }
    assert browser.post(page(partner), sent).status_code == 302
    partner = Partner.objects.get()
    assert partner.origins == ["https://a.example", "https://b.example"]
    assert (partner.organisation.name, partner.organisation.line) == (
        "粤海社区居委会", "+8675526539999",
    )  # fmt: skip
    entry = AuditEntry.objects.get(act="admin changed")
    assert entry.details["changes"] == [{"fields": ["name", "line", "origins"]}]
    wrong = browser.post(page(partner), {**sent, "origins": "http://a.example"})
    assert wrong.status_code == 200 and "https://www.example.org" in wrong.content.decode()


def test_two_bodies_never_have_one_name(boss, resident, stranger):
    approved(resident)
    other = approved(stranger, slug="other", name="另一个居委会")
    answer = signed_in(boss).post(
        page(other), {"name": "粤海街道社区居委会", "line": "0755 2653 9999"}
    )
    assert answer.status_code == 200
    assert Organisation.objects.get(slug="other").name == "另一个居委会"


def test_nobody_adds_or_deletes_a_body_by_hand(boss, resident):
    partner = approved(resident)
    browser = signed_in(boss)
    assert browser.get("/admin/partners/partner/add/").status_code == 403
    assert browser.post(f"/admin/partners/partner/{partner.pk}/delete/").status_code == 403


def test_the_list_costs_the_same_however_many_there_are(boss, resident, stranger):
    browser = signed_in(boss)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert browser.get("/admin/partners/partner/").status_code == 200
        return len(counted)

    applied(resident)
    queries()
    one = queries()
    applied(stranger, slug="other", name="另一个居委会")
    assert queries() == one
    found = browser.get("/admin/partners/partner/?q=另一个").content.decode()
    assert "粤海" not in found and "另一个居委会" in found
