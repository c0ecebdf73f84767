"""How much of what people might write is judged rightly, and how fast.

The notes were written apart from the rules (tests/safety/notes/README.md). A dishonest one counts
as caught when it is refused or held.
"""

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from safety.screening import Outcome, screen
from safety.screening.words import current

pytestmark = pytest.mark.django_db
NOTES = Path(__file__).with_name("notes")
LEAST = 0.95
LONGEST_TIME = 0.005  # seconds for a note of 200 characters


def judged(file: Path) -> Counter[tuple[bool, bool]]:
    """How many notes are (honest, caught)."""
    notes = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return Counter(
        (note["honest"], screen(note["text"], note["field"]).outcome != Outcome.PASSED)
        for note in notes
    )


@pytest.mark.parametrize("name", ["seen", "seen2", "unseen", "unseen2"])
def test_notes_are_judged_rightly(name, capsys):
    file = NOTES / f"{name}.jsonl"
    if not file.exists():
        pytest.skip(f"{name}.jsonl is not here")
    counts = judged(file)
    caught, wrongly, missed = (
        counts[each] for each in [(False, True), (True, True), (False, False)]
    )
    precision, recall = caught / (caught + wrongly), caught / (caught + missed)
    with capsys.disabled():
        print(f"\n{name} notes: {counts.total()}, precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= LEAST
    assert recall >= LEAST


LONG = [
    ("家里两位老人都阳了,体温三十八度九,药店排队也买不到,求匀几粒布洛芬,跑腿费我来付。" * 5)[:200],
    ("微 信 加 我 v x 一 盒 五 十 块 先 转 账 138 0013 8000 有偿头孢阿莫西林3栋2单元501 " * 5)[
        :200
    ],
    ("一三八零零" * 40)[:200],
    ("a1-" * 70)[:200],
]


@pytest.mark.parametrize("text", LONG)
def test_a_long_note_is_judged_at_once(text, capsys):
    current()
    screen(text)
    times = []
    for _attempt in range(20):
        start = time.thread_time()  # others may use the same processor
        screen(text)
        times.append(time.thread_time() - start)
    with capsys.disabled():
        print(f"\n200 characters: {min(times) * 1000:.2f} ms")
    assert min(times) < LONGEST_TIME
