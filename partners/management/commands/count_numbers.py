"""Bring the numbers of `/stats/` up to date now. The worker does so every ten minutes."""

from typing import Any

from django.core.management.base import BaseCommand

from partners import timed


class Command(BaseCommand):
    help = "Count the posts again that have changed, close past days, publish the numbers."

    def handle(self, *args: Any, **options: Any) -> None:
        for what, number in timed.count_numbers().items():
            self.stdout.write(f"{number} {what}")
