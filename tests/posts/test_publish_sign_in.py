"""Who is not signed in publishes all the same: the code stands beside 发布."""

import re
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from posts import drafts
from posts.models import Draft, Post
from safety.quotas import Quota
from tests.conftest import make_resident, signed_in
from tests.posts.test_publish_need import DETAILS, REACH, words
from tests.verification.conftest import Inbox
from verification import codes, consent, sms
from verification.models import Consent, KeptDigest, Level, Resident
from verification.suspension import Reason, set_suspended

pytestmark = pytest.mark.django_db
PHONE = "13800138077"
AGREED = {f"agree_{purpose}": "on" for purpose in consent.NEEDED["publish"]}


@pytest.fixture(autouse=True)
def inbox(monkeypatch, settings) -> Inbox:
    cache.clear()
    settings.LEVEL_TO_PUBLISH = "phone"
    made = Inbox()
    monkeypatch.setattr(sms, "provider", lambda: made)
    return made


def fill_in(client: Client, **changed):
    client.post("/need/details/", DETAILS)
    return client.post("/need/reach/", {**REACH, "phone": PHONE, **changed})


def publish(client: Client, code: str, **changed):
    return client.post("/need/check/", {**AGREED, "code": code, **changed})


def test_one_tap_proves_the_number_signs_in_and_publishes(client, inbox):
    assert fill_in(client)["Location"] == "/need/check/"
    assert not Resident.objects.exists(), "nobody has an account before the code is right"
    assert 'name="code"' in words(client.get("/need/check/"))
    response = publish(client, inbox.code)
    post = Post.objects.get()
    assert response["Location"] == f"/posts/{post.public_id}/published/"
    assert post.contact_phone == post.resident.phone == "+8613800138077"
    assert client.session["_auth_user_id"] == str(post.resident_id)
    assert Consent.objects.filter(resident=post.resident).count() == len(AGREED)
    assert not Draft.objects.exists()
    assert len(inbox.messages) == 1


def test_a_known_number_publishes_from_its_account(client, inbox):
    known = make_resident(f"+86{PHONE}", Level.REAL_NAME)
    fill_in(client)
    publish(client, inbox.code)
    assert Post.objects.get().resident == known
    assert Resident.objects.count() == 1


def test_known_and_unknown_numbers_get_the_same_pages(inbox):
    make_resident(f"+86{PHONE}", Level.REAL_NAME)
    pages = []
    for phone in (PHONE, "13800138078"):
        client = Client()
        fill_in(client, phone=phone)
        page = words(client.get("/need/check/"))
        page = re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", page)
        pages.append(re.sub(r"138 ?0013 ?807[78]|•••• 807[78]", "", page))
    assert pages[0] == pages[1]


def test_the_session_gets_a_new_key(client, inbox):
    fill_in(client)
    before = client.session.session_key
    publish(client, inbox.code)
    assert client.session.session_key != before


def test_a_wrong_code_gets_a_sentence_and_nothing_is_lost(client, inbox):
    fill_in(client)
    response = publish(client, inbox.wrong_code)
    assert response.status_code == 422
    assert "<title>错误" in words(response)
    assert "谢谢好心人" in words(response)
    assert not Resident.objects.exists()
    publish(client, inbox.code)
    assert Post.objects.count() == 1


def test_a_missing_consent_costs_no_guess(client, inbox, monkeypatch):
    monkeypatch.setattr(codes, "GUESSES", Quota("guesses of a code", 1, timedelta(days=1)))
    fill_in(client)
    for _time in range(4):
        response = client.post("/need/check/", {"code": inbox.code})
        assert response.status_code == 422
        assert f'value="{inbox.code}"' in words(response), "what was typed stays"
    publish(client, inbox.code)
    assert Post.objects.count() == 1


def test_after_too_many_guesses_the_step_before_sends_a_new_code(client, inbox):
    fill_in(client)
    right, wrong = inbox.code, inbox.wrong_code
    response = None
    for _guess in range(6):
        response = publish(client, wrong)
    assert response["Location"] == "/need/reach/"
    assert publish(client, right)["Location"] == "/need/reach/", "the old code is dead"
    assert "刘女士" in words(client.get("/need/reach/"))
    assert client.post("/need/reach/", {**REACH, "phone": PHONE})["Location"] == "/need/check/"
    publish(client, inbox.code)
    assert Post.objects.count() == 1


def test_a_code_can_be_sent_again_and_the_new_one_counts(client, inbox):
    fill_in(client)
    first = inbox.code
    client.post("/need/check/", {"resend": "1"})
    assert len(inbox.messages) == 2
    if first != inbox.code:
        assert publish(client, first).status_code == 422
    publish(client, inbox.code)
    assert Post.objects.count() == 1


