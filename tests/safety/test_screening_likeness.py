"""The second reader: suspects what no list knows, and refuses nothing by itself."""

import json

import pytest

from safety.screening import Field, Outcome, Reason, likeness, screen
from safety.screening.reading import read
from safety.screening.words import current
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
    assert likeness.outline(reading, current().hits(reading)) == "Ｇ９粒Ｒ９盒"


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
