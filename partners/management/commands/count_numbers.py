"""Bring the numbers of `/stats/` up to date. A timer runs it every ten minutes."""

from typing import Any

from django.core.management.base import BaseCommand

from partners.numbers import counting, publishing, visitors


class Command(BaseCommand):
    help = "Count the posts again that have changed, close past days, publish the numbers."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{counting.count()} posts counted")
        self.stdout.write(f"{visitors.close_days()} days closed")
        publishing.publish()
