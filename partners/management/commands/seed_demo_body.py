"""Make the demo body, to which some of the demo posts belong."""

from typing import Any

from django.core.management.base import BaseCommand

from partners import demo


class Command(BaseCommand):
    help = "Make a body to look at, with the demo posts of one resident; twice is once."

    def handle(self, *args: Any, **options: Any) -> None:
        partner = demo.make()
        self.stdout.write(f"demo body: {partner.get_absolute_url() if partner else 'was there'}")
