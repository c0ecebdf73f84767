"""Erase whatever has had its time. A timer runs it every ten minutes; nothing waits for it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from safety import register


class Command(BaseCommand):
    help = "Erase what is overdue by the register of personal data, and what has run out."

    def handle(self, *args: Any, **options: Any) -> None:
        """Meet every deadline. Fails at the end, by name, if one could not be met."""
        failed = []
        for name, done in register.overdue():
            if isinstance(done, Exception):
                failed.append(name)
                self.stderr.write(f"{name}: {type(done).__name__}")  # no values: they are personal
            else:
                self.stdout.write(f"{name}: {done}")
        if failed:
            raise CommandError(f"Not erased: {', '.join(failed)}")
