"""`make weigh`: what each page costs on an old phone with a poor signal, against the budget.

Starts the site as in production (granian, hashed and compressed files) on the demo posts, and opens
each page twice in Debian's Chromium, with the processor slowed four times and Lighthouse's "slow
4G" (what it applies, not what it simulates: 562 ms for each request, 1.4 Mbit/s). Bytes and
requests are counted on the wire, headers, service worker and all. Prints a table; over budget it
fails.
"""

import os
import secrets
import socket
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import astuple, dataclass
from pathlib import Path
from urllib.parse import quote

from cryptography.fernet import Fernet
from own_server import free_port, wait_for
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

CLONE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CLONE))
from mutualaid import cluster  # noqa: E402 -- the clone is not installed

PAGES = [
    "/", "/?kind=offer", "/?medicine=ibuprofen", "/area/", "/place/", "/need/",
    "/need/?medicine=ibuprofen", "/need/details/?medicine=ibuprofen", "/offer/",
    "/offer/details/?medicine=ibuprofen", "/medicines/", "/medicines/ibuprofen/", "/signin/",
    "/privacy/", "/terms/", "/about/", "/how-it-works/", "/map/", "/areas/440300/", "/posters/",
    "/api/v1/docs/", "/stats/", "/feedback/", "/partners/help/",
]  # fmt: skip
SQUARE = "/"
BARE = "data:text/html;charset=utf-8,<html lang=zh-Hans><p>我需要药 / 我有多的药"
RUNS = 3  # of the square, whose middle counts; of another page at most, while it is over budget
FIRST, SECOND, LCP, CLS, TASK = 45_000, 15_000, 2000, 0.02, 100  # bytes, bytes, ms, –, ms
FIRST_OF = {
    "/map/": 120_000,  # Leaflet and the borders of the provinces
    "/posters/": 75_000,  # two posters to look at
}
STYLES = 15_000  # bytes of site.css, compressed
CPU_SLOWDOWN = 4
SLOW_4G = {
    "offline": False,
    "latency": 562.5,
    "downloadThroughput": 1638.4 * 0.9 * 1000 / 8,
    "uploadThroughput": 750 * 0.9 * 1000 / 8,
}
SETTLE = 1.5  # seconds for the browser's own start, which is none of the page's work
QUIET = 1.0  # seconds without a byte: the page is complete, and its worker installed
PHONE = {
    "viewport": {"width": 360, "height": 640},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "zh-CN",
}
WATCH = """
const seen = window.seen = { lcp: 0, cls: 0, task: 0 };
const watch = (type, note) => {
  const watcher = new PerformanceObserver((list) => list.getEntries().forEach(note));
  watcher.observe({ type, buffered: true });
};
watch("largest-contentful-paint", (entry) => { seen.lcp = entry.startTime; });
watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.cls += entry.value; });
watch("longtask", (entry) => { seen.task = Math.max(seen.task, entry.duration); });
"""


