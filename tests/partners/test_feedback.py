"""Feedback: from every page, into the admin, and an answer to whoever can be answered."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from partners.feedback import acts
from partners.models import Feedback
from safety import register
from safety.models import AuditEntry
from tests.aging import pass_days
from tests.conftest import signed_in
from tests.mutualaid.test_who_may_what import staff
from verification import leaving

pytestmark = pytest.mark.django_db
WORDS = "地图上看不清自己在哪，字再大一点就好了"


def send(client: Client, text: str = WORDS, page: str = "/map/"):
    return client.post("/feedback/", {"text": text, "page": page})


def handle(client: Client, feedback: Feedback, act: str, **typed: str):
    url = f"/admin/partners/feedback/{feedback.pk}/handle/"
    return client.post(url, {"act": act, **typed}, follow=True)


# --- the visitor ----------------------------------------------------------------------------------
def test_the_form_is_reached_from_every_page(client, resident):
    for url in ("/", "/map/", "/privacy/", "/stats/", "/signin/", "/no-such-page/"):
        assert 'href="/feedback/"' in client.get(url).text, url


def test_a_visitor_leaves_his_words_and_the_page_he_came_from(client):
    page = client.get("/feedback/", headers={"referer": "http://testserver/map/?area=440305&q=x"})
    assert 'name="page" value="/map/"' in page.text
    assert "没法回复您" in page.text
    response = send(client)
    assert response["Location"] == "/feedback/"
    assert "谢谢您" in client.get("/feedback/").text
    kept = Feedback.objects.get()
    assert (kept.text, kept.page, kept.resident) == (WORDS, "/map/", None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT f::text FROM partners_feedback f")
        assert "地图" not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("/?kind=need&area=440305", "/"),
        ("/m/abcdefghijklmnopqrstuv/", "/m/<str:token>/"),
        ("/feed/?lang=en#top", "/feed/"),
        ("https://evil.example/", ""),
        ("//evil.example/", ""),
        ("/no-such-page/", ""),
        ("", ""),
        ("/" + "a" * 500, ""),
    ],
)
def test_of_the_page_neither_query_nor_token_nor_another_site_is_kept(client, sent, kept):
    send(client, page=sent)
    assert Feedback.objects.get().page == kept


@pytest.mark.parametrize("text", ["", "  \u200b ", "请打13800138000", "加我微信liu_123456"])
def test_no_words_or_somebodys_number_is_refused_and_nothing_is_lost(client, text):
    response = send(client, text)
    assert response.status_code == 422
    assert not Feedback.objects.exists()
    assert text.strip(" \u200b") in response.text


def test_one_may_speak_of_trade_and_medicine(client):
    assert send(client, "有人卖奥司他韦，收红包").status_code == 302


def test_an_address_has_a_limit_and_so_has_a_person(client, as_resident, resident, settings):
    for _each in range(settings.VISITOR_FEEDBACK_PER_DAY):
        assert send(client).status_code == 302
    refused = send(client)
    assert refused.status_code == 429
    assert WORDS in refused.text
    for _each in range(settings.FEEDBACK_PER_DAY):
        assert send(as_resident).status_code == 302
    assert send(as_resident).status_code == 429


# --- the answer -----------------------------------------------------------------------------------
def test_the_answer_reaches_whoever_is_signed_in(as_resident, as_moderator, moderator):
    send(as_resident)
    told = Feedback.objects.get()
    assert "未处理" in as_resident.get("/feedback/").text
    handle(as_moderator, told, "take")
    assert "处理中" in as_resident.get("/feedback/").text
    handle(as_moderator, told, "answer", answer="下个版本字会更大，谢谢您。")
    for url in ("/mine/", "/account/"):
        assert "您的反馈有回复了" in as_resident.get(url).text
    page = as_resident.get("/feedback/").text
    assert "下个版本字会更大" in page and WORDS in page
    for url in ("/mine/", "/account/"):  # read
        assert "您的反馈有回复了" not in as_resident.get(url).text
    told.refresh_from_db()
    assert (told.state, told.handled_by) == (Feedback.State.ANSWERED, moderator)
    done = AuditEntry.objects.filter(subject=str(told.pk)).order_by("id")
    assert [(entry.act, entry.details) for entry in done] == [
        ("feedback sent", {}),
        ("feedback handled", {"state": "looking"}),
        ("feedback handled", {"state": "answered"}),
    ]


def test_nobody_else_reads_it(as_resident, as_helper, client, as_moderator):
    send(as_resident)
    handle(as_moderator, Feedback.objects.get(), "answer", answer="下个版本")
    for other in (as_helper, client):
        assert WORDS not in other.get("/feedback/").text
        assert "您的反馈有回复了" not in other.get("/mine/", follow=True).text


def test_a_visitor_cannot_be_answered_and_is_closed(client, as_moderator):
    send(client)
    told = Feedback.objects.get()
    page = as_moderator.get(f"/admin/partners/feedback/{told.pk}/change/").text
    assert WORDS in page and 'name="answer"' not in page
    handle(as_moderator, told, "answer", answer="谢谢")
    told.refresh_from_db()
    assert told.state == Feedback.State.NEW
    handle(as_moderator, told, "close")
    told.refresh_from_db()
    assert told.state == Feedback.State.CLOSED


def test_what_is_settled_is_not_settled_again(as_resident, as_moderator):
    send(as_resident)
    told = Feedback.objects.get()
    handle(as_moderator, told, "close")
    for act in ("take", "answer", "close"):
        handle(as_moderator, told, act, answer="谢谢")
    told.refresh_from_db()
    assert (told.state, told.answer) == (Feedback.State.CLOSED, "")


def test_an_empty_answer_is_none(as_resident, as_moderator):
    send(as_resident)
    handle(as_moderator, Feedback.objects.get(), "answer", answer=" \u200b")
    assert Feedback.objects.get().state == Feedback.State.NEW


# --- the staff ------------------------------------------------------------------------------------
def test_who_answers(client, moderator):
    send(client)
    url = f"/admin/partners/feedback/{Feedback.objects.get().pk}/change/"
    allowed = {"operator": 200, "post moderator": 200, "identity reviewer": 403}
    for group, status in allowed.items():
        person = staff(f"of {group}", group)
        assert signed_in(person).get(url).status_code == status, group
    limited = staff("of Shenzhen", "post moderator")
    limited.area_limit = [440300]
    limited.save()
    assert signed_in(limited).get(url).status_code == 403
    assert Group.objects.get(name="operator").permissions.filter(codename="answer_feedback")


def test_the_first_page_says_how_much_waits(client, as_moderator):
    send(client), send(client)
    page = as_moderator.get("/admin/")
    (queue,) = [each for each in page.context["queues"] if "feedback" in each["url"]]
    assert queue["length"] == 2


def test_the_list_has_an_index_for_its_order(client, as_moderator):
    send(client)
    listed = as_moderator.get("/admin/partners/feedback/?state__exact=new").text
    assert "地图上看不清" in listed
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        ordered = Feedback.objects.order_by("-at", "id")
        assert "feedback_newest" in ordered[:50].explain()
        assert "feedback_by_state" in ordered.filter(state="new")[:50].explain()


# --- how long -------------------------------------------------------------------------------------
def test_it_is_forgotten_after_its_time(client, as_resident, as_moderator):
    send(client), send(as_resident)
    handle(as_moderator, Feedback.objects.all()[0], "close")
    pass_days(179)
    call_command("tidy", verbosity=0)
    assert Feedback.objects.count() == 2
    pass_days(2)
    assert register.DEADLINES["old feedback"]() == 2


def test_it_goes_with_the_account_and_is_in_the_copy_of_ones_data(as_resident, resident):
    send(as_resident)
    (copy,) = register.export(resident)["partners.Feedback"]
    assert (copy["text"], copy["page"]) == (WORDS, "/map/")
    assert "handled_by" not in copy
    leaving.erase(resident, None)
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "answered", "answer": "是", "handled_at": timezone.now()},
        {"state": "closed"},
        {"state": "new", "answer": "是"},
        {"state": "lost"},
    ],
)
def test_the_database_knows_no_half_handled_feedback(db, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Feedback.objects.create(text="好", **fields)


def test_two_answers_at_once_are_one(as_resident, moderator):
    send(as_resident)
    told = Feedback.objects.get()
    acts.answer(told.pk, moderator, "第一个")
    with pytest.raises(acts.NotPossibleError):
        acts.answer(told.pk, moderator, "第二个")
    assert Feedback.objects.get().answer == "第一个"
