from typing import Any

from django.core.management.base import BaseCommand

from places.loading import load_areas


class Command(BaseCommand):
    help = "Load all provinces, cities and districts from fixtures/areas.csv. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        count = load_areas()
        self.stdout.write(f"{count} areas loaded." if count else "Areas are up to date.")
