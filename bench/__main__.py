"""`make bench`: fill databases, measure, and write docs/benchmarks.md and docs/benchmarks.json.

N=10000,100000 chooses the sizes (of open posts).
"""

import os

from bench import databases, load, report

SIZES = "10000,100000,1000000"
LARGE = 1_000_000  # with three times as many that are closed


def main() -> None:
    sizes = [int(each) for each in (os.environ.get("N") or SIZES).split(",")]
    reads, sizes_of, loads = [], {}, {}
    for number in sizes:
        name = databases.make(number, closed=3 * number if number >= LARGE else 0)
        found = databases.answer(name, "-m", "bench.reads", str(number))
        reads += found["reads"]
        sizes_of[number] = found["sizes"]
        loads[number] = load.run(name)
        databases.drop(number)
    report.write(reads, sizes_of, loads)


if __name__ == "__main__":
    main()
