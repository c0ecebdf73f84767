"""A post says whose link brought it, past signing in; the body is told how many, never which."""

import pytest
from django.db import IntegrityError, transaction

from partners import applying
from partners.models import BroughtNumber, Partner, Refusal
from partners.numbers import brought, counting
from posts import erasing, moderation
from posts.models import HiddenFor, Kind, Organisation, Post
from safety import register
from tests.partners.bodies import approved, operator_called, post_as
from tests.posts.factories import need, offer
from tests.posts.test_publish_sign_in import AGREED, fill_in, inbox  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]
FEW = {"need": None, "offer": None}


@pytest.fixture
def partner(resident) -> Partner:
    return approved(resident)


@pytest.fixture
def body(partner) -> Organisation:
    return partner.organisation


def counted(body: Organisation) -> dict:
    counting.count()
    return brought.by(body)


def publish_from(client, url: str, code) -> Post:
    """A newcomer opens a page, writes a need, signs in while publishing it."""
    assert client.get(url).status_code == 200
    fill_in(client)
    client.post("/need/check/", {**AGREED, "code": code()})
    return Post.objects.get()


@pytest.mark.parametrize(
    "url",
    [
        "/?src=yuehai",
        "/need/?src=yuehai",
        "/areas/440305/?src=yuehai",
        "/partners/yuehai/?src=yuehai",
    ],
)
def test_a_link_is_remembered_past_signing_in(client, body, inbox, url):  # noqa: F811
    assert publish_from(client, url, lambda: inbox.code).brought_by == body


@pytest.mark.parametrize("url", ["/", "/?src=nobody", "/?src=%ff", "/embed/yuehai/"])
def test_no_link_of_a_body_brings_nothing(client, body, inbox, url):  # noqa: F811
    assert publish_from(client, url, lambda: inbox.code).brought_by is None


def test_the_last_link_counts(client, body, helper, inbox):  # noqa: F811
    other = approved(helper, slug="nanyou", name="南油社区居委会").organisation
    client.get("/?src=yuehai")
    assert publish_from(client, "/?src=nanyou", lambda: inbox.code).brought_by == other


def test_a_forged_cookie_and_a_body_that_ended_bring_nothing(client, partner, inbox):  # noqa: F811
    client.get("/?src=yuehai")
    applying.end(partner.pk, operator_called("ender"), Refusal.ASKED)
    assert publish_from(client, "/", lambda: inbox.code).brought_by is None
    client.cookies["came_from"] = "yuehai :nobody"
    assert client.get("/need/").status_code == 200


def test_what_its_own_staff_post_in_its_name_nobody_brought(body, resident, stranger):
    assert post_as(body, resident).brought_by is None
    post = offer(stranger)
    with pytest.raises(IntegrityError, match="brought_by_none"), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(organisation=body, brought_by=body)


def test_a_change_of_the_post_leaves_it(as_stranger, stranger, body):
    post = need(stranger, brought_by=body, contact_phone=stranger.phone)
    as_stranger.post(f"/posts/{post.public_id}/edit/")
    as_stranger.post("/need/check/", AGREED)
    post.refresh_from_db()
    assert post.brought_by == body


def test_its_staff_read_how_many_in_steps_of_five_and_nobody_else_does(
    body, as_resident, client, helper
):
    for _nth in range(4):
        offer(helper, brought_by=body)
    assert counted(body) == FEW
    assert as_resident.get("/partners/yuehai/staff/").content.decode().count("不到5条") == 2
    last = offer(helper, brought_by=body)
    need(helper, brought_by=body)
    assert counted(body) == {"need": None, "offer": 5}
    page = as_resident.get("/partners/yuehai/staff/").content.decode()
    assert (page.count("5条以上"), page.count("不到5条")) == (1, 1)
    assert "5条以上" not in client.get("/partners/yuehai/").content.decode()
    moderation.hide(last, operator_called("hider"), HiddenFor.TRADE)
    assert counted(body) == FEW, "hidden posts are in no number"


def test_they_are_those_of_a_recount_and_outlive_the_posts(body, helper):
    posts = [offer(helper, brought_by=body) for _nth in range(3)]
    posts += [offer(helper), need(helper, brought_by=body)]
    counting.count()
    now = {(row.kind, row.standing): row.number for row in BroughtNumber.objects.all()}
    assert now == {(Kind.OFFER, "open"): 3, (Kind.NEED, "open"): 1}
    with transaction.atomic():
        erasing.remove(Post.objects.filter(pk=posts[0].pk))
    counting.count()
    now = {(row.kind, row.standing): row.number for row in BroughtNumber.objects.all()}
    was = {(Kind.OFFER, "open"): 2, (Kind.OFFER, "withdrawn"): 1, (Kind.NEED, "open"): 1}
    assert now == was


def test_a_body_that_is_gone_takes_its_numbers_along_and_stops_no_count(partner, helper):
    for _nth in range(2):
        offer(helper, brought_by=partner.organisation)
    counting.count()
    post = offer(helper, brought_by=partner.organisation)
    counting.note_last_words([post])
    Organisation.objects.get(pk=partner.pk).delete()
    assert not Post.objects.exclude(brought_by=None).exists()
    counting.count()
    assert not BroughtNumber.objects.exists()


def test_whoever_published_reads_it_in_the_export_of_his_data(body, helper):
    offer(helper, brought_by=body)
    (row,) = register.export(helper)["posts.Post"]
    assert row["brought_by"] == body.name
