"""The second reader: suspects what no list knows, and refuses nothing by itself."""

import json

import pytest

from safety.models import ScreeningWord
from safety.screening import Field, Outcome, Reason, likeness, screen
from safety.screening.reading import read
from safety.screening.words import changed, current
from scripts.learn_screening import digest_of_notes

pytestmark = pytest.mark.django_db


def suspicion(text: str) -> float:
    reading = read(text)
    return likeness.suspicion(reading, current().hits(reading))


def test_the_weights_were_learned_from_the_notes_as_they_are():
    """`make learn-screening` after every change of the notes."""
    kept = json.loads(likeness.WEIGHTS.read_text(encoding="utf-8"))
    assert kept["learned_from"] == digest_of_notes()


def test_goods_medicines_and_numbers_are_read_by_their_kind():
    reading = read("布洛芬12粒,阿莫西林三盒")
    signs = likeness.signs_in(reading, current().hits(reading))
    assert likeness.outline(signs) == "Ｇ９粒Ｒ９盒"


def test_what_is_wanted_in_return_is_suspected_more_than_what_is_given():
    assert suspicion("两盒抗原,谁给得起就归谁") > suspicion("两盒抗原,谁家老人急用就归谁")


def test_what_only_it_suspects_waits_for_a_moderator(monkeypatch):
    monkeypatch.setattr(likeness, "suspicion", lambda *_read: 0.99)
    result = screen("谢谢大家,孩子退烧了")
    assert result.outcome == Outcome.HELD
    assert result.reasons == [Reason.UNCLEAR]
    assert result.without == "谢谢大家"  # too short to be suspected


def test_it_never_refuses_a_note_or_marks_a_name_or_place(monkeypatch):
    monkeypatch.setattr(likeness, "suspicion", lambda *_read: 1.0)
    for field in (Field.NAME, Field.LANDMARK):
        assert screen("在小区南门岗亭", field).outcome == Outcome.PASSED
    assert screen("在小区南门岗亭").outcome == Outcome.HELD


@pytest.mark.parametrize(
    "text", ["布洛芬一粒十五", "加微信 liu_123456", "电话13800138000", "3栋2单元501"]
)
def test_sums_contacts_and_numbers_are_never_talked_away(monkeypatch, text):
    monkeypatch.setattr(likeness, "suspicion", lambda *_read: 0.0)
    assert screen(text).outcome == Outcome.REFUSED


@pytest.mark.parametrize("text", ["", " ", "。。。", "\u200b", "🙏🙏", "a" * 10_000])
def test_any_text_has_a_suspicion(text):
    assert 0 <= suspicion(text) <= 1


KIND = "谢谢各位好心人,祝大家早日康复。孩子退烧了,奶奶也好多了。口罩免费送,放在门卫室,自己来拿。"
BAD = [
    "两盒美林让出来,一盒收个五十意思一下",
    "谁有阿莫西林匀我一板",
    "想要的带上红包来拿",
    "药给你,你请我吃顿火锅",
    "有药的开个价,我马上转账",
    "押金两百,还体温枪的时候退",
    "家里老人发烧,有偿求四粒,谢谢",
]


@pytest.mark.parametrize("bad", BAD)
def test_kind_words_around_a_bad_passage_make_it_no_better(bad):
    assert screen(bad).outcome != Outcome.PASSED
    for text in (f"{KIND}{bad}", f"{bad}。{KIND}", f"{KIND * 3}{bad}。{KIND * 3}"):
        assert screen(text).outcome != Outcome.PASSED, text


def test_the_worst_passage_says_how_much_a_text_is_suspected():
    bad = "你出个价,我马上转给你,多少都行"
    assert suspicion(f"{KIND}{bad}。{KIND}") >= suspicion(bad)


def test_what_the_lists_found_adds_to_the_suspicion_of_its_passage():
    reading = read("退热贴三片,谁要")
    clue = likeness.Clue("found", 0, 3)
    assert likeness.suspicion(reading, [], [clue]) > likeness.suspicion(reading, [])


def test_a_word_that_it_has_not_learned_beside_is_never_talked_away(monkeypatch):
    ScreeningWord.objects.create(word="旺旺雪饼", category="trade", outcome="refuse")
    changed()
    monkeypatch.setattr(likeness, "suspicion", lambda *_read: 0.0)
    assert screen("家里有旺旺雪饼一包").outcome == Outcome.REFUSED
    assert screen("谁有价签打印机借用一下,挣钱养家").outcome == Outcome.PASSED
