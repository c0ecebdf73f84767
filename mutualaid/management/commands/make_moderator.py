"""The moderator account of a local demo; anywhere, help for staff who lost their device."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mutualaid import cluster
from verification import staff

NAME = "moderator"


class Command(BaseCommand):
    help = (
        "Make the account `moderator` with a random password (only locally) and say both. "
        "With --new-device NAME, in production too: take the lost device of a member of staff away."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-device", metavar="NAME", help="whose app and codes are lost")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_device"]:
            self.new_device(options["new_device"])
            return
        if not settings.LOCAL:
            raise CommandError("In production, make staff accounts with: manage.py createsuperuser")
        residents = get_user_model().objects
        moderator = residents.filter(username=NAME).first()
        if moderator is None:
            password = secrets.token_urlsafe(9)
            keep(password)
            residents.create_superuser(NAME, password)
        elif not moderator.check_password(password := kept()):
            self.stdout.write(
                f'  {NAME} is there; new password: make manage CMD="changepassword {NAME}"'
            )
            return
        self.stdout.write(
            f"  moderators sign in at /admin/ as {NAME} with {password} "
            "(the page shows the code of the second step)"
        )

    def new_device(self, name: str) -> None:
        resident = get_user_model().objects.filter(username=name, is_staff=True).first()
        if resident is None:
            raise CommandError(f"Nobody of the staff is called {name}.")
        staff.remove_device(resident, None)
        self.stdout.write(f"  {name} sets up a new device at the next sign-in.")


def file() -> Path:
    """Where the password is kept, so that every start can say it: readable by this user only."""
    return cluster.home() / "moderator-password"


def keep(password: str) -> None:
    cluster.make_folder(cluster.home(), 0o755)
    file().unlink(missing_ok=True)
    file().touch(mode=0o600)
    file().write_text(password)


def kept() -> str:
    return file().read_text() if file().exists() else ""
