"""The moderator account of a local demo."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from mutualaid import cluster

NAME = "moderator"


class Command(BaseCommand):
    help = "Make the account `moderator` with a random password (only locally) and say both."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
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
        self.stdout.write(f"  moderators sign in at /admin/ as {NAME} with {password}")


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
