"""What is typed into a post is screened: refused with one tap to mend it, or held."""

import pytest
from django.db import IntegrityError, transaction

from posts import moderation
from posts.closing import NotPossibleError
from posts.models import HiddenFor, Kind, Post
from safety.models import AuditEntry
from tests.conftest import signed_in
from tests.posts.factories import need
from tests.posts.test_publish_need import DETAILS, REACH, fill_in, words
from tests.posts.test_publish_offer import DETAILS as OFFER
from verification.models import Resident

pytestmark = pytest.mark.django_db
REFUSED, LEFT = "家里老人发烧,有偿求四粒,谢谢", "家里老人发烧,求四粒,谢谢"
HELD = "诚意满满,家里老人发烧"


def publish(client, **details) -> Post:
    fill_in(client, details=details)
    client.post("/need/check/")
    return Post.objects.get()


def test_the_passage_is_marked_and_nothing_typed_is_lost(client):
    response = client.post("/need/details/", {**DETAILS, "note": REFUSED, "people": "3"})
    assert response.status_code == 422
    page = words(response)
    assert "<mark>有偿</mark>" in page
    assert f">\n{REFUSED}</textarea>" in page
    assert 'value="3"' in page
    assert 'name="without" value="note"' in page


def test_one_tap_takes_the_passage_out_and_goes_on(as_resident):
    as_resident.post("/need/details/", {**DETAILS, "note": REFUSED})
    tapped = {**DETAILS, "note": REFUSED, "without": "note"}
    assert as_resident.post("/need/details/", tapped)["Location"] == "/need/reach/"
    as_resident.post("/need/reach/", REACH)
    as_resident.post("/need/check/")
    assert Post.objects.get().note == LEFT


def test_the_tap_works_for_a_landmark_and_a_name(as_resident):
    as_resident.post("/need/details/", DETAILS)
    place = {**REACH, "landmark": "南门岗亭,加微信"}
    assert as_resident.post("/need/reach/", place).status_code == 422
    assert as_resident.post("/need/reach/", {**place, "without": "landmark"}).status_code == 302
    contact = {**REACH, "landmark": "南门岗亭", "name": "刘女士13912345678"}
    assert as_resident.post("/need/reach/", contact).status_code == 422
    as_resident.post("/need/reach/", {**contact, "without": "name"})
    as_resident.post("/need/check/")
    post = Post.objects.get()
    assert (post.landmark, post.contact_name) == ("南门岗亭", "刘女士")


def test_when_nothing_is_left_of_a_name_it_is_asked_for_again(as_resident):
    as_resident.post("/need/details/", DETAILS)
    response = as_resident.post("/need/reach/", {**REACH, "name": "加微信", "without": "name"})
    assert response.status_code == 422
    assert "加微信" not in words(response)


def test_the_tap_works_for_the_strength_of_an_offer(as_resident):
    typed = {**OFFER, "ibuprofen-strength": "0.3g 有偿"}
    refused = as_resident.post("/offer/details/", typed)
    assert 'name="without" value="ibuprofen-strength"' in words(refused)
    tapped = as_resident.post("/offer/details/", typed | {"without": "ibuprofen-strength"})
    assert tapped.status_code == 302


@pytest.mark.parametrize("name", ["", "no-such-field", "medicine", "whom", "csrfmiddlewaretoken"])
def test_a_forged_tap_is_no_error(client, name):
    response = client.post("/need/details/", {**DETAILS, "note": REFUSED, "without": name})
    assert response.status_code in (302, 422)
    assert not Post.objects.exists()


def test_a_held_note_does_not_keep_the_post_from_the_square(as_resident, client):
    post = publish(as_resident, note=HELD)
    assert (post.note, post.held_note) == ("", HELD)
    assert post.is_on_square
    for url in ["/?kind=need", post.get_absolute_url()]:
        assert HELD not in words(client.get(url))
    assert HELD in words(as_resident.get("/mine/"))


def test_before_publishing_it_is_said_that_a_moderator_looks(as_resident):
    assert "banner" in words(fill_in(as_resident, details={"note": HELD}))
    assert HELD in words(as_resident.get("/need/check/"))


def test_the_database_holds_a_waiting_note_as_ciphertext_only(as_resident):
    from django.db import connection

    publish(as_resident, note=HELD)
    with connection.cursor() as cursor:
        cursor.execute("SELECT held_note FROM posts_post")
        assert "诚意" not in cursor.fetchone()[0]


# --- the moderator -------------------------------------------------------------------------------
@pytest.fixture
def waiting(resident) -> Post:
    return need(resident, held_note=HELD)


