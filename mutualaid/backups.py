"""Backups: the whole database in one file, by PostgreSQL's own pg_dump and pg_restore.

The keys (SECRET_KEY, DIGEST_KEY, ENCRYPTION_KEYS) are not in it: without them nobody can read the
encrypted columns, and without DIGEST_KEY nobody is found again. Keep them elsewhere.
"""

import os
import re
import subprocess
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.backends.postgresql.client import DatabaseClient
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from mutualaid import cluster

FOLDER = settings.BASE_DIR / "backups"
ONLY_MINE = 0o600
DUMPED_FROM = re.compile(r"^;\s+Dumped from database version: (\d+)", re.MULTILINE)
# What is ours, not an extension's.
TABLES = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
"""
FUNCTIONS = """
    SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    AND oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')
"""
OTHERS = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def run(program: str, *arguments: str, at_database: bool = True) -> str:
    """Run one of PostgreSQL's programs; what it printed. The password is not on its command line.

    Raises CommandError with what it said.
    """
    command, more = [cluster.binary(program), *arguments], {}
    if at_database:
        (_psql, *where, name), given = DatabaseClient.settings_to_cmd_args_env(
            connection.settings_dict, []
        )
        command += [*where, "--dbname", name]
        more = given or {}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, **more}
    )
    if done.returncode:
        raise CommandError(f"{program} failed: {done.stderr.strip()}")
    return done.stdout


def ask(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [value for (value,) in cursor.fetchall()]


def server_version() -> int:
    return int(ask("SHOW server_version_num")[0]) // 10000


def check_program(program: str, at_least: int) -> None:
    """Raises CommandError if it is older than what it has to read."""
    version = re.search(r"(\d+)", run(program, "--version", at_database=False))
    if version is None or int(version[1]) < at_least:
        raise CommandError(
            f"{program} is older than PostgreSQL {at_least}: install postgresql-client-{at_least}."
        )


# --- backing up -----------------------------------------------------------------------------------


def back_up(target: Path | None = None) -> Path:
    """Write a new file, readable by its owner alone; where. Whole or not at all.

    Raises CommandError, if the file is there already too.
    """
    if target is None:
        FOLDER.mkdir(mode=0o700, exist_ok=True)
        target = FOLDER / f"mutualaid-{datetime.now():%Y%m%d-%H%M%S}.dump"
    if target.exists():
        raise CommandError(f"{target} is there already: name another file.")
    check_direct()
    check_program("pg_dump", server_version())
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, ONLY_MINE))
        run(
            "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(unfinished)
        )
        read_all(unfinished)
        os.link(unfinished, target)  # unlike a rename it never takes another's place
    except OSError as error:
        raise CommandError(f"{target} could not be written: {error.strerror}.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def contents_of(file: Path) -> str:
    """The table of contents. It stands in front: a file that was cut off may have it all."""
    return run("pg_restore", "--list", str(file), at_database=False)


def read_all(file: Path) -> None:
    """Raises CommandError if it is not whole."""
    run("pg_restore", "--file", os.devnull, str(file), at_database=False)


def check_direct() -> None:
    """Raises CommandError behind PgBouncer: pg_dump would leave its settings to the site's next
    question there. A pooler gives a session another number than PostgreSQL's own.
    """
    connection.ensure_connection()
    (number,) = ask("SELECT pg_backend_pid()")
    if number != connection.connection.info.backend_pid:
        raise CommandError(
            "DATABASE_URL leads through a pooler: give the port of PostgreSQL itself."
        )


# --- putting back ---------------------------------------------------------------------------------


def restore(file: Path, force: bool) -> None:
    """Put a backup into an empty database; with `force` its tables are removed first.

    Raises CommandError. Then the database is as it was, or, with `force`, empty.
    """
    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    check_direct()
    check_versions(file)
    read_all(file)
    tables = ask(TABLES)
    if tables and not force:
        raise CommandError(
            f"The database holds {len(tables)} tables. Restore into an empty one, "
            "or let FORCE=1 remove what is there first."
        )
    if tables:
        empty(tables)
    connection.close()
    # --no-comments: the extensions may belong to an administrator, who alone may comment on them.
    once = ("--single-transaction", "--exit-on-error")
    run("pg_restore", *once, "--no-owner", "--no-privileges", "--no-comments", str(file))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def check_versions(file: Path) -> None:
    found = DUMPED_FROM.search(contents_of(file))
    if found is None:
        raise CommandError(f"{file} is no backup of a database.")
    server = server_version()
    if int(found[1]) > server:
        raise CommandError(f"{file} is of PostgreSQL {found[1]}, and this server is {server}.")
    check_program("pg_restore", int(found[1]))


def empty(tables: Iterable[str]) -> None:
    """Remove all that is ours. Raises CommandError while anybody else is connected."""
    if ask(OTHERS) != [0]:
        raise CommandError("The database is in use: stop the site and the worker first.")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {', '.join(tables)} CASCADE")
        for function in ask(FUNCTIONS):
            cursor.execute(f"DROP FUNCTION {function} CASCADE")


def newer_than_the_code() -> list[str]:
    """Migrations that the database has and this code does not know."""
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations.keys()
    applied = MigrationRecorder(connection).applied_migrations().keys()
    return [f"{app} {name}" for app, name in sorted(applied - known)]
