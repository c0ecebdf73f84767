"""The site as a process of its own, on the database of the test that runs."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from scripts.own_server import free_port
from tests.mutualaid.production import CLONE


def database_url() -> str:
    """The address of the test's own database. Its data must be committed to be seen."""
    at = connection.settings_dict
    return f"postgres://{at['USER']}@{quote(at['HOST'], safe='')}/{at['NAME']}"


def environment(**changes: str) -> dict[str, str]:
    """Of a local start on the test's own database."""
    mine = {"MUTUALAID_LOCAL": "1", "DEBUG": "false", "DATABASE_URL": database_url()}
    return {**os.environ, **mine, **changes}


def ask(url: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 -- our own server
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@contextlib.contextmanager
def granian(log: Path, workers: int = 2, **changes: str) -> Iterator[str]:
    """Serve with as many worker processes; its address. What it writes goes to `log`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        str(Path(sys.executable).parent / "granian"),
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--workers",
        str(workers),
    ]
    command += ["--blocking-threads", "2", "--no-ws", "--no-access-log"]
    command += ["mutualaid.wsgi:application"]
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=CLONE, env=environment(**changes), stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait_for(url, server)
            yield url
        finally:
            server.terminate()
            server.wait(20)


def wait_for(url: str, server: subprocess.Popen) -> None:
    end = time.monotonic() + 40
    while time.monotonic() < end:
        assert server.poll() is None, "the server did not start"
        with contextlib.suppress(OSError):
            if ask(f"{url}/healthz")[0] == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")
