"""Staff post in the name of a body, also for callers: whose such a post is, who may act on it."""

import re
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from medicines.models import Medicine
from partners import staff
from partners.models import Invitation
from posts import access, closing, contact, links, messaging, nearby, organisations, square
from posts.models import (
    ActLink,
    Block,
    Draft,
    Kind,
    Member,
    Message,
    Post,
    PostCount,
    Reach,
    Reveal,
    State,
)
from posts.publishing import RefusedError
from safety import register
from safety.models import AuditEntry
from safety.quotas import Quota
from tests.conftest import make_resident, signed_in
from tests.partners.bodies import CALLER, LINE, approved, join, operator_called, post_as
from tests.posts import test_publish_need
from tests.posts.factories import item, need, offer
from verification import consent, leaving, suspension
from verification.models import Consent, Level, Resident

pytestmark = pytest.mark.django_db
REACH = {
    **{name: value for name, value in test_publish_need.REACH.items()
       if name not in ("phone", "wechat", "reached_by")},
    "name": "王阿婆",
    "whose": "caller",
    "caller": "139 1113 9111",
    "agreed": "on",
}  # fmt: skip


@pytest.fixture
def organisation(resident):
    return approved(resident).organisation


@pytest.fixture
def colleague(organisation, resident) -> Resident:
    made = make_resident("+8613800138031", Level.REAL_NAME)
    join(organisation, resident, made)
    return made


def write_need(browser, **changed: str):
    browser.post("/partners/yuehai/need/")
    browser.post("/need/details/", test_publish_need.DETAILS)
    browser.post("/need/reach/", {**REACH, **changed})
    return browser.post("/need/check/")


def test_staff_post_for_a_caller_whose_number_nobody_proves(as_resident, resident, organisation):
    answer = write_need(as_resident)
    assert "published" in answer.url
    post = Post.objects.get()
    assert (post.organisation, post.resident, post.for_caller) == (organisation, resident, True)
    assert post.contact_phone == CALLER
    assert post.caller_digest == organisations.caller_digest(CALLER)
    entry = AuditEntry.objects.get(act="post published")
    assert entry.actor == resident.pk
    assert entry.details["as"] == "yuehai" and entry.details["for"] == "caller"
    page = as_resident.get(answer.url).content.decode()
    assert "/partners/yuehai/posts/" in page


def test_without_the_callers_consent_the_number_stands_nowhere(as_resident, organisation):
    as_resident.post("/partners/yuehai/need/")
    as_resident.post("/need/details/", test_publish_need.DETAILS)
    answer = as_resident.post("/need/reach/", {**REACH, "agreed": ""})
    assert answer.status_code == 422 and "agreed" in answer.context["form"].errors
    assert "139 1113 9111" in answer.content.decode()
    answer = as_resident.post("/need/reach/", {**REACH, "caller": ""})
    assert "caller" in answer.context["form"].errors
    assert not Post.objects.exists()


def test_a_post_may_carry_the_bodys_own_line_or_no_number(as_resident, organisation):
    write_need(as_resident, whose="line", agreed="")
    post = Post.objects.get()
    assert (post.contact_phone, post.for_caller, post.caller_digest) == (LINE, False, "")
    write_need(as_resident, whose="message")
    post = Post.objects.latest("pk")
    assert (post.reached_by, post.contact_phone, post.caller_digest) == (Reach.MESSAGE, "", "")
    assert post.for_caller


def test_each_step_says_in_whose_name_and_leads_back_to_ones_own(as_resident, organisation):
    begun = as_resident.post("/partners/yuehai/need/")
    for page in (begun.url, "/need/details/?medicine=ibuprofen"):
        assert "粤海街道社区居委会" in as_resident.get(page).content.decode(), page
    as_resident.post("/need/details/", test_publish_need.DETAILS)
    assert "粤海街道社区居委会" in as_resident.get("/need/reach/").content.decode()
    as_resident.get("/need/")  # begins anew, in his own name
    as_resident.post("/need/details/", test_publish_need.DETAILS)
    assert "粤海街道社区居委会" not in as_resident.get("/need/reach/").content.decode()