def test_the_same_number_sent_twice_gets_one_text_another_number_its_own(client, inbox):
    fill_in(client)
    fill_in(client)
    assert len(inbox.messages) == 1
    fill_in(client, phone="13800138078")
    assert [phone for phone, _text in inbox.messages] == ["+8613800138077", "+8613800138078"]
    publish(client, inbox.code)
    assert Post.objects.get().contact_phone == "+8613800138078"


def test_a_code_for_another_number_publishes_nothing(client, inbox):
    """Somebody begins to sign in elsewhere in between: that code proves another number."""
    fill_in(client)
    client.post("/signin/", {"phone": "13800138079"})
    assert publish(client, inbox.code)["Location"] == "/need/reach/"
    assert not Post.objects.exists()


def test_the_limits_of_codes_hold_and_are_told_beside_the_field(inbox):
    told = ""
    for _visitor in range(6):
        response = fill_in(Client())
        told = words(response) if response.status_code == 422 else told
    assert len(inbox.messages) == 5
    assert "半小时" in told


def test_no_code_is_sent_for_a_form_that_is_not_right(client, inbox):
    assert fill_in(client, name="").status_code == 422
    assert fill_in(client, phone="12345").status_code == 422
    assert client.get("/need/check/")["Location"] == "/need/reach/"
    assert inbox.messages == []


def test_who_is_asked_first_signs_in_with_a_number_that_nobody_sees(client, inbox):
    assert fill_in(client, reached_by="message", phone="").status_code == 422
    fill_in(client, reached_by="message")
    assert PHONE[-4:] not in re.sub("(?s)<form.*", "", words(client.get("/need/check/")))
    publish(client, inbox.code)
    post = Post.objects.get()
    assert (post.contact_phone, post.resident.phone) == ("", "+8613800138077")


def test_a_suspended_account_is_told_so_and_publishes_nothing(client, inbox):
    known = make_resident(f"+86{PHONE}", Level.PHONE)
    moderator = make_resident("+8613800138098", Level.REAL_NAME)
    set_suspended(known, moderator, True, Reason.HARASSMENT)
    fill_in(client)
    assert publish(client, inbox.code)["Location"] == "/signin/suspended/"
    assert "骚扰" in words(client.get("/signin/suspended/")), "and why"
    assert not Post.objects.exists()


def test_a_number_whose_account_was_erased_a_moment_ago_has_to_wait(client, inbox):
    known = make_resident(f"+86{PHONE}", Level.PHONE)
    KeptDigest.objects.keep([known.phone_digest])
    known.delete()
    fill_in(client)
    assert publish(client, inbox.code).status_code == 403
    assert not Post.objects.exists()


def test_a_shared_device_is_signed_out_when_nobody_uses_it(client, inbox):
    fill_in(client, shared="on")
    publish(client, inbox.code)
    assert client.session.get_expire_at_browser_close()


def test_the_real_name_check_comes_after_the_code_and_comes_back(client, inbox, settings):
    settings.LEVEL_TO_PUBLISH = "real-name"
    fill_in(client)
    response = publish(client, inbox.code)
    assert response["Location"].startswith("/real-name/?next=")
    page = words(client.get("/need/check/"))
    assert "谢谢好心人" in page
    assert 'name="code"' not in page


def test_a_draft_is_still_nobody_elses_after_signing_in(client, inbox):
    fill_in(client)
    cookie = client.cookies["draft-need"].value
    client.post("/need/check/", {"code": inbox.code})  # no consent yet: not signed in
    thief = signed_in(make_resident("+8613800138099", Level.PHONE))
    publish(client, inbox.code)
    thief.cookies["draft-need"] = cookie
    assert thief.get("/need/check/")["Location"] == "/need/"


def test_an_area_link_is_proposed_all_the_way(client):
    assert "?area=440305" in words(client.get("/?kind=need&area=440305"))
    assert 'name="area" value="440305"' in words(client.get("/need/?area=440305"))
    client.post("/need/details/", {**DETAILS, "area": "440305"})
    page = words(client.get("/need/reach/"))
    assert re.search(r'value="440305" selected', page)


@pytest.mark.parametrize("area", ["", "999999", "\0", "x" * 400, "-1"])
def test_a_strange_area_in_a_link_proposes_nothing(client, area):
    client.post("/need/details/", {**DETAILS, "area": area})
    assert client.get("/need/", {"area": area}).status_code == 200
    assert client.get("/need/reach/").status_code == 200


def test_a_draft_lasts_two_days(client):
    fill_in(client)
    Draft.objects.update(touched_at=Draft.objects.get().touched_at - timedelta(days=2, minutes=1))
    assert client.get("/need/check/")["Location"] == "/need/"