class Wire:
    """Stands between the browser and the server, and counts what comes down."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.begin()
        threading.Thread(target=self.accept, daemon=True).start()

    def begin(self) -> None:
        self.bytes = self.requests = 0
        self.last = time.monotonic()

    def accept(self) -> None:
        while True:
            browser, _address = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.server_port))
            for source, target, note in (
                (browser, server, self.up),
                (server, browser, self.down),
            ):
                threading.Thread(
                    target=self.pass_on, args=(source, target, note), daemon=True
                ).start()

    def pass_on(self, source: socket.socket, target: socket.socket, note) -> None:
        try:
            while data := source.recv(65536):
                note(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one side has gone: so has the other

    def up(self, data: bytes) -> None:
        self.requests += data.count(b" HTTP/1.1\r\n")
        self.last = time.monotonic()

    def down(self, data: bytes) -> None:
        self.bytes += len(data)
        self.last = time.monotonic()


@dataclass
class Visit:
    bytes: int
    requests: int
    lcp: float  # ms
    cls: float
    task: float  # ms, the longest that Chromium reports (Long Tasks API); 0 when none was over 50


def production() -> dict[str, str]:
    """The environment of a production start on the database of `make run`."""
    where = cluster.database()
    database = os.environ.get("DATABASE_URL") or (
        f"postgres://{where['USER']}@{quote(where['HOST'], safe='')}/{where['NAME']}"
    )
    return {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DIGEST_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOWED_HOSTS": "localhost",
        "SITE_URL": "https://localhost",
        "SECURE_SSL_REDIRECT": "false",
        "DATABASE_URL": database,
        "OPERATOR_NAME": "余药互助",
        "OPERATOR_CONTACT": "help@example.org",
        "SMS_PROVIDER": "http",
        "SMS_HTTP_URL": "https://sms.example.org/send",
        "SMS_HTTP_KEY": secrets.token_urlsafe(48),
    }


def slowed(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    return session


def read(session: CDPSession) -> dict[str, float]:
    """What WATCH has seen. Not by page.evaluate(), whose own 330 kB would be a long task."""
    answer = session.send("Runtime.evaluate", {"expression": "seen", "returnByValue": True})
    return answer["result"]["value"]


def visit(context: BrowserContext, wire: Wire, url: str) -> Visit:
    page = context.new_page()
    page.wait_for_timeout(SETTLE * 1000)
    session = slowed(page)
    wire.begin()
    answer = page.goto(url)
    if url != BARE and (not answer or answer.status >= 400 and answer.status != 304):
        sys.exit(f"{url} answers {answer and answer.status}.")
    seen = read(session)
    while not seen["lcp"] or time.monotonic() - wire.last < QUIET:
        page.wait_for_timeout(200)
        seen = read(session)
    page.close()
    return Visit(wire.bytes, wire.requests, seen["lcp"], seen["cls"], seen["task"])


def first_and_second(browser: Browser, wire: Wire, url: str) -> tuple[Visit, Visit]:
    context = browser.new_context(base_url=f"http://localhost:{wire.port}", **PHONE)
    context.add_init_script(WATCH)
    visits = visit(context, wire, url), visit(context, wire, url)
    context.close()
    return visits


def runs_of(browser: Browser, wire: Wire, url: str) -> list[tuple[Visit, Visit]]:
    """What else this machine does only ever adds: so a page over budget is opened again."""
    runs = [first_and_second(browser, wire, url)]
    while len(runs) < RUNS and (url == SQUARE or over_budget(url, runs)):
        runs.append(first_and_second(browser, wire, url))
    return runs


def results(url: str, runs: list[tuple[Visit, Visit]]) -> list[tuple[str, int, Visit]]:
    """For each of the two visits its name, its bytes at most, and what counts of its runs."""
    counts = statistics.median if url == SQUARE else min
    firsts, seconds = zip(*runs, strict=True)
    return [
        (name, most, Visit(*(counts(values) for values in zip(*map(astuple, visits), strict=True))))
        for name, most, visits in (
            ("first", FIRST_OF.get(url, FIRST), firsts),
            ("second", SECOND, seconds),
        )
    ]


def over_budget(url: str, runs: list[tuple[Visit, Visit]]) -> list[str]:
    return [
        f"{url}, {name} visit: {what} {getattr(result, what):g}, at most {limit}"
        for name, most, result in results(url, runs)
        for what, limit in {"bytes": most, "lcp": LCP, "cls": CLS, "task": TASK}.items()
        if getattr(result, what) > limit
    ]


def weigh(browser: Browser, wire: Wire) -> list[str]:
    """Print the table; what is over budget."""
    print(f"{'page':38}{'visit':8}{'kB':>7}{'reqs':>6}{'LCP ms':>8}{'CLS':>8}{'task':>7}  runs")
    show("a bare page", runs_of(browser, wire, BARE))
    problems = []
    for url in [*PAGES, post_on_the_square(browser, wire)]:
        runs = runs_of(browser, wire, url)
        show(url, runs)
        if url == SQUARE:
            print(
                "   LCP of each run:", ", ".join(f"{one.lcp:.0f}" for pair in runs for one in pair)
            )
        problems += over_budget(url, runs)
    return problems


def show(url: str, runs: list[tuple[Visit, Visit]]) -> None:
    for name, _most, each in results(url, runs):
        print(
            f"{url[:36]:38}{name:8}{each.bytes / 1000:7.1f}{each.requests:6.0f}{each.lcp:8.0f}"
            f"{each.cls:8.3f}{each.task:7.0f}  {len(runs)}",
            flush=True,
        )


def post_on_the_square(browser: Browser, wire: Wire) -> str:
    page = browser.new_page(base_url=f"http://localhost:{wire.port}")
    page.goto(SQUARE)
    cards = page.locator(".post-link")
    if cards.count() < 20:
        sys.exit(
            "Fewer than 20 posts on the square: run `make manage CMD='seed_demo --posts 2000'`."
        )
    found = cards.first.get_attribute("href")
    page.close()
    return found


def styles() -> list[str]:
    """site.css as it is sent."""
    [file] = (CLONE / "staticfiles/css").glob("site.*.css.br")
    size = file.stat().st_size
    print(f"site.css, compressed: {size / 1000:.1f} kB")
    return [f"site.css: {size} bytes, at most {STYLES}"] if size > STYLES else []


def main() -> None:
    environment, port = production(), free_port()
    collect = [sys.executable, "manage.py", "collectstatic", "--clear", "--no-input", "-v0"]
    subprocess.run(collect, check=True, env=environment)
    # As scripts/serve.sh does it, but for its checks, which want a redirect to https.
    start = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host",
             "127.0.0.1", "--port", str(port), "--blocking-threads", "4", "--no-ws",
             "--no-access-log", "mutualaid.wsgi:application"]  # fmt: skip
    server = subprocess.Popen(start, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://localhost:{port}/", server)
        wire = Wire(port)
        with sync_playwright() as playwright:
            options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=options)
            problems = styles() + weigh(browser, wire)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    if problems:
        sys.exit("Over budget:\n" + "\n".join(problems))


if __name__ == "__main__":
    os.chdir(CLONE)
    main()
