"""Writes what was measured: docs/benchmarks.md with its chart, and docs/benchmarks.json."""

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.databases import CLONE

DOCS = CLONE / "docs"
LIMITS = {  # of the requests/s of the floor, at a million open posts (issue 6)
    "square by time": 0.5,
    "square by distance": 0.12,
    "square by area and medicine": 0.2,
    "post page": 0.3,
    "map clusters": 0.2,
}
WANTED = {  # of what is no share of the floor
    "publish": "40/s",
    "publish 10/s, while the square is read at half of its limit": "p99 under 300 ms",
}


def write(
    reads: list[dict[str, Any]],
    sizes: dict[int, dict[str, int]],
    loads: dict[int, dict[str, dict[str, Any]]],
) -> None:
    text = [INTRODUCTION.format(machine=machine(), day=datetime.now(UTC).date())]
    text += load_table(loads) + growth_table(reads, sizes) + reads_table(reads, max(sizes))
    (DOCS / "benchmarks.md").write_text("\n".join(text) + "\n")
    (DOCS / "benchmarks.svg").write_text(chart(reads))
    (DOCS / "benchmarks.json").write_text(json.dumps(rows(reads, loads), indent=1) + "\n")


INTRODUCTION = """# Benchmarks

Made by `make bench` on {day}; do not edit. Times on one machine compare with each other only: every
speed is given beside the floor of the same run, a bare view of the same server without middleware.

{machine}
"""


def machine() -> str:
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=CLONE,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return (
        f"{cpu}, {os.cpu_count()} cores, {pages * size / 2**30:.0f} GB; "
        f"Python {platform.python_version()}; commit {commit}."
    )


def load_table(loads: dict[int, dict[str, dict[str, Any]]]) -> list[str]:
    text = [
        "## Pages under load",
        "",
        "Pages: one process of the server on one core; wrk with 8 connections on the other, and",
        "the database on both. `of the floor` is requests/s against the bare view's. Acts, and",
        "pages while others publish 10 posts a second and resolve 10: two processes, nothing",
        "pinned. A post's page is one of 200 that are looked at again within a minute; `made",
        "anew`, one of 1,000 that nobody has looked at. A published post is an offer by somebody",
        "with a real name: the last tap. Each commit waits for the disk.",
        "",
        "| open posts | page | requests/s | of the floor | wanted | p50 ms | p95 ms | p99 ms "
        "| CPU ms | kB | failed | memory MB |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for number, found in loads.items():
        floor = found["floor"]["rate"]
        for name, one in found.items():
            text.append(
                f"| {number:,} | {name} | {one['rate']:,.0f} | {one['rate'] / floor:.2f} "
                f"| {LIMITS.get(name) or WANTED.get(name, '')} "
                f"| {one['p50']:.1f} | {one['p95']:.1f} | {one['p99']:.1f} "
                f"| {one['cpu_ms']:.2f} | {one['bytes'] / one['requests'] / 1000:.1f} "
                f"| {one['failed']} | {one['memory'] / 1e6:.0f} |"
            )
    return [*text, ""]


def growth_table(reads: list[dict[str, Any]], sizes: dict[int, dict[str, int]]) -> list[str]:
    text = [
        "## Growth",
        "",
        "![How the median of each combination grows](benchmarks.svg)",
        "",
        "| open posts | median of first pages, ms | slowest median | worst of all "
        "| grown, as a rule | grown most | listing MB | posts MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    firsts = [one for one in reads if one["name"].startswith("first")]
    least = {one["name"]: one["median"] for one in firsts if one["posts"] == min(sizes)}
    for number, size in sizes.items():
        first = [one for one in firsts if one["posts"] == number]
        medians = sorted(one["median"] for one in first)
        grown = sorted(one["median"] / least[one["name"]] for one in first)
        text.append(
            f"| {number:,} | {medians[len(medians) // 2]:.2f} | {medians[-1]:.2f} "
            f"| {max(one['worst'] for one in first):.2f} "
            f"| {grown[len(grown) // 2]:.1f} × | {grown[-1]:.1f} × "
            f"| {size['listing'] / 1e6:,.0f} | {size['posts'] / 1e6:,.0f} |"
        )
    return [*text, ""]


def reads_table(reads: list[dict[str, Any]], number: int) -> list[str]:
    text = [
        f"## Every combination at {number:,} open posts",
        "",
        "Kind, medicine, area, order, for whom: milliseconds in SQL, of many random visitors.",
        "",
        "| page | median | worst | plan |",
        "|---|---|---|---|",
    ]
    for one in sorted(reads, key=lambda each: -each["median"]):
        if one["posts"] == number:
            plan = "; ".join(one["problems"]) or "good"
            text.append(f"| {one['name']} | {one['median']:.2f} | {one['worst']:.2f} | {plan} |")
    return [*text, ""]


def rows(
    reads: list[dict[str, Any]], loads: dict[int, dict[str, dict[str, Any]]]
) -> list[dict[str, Any]]:
    found = []
    for one in reads:
        for which in ("median", "worst"):
            name = f"{which} of {one['name']}"
            found.append(row(name, one["posts"], one[which], "ms", None))
    for number, pages in loads.items():
        floor = pages["floor"]
        for name, one in pages.items():
            rate = one["rate"]
            found.append(row(name, number, round(rate, 1), "requests/s", rate / floor["rate"]))
            for what in ("p50", "p95", "p99"):
                found.append(
                    row(f"{name} {what}", number, one[what], "ms", one[what] / floor[what])
                )
            found.append(row(f"{name} memory", number, one["memory"], "bytes", None))
    return found


def row(name: str, posts: int, value: float, unit: str, ratio: float | None) -> dict[str, Any]:
    ratio = None if ratio is None else round(ratio, 3)
    return {"name": name, "posts": posts, "value": value, "unit": unit, "floor_ratio": ratio}


WIDTH, HEIGHT, EDGE = 640, 320, 48


def chart(reads: list[dict[str, Any]]) -> str:
    """One thin line for each combination's first page: its median by the number of posts."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for one in reads:
        if one["name"].startswith("first"):
            lines.setdefault(one["name"], []).append((one["posts"], one["median"]))
    sizes = sorted({posts for line in lines.values() for posts, _ms in line})
    most = max((ms for line in lines.values() for _posts, ms in line), default=1)

    def x(posts: int) -> str:
        return f"{EDGE + sizes.index(posts) * (WIDTH - 2 * EDGE) / max(len(sizes) - 1, 1):.1f}"

    def y(ms: float) -> str:
        return f"{HEIGHT - EDGE - ms / most * (HEIGHT - 2 * EDGE):.1f}"

    def points(line: list[tuple[int, float]]) -> str:
        return " ".join(f"{x(posts)},{y(ms)}" for posts, ms in line)

    drawn = "".join(f'<polyline points="{points(line)}"/>' for line in lines.values())
    foot = HEIGHT - EDGE + 20
    labels = "".join(
        f'<text x="{x(size)}" y="{foot}" text-anchor="middle">{size:,}</text>' for size in sizes
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="12">'
        "<title>Median time of first pages in SQL, by the number of open posts</title>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<g fill="none" stroke="#10539f" stroke-opacity="0.35">{drawn}</g>{labels}'
        f'<text x="{EDGE}" y="24">{most:.1f} ms at the top, 0 at the bottom</text></svg>\n'
    )
