"""Learns the weights of the second reader (safety/screening/likeness.py) from the labelled notes.

    make learn-screening

From tests/safety/notes/seen*.jsonl; the packed notes stay unseen. Each set is by another author: it
is first judged by what the others teach (precision, recall), then all teach together and
fixtures/screening_weights.json is written.

Learned twice. First the grams: from whole notes, from every passage of an honest note, and from
that passage of a dishonest one which is suspected most. Then what the clues of the lists add, from
notes whose author taught no grams, and with which no rule was made.
"""

import hashlib
import json
import os
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
NOTES = ROOT / "tests/safety/notes"
RULES_WERE_MADE_WITH = {"seen", "seen2", "seen_plain"}
FIRMNESS = 30  # how closely the weights follow the notes: the C of scikit-learn
FIRMNESS_OF_CLUES = 0.3
ROUNDS = 2  # of looking for the worst passage
PART = 0.5  # what a part of an honest note counts, beside a whole note
RAREST = 2  # in how many notes a gram has to stand


@dataclass(eq=False)
class Note:
    author: str
    text: str
    field: str
    is_honest: bool
    passages: list  # of likeness.Passage; the first is the whole note


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mutualaid.settings")
    django.setup()
    from safety.screening import likeness
    from safety.screening.words import current

    words = frozenset(each.letters for each in current().known)
    notes = [note for file in sorted(NOTES.glob("seen*.jsonl")) for note in read_notes(file)]
    authors = sorted({note.author for note in notes})
    learned, pulls = {}, {}
    for author in authors:
        learned[author] = Grams([note for note in notes if note.author != author])
        own = [note for note in notes if note.author == author]
        pulls |= zip(own, learned[author].pulls(own), strict=True)
    teaching = [note for note in notes if note.author not in RULES_WERE_MADE_WITH]
    for author in authors:
        clues = learn_clues([note for note in teaching if note.author != author], pulls)
        kept = likeness.Weights(**learned[author].weights(*clues), words=words)
        likeness.weights = lambda kept=kept: kept
        print(f"{author} by the others alone: {figures(notes, author)}", flush=True)
    kept = Grams(notes).weights(*learn_clues(teaching, pulls))
    text = json.dumps(
        {"learned_from": digest_of_notes(), "words": sorted(words), **kept},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    likeness.WEIGHTS.write_text(text.replace("],", "],\n") + "\n", encoding="utf-8")
    print(f"{len(kept['grams'])} weights in {likeness.WEIGHTS.relative_to(ROOT)}")


class Grams:
    """A linear model over the grams of passages."""

    def __init__(self, notes: list[Note]) -> None:
        import numpy
        from scipy.sparse import vstack
        from sklearn.feature_extraction.text import TfidfVectorizer

        known = Counter(gram for note in notes for gram in note.passages[0].grams)
        vocabulary = sorted(gram for gram, seen in known.items() if seen >= RAREST)
        self.counter = TfidfVectorizer(
            analyzer=lambda passage: passage.grams,
            binary=True,
            lowercase=False,
            vocabulary=vocabulary,
        )
        wholes = self.counter.fit_transform([note.passages[0] for note in notes])
        dishonest = [not note.is_honest for note in notes]
        parts = self.counter.transform(
            [part for note in notes if note.is_honest for part in note.passages[1:]]
        )
        self.model = classifier(FIRMNESS).fit(wholes, dishonest)
        several = [note for note in notes if not note.is_honest and note.passages[1:]]
        for _round in range(ROUNDS):
            worst = self.counter.transform(self.worst_parts(several))
            self.model = classifier(FIRMNESS).fit(
                vstack([wholes, worst, parts]),
                [*dishonest, *[True] * len(several), *[False] * parts.shape[0]],
                sample_weight=numpy.repeat(
                    [1, 1, PART], [len(notes), len(several), parts.shape[0]]
                ),
            )

    def worst_parts(self, notes: list[Note]) -> list:
        return [
            max(zip(pulls[1:], note.passages[1:], strict=True), key=itemgetter(0))[1]
            for note, pulls in zip(notes, self.pulls(notes), strict=True)
        ]

    def pulls(self, notes: list[Note]) -> list[list[float]]:
        """For each note how much each of its passages is suspected, as log odds."""
        counted = self.counter.transform([each for note in notes for each in note.passages])
        pulls = iter(self.model.decision_function(counted).tolist())
        return [list(islice(pulls, len(note.passages))) for note in notes]

    def weights(self, share: float, bias: float, clues: dict[str, float]) -> dict:
        """What `likeness.weights` reads, with the `share` that the grams have beside the clues."""
        pull = self.model.coef_[0] * share
        return {
            "bias": round(float(self.model.intercept_[0]) * share + bias, 4),
            "clues": clues,
            "grams": {
                gram: (
                    round(float(pull[place] * self.counter.idf_[place]), 3),
                    round(float(self.counter.idf_[place] ** 2), 2),
                )
                for gram, place in sorted(self.counter.vocabulary_.items())
            },
        }


def classifier(firmness: float):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=firmness, max_iter=5000, solver="liblinear")


def learn_clues(
    notes: list[Note], pulls: dict[Note, list[float]]
) -> tuple[float, float, dict[str, float]]:
    """The share of the grams, the bias, and what each clue adds, by the worst passage of a note."""
    import numpy

    names = sorted({clue for note in notes for clue in note.passages[0].clues})
    seen = [
        numpy.array(
            [
                [pull / 3, *(name in passage.clues for name in names)]
                for passage, pull in zip(note.passages, pulls[note], strict=True)
            ]
        )
        for note in notes
    ]
    worst = [each[each[:, 0].argmax()] for each in seen]
    for _round in range(ROUNDS + 1):
        model = classifier(FIRMNESS_OF_CLUES).fit(worst, [not note.is_honest for note in notes])
        worst = [each[model.decision_function(each).argmax()] for each in seen]
    share, *adds = (float(each) for each in model.coef_[0])
    clues = {name: round(add, 3) for name, add in zip(names, adds, strict=True)}
    return share / 3, float(model.intercept_[0]), clues


def figures(notes: list[Note], author: str) -> str:
    """How the notes of an author are judged with the weights as they are."""
    from safety.screening import Outcome, screen

    counts = Counter(
        (note.is_honest, screen(note.text, note.field).outcome != Outcome.PASSED)
        for note in notes
        if note.author == author
    )
    caught = counts[False, True]
    if not caught:
        return f"{counts[True, True]} of {counts.total()} honest notes caught"
    precision = caught / (caught + counts[True, True])
    recall = caught / (caught + counts[False, False])
    return f"precision {precision:.3f}, recall {recall:.3f} of {counts.total()}"


def read_notes(file: Path) -> list[Note]:
    from safety.screening import by_lists, likeness
    from safety.screening.reading import read
    from safety.screening.words import current

    lists, notes = current(), []
    for line in file.read_text(encoding="utf-8").splitlines():
        kept = json.loads(line)
        reading = read(kept["text"])
        hits = lists.hits(reading)
        clues = likeness.clues(reading, *by_lists(reading, hits, kept["field"]))
        passages = list(likeness.passages(reading, hits, clues))
        notes.append(Note(file.stem, kept["text"], kept["field"], kept["honest"], passages))
    return notes


def digest_of_notes() -> str:
    """Names the notes, so that a test can tell when they have changed since."""
    files = sorted(NOTES.glob("seen*.jsonl"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


if __name__ == "__main__":
    main()
