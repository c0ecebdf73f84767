"""Erase whatever has had its time, now. The worker does so every ten minutes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from safety import register, tidying


class Command(BaseCommand):
    help = "Erase what is overdue by the register of personal data, and what has run out."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = tidying.tidy()
        except register.NotErasedError as error:
            raise CommandError(str(error)) from None
        for name, number in done.items():
            self.stdout.write(f"{name}: {number}")
