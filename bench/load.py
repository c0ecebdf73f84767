"""The real server with production settings, under load from wrk: requests/s, times, CPU, memory.

The server has one core and one process, wrk and the database the rest. Each page is measured beside
a bare view of the same server, the floor of this run.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import databases

sys.path.insert(0, str(databases.CLONE / "scripts"))
import weigh  # noqa: E402 -- the scripts are no package
from own_server import free_port, wait_for  # noqa: E402

SECONDS, WARM, CONNECTIONS = 8, 2, 8
UNLIMITED = "1000000"  # a minute
TICKS = os.sysconf("SC_CLK_TCK")


def production(database: str) -> dict[str, str]:
    """The environment of a real start."""
    return (
        weigh.production()
        | databases.KEYS
        | {
            "DATABASE_URL": databases.url(database),
            "API_PER_MINUTE": UNLIMITED,
            "DJANGO_SETTINGS_MODULE": "mutualaid.settings",
        }
    )


@contextmanager
def server(database: str, application: str) -> Iterator[tuple[int, int]]:
    """Granian with one process; its port, and the number of the process that answers."""
    port = free_port()
    start = ["taskset", "-c", "0", str(Path(sys.executable).parent / "granian"), "--interface",
             "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
             "--blocking-threads", "2", "--no-ws", "--no-access-log", application]  # fmt: skip
    running = subprocess.Popen(
        start, env=production(database), cwd=databases.CLONE, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://localhost:{port}/", running)
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        yield port, int(children[-1])
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


def wrk(port: int, requests: Path, seconds: int) -> dict[str, Any]:
    script = str(databases.CLONE / "bench/requests.lua")
    run = subprocess.run(
        ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script,
         f"http://localhost:{port}"],
        check=True, capture_output=True, text=True,
        env=os.environ | {"BENCH_REQUESTS": str(requests)},
    )  # fmt: skip
    return json.loads(run.stderr)


def measure(port: int, process: int, requests: Path) -> dict[str, Any]:
    wrk(port, requests, WARM)
    before = cpu_of(process)
    found = wrk(port, requests, SECONDS)
    found["rate"] = found["requests"] / found["seconds"]
    found["cpu_ms"] = (cpu_of(process) - before) / found["requests"] * 1000
    found["memory"] = memory_of(process)
    return found


def run(database: str) -> dict[str, dict[str, Any]]:
    """By the name of what was asked for; "floor" is the bare view."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "bench.targets", folder],
            check=True, cwd=databases.CLONE, env=production(database),
        )  # fmt: skip
        bare = Path(folder, "bare")
        bare.write_text("/\n")
        with server(database, "bench.bare:wsgi") as (port, process):
            found = {"floor": measure(port, process, bare)}
        with server(database, "mutualaid.wsgi:application") as (port, process):
            for requests in sorted(Path(folder).iterdir()):
                if requests != bare:
                    found[requests.name] = measure(port, process, requests)
                    print(requests.name, found[requests.name], file=sys.stderr, flush=True)
    return found
