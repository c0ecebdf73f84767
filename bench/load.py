"""The real server with production settings, under load from wrk: requests/s, times, CPU, memory.

For pages the server has one core and one process, wrk and the database the rest: each is measured
beside a bare view of the same server, the floor of this run. Acts, and pages while others write,
are measured with two processes that share both cores with all else, as `make serve` starts them.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

from bench import databases

sys.path.insert(0, str(databases.CLONE / "scripts"))
import weigh  # noqa: E402 -- the scripts are no package
from own_server import free_port, wait_for  # noqa: E402

SECONDS, WARM, LONGEST_WARM, WHILE, CONNECTIONS = 8, 2, 30, 4, 8
APPLICATION = "mutualaid.wsgi:application"
OTHERS = 10.0  # posts a second that others publish, and resolve
MOST_FORMS = 800  # of one act in SECONDS
UNLIMITED = "1000000"  # a minute
ANEW = "made anew"  # pages of which each is asked for once
TICKS = os.sysconf("SC_CLK_TCK")


def production(database: str) -> dict[str, str]:
    """The environment of a real start."""
    return (
        weigh.production()
        | databases.KEYS
        | {
            "DATABASE_URL": databases.url(database),
            "API_PER_MINUTE": UNLIMITED,
            "OPEN_POSTS_PER_RESIDENT": UNLIMITED,  # the publishing people are few
            "DJANGO_SETTINGS_MODULE": "mutualaid.settings",
        }
    )


@contextmanager
def server(database: str, application: str, alone: bool = True) -> Iterator[tuple[int, list[int]]]:
    """Granian; its port, and the numbers of the processes that answer.

    One process on a core of its own; or two of them wherever there is room, as by `make serve`.
    """
    port = free_port()
    workers, threads = ("1", "2") if alone else ("2", "4")
    core = ["taskset", "-c", "0"] if alone else []
    start = [*core, str(Path(sys.executable).parent / "granian"), "--interface",
             "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", workers,
             "--blocking-threads", threads, "--no-ws", "--no-access-log", application]  # fmt: skip
    running = subprocess.Popen(
        start, env=production(database), cwd=databases.CLONE, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://localhost:{port}/", running)
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        yield port, [int(each) for each in children[-int(workers) :]]
    finally:
        running.terminate()
        running.wait()


def cpu_of(process: int) -> float:
    """Seconds so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_of(process: int) -> int:
    """Bytes in memory."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()


def wrk(
    port: int, requests: Path, seconds: int, rate: float = 0.0, first: int = 0
) -> dict[str, Any]:
    """As many requests as the server takes, or about `rate` a second, from a line on."""
    script = str(databases.CLONE / "bench/requests.lua")
    pause = str(round(CONNECTIONS / rate * 1000)) if rate else ""
    run = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script,
         f"http://localhost:{port}"],
        check=True, capture_output=True, text=True,
        env=os.environ
        | {"BENCH_REQUESTS": str(requests), "BENCH_PAUSE": pause, "BENCH_FROM": str(first)},
    )  # fmt: skip
    return json.loads(run.stderr)


class Forms:
    """The forms of a file, each sent once: those that are left."""

    def __init__(self, port: int, file: Path) -> None:
        self.port, self.file, self.sent = port, file, 0

    def start(self, seconds: float, rate: float = 0.0, most: int = 0) -> subprocess.Popen[str]:
        """Send `rate` a second, or as many as the server takes."""
        self.sent += most or int(rate * seconds)
        first = self.sent - (most or int(rate * seconds))
        arguments = [str(self.port), str(self.file), str(first), str(seconds), str(rate)]
        return subprocess.Popen(
            ["taskset", "-c", "1", sys.executable, "-m", "bench.post", *arguments],
            cwd=databases.CLONE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def send(self, seconds: float, rate: float = 0.0, most: int = 0) -> dict[str, Any]:
        return result(self.start(seconds, rate, most))


def result(sending: subprocess.Popen[str]) -> dict[str, Any]:
    said, _nothing = sending.communicate()
    return {"bytes": 0, **json.loads(said)}


class Measured:
    """The server's processes around something that asks it."""

    def __init__(self, processes: list[int]) -> None:
        self.processes = processes

    def __call__(self, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        before = sum(map(cpu_of, self.processes))
        found = ask()
        used = sum(map(cpu_of, self.processes)) - before
        found["rate"] = found["requests"] / found["seconds"]
        found["cpu_ms"] = used / max(1, found["requests"]) * 1000
        found["memory"] = max(map(memory_of, self.processes))
        return found


@contextmanager
def others_writing(published: Forms, resolved: Forms, seconds: float) -> Iterator[None]:
    """Ten posts a second are published meanwhile, and ten resolved."""
    others = [each.start(seconds, OTHERS) for each in (published, resolved)]
    yield
    for each in others:
        assert not result(each)["failed"]


def run(database: str) -> dict[str, dict[str, Any]]:
    """By the name of what was asked for; "floor" is the bare view."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pages").mkdir()
        for module in ("bench.targets", "bench.writes"):
            command = [sys.executable, "-m", module, name]
            subprocess.run(command, check=True, cwd=databases.CLONE, env=production(database))
        bare = folder / "bare"
        bare.write_text("/\n")
        with server(database, "bench.bare:wsgi") as (port, processes):
            wrk(port, bare, WARM)
            found = {"floor": Measured(processes)(lambda: wrk(port, bare, SECONDS))}
        for alone, measure in ((True, pages_alone), (False, acts_and_pages)):
            with server(database, APPLICATION, alone) as (port, processes):
                for what, one in measure(port, Measured(processes), folder):
                    found[what] = one
                    print(what, one, file=sys.stderr, flush=True)
    return found


def warm(port: int, page: Path) -> int:
    """Ask until each address was asked for once, or half a minute is over; how many requests; none
    where each address is asked for once."""
    if page.name.endswith(ANEW):
        return 0
    asked = 0
    for _each in range(LONGEST_WARM // WARM):
        asked += wrk(port, page, WARM, first=asked)["requests"]
        if asked >= len(page.read_text().splitlines()):
            break
    return asked


Results = Iterator[tuple[str, dict[str, Any]]]


def pages_alone(port: int, measured: Measured, folder: Path) -> Results:
    for page in sorted((folder / "pages").iterdir()):
        asked = warm(port, page)
        yield page.name, measured(partial(wrk, port, page, SECONDS, first=asked))


def acts_and_pages(port: int, measured: Measured, folder: Path) -> Results:
    """Each act alone; each page while others publish and resolve; publishing while others read."""
    forms = {file.name: Forms(port, file) for file in (folder / "forms").iterdir()}
    for act in ("publish", "reveal"):
        forms[act].send(2, most=50)  # warm
        yield act, measured(partial(forms[act].send, SECONDS, most=MOST_FORMS))
    for page in sorted((folder / "pages").iterdir()):
        with others_writing(forms["publish"], forms["resolve"], WHILE + 1):
            time.sleep(1)
            one = measured(partial(wrk, port, page, WHILE))
        yield f"{page.name}, while others write", one
    file = folder / "pages" / "square by time"
    limit = wrk(port, file, WHILE)
    rate = limit["requests"] / limit["seconds"] / 2
    reading = Thread(target=wrk, args=(port, file, SECONDS + 1, rate))
    reading.start()
    one = measured(partial(forms["publish"].send, SECONDS, OTHERS))
    reading.join()
    yield "publish 10/s, while the square is read at half of its limit", one