def test_card_page_api_and_feed_say_who_posts(client, resident, organisation):
    post = post_as(organisation, resident)
    own = need(resident)
    told = "由粤海街道社区居委会发布"
    page = client.get("/?kind=need").content.decode()
    assert page.count(told) == 1
    assert told in client.get(post.get_absolute_url()).content.decode()
    assert told not in client.get(own.get_absolute_url()).content.decode()
    assert client.get("/feed/?kind=need").content.decode().count(told) == 1
    answers = {each["id"]: each for each in client.get("/api/v1/posts?kind=need").json()["posts"]}
    said = answers[str(post.public_id)]["posted_by"]
    assert said["name"] == "粤海街道社区居委会" and said["url"].endswith("/partners/yuehai/")
    assert answers[str(own.public_id)]["posted_by"] is None


def test_a_page_of_posts_of_bodies_costs_the_same_queries(resident, organisation):
    filters = square.Filters(kind=Kind.NEED)
    need(resident)
    with CaptureQueriesContext(connection) as own:
        [row.post.organisation for row in square.page(filters, None).rows]
    post_as(organisation, resident)
    post_as(organisation, resident)
    with CaptureQueriesContext(connection) as bodies:
        names = [row.post.organisation for row in square.page(filters, None).rows]
    assert len(own) == len(bodies)
    assert names.count(organisation) == 2
    assert not any("line" in query["sql"].split("WHERE")[0] for query in bodies)


def test_a_colleague_does_what_the_poster_does(organisation, resident, colleague, helper):
    post = post_as(organisation, resident, Kind.OFFER, items=[item(amount=8, per_household=2)])
    browser = signed_in(colleague)
    page = browser.get("/partners/yuehai/posts/").content.decode()
    assert f"/posts/{post.public_id}/resolve/" in page
    answer = browser.post(f"/posts/{post.public_id}/in-hand/", {"in_hand": "1"})
    assert answer.url == "/partners/yuehai/posts/"
    wrong = {"item": post.items.get().pk, "left": "99"}
    answer = browser.post(f"/posts/{post.public_id}/amount/", wrong)
    assert answer.status_code == 422 and 'value="99"' in answer.content.decode()
    assert "粤海街道社区居委会" in answer.content.decode()
    browser.post(f"/posts/{post.public_id}/amount/", {**wrong, "left": "3"})
    assert post.items.get().amount == 3
    browser.post(f"/posts/{post.public_id}/resolve/")
    post.refresh_from_db()
    assert post.state == State.RESOLVED
    assert AuditEntry.objects.get(act="post resolved").actor == colleague.pk
    browser.post(f"/posts/{post.public_id}/reopen/")
    post.refresh_from_db()
    assert (post.state, post.resident) == (State.OPEN, resident)
    assert signed_in(helper).post(f"/posts/{post.public_id}/resolve/").status_code == 404


def test_a_colleague_edits_and_it_stays_the_bodys(as_resident, organisation, colleague):
    write_need(as_resident)
    post = Post.objects.get()
    browser = signed_in(colleague)
    assert browser.post(f"/posts/{post.public_id}/edit/").url == "/need/check/"
    page = browser.get("/need/reach/").content.decode()
    assert "+8613911139111" in page or "139 1113 9111" in page
    browser.post("/need/reach/", {**REACH, "name": "王奶奶"})
    assert "published" in browser.post("/need/check/").url
    post = Post.objects.get()
    assert (post.contact_name, post.organisation, post.contact_phone) == (
        "王奶奶", organisation, CALLER,
    )  # fmt: skip
    assert post.resident != colleague


def test_it_is_in_the_bodys_list_and_not_in_the_posters_own(as_resident, resident, organisation):
    post = post_as(organisation, resident)
    assert str(post.public_id) not in as_resident.get("/mine/").content.decode()
    assert str(post.public_id) in as_resident.get("/partners/yuehai/posts/").content.decode()


def test_the_list_is_paged_by_key_in_a_fixed_number_of_queries(
    as_resident, resident, organisation, monkeypatch
):
    monkeypatch.setattr(organisations, "PAGE", 2)
    posts = [post_as(organisation, resident) for _each in range(5)]

    def page(after: str) -> tuple[list[str], str, int]:
        with CaptureQueriesContext(connection) as queries:
            text = as_resident.get(f"/partners/yuehai/posts/{after}").content.decode()
        found = re.findall(r'id="post-([0-9a-f-]{36})"', text)
        following = re.search(r'href="(\?after=[0-9a-f-]+)"', text)
        return found, following[1] if following else "", len(queries)

    seen, after, counts = [], "", []
    while True:
        found, after, queries = page(after)
        seen += found
        counts.append(queries)
        if not after:
            break
    assert seen == [str(each.public_id) for each in reversed(posts)]
    assert len(set(counts[:2])) == 1
    assert as_resident.get("/partners/yuehai/posts/?after=x").status_code == 404