def test_three_texts_are_the_most_for_one_sign_in(client, inbox):
    fill_in(client)
    for _tap in range(5):
        client.post("/need/check/", {"resend": "1"})
    assert len(inbox.messages) == 3
    assert "最新的短信" in words(client.get("/need/check/"))


def test_a_code_sent_again_is_good_for_its_full_ten_minutes(client, inbox, monkeypatch):
    fill_in(client)
    begun = time.time()
    for minutes in (9, 18):
        monkeypatch.setattr(time, "time", lambda at=begun + 60 * minutes: at)
        client.post("/need/check/", {"resend": "1"})
    monkeypatch.setattr(time, "time", lambda: begun + 60 * 27)
    publish(client, inbox.code)
    assert Post.objects.count() == 1


def test_others_use_this_device_counts_when_it_is_ticked_later(client, inbox):
    fill_in(client)
    fill_in(client, shared="on")
    assert len(inbox.messages) == 1
    publish(client, inbox.code)
    assert client.session.get_expire_at_browser_close()


# What somebody who has left typed on a device that others use


def test_on_a_shared_device_a_draft_ends_with_the_browser_and_after_half_an_hour(client, inbox):
    fill_in(client, shared="on")
    assert client.cookies["draft-need"]["max-age"] == ""
    assert "刘女士" in words(client.get("/need/reach/"))
    Draft.objects.update(touched_at=timezone.now() - timedelta(minutes=31))
    assert client.get("/need/reach/")["Location"] == "/need/"


def test_who_signs_in_with_another_number_never_sees_how_the_first_is_reached(client, inbox):
    fill_in(client, wechat="liu_nvshi_88", name="胡同口的刘姐")
    client.force_login(make_resident("+8613800138079", Level.PHONE))
    for page in ("/need/check/", "/need/reach/"):
        shown = words(client.get(page, follow=True))
        assert "liu_nvshi_88" not in shown
        assert "胡同口的刘姐" not in shown
    assert not Post.objects.exists()


def test_who_signs_in_elsewhere_with_the_number_of_the_draft_finds_all_of_it(client, inbox):
    fill_in(client)
    client.force_login(make_resident(f"+86{PHONE}", Level.PHONE))
    assert "刘女士" in words(client.get("/need/check/"))


def test_the_pages_say_whose_account_a_post_will_be_of(client, inbox):
    client.force_login(make_resident(f"+86{PHONE}", Level.PHONE))
    client.post("/need/details/", DETAILS)
    assert "•••• 8077" in words(client.get("/need/reach/"))
    client.post("/need/reach/", {**REACH, "phone": PHONE})
    assert "•••• 8077" in words(client.get("/need/check/"))


def test_a_draft_of_who_has_signed_out_asks_to_sign_in_again(client, inbox):
    fill_in(client)
    client.force_login(make_resident(f"+86{PHONE}", Level.PHONE))
    client.get("/need/check/")
    client.post(reverse("account_logout"))
    response = client.get("/need/check/")
    assert response["Location"] == "/signin/?next=/need/check/"
    assert "刘女士" not in words(client.get("/need/check/", follow=True))


def test_two_accounts_cannot_both_claim_a_draft(client, inbox):
    fill_in(client)
    draft, again = Draft.objects.get(), Draft.objects.get()
    one, other = (make_resident(f"+861380013807{last}", Level.PHONE) for last in "89")
    assert drafts.claim(draft, one)
    assert not drafts.claim(again, other)
    assert Draft.objects.get().resident == one


def test_a_draft_published_by_another_tap_meanwhile_is_no_error(client, inbox):
    fill_in(client)
    draft = Draft.objects.get()
    Draft.objects.all().delete()
    assert not drafts.claim(draft, make_resident(f"+86{PHONE}", Level.PHONE))


def test_one_address_cannot_fill_the_disk_with_drafts(inbox, monkeypatch):
    monkeypatch.setattr(drafts, "NEW_ONES", Quota("few drafts", 2, timedelta(hours=1)))
    for _each in range(2):
        assert Client().post("/need/details/", DETAILS).status_code == 302
    response = Client().post("/need/details/", DETAILS)
    assert response.status_code == 422
    assert "谢谢好心人" in words(response), "nothing typed is lost"
    assert Draft.objects.count() == 2


def test_a_contact_number_gets_one_text_however_often_publish_is_tapped(client, inbox):
    client.force_login(make_resident(f"+86{PHONE}", Level.PHONE))
    fill_in(client, phone="13800138078")
    for _tap in range(4):
        response = client.post("/need/check/", AGREED)
    assert response["Location"] == reverse("prove_phone")
    assert [phone for phone, _text in inbox.messages] == ["+8613800138078"]
