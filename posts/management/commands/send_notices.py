"""Send text messages. A timer runs it every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from posts import asking, notices


class Command(BaseCommand):
    help = "Ask the posters of old posts, and send the text messages that wait."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{asking.ask_posters()} posts asked about")
        self.stdout.write(f"{notices.send_due()} text messages sent")