def test_colleagues_are_no_strangers_to_a_post(organisation, resident, colleague):
    """They see its contact without a record, and cannot report it or write to it."""
    post = post_as(organisation, resident, caller=CALLER)
    browser = signed_in(colleague)
    assert "139 1113 9111" in browser.get(f"/posts/{post.public_id}/contact/").content.decode()
    assert not Reveal.objects.exists()
    assert browser.get(f"/posts/{post.public_id}/report/").status_code == 404
    with pytest.raises(access.NotShownError):
        asked = post_as(organisation, resident, Kind.OFFER)
        Post.objects.filter(pk=asked.pk).update(
            reached_by=Reach.MESSAGE, contact_phone="", contact_wechat=""
        )
        messaging.send(asked, colleague, "您好", colleague.phone)


def test_whoever_is_shown_a_callers_number_reads_whose_it_is(organisation, resident, as_helper):
    post = post_as(organisation, resident, caller=CALLER)
    as_helper.post(f"/posts/{post.public_id}/contact/")
    page = as_helper.get(f"/posts/{post.public_id}/contact/").content.decode()
    assert "139 1113 9111" in page and "打电话给粤海街道社区居委会的人" in page


def test_whom_one_of_the_staff_blocks_reaches_no_post_of_the_body(
    organisation, resident, colleague, helper
):
    post, other = post_as(organisation, resident), post_as(organisation, colleague)
    own = need(resident)
    contact.reveal(post, helper)
    contact.set_blocked(post, colleague, Reveal.objects.get().pk, True)
    block = Block.objects.get()
    assert (block.by, block.by_organisation) == (None, organisation)
    for each in (post, other):
        with pytest.raises(access.NotShownError):
            contact.reveal(each, helper)
    contact.reveal(own, helper)  # what the body decides is not its staff's own matter
    contact.set_blocked(post, resident, Reveal.objects.earliest("pk").pk, False)
    contact.reveal(other, helper)


def test_messages_to_a_body_are_read_by_all_its_staff(organisation, resident, colleague, helper):
    post = post_as(organisation, resident)
    Post.objects.filter(pk=post.pk).update(
        reached_by=Reach.MESSAGE, contact_phone="", contact_wechat=""
    )
    messaging.send(post, helper, "我有两粒", helper.phone)
    browser = signed_in(colleague)
    assert "我有两粒" in browser.get(f"/posts/{post.public_id}/messages/").content.decode()
    said = {"message": str(Message.objects.get().public_id), "agreed": "1"}
    browser.post(f"/posts/{post.public_id}/messages/", said)
    assert Message.objects.get().state == Message.State.AGREED


def most(slug: str) -> int:
    """The cap for one person, in the first unit."""
    medicine = Medicine.objects.get(slug=slug)
    return int(medicine.units.all()[0].cap)


def test_caps_hold_for_each_caller_and_not_for_the_body(organisation, resident, colleague):
    cap = most("ibuprofen")
    goods = {"items": [item("ibuprofen", cap)], "people": 1}
    post_as(organisation, resident, caller=CALLER, **goods)
    post_as(organisation, resident, caller="+8613911139112", **goods)
    with pytest.raises(RefusedError):  # the same caller, whoever picks up the telephone
        post_as(organisation, colleague, caller=CALLER, **goods)
    need(resident, **goods)  # his own need is his own
    with pytest.raises(RefusedError):
        post_as(organisation, resident, items=[item("ibuprofen", cap + 1)], people=1)


def test_a_body_has_a_limit_of_its_own(organisation, resident, settings, monkeypatch):
    settings.OPEN_POSTS_PER_RESIDENT = 1
    settings.OPEN_POSTS_PER_ORGANISATION = 3
    need(resident)
    posts = [post_as(organisation, resident) for _each in range(3)]
    with pytest.raises(RefusedError):
        post_as(organisation, resident)
    closing.resolve(posts[0], resident)
    post_as(organisation, resident)
    with pytest.raises(closing.NotPossibleError):
        closing.reopen(posts[0], resident)


