"""Send text messages now. The worker does so every minute."""

from typing import Any

from django.core.management.base import BaseCommand

from posts import timed


class Command(BaseCommand):
    help = "Ask the posters of old posts, and send the text messages that wait."

    def handle(self, *args: Any, **options: Any) -> None:
        for what, number in {**timed.ask_posters(), **timed.send_notices()}.items():
            self.stdout.write(f"{number} {what}")
