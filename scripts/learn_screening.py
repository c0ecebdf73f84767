"""Learns the weights of the second reader (safety/screening/likeness.py) from the labelled notes.

    make learn-screening

From tests/safety/notes/seen*.jsonl; the packed notes stay unseen. Prints how well notes that were
left out of the learning are judged, then learns from all and writes
fixtures/screening_weights.json.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
NOTES = ROOT / "tests/safety/notes"
FIRMNESS = 30  # how closely the weights follow the notes: the C of scikit-learn


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mutualaid.settings")
    django.setup()
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    from safety.screening import likeness
    from safety.screening.reading import read
    from safety.screening.words import current

    lists = current()

    def grams(text: str) -> list[str]:
        reading = read(text)
        return sorted(likeness.grams(reading, lists.hits(reading)))

    def learned(notes: list[dict]) -> tuple[TfidfVectorizer, LogisticRegression]:
        counter = TfidfVectorizer(analyzer=grams, binary=True, min_df=2)
        counted = counter.fit_transform([note["text"] for note in notes])
        model = LogisticRegression(C=FIRMNESS, max_iter=5000)
        return counter, model.fit(counted, [not note["honest"] for note in notes])

    sets = {file.stem: read_notes(file) for file in sorted(NOTES.glob("seen*.jsonl"))}
    for name, left_out in sets.items():
        others = [note for other, notes in sets.items() if other != name for note in notes]
        counter, model = learned(others)
        guessed = model.predict(counter.transform([note["text"] for note in left_out]))
        right = sum(guess != note["honest"] for guess, note in zip(guessed, left_out, strict=True))
        print(f"{name} by the others alone: {right / len(left_out):.3f} of {len(left_out)} right")
    counter, model = learned([note for notes in sets.values() for note in notes])
    found = {
        gram: (round(float(model.coef_[0][place] * rarity), 3), round(float(rarity**2), 2))
        for gram, place in sorted(counter.vocabulary_.items())
        for rarity in [counter.idf_[place]]
    }
    kept = {
        "learned_from": digest_of_notes(),
        "bias": round(float(model.intercept_[0]), 4),
        "grams": found,
    }
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    likeness.WEIGHTS.write_text(text.replace("],", "],\n") + "\n", encoding="utf-8")
    print(f"{len(found)} weights in {likeness.WEIGHTS.relative_to(ROOT)}")


def read_notes(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def digest_of_notes() -> str:
    """Names the notes, so that a test can tell when they have changed since."""
    files = sorted(NOTES.glob("seen*.jsonl"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


if __name__ == "__main__":
    main()
