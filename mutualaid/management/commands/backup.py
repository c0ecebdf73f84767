"""Write the whole database into one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mutualaid import backups


class Command(BaseCommand):
    help = "Write the whole database into a new file that only its owner can read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="backups/mutualaid-….dump if none")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        made = backups.back_up(file)
        self.stdout.write(f"{made}: {made.stat().st_size:,} bytes. The keys are not in it.")
