"""Remove what has run out. A timer runs it every ten minutes; nothing waits for it."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from posts import drafts, listing, reports
from safety import quotas


class Command(BaseCommand):
    help = "Erase old drafts, sessions and quotas, and the listing rows of expired posts."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{quotas.forget_full()} used-up quotas forgotten")
        call_command("clearsessions")
        self.stdout.write(f"{drafts.remove_old()} old drafts erased")
        self.stdout.write(f"{reports.forget_old()} old reports and cases deleted")
        self.stdout.write(f"{listing.remove_expired()} expired rows taken off the listing")
