"""How much of what people might write is judged rightly, and how fast.

The notes were written apart from the rules (tests/safety/notes/README.md). A dishonest one counts
as caught when it is refused or held. Only notes that no rule was made with say how good it is.
"""

import gzip
import json
import time
from collections import Counter
from pathlib import Path

import pytest

from safety.screening import Outcome, screen
from safety.screening.words import current

pytestmark = pytest.mark.django_db
NOTES = Path(__file__).with_name("notes")
AIM = 0.95
# Precision and recall on notes with which no rule was made, where they differ from the aim.
REACHED = {"unseen2": (0.98, 0.94), "unseen3": (0.95, 0.97)}
LONGEST_TIME = 0.005  # seconds for a note of 200 characters


def lines(name: str) -> list[str]:
    """The unseen notes are packed, so that nobody who makes rules reads them by accident."""
    if name.startswith("unseen"):
        text = gzip.decompress((NOTES / f"{name}.jsonl.gz").read_bytes()).decode()
    else:
        text = (NOTES / f"{name}.jsonl").read_text(encoding="utf-8")
    return text.splitlines()


def judged(name: str) -> Counter[tuple[bool, bool]]:
    """How many notes are (honest, caught)."""
    notes = [json.loads(line) for line in lines(name)]
    return Counter(
        (note["honest"], screen(note["text"], note["field"]).outcome != Outcome.PASSED)
        for note in notes
    )


SETS = [*(f"seen{n}" for n in ["", *range(2, 10)]), "unseen", "unseen2", "unseen3"]


@pytest.mark.parametrize("name", SETS)
def test_notes_are_judged_rightly(name, say):
    counts = judged(name)
    caught, wrongly, missed = (
        counts[each] for each in [(False, True), (True, True), (False, False)]
    )
    precision, recall = caught / (caught + wrongly), caught / (caught + missed)
    say(
        f"screening, {name}: {counts.total()} notes, precision {precision:.3f}, recall {recall:.3f}"
    )
    least_precision, least_recall = REACHED.get(name, (AIM, AIM))
    assert precision >= least_precision
    assert recall >= least_recall


def test_what_most_people_write_passes():
    """Plain requests, thanks, places and amounts: nobody has to wait for a moderator."""
    notes = [json.loads(line) for line in lines("seen_plain")]
    held = [n["text"] for n in notes if screen(n["text"], n["field"]).outcome != Outcome.PASSED]
    assert len(held) <= 0.02 * len(notes), held


LONG = [
    ("家里两位老人都阳了,体温三十八度九,药店排队也买不到,求匀几粒布洛芬,跑腿费我来付。" * 5)[:200],
    ("微 信 加 我 v x 一 盒 五 十 块 先 转 账 138 0013 8000 有偿头孢阿莫西林3栋2单元501 " * 5)[
        :200
    ],
    ("一三八零零" * 40)[:200],
    ("a1-" * 70)[:200],
]


@pytest.mark.parametrize("text", LONG)
def test_a_long_note_is_judged_at_once(text, say):
    current()
    screen(text)
    times: list[float] = []
    end = time.monotonic() + 20  # on a busy machine even this thread's own time is longer
    while len(times) < 50 or (min(times) >= LONGEST_TIME and time.monotonic() < end):
        start = time.thread_time()  # others may use the same processor
        screen(text)
        times.append(time.thread_time() - start)
    say(f"screening, 200 characters: {min(times) * 1000:.2f} ms")
    assert min(times) < LONGEST_TIME