def take(client, post) -> str:
    """The page of the note's case, which the moderator holds now."""
    case = post.cases.get(kind="note", closed_at=None)
    client.post("/admin/posts/case/take/", {"case": case.pk})
    return f"/admin/posts/case/{case.pk}/change/"


def decide(client, post, decision="released"):
    url = take(client, post).replace("/change/", "/decision/")
    return client.post(url, {"seen": HELD, "decision": decision})


def test_a_moderator_sees_the_note_with_its_passage(as_moderator, waiting):
    assert "<mark>诚意</mark>" in words(as_moderator.get(take(as_moderator, waiting)))
    page = words(as_moderator.get(f"/admin/posts/post/{waiting.public_id}/change/"))
    assert f"/admin/posts/case/{waiting.cases.get().pk}/change/" in page
    listed = words(as_moderator.get("/admin/posts/post/?standing=note"))
    assert str(waiting.public_id)[:8] in listed


def test_one_tap_puts_it_up(as_moderator, moderator, waiting, client):
    assert decide(as_moderator, waiting).status_code == 302
    waiting.refresh_from_db()
    assert (waiting.note, waiting.held_note) == (HELD, "")
    assert HELD in words(client.get("/?kind=need"))
    entry = AuditEntry.objects.get(act="note released")
    assert (entry.actor, entry.details) == (moderator.pk, {})


def test_one_tap_refuses_it_and_its_poster_is_told(as_moderator, as_resident, waiting):
    decide(as_moderator, waiting, "refused trade")
    waiting.refresh_from_db()
    assert (waiting.note, waiting.held_note, waiting.note_refused_for) == ("", "", "trade")
    page = words(as_resident.get("/mine/"))
    assert str(HiddenFor.TRADE.label) in page
    assert HELD not in page
    assert AuditEntry.objects.get(act="note refused").details == {"reason": "trade"}


@pytest.mark.parametrize("reason", ["account", "reported", "no-such", ""])
def test_a_reason_that_nobody_gives_by_hand_refuses_nothing(as_moderator, waiting, reason):
    decide(as_moderator, waiting, f"refused {reason}")
    waiting.refresh_from_db()
    assert waiting.held_note == HELD


def test_a_note_that_was_changed_meanwhile_is_not_put_up(moderator, waiting):
    Post.objects.filter(pk=waiting.pk).update(held_note="诚意十足,另一句话")
    with pytest.raises(NotPossibleError):
        moderation.release_note(waiting, moderator, HELD)
    waiting.refresh_from_db()
    assert waiting.note == ""


def test_without_the_right_nobody_decides(waiting, resident):
    clerk = Resident.objects.create_user("clerk", "a long enough password", is_staff=True)
    assert decide(signed_in(clerk), waiting).status_code == 403
    waiting.refresh_from_db()
    assert waiting.held_note == HELD


def test_a_note_that_nobody_holds_is_decided_by_nobody(as_moderator, waiting):
    url = f"/admin/posts/case/{waiting.cases.get().pk}/decision/"
    as_moderator.post(url, {"seen": HELD, "decision": "released"})
    waiting.refresh_from_db()
    assert waiting.held_note == HELD


# --- editing -------------------------------------------------------------------------------------
def edit(client, post, **details):
    client.post(f"/posts/{post.public_id}/edit/")
    client.post("/need/details/", {**DETAILS, **details})
    client.post("/need/check/")
    post.refresh_from_db()


def test_a_released_note_stays_up_while_its_words_stay(as_resident, moderator, waiting):
    moderation.release_note(waiting, moderator, HELD)
    edit(as_resident, waiting, note=HELD, people="3")
    assert (waiting.people, waiting.note, waiting.held_note) == (3, HELD, "")


def test_other_words_wait_again(as_resident, moderator, waiting):
    moderation.release_note(waiting, moderator, HELD)
    edit(as_resident, waiting, note=HELD + "啊")
    assert (waiting.note, waiting.held_note) == ("", HELD + "啊")


def test_a_new_note_takes_the_place_of_a_refused_one(as_resident, moderator, waiting):
    moderation.refuse_note(waiting, moderator, HELD, "trade")
    edit(as_resident, waiting, note="谢谢好心人")
    assert (waiting.note, waiting.note_refused_for) == ("谢谢好心人", "")


@pytest.mark.parametrize(
    "fields",
    [
        {"note": "谢谢", "held_note": HELD},
        {"note": "谢谢", "note_refused_for": "trade"},
        {"held_note": HELD, "note_refused_for": "trade"},
    ],
)
def test_the_database_keeps_public_waiting_and_refused_apart(resident, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        need(resident, **fields)
    assert not Post.objects.filter(kind=Kind.NEED).exists()
