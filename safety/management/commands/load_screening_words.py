"""Load the screening words that come with the code."""

import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from safety import audit
from safety.models import ScreeningVersion, ScreeningWord
from safety.screening import words

FILE = Path(settings.BASE_DIR) / "fixtures/screening.toml"
KEY = ["word", "category"]
VALUES = ["outcome", "exceptions", "by_sound", "note", "is_active"]


class Command(BaseCommand):
    help = (
        "Load fixtures/screening.toml. Only words that are not in the database yet are loaded: "
        "what moderators edited or switched off in the admin stays as it is. With --overwrite the "
        "words of the file replace those edits; words that only the database has stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--overwrite", action="store_true", help="replace moderators' edits by the file's words"
        )

    @transaction.atomic
    def handle(self, *, overwrite: bool, **options: Any) -> None:
        known = set(ScreeningWord.objects.values_list(*KEY))
        rows = [row for row in in_file() if overwrite or (row.word, row.category) not in known]
        if rows:
            ScreeningWord.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=KEY, update_fields=VALUES
            )
            words.changed()
            version = ScreeningVersion.objects.get()
            audit.record("screening words loaded", version, rows=len(rows), overwrite=overwrite)
        self.stdout.write(f"Screening words: {len(rows)} rows written.")


def in_file() -> list[ScreeningWord]:
    """The rows of the file, each word once in its category. KeyError for a row without words."""
    rows = {}
    for group in tomllib.loads(FILE.read_text(encoding="utf-8"))["words"]:
        for word in group["words"]:
            exceptions = [each for each in group.get("except", []) if word in each]
            rows[word, group["category"]] = ScreeningWord(
                word=word,
                category=group["category"],
                outcome=group["outcome"],
                exceptions=exceptions,
                by_sound=group.get("by_sound", False),
                note=group.get("note", ""),
            )
    return list(rows.values())
