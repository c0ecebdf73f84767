"""The word lists: kept in the process, read again at a change, edited by moderators, tried out."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from medicines.models import BlockedName
from safety.management.commands.load_screening_words import in_file
from safety.models import AuditEntry, ScreeningWord
from safety.screening import Outcome, Reason, screen, words
from tests.conftest import signed_in
from verification.models import Resident

pytestmark = pytest.mark.django_db
LIST = "/admin/safety/screeningword/"
HONEST = "家里有旺旺雪饼一包"


@pytest.fixture
def keeper(db):
    """A post moderator: in that group, and nothing more."""
    keeper = Resident.objects.create_user("keeper", "a long enough password", is_staff=True)
    keeper.groups.add(Group.objects.get(name="post moderator"))
    return signed_in(keeper)


def payload(**changed) -> dict:
    return {
        "word": "旺旺雪饼", "category": "trade", "outcome": "refuse", "exceptions": "", "note": "",
        "is_active": "on", **changed,
    }  # fmt: skip


def test_an_added_word_counts_at_once_and_is_recorded(keeper):
    assert screen(HONEST).outcome == Outcome.PASSED
    assert keeper.post(f"{LIST}add/", payload()).status_code == 302
    assert screen(HONEST).passages == ["旺旺雪饼"]
    assert AuditEntry.objects.latest("id").act == "admin added"


def test_a_word_that_is_switched_off_counts_no_more(keeper):
    row = ScreeningWord.objects.get(word="有偿", category="hint")
    assert screen("有偿").findings
    sent = payload(word=row.word, category=row.category, is_active="")
    assert keeper.post(f"{LIST}{row.pk}/change/", sent).status_code == 302
    assert not screen("有偿").findings
    recorded = AuditEntry.objects.latest("id").details["changes"][0]["fields"]
    assert recorded["is_active"] == [True, False]


def test_a_word_may_stand_inside_its_exceptions(keeper):
    keeper.post(f"{LIST}add/", payload(exceptions="旺旺雪饼干、大旺旺雪饼"))
    assert not screen("送旺旺雪饼干一包").findings
    assert screen("送旺旺雪饼,干的").findings


def test_a_word_can_be_held_only(keeper):
    keeper.post(f"{LIST}add/", payload(outcome="hold"))
    assert screen(HONEST).outcome == Outcome.HELD


def test_a_word_is_found_by_its_sound_if_the_list_says_so(keeper):
    keeper.post(f"{LIST}add/", payload(by_sound="on"))
    assert screen("家里有汪汪血饼一包").passages == ["汪汪血饼"]


@pytest.mark.parametrize(
    "changed",
    [
        {"word": "·"},
        {"word": "红包", "category": "hint"},
        {"outcome": "nothing"},
        {"category": "courier"},
        {"category": "no-such"},
    ],
)
def test_a_word_that_makes_no_sense_is_refused_with_a_sentence(keeper, changed):
    response = keeper.post(f"{LIST}add/", payload(**changed))
    assert response.status_code == 200
    assert response.context["errors"]
    assert not ScreeningWord.objects.filter(word="旺旺雪饼").exists()


def test_words_are_not_deleted_since_they_would_come_back(keeper):
    row = ScreeningWord.objects.all()[0]
    assert keeper.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"category": "no-such", "outcome": "refuse"},
        {"category": "trade", "outcome": "nothing"},
        {"category": "goods", "outcome": "refuse"},
        {"category": "trade", "outcome": "refuse", "word": ""},
    ],
)
def test_the_database_refuses_a_row_that_makes_no_sense(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        ScreeningWord.objects.create(**{"word": "旺旺雪饼", **fields})


def test_a_blocked_name_of_the_catalogue_counts_at_once():
    text = "有旺旺灵片一盒送"
    assert not screen(text).findings
    row = BlockedName.objects.create(name="旺旺灵", name_en="X", reason="处方药", source="药师")
    assert screen(text).reasons == [Reason.MEDICINE]
    row.is_active = False
    row.save()
    assert not screen(text).findings


def test_it_asks_the_database_once_however_long_the_lists_and_the_text_are():
    screen("热身")
    with CaptureQueriesContext(connection) as captured:
        screen(HONEST * 10)
    assert len(captured) == 1
    with CaptureQueriesContext(connection) as captured:
        screen("  ")
    assert not captured


def test_another_process_learns_of_a_change_by_the_version_row():
    screen("热身")
    ScreeningWord.objects.create(word="旺旺雪饼", category="trade", outcome="refuse")
    assert not screen(HONEST).findings  # nobody has said so yet
    words.changed()
    assert screen(HONEST).findings


# --- the file ------------------------------------------------------------------------------------
def test_loading_again_keeps_what_moderators_did():
    ScreeningWord.objects.filter(word="有偿").update(is_active=False)
    call_command("load_screening_words", verbosity=0)
    assert not ScreeningWord.objects.get(word="有偿").is_active
    call_command("load_screening_words", overwrite=True, verbosity=0)
    assert ScreeningWord.objects.get(word="有偿").is_active
    entry = AuditEntry.objects.latest("id")
    assert entry.act == "screening words loaded"
    assert entry.details == {"rows": len(in_file()), "overwrite": True}


def test_a_word_that_is_new_in_the_file_is_loaded():
    ScreeningWord.objects.filter(word="有偿").delete()
    call_command("load_screening_words", verbosity=0)
    assert screen("有偿").findings


def test_no_word_of_the_file_is_empty_or_a_sentence_of_the_notes(settings):
    notes = (settings.BASE_DIR / "tests/safety/notes/seen.jsonl").read_text(encoding="utf-8")
    for row in in_file():
        assert words.letters_of(row.word), row.word
        assert f'"text": "{row.word}"' not in notes, row.word


# --- try a text ----------------------------------------------------------------------------------
def test_a_moderator_tries_a_text_and_sees_what_would_become_of_it(keeper):
    sent = {"text": "布洛芬两盒,有偿", "field": "note"}
    page = keeper.post(f"{LIST}try/", sent).content.decode()
    assert "<mark>有偿</mark>" in page
    assert str(Reason.TRADE.label) in page
    assert "布洛芬两盒</p>" in page
    assert str(Outcome.REFUSED.label) in page


def test_trying_needs_a_text(keeper):
    assert keeper.get(f"{LIST}try/").status_code == 200
    assert keeper.post(f"{LIST}try/", {"text": "", "field": "note"}).status_code == 422
    assert keeper.post(f"{LIST}try/", {"text": "好", "field": "no-such"}).status_code == 422


def test_what_is_tried_can_hold_no_markup(keeper):
    sent = {"text": "<script>有偿</script>", "field": "note"}
    assert "<script>有偿" not in keeper.post(f"{LIST}try/", sent).content.decode()


def test_only_who_may_see_the_words_tries_a_text(client, as_resident):
    clerk = Resident.objects.create_user("clerk", "a long enough password", is_staff=True)
    assert signed_in(clerk).get(f"{LIST}try/").status_code == 403
    for browser in (client, as_resident):
        assert browser.get(f"{LIST}try/").url.startswith("/admin/login/")
