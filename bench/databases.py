"""Databases full of posts, one for each size, beside the one of `make run` in its cluster."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from mutualaid import cluster

CLONE = Path(__file__).resolve().parent.parent
WORDS = "the key of a benchmark, which opens nothing else"
KEYS = {  # the same for whoever writes a row and whoever reads it
    "SECRET_KEY": WORDS,
    "DIGEST_KEY": WORDS,
    "ENCRYPTION_KEYS": base64.urlsafe_b64encode(WORDS.encode()[:32]).decode(),
}
BASE = "bench_base"  # areas, boundaries, catalogue: what all sizes have in common


def url(name: str) -> str:
    where = cluster.database()
    return f"postgres://{where['USER']}@{quote(where['HOST'], safe='')}/{name}"


def command(sql: str) -> bool:
    """Run one statement that no transaction may hold; whether it had anything to do."""
    where = cluster.database()
    with psycopg.connect(
        host=where["HOST"], user=where["USER"], dbname="postgres", autocommit=True
    ) as connection:
        try:
            connection.execute(sql)  # type: ignore[call-overload]
        except psycopg.errors.DuplicateDatabase:
            return False
    return True


def manage(name: str, *arguments: str) -> None:
    """One of Django's commands on a database of ours."""
    call(name, "manage.py", *arguments)


def call(name: str, *arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, cwd=CLONE, env=environment(name))


def answer(name: str, *arguments: str) -> Any:
    """What a module of ours says on stdout, as JSON."""
    said = subprocess.run(
        [sys.executable, *arguments],
        check=True,
        cwd=CLONE,
        env=environment(name),
        stdout=subprocess.PIPE,
    ).stdout
    return json.loads(said)


def environment(name: str) -> dict[str, str]:
    """Of the local settings, on a database of ours."""
    ours = {"DATABASE_URL": url(name), "DEBUG": "false", "MUTUALAID_LOCAL": "1"}
    return os.environ | ours | KEYS | {"DJANGO_SETTINGS_MODULE": "mutualaid.settings"}


def make(number: int, closed: int) -> str:
    """A database with that many open and closed posts, made anew: posts run out. Its name."""
    command(f"CREATE DATABASE {BASE}")
    for each in ("migrate", "createcachetable"):
        manage(BASE, each, "-v0")
    for each in ("load_areas", "load_boundaries", "load_catalogue"):
        manage(BASE, each)
    name = f"bench_{number}"
    command(f"DROP DATABASE IF EXISTS {name}")
    command(f"CREATE DATABASE {name} TEMPLATE {BASE}")
    call(name, "-m", "bench.fill", str(number), str(closed))
    return name


def drop(number: int) -> None:
    command(f"DROP DATABASE IF EXISTS bench_{number}")
