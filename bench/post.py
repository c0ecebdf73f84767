"""Sends forms to a server: `python -m bench.post PORT FILE SKIP SECONDS [RATE]`, JSON on stdout.

Each line of the file (bench.writes) is sent once, from line SKIP on, over eight connections: RATE
of them a second, or as many as the server takes. An act answers with a redirect; all else failed.
"""

import http.client
import json
import statistics
import sys
import threading
import time
from pathlib import Path

CONNECTIONS = 8
FOUND = 302


def send_all(port: int, lines: list[str], seconds: float, rate: float) -> dict[str, float]:
    waiting, lock = iter(enumerate(lines)), threading.Lock()
    took: list[float] = []
    failed: list[int] = []
    start = time.monotonic()

    def send() -> None:
        connection = http.client.HTTPConnection("localhost", port, timeout=30)
        while time.monotonic() < start + seconds:
            with lock:
                number, line = next(waiting, (0, ""))
            if not line:
                return
            due = start + number / rate if rate else 0.0
            time.sleep(max(0.0, due - time.monotonic()))
            path, cookies, fields = line.split("\t")
            sent = time.monotonic()
            kind = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, fields, kind)
            answer = connection.getresponse()
            answer.read()
            if answer.status == FOUND:
                took.append((time.monotonic() - sent) * 1000)
            else:
                failed.append(answer.status)

    threads = [threading.Thread(target=send) for _each in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.monotonic() - start
    return {"requests": len(took), "seconds": passed, "failed": len(failed), **quantiles(took)}


def quantiles(took: list[float]) -> dict[str, float]:
    """Milliseconds."""
    cuts = statistics.quantiles(took, n=100) if len(took) > 1 else [0.0] * 99
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}


def main(port: str, file: str, skip: str, seconds: str, rate: str = "0") -> None:
    lines = Path(file).read_text().splitlines()[int(skip) :]
    print(json.dumps(send_all(int(port), lines, float(seconds), float(rate))))


if __name__ == "__main__":
    main(*sys.argv[1:])