def test_a_body_publishes_so_many_in_a_day(organisation, resident, monkeypatch):
    few = Quota("test posts of a body", 2, organisations.PER_DAY.period)
    monkeypatch.setattr(organisations, "PER_DAY", few)
    post_as(organisation, resident)
    post_as(organisation, resident)
    with pytest.raises(RefusedError):
        post_as(organisation, resident)


def test_who_has_left_the_staff_publishes_nothing_and_reads_why(organisation, resident, colleague):
    browser = signed_in(colleague)
    browser.post("/partners/yuehai/need/")
    browser.post("/need/details/", test_publish_need.DETAILS)
    browser.post("/need/reach/", REACH)
    Member.objects.filter(resident=colleague).delete()
    answer = browser.post("/need/check/")
    assert answer.status_code == 422 and "不能再代" in answer.content.decode()
    assert not Post.objects.exists()


def test_nobody_writes_in_the_name_of_a_body_he_is_not_on_the_staff_of(
    as_stranger, stranger, organisation
):
    assert as_stranger.post("/partners/yuehai/need/").status_code == 404
    draft = Draft.objects.create(kind=Kind.NEED, resident=stranger)
    as_stranger.post("/need/details/", {**test_publish_need.DETAILS, "organisation": "yuehai"})
    assert not Draft.objects.exclude(organisation=None).exists() and draft.organisation is None


def test_what_somebody_posted_for_a_body_stays_when_his_account_is_erased(
    organisation, resident, colleague, say
):
    post = post_as(organisation, colleague, caller=CALLER)
    link = links.make(post)
    own = need(colleague)
    leaving.erase(colleague, colleague)
    post.refresh_from_db()
    assert (post.resident, post.state, post.contact_phone) == (resident, State.OPEN, CALLER)
    assert post.listings.exists()
    assert not Post.objects.filter(pk=own.pk).exists()
    assert link and not ActLink.objects.exists()


def test_his_own_number_on_it_makes_room_for_the_bodys_line(organisation, resident, colleague):
    post = post_as(organisation, colleague, caller=colleague.phone)
    leaving.erase(colleague, colleague)
    post.refresh_from_db()
    assert (post.contact_phone, post.caller_digest) == (LINE, "")


def test_with_nobody_left_its_posts_are_counted_and_go(organisation, resident):
    post_as(organisation, resident)
    leaving.erase(resident, resident)
    assert not Post.objects.exists()
    assert PostCount.objects.get().number == 1


def test_a_consent_taken_back_leaves_the_bodys_posts_to_a_colleague(
    organisation, resident, colleague
):
    post, own = post_as(organisation, colleague), need(colleague)
    consent.withdraw(colleague, Consent.Purpose.SENSITIVE)
    post.refresh_from_db()
    own.refresh_from_db()
    assert (post.state, post.resident) == (State.OPEN, resident)
    assert own.state == State.RESOLVED and own.erased_at


def test_a_suspended_member_takes_his_posts_along_until_he_is_off_the_staff(
    organisation, resident, colleague
):
    """What a spammer wrote in a body's name is no better for it; his colleagues' posts stay."""
    post, other = post_as(organisation, colleague), post_as(organisation, resident)
    suspension.set_suspended(colleague, operator_called("boss"), True, suspension.Reason.SPAM)
    post.refresh_from_db()
    other.refresh_from_db()
    assert (post.state, other.state) == (State.HIDDEN, State.OPEN)
    staff.remove(organisation, resident, Member.objects.get(resident=colleague).pk)
    post.refresh_from_db()
    assert post.resident == resident


def test_removing_somebody_passes_his_posts_on_and_shuts_him_out(organisation, resident, colleague):
    post = post_as(organisation, colleague)
    page = signed_in(resident).get("/partners/yuehai/people/").content.decode()
    assert "8031" in page and "138 0013 8031" not in page
    member = Member.objects.get(resident=colleague)
    signed_in(resident).post("/partners/yuehai/people/act/", {"remove": member.pk})
    post.refresh_from_db()
    assert post.resident == resident
    browser = signed_in(colleague)
    assert browser.get("/partners/yuehai/posts/").status_code == 404
    assert browser.post(f"/posts/{post.public_id}/resolve/").status_code == 404


