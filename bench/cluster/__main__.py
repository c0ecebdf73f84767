"""`make test-cluster`: is anything lost when an engine dies?

Starts a primary, two streaming replicas, PgBouncer, Redis, nginx and three web nodes, all real, on
this machine, with the files of deploy/ and production settings. Lets people read, publish, ask for
phones and resolve, and kills one engine after the other. Prints how long each was missed, what was
accepted and what is there; fails if anything that was accepted is lost, or is there twice.
"""

import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable

from bench.cluster.engines import HOME, Postgres, Site, until
from bench.cluster.people import Answer, Book, Crowd, Giver, Reader

GIVERS, READERS = 4, 4
CALM = 6  # seconds between two deaths
SHIFTS = {"reading": True, "sending": False}


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(1))  # stop the engines then, too
    site, book = Site(), Book()
    try:
        tell("Starting all engines")
        site.start()
        people = crowd_of(site, book)
        tell(f"{GIVERS} people give, {READERS} read")
        with Crowd(people) as crowd:
            primary = strike_each(site, book)
        until(lambda: caught_up(site, primary), "the replica has all")
        return judge(book, primary, crowd.failed)
    except RuntimeError as error:
        sys.exit(f"{error}\nWhat the engines said: {HOME}/*/log")
    finally:
        site.stop()


def tell(line: str) -> None:
    print(f"→ {line}", flush=True)


def crowd_of(site: Site, book: Book) -> list[Giver | Reader]:
    found = site.manage("-m", "bench.cluster.cast", str(GIVERS), url=site.pgbouncer.url)
    port = site.nginx.port
    givers: list[Giver | Reader] = [
        Giver(port, book, session, f"138{number:08}")
        for number, session in enumerate(json.loads(found))
    ]
    return givers + [Reader(port, book) for _each in range(READERS)]


def strike_each(site: Site, book: Book) -> Postgres:
    """Kill each engine in turn and mend it; the primary at the end."""
    node, replica = site.nodes[0], site.replicas[0]
    time.sleep(2 * CALM)  # the nodes have to warm up
    report(book, "all is well", time.monotonic() - CALM)
    strike(book, "a web node", node.kill, node.again, 4)
    until(node.is_ready, "the node is back")
    strike(book, "Redis", site.redis.kill, site.redis.start, 4)
    strike(book, "a replica", replica.kill, replica.start, 4)
    strike(book, "PgBouncer", site.pgbouncer.kill, site.pgbouncer.start, 6)
    new: list[Postgres] = []
    strike(book, "the primary", site.primary.kill, lambda: new.append(site.change_the_primary()), 8)
    return new[0]


def strike(
    book: Book, name: str, kill: Callable[[], None], mend: Callable[[], None], seconds: float
) -> None:
    """Kill something, mend it after so many seconds, and tell what people have noticed."""
    start = time.monotonic()
    kill()
    time.sleep(seconds)
    mend()
    time.sleep(CALM)
    report(book, f"{name} away for {seconds} s", start)


def report(book: Book, name: str, start: float) -> None:
    since = [each for each in list(book.answers) if each.at >= start]
    tell(name)
    for what, reads in SHIFTS.items():
        line = summary([each for each in since if each.reads == reads], start)
        print(f"    {what:8} {line}", flush=True)
    if kept := sum(at >= start for at in list(book.kept)):
        print(f"    {kept} forms came back with what was typed", flush=True)


def summary(answers: list[Answer], start: float) -> str:
    good = sorted(each.at for each in answers if each.good)
    moments = [start, *good, time.monotonic()]
    gap = max(later - earlier for earlier, later in zip(moments, moments[1:], strict=False))
    slowest = max((each.seconds for each in answers if each.good), default=0)
    failed = Counter(each.told for each in answers if not each.good)
    told = ", ".join(f"{number} × {what}" for what, number in failed.most_common()) or "none"
    return f"{len(good):5} good, longest gap {gap:5.2f} s, slowest {slowest:5.2f} s; failed: {told}"


def caught_up(site: Site, primary: Postgres) -> bool:
    replica = next(each for each in site.replicas if each is not primary)
    counted = "SELECT count(*) FROM posts_post"
    return replica.sql(counted) == primary.sql(counted)


def judge(book: Book, primary: Postgres, failed: list[str]) -> int:
    """Compare the book with what is in the database; 0 if all is there, once."""
    there = {
        str(public_id): state
        for public_id, state in primary.sql("SELECT public_id, state FROM posts_post")
    }
    lost = book.posts - there.keys()
    extra = there.keys() - book.posts
    back = {post for post in book.resolved if there.get(post) != "resolved"}
    reveals = primary.sql("SELECT count(*) FROM posts_reveal")[0][0]
    revealed = len(set(book.reveals))
    tell("What was accepted, and what is there")
    print(f"    posts     {len(book.posts):5} accepted, {len(there):5} there: "
          f"{len(lost)} lost, {len(extra)} doubled")  # fmt: skip
    print(f"    resolved  {len(book.resolved):5} accepted: {len(back)} lost")
    print(f"    phones    {revealed:5} shown, {reveals:5} recorded")
    print(f"    own posts that their posters did not find at once: {len(book.unseen)}")
    for line in failed:
        print(f"    {line}")
    wrong = [lost, extra, back, book.unseen, failed, max(0, revealed - reveals)]
    print("Nothing was lost, nothing doubled." if not any(wrong) else "SOMETHING WENT WRONG.")
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
