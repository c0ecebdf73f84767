"""Put a backup back."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mutualaid import backups


class Command(BaseCommand):
    help = "Put a backup into an empty database, whole or not at all."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="remove what is there first")

    def handle(self, *, file: Path, force: bool, **options: Any) -> None:
        backups.restore(file, force)
        self.stdout.write("Restored. Now: make prepare, which brings it up to date.")
        if unknown := backups.newer_than_the_code():
            raise CommandError(
                f"But it is of newer code, with: {', '.join(unknown)}. Serve it with that code."
            )