def test_the_staff_page_of_somebody_without_rights_has_none_of_the_owners(organisation, colleague):
    page = signed_in(colleague).get("/partners/yuehai/staff/").content.decode()
    assert "/partners/yuehai/keys/" not in page and "/partners/yuehai/leave/" in page
    for own in ("keys", "people", "change"):
        assert signed_in(colleague).get(f"/partners/yuehai/{own}/").status_code == 404
    signed_in(colleague).post("/partners/yuehai/leave/")
    assert not Member.objects.filter(resident=colleague).exists()


def test_the_page_is_handed_over(organisation, resident, colleague):
    member = Member.objects.get(resident=colleague)
    answer = signed_in(resident).post("/partners/yuehai/people/act/", {"owner": member.pk})
    assert answer.url == "/partners/yuehai/staff/"
    assert signed_in(colleague).get("/partners/yuehai/people/").status_code == 200
    assert signed_in(resident).get("/partners/yuehai/people/").status_code == 404


@pytest.mark.parametrize("phone", ["138 0013 8003", "138 0013 8099"])
def test_an_invitation_tells_nothing_of_whether_a_number_has_an_account(
    as_resident, organisation, stranger, phone
):
    """The stranger of 8003 has one, nobody has 8099: the answers differ by the digits alone."""
    answer = as_resident.post("/partners/yuehai/people/", {"phone": phone})
    assert answer.status_code == 302
    page = as_resident.get("/partners/yuehai/people/").content.decode()
    assert f"•••• {phone[-4:]}" in page
    assert Member.objects.count() == 1
    assert Invitation.objects.get().phone_digest != phone


def test_whoever_signs_in_with_the_number_joins_or_not(as_resident, organisation, helper):
    as_resident.post("/partners/yuehai/people/", {"phone": "138 0013 8002"})
    browser = signed_in(helper)
    assert "/partners/invitations/" in browser.get("/account/").content.decode()
    assert "粤海街道社区居委会" in browser.get("/partners/invitations/").content.decode()
    key = Invitation.objects.get().pk
    answer = browser.post("/partners/invitations/", {"invitation": key, "accepts": "1"})
    assert answer.url == "/partners/yuehai/staff/"
    assert Member.objects.filter(resident=helper, is_owner=False).exists()
    assert not Invitation.objects.exists()
    assert browser.post("/partners/invitations/", {"invitation": key}).status_code == 404


def test_nobody_takes_the_invitation_of_another_number(as_resident, as_stranger, organisation):
    as_resident.post("/partners/yuehai/people/", {"phone": "138 0013 8002"})
    assert "粤海" not in as_stranger.get("/partners/invitations/").content.decode()
    sent = {"invitation": Invitation.objects.get().pk, "accepts": "1"}
    assert as_stranger.post("/partners/invitations/", sent).status_code == 404
    assert Member.objects.count() == 1


def test_no_copy_of_ones_own_data_holds_a_callers_number(organisation, resident):
    post_as(organisation, resident, caller=CALLER, contact_name="王阿婆")
    copy = str(register.export(resident))
    assert CALLER not in copy and "王阿婆" not in copy
    assert "粤海街道社区居委会" in copy  # that he is on its staff is his to know


@pytest.mark.parametrize(
    "change",
    [
        {"for_caller": True, "organisation": None},
        {"caller_digest": "x", "for_caller": False},
    ],
)
def test_the_database_knows_that_only_a_body_posts_for_callers(organisation, resident, change):
    post = post_as(organisation, resident)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(**change)


@pytest.mark.django_db(transaction=True)
def test_two_of_the_staff_cannot_both_pass_the_cap_of_one_caller(settings):
    owner = make_resident("+8613800138001", Level.REAL_NAME)
    organisation = approved(owner).organisation
    colleague = make_resident("+8613800138031", Level.REAL_NAME)
    join(organisation, owner, colleague)
    goods = {"items": [item("ibuprofen", most("ibuprofen"))], "people": 1}
    start, done = threading.Barrier(2), []

    def write(who: Resident) -> None:
        try:
            start.wait()
            post_as(organisation, who, caller=CALLER, **goods)
            done.append("published")
        except RefusedError:
            done.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[who]) for who in (owner, colleague)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["published", "refused"]
    assert Post.objects.count() == 1


def test_an_offer_of_a_stranger_matches_a_need_of_the_body(organisation, resident, helper):
    post = post_as(organisation, resident)
    post_as(organisation, resident, Kind.OFFER)
    given = offer(helper)
    [match] = nearby.matches(post)
    assert [row.post for row in match.rows] == [given]
