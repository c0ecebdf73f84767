from typing import Any

from django.core.management.base import BaseCommand

from verification.real_name import erase_overdue


class Command(BaseCommand):
    help = "Erase name and number of real-name checks that nobody decided within 72 hours. Hourly."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Erased: {erase_overdue()}")
