"""Posts in the admin: found fast, hidden with a reason and restored, by those who may."""

import pytest
from django.contrib.auth.models import Group

from posts.contact import reveal
from posts.models import HiddenFor, Listing, State
from safety.models import AuditEntry
from tests.conftest import signed_in
from tests.posts import factories
from verification.models import Resident

pytestmark = pytest.mark.django_db
POSTS, REVEALS = "/admin/posts/post/", "/admin/posts/reveal/"


@pytest.fixture
def judge(db):
    """A post moderator: in that group, and nothing more."""
    judge = Resident.objects.create_user("judge", "a long enough password", is_staff=True)
    judge.groups.add(Group.objects.get(name="post moderator"))
    return judge


@pytest.fixture
def as_judge(judge):
    return signed_in(judge)


@pytest.fixture
def post(resident):
    return factories.offer(resident)


def moderate(client, post, **sent):
    return client.post(f"{POSTS}{post.public_id}/moderation/", sent)


def acts(post):
    entries = AuditEntry.objects.filter(subject=str(post.public_id)).order_by("id")
    return [(entry.act, entry.details.get("reason")) for entry in entries][1:]


def test_one_tap_hides_a_post_and_one_restores_it(as_judge, post):
    assert moderate(as_judge, post, reason="trade").url == f"{POSTS}{post.public_id}/change/"
    post.refresh_from_db()
    assert (post.state, post.hidden_for) == (State.HIDDEN, HiddenFor.TRADE)
    assert not Listing.objects.filter(post=post).exists()
    moderate(as_judge, post)
    post.refresh_from_db()
    assert post.state == State.OPEN
    assert Listing.objects.filter(post=post).exists()
    assert acts(post) == [("post hidden", "trade"), ("post restored", None)]


def test_a_reason_that_is_on_no_list_hides_nothing(as_judge, post):
    assert moderate(as_judge, post, reason="dislike").status_code == 403
    assert acts(post) == []


def test_a_link_alone_hides_nothing(as_judge, post):
    assert as_judge.get(f"{POSTS}{post.public_id}/moderation/?reason=trade").status_code == 403
    assert acts(post) == []


def test_without_the_right_nobody_hides(post, resident):
    clerk = Resident.objects.create_user("clerk", "a long enough password", is_staff=True)
    assert moderate(signed_in(clerk), post, reason="trade").status_code == 403
    assert moderate(signed_in(resident), post, reason="trade").status_code == 302  # to sign in
    assert acts(post) == []


def test_several_posts_are_hidden_from_the_list(as_judge, resident, post):
    both = [post.pk, factories.need(resident).pk]
    chosen = {"action": "hide", "_selected_action": both}
    assert "reason" in as_judge.post(POSTS, chosen).text
    assert acts(post) == []
    as_judge.post(POSTS, chosen | {"reason": "false"})
    assert acts(post) == [("post hidden", "false")]
    as_judge.post(POSTS, {"action": "restore", "_selected_action": both})
    post.refresh_from_db()
    assert post.state == State.OPEN


def test_what_nobody_has_looked_at_is_not_hidden(as_judge, post):
    chosen = {
        "action": "hide",
        "_selected_action": post.pk,
        "select_across": "1",
        "reason": "false",
    }
    as_judge.post(POSTS, chosen)
    assert acts(post) == []


def test_the_page_of_a_post_cannot_be_saved(as_judge, post):
    assert as_judge.post(f"{POSTS}{post.pk}/change/", {"point": ""}).status_code == 403


def test_the_page_tells_its_history_and_who_looked(as_judge, judge, helper, post):
    reveal(post, helper)
    moderate(as_judge, post, reason="trade")
    page = as_judge.get(f"{POSTS}{post.public_id}/change/")
    assert [entry["actor"] for entry in page.context["entries"]][0] == "judge"
    assert str(HiddenFor.TRADE.label) in page.text
    assert str(helper.pk)[:8] in page.text


@pytest.mark.parametrize("standing", ["square", "expired", "resolved", "hidden"])
def test_posts_are_filtered_by_what_became_of_them(as_judge, post, standing):
    shown = str(post.public_id)[:8] in as_judge.get(POSTS, {"standing": standing}).text
    assert shown == (standing == "square")


def test_hidden_posts_are_filtered_by_the_reason(as_judge, post):
    moderate(as_judge, post, reason="trade")
    assert str(post.public_id)[:8] in as_judge.get(POSTS, {"hidden_for": "trade"}).text
    assert str(post.public_id)[:8] not in as_judge.get(POSTS, {"hidden_for": "false"}).text


def test_a_post_is_found_by_its_id_its_poster_and_its_area(as_judge, resident, post):
    other = factories.offer(resident, code=factories.YUELU, at=factories.YUELU_AT)
    mine, others = str(post.public_id)[:8], str(other.public_id)[:8]
    for term in [str(post.public_id), mine, "nanshan", "南山"]:
        found = as_judge.get(POSTS, {"q": term}).text
        assert (mine in found, others in found) == (True, False), term
    found = as_judge.get(POSTS, {"q": str(resident.pk)[:8]}).text
    assert mine in found
    assert others in found
    assert mine not in as_judge.get(POSTS, {"q": "no such thing"}).text


def test_reveals_are_found_by_post_and_by_resident(as_judge, helper, post):
    reveal(post, helper)
    for term in [str(post.public_id)[:8], str(helper.pk)]:
        assert str(helper.pk) in as_judge.get(REVEALS, {"q": term}).text
    assert str(helper.pk) not in as_judge.get(REVEALS, {"q": "00000000"}).text


def test_a_post_that_is_not_there_is_told_so(as_judge):
    gone = "00000000-0000-0000-0000-000000000000"
    assert as_judge.get(f"{POSTS}{gone}/change/").status_code == 404
    assert as_judge.post(f"{POSTS}{gone}/moderation/", {}).status_code == 404
