"""What is written down about requests: the log as JSON and the reports of errors, and no person."""

import gzip
import json
import logging
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest
from django.test import Client

from mutualaid.logs import JsonFormatter
from places import grid
from tests.conftest import make_resident, signed_in
from tests.mutualaid import served
from tests.mutualaid.production import CLONE
from tests.posts.factories import offer
from tests.posts.test_publish_need import DETAILS, REACH
from tests.verification.conftest import inbox  # noqa: F401 -- nobody is sent a code
from verification.models import Level

FROM = {"REMOTE_ADDR": "203.0.113.77", "HTTP_USER_AGENT": "A browser of its own"}
CELL = grid.snap(22.5483, 113.9404)
PLANTED = {
    "phone": "138 0013 8055",
    "document": "11010119900307001X",
    "name": "刘小红",
    "note": "今晚可以送到小区门口",
    "wechat": "liu_of_the_south_gate",
    "search": "布洛芬给小孩",
}
UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}
NEVER = [*PLANTED.values(), "13800138055", "1380013", FROM["REMOTE_ADDR"], "browser of its own"]


@pytest.fixture
def lines(caplog, settings):
    """What the log says from now on, read as JSON."""
    settings.LOG_FORMAT = "json"
    caplog.set_level(logging.INFO)
    caplog.handler.setFormatter(JsonFormatter())
    return lambda: [json.loads(line) for line in caplog.text.splitlines()]


def walk(post) -> None:
    """Somebody types all there is into every form, right and wrong."""
    sender = make_resident("+8613800138055", Level.REAL_NAME)
    for browser in (Client(**FROM), signed_in(sender)):
        browser.defaults.update(FROM)
        browser.raise_request_exception = False
        for url in ("/", "/medicines/search/", "/areas/", "/no/such/page/", "/map/cells/"):
            browser.get(url, {"q": PLANTED["search"], "phone": PLANTED["phone"]})
        browser.get(f"/no/{PLANTED['wechat']}/{PLANTED['name']}/")
        browser.post("/signin/", {"phone": PLANTED["phone"]})
        browser.post("/real-name/", {"name": PLANTED["name"], "number": PLANTED["document"]})
        browser.post("/need/details/", {**DETAILS, "note": PLANTED["note"]})
        typed = {**REACH, "phone": PLANTED["phone"], "wechat": PLANTED["wechat"]}
        browser.post("/need/reach/", {**typed, "row": str(CELL.row), "column": str(CELL.column)})
        browser.post("/place/at/", {"row": str(CELL.row), "column": str(CELL.column)})
        browser.post(f"/posts/{post.public_id}/contact/", {"text": PLANTED["note"]})
        browser.get(f"/posts/{post.public_id}/contact/")
        browser.post(f"/fail/quote/{PLANTED['wechat']}/", PLANTED)


@pytest.mark.django_db
@pytest.mark.urls("tests.mutualaid.failing_urls")
def test_no_line_holds_what_anybody_typed_or_is(lines, caplog, resident, inbox):  # noqa: F811
    post = offer(resident)
    walk(post)
    for secret in (*NEVER, str(post.public_id), str(CELL.row), str(CELL.column)):
        assert secret not in caplog.text, secret
    told = lines()
    assert {each["status"] for each in told if "status" in each} >= {200, 302, 404, 500}
    broken = [each for each in told if each.get("steps")]
    assert len(broken) == 2
    for each in broken:
        assert "InvalidTextRepresentation (22P02)" in each["steps"]
        assert "in quote" in each["steps"]
        assert each["steps"].endswith("ValueError")
        assert each["message"] == "Internal Server Error: quote"
        assert len([line for line in told if line.get("request") == each["request"]]) == 2


