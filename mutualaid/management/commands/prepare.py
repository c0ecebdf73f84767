"""Bring the database up to date: safe to repeat, quick when nothing is to do."""

import os
import subprocess
import sys
import time
from typing import Any, NoReturn

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from mutualaid import closed
from partners import posters

EXTENSIONS = ["postgis", "pg_trgm", "btree_gist"]
DEMO_POSTS = 2000
LONGEST_WAIT = "10s"  # for a lock


class Command(BaseCommand):
    help = (
        "Migrate, load areas, boundaries, the catalogue and the screening words. Locally also "
        "load demo posts (when there are none) and make a moderator; in production also collect "
        "the static files."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--serve", metavar="PORT", help="then serve on this port of 127.0.0.1")

    def handle(self, *args: Any, **options: Any) -> None:
        self.step("Extensions of the database", make_extensions)
        self.step("Migrations", migrate)
        self.step("Cache table", call_command, "createcachetable", verbosity=0)
        self.step("Areas", call_command, "load_areas")
        self.step("Boundaries", call_command, "load_boundaries")
        self.step("Catalogue", call_command, "load_catalogue")
        self.step("Screening words", call_command, "load_screening_words")
        self.step("First posters", posters.draw_first)
        if settings.LOCAL:
            self.step("Demo posts", seed_when_empty)
            self.step("Numbers", call_command, "count_numbers")
            self.step("Moderator", call_command, "make_moderator")
        else:
            self.step("Static files", call_command, "collectstatic", verbosity=0, interactive=False)
            self.step("Page for when we are down", closed.write)
        if options["serve"]:
            serve(options["serve"])

    def step(self, name: str, work: Any, *args: Any, **options: Any) -> None:
        start = time.monotonic()
        self.stdout.write(f"→ {name}")
        work(*args, **options)
        self.stdout.write(f"  done in {time.monotonic() - start:.1f} s")


def make_extensions() -> None:
    """Create the extensions that are missing.

    PostGIS is not a trusted extension: only a superuser can create it. Raises CommandError with
    the sentence to give to whoever runs the server.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extname FROM pg_extension")
            there = {name for (name,) in cursor.fetchall()}
            missing = [name for name in EXTENSIONS if name not in there]
            cursor.execute(
                "SELECT name FROM pg_available_extensions WHERE name = ANY(%s)", [missing]
            )
            available = {name for (name,) in cursor.fetchall()}
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            superuser = cursor.fetchone() == (True,)
            if absent := [name for name in missing if name not in available]:
                raise CommandError(
                    f"The database server lacks {', '.join(absent)}: "
                    "install PostGIS 3 and PostgreSQL's contrib modules there."
                )
            if missing and not superuser:
                statements = " ".join(f"CREATE EXTENSION {name};" for name in missing)
                raise CommandError(
                    f"The role in DATABASE_URL may not create extensions; "
                    f"let an administrator run this in the database: {statements}"
                )
            for name in missing:
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
    except OperationalError as error:
        first_line = str(error).splitlines()[0]
        raise CommandError(f"The database cannot be reached: {first_line}") from error


def migrate() -> None:
    """Migrate. What waits for a lock stops all behind it, so none is waited for long.

    Raises CommandError when a table was in use all the time; what was done until then stays done.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LONGEST_WAIT])
        call_command("migrate", verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise CommandError("A table was in use all the time: run this again in a minute.") from None


def seed_when_empty() -> None:
    from posts.models import Post

    if not Post.objects.exists():
        call_command("seed_demo", posts=DEMO_POSTS)
        call_command("seed_demo_body")


def serve(port: str) -> NoReturn:
    """Start the worker and become the development server: one process fewer, so that a signal
    reaches it directly.
    """
    print(f"→ Serving on http://127.0.0.1:{port} (Ctrl-C stops everything)", flush=True)
    server = [sys.executable, "manage.py", "runserver", "--skip-checks", f"127.0.0.1:{port}"]
    os.chdir(settings.BASE_DIR)
    worker = [sys.executable, "manage.py", "work", "--with-parent", "--skip-checks"]
    subprocess.Popen(worker, stdin=subprocess.DEVNULL)  # it ends with us: our process id stays
    os.environ["DJANGO_RUNSERVER_HIDE_WARNING"] = "true"  # docs/operating.md says how to do better
    os.execv(sys.executable, server)  # noqa: S606 -- our own program, without a shell