@pytest.mark.django_db
def test_a_request_is_one_line_with_route_status_and_time(lines, client, resident):
    post = offer(resident)
    answer = client.get(f"/posts/{post.public_id}/", {"q": "x"})
    (line,) = lines()
    assert line.pop("at").endswith("+00:00")
    assert line.pop("ms") > 0
    assert line == {
        "level": "INFO",
        "logger": "mutualaid.requests",
        "message": "answered",
        "request": answer["X-Request-ID"],
        "route": "post",
        "method": "GET",
        "status": 200,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("behind", "given", "taken"),
    [
        (True, "0123456789abcdef0123456789abcdef", True),
        (False, "0123456789abcdef0123456789abcdef", False),
        (True, "short", False),
        (True, "x" * 65, False),
        (True, "with a space\n", False),
    ],
)
def test_the_number_of_a_request_is_the_proxys_where_there_is_one(
    client, settings, behind, given, taken
):
    settings.BEHIND_PROXY = behind
    answer = client.get("/about/", headers={"x-request-id": given})
    assert (answer["X-Request-ID"] == given) is taken
    assert client.get("/about/")["X-Request-ID"] != answer["X-Request-ID"]


@pytest.mark.django_db(transaction=True)
def test_the_server_writes_json_to_standard_output(tmp_path):
    with served.granian(tmp_path / "log", workers=1, LOG_FORMAT="json") as url:
        served.ask(f"{url}/areas/?q=13800138055")
    lines = [line for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    assert [json.loads(line)["route"] for line in lines if "answered" in line] == ["areas"]
    assert "13800138055" not in "".join(lines)


# --- reports of errors ----------------------------------------------------------------------------


@pytest.fixture
def sentry():
    """A server on this machine that takes envelopes, as Sentry does, and keeps them."""

    class Handler(BaseHTTPRequestHandler):
        envelopes: list[tuple[str, list[dict]]] = []

        def do_POST(self):  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = UNPACK[self.headers.get("Content-Encoding")](body)
            self.envelopes.append((self.path, [json.loads(line) for line in body.splitlines()]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args):
            pass

    Handler.envelopes = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Handler.envelopes, f"http://key@127.0.0.1:{server.server_port}/1"
    server.shutdown()
    server.server_close()


FAIL = """
import json, logging, sys
import mutualaid.wsgi, sentry_sdk
from django.conf import settings
from django.test import Client
settings.ROOT_URLCONF = "tests.mutualaid.failing_urls"
planted = json.loads(sys.argv[1])
browser = Client(raise_request_exception=False, REMOTE_ADDR="203.0.113.77")
browser.cookies["sessionid"] = planted["wechat"] * 2
browser.get("/about/?q=" + planted["search"])
answer = browser.post("/fail/quote/" + planted["wechat"] + "/?q=" + planted["search"], planted)
print(answer.status_code, answer["X-Request-ID"])
phone = planted["phone"].replace(" ", "")
logging.getLogger("safety.alarms").error("ALARM %s: for %s", "codes", phone)
sentry_sdk.flush(10)
"""


def fail(**setting: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", FAIL, json.dumps(PLANTED)],
        cwd=CLONE, env=served.environment(**setting), timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_a_report_tells_where_it_failed_and_nothing_of_anybody(sentry):
    envelopes, dsn = sentry
    status, number = fail(SENTRY_DSN=dsn).split()
    assert status == "500"
    assert {path for path, _lines in envelopes} == {"/api/1/envelope/"}
    failed, alarm = [lines[2] for _path, lines in envelopes]
    written = json.dumps(envelopes, ensure_ascii=False)
    for secret in (*NEVER, "Client", "sessionid", "127.0.0.1"):
        assert secret not in written, secret
    assert failed["tags"] == {"request": number, "route": "quote"}
    assert failed["transaction"] == "quote"
    data_error, value_error = failed["exception"]["values"][-2:]
    assert (data_error["type"], value_error["type"]) == ("DataError", "ValueError")
    frame = value_error["stacktrace"]["frames"][-1]
    assert (frame["function"], frame["filename"]) == ("quote", "tests/mutualaid/failing_urls.py")
    assert "vars" not in json.dumps(failed)
    assert not {"request", "user", "breadcrumbs", "extra", "server_name"} & failed.keys()
    assert alarm["logentry"] == {"message": "ALARM codes: for (number)"}


@pytest.mark.django_db(transaction=True)
def test_without_the_setting_nothing_is_reported(sentry):
    envelopes, _dsn = sentry
    assert fail().startswith("500")
    assert not envelopes
