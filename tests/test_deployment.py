"""The files of deploy/ really work: units as systemd reads them, nginx and PgBouncer as they run.

Those tests are left out where systemd, nginx or PgBouncer are not installed; nothing installs them.
"""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from posts import notices
from posts.models import Notice, Post
from scripts.own_server import free_port
from tests.mutualaid import served
from tests.mutualaid.production import CLONE
from tests.mutualaid.test_settings import NEEDED
from tests.posts.factories import offer
from verification.sms import Template

DEPLOY = CLONE / "deploy"
TABLE = (CLONE / "docs/operating.md").read_text().split("## Settings")[1].split("\n## ")[0]
READ = re.compile(
    r"(?:env\.\w+|secret|stated|one_of|at_least_one|span|days|local_time|sms_templates)\(\s*"
    r"\"([A-Z][A-Z_]+)\""
)
# For a developer's own machine; the rest of the Tencent ones stands under "Tencent Cloud".
NOT_THERE = {"MUTUALAID_LOCAL", "DEBUG", "PORT", "TENCENT_ENDPOINT"}


def test_every_variable_that_is_read_stands_in_the_documentation():
    read = set(READ.findall((CLONE / "mutualaid/settings.py").read_text()))
    assert len(read) > 60
    told = set(re.findall(r"`([A-Z][A-Z_]+)`", TABLE))
    tencent = {name for name in read if "TENCENT" in name}
    assert read - told - tencent - NOT_THERE == set()
    assert {"METRICS_TOKEN", "SENTRY_DSN", "LOG_FORMAT", "DATABASE_URL"} <= told


def test_the_example_of_an_environment_names_what_is_needed():
    lines = (DEPLOY / "environment.example").read_text().splitlines()
    given = {line.partition("=")[0] for line in lines if not line.startswith("#")}
    assert set(NEEDED) <= given
    assert given <= set(re.findall(r"`([A-Z][A-Z_]+)`", TABLE)) | set(NEEDED)


def test_systemd_reads_the_units_and_finds_them_closed(tmp_path):
    units = [each for each in DEPLOY.iterdir() if each.suffix in {".service", ".timer"}]
    assert len(units) == 4
    for each in units:
        text = each.read_text().replace("/srv/mutualaid", str(CLONE))
        (tmp_path / each.name.replace("@", "@1")).write_text(text)
    names = sorted(str(each) for each in tmp_path.iterdir())
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "mutualaid" in line]
    assert (done.returncode, ours) == (0, []), done.stderr
    for name in names:
        if name.endswith(".service"):
            closed = subprocess.run(
                ["systemd-analyze", "security", "--offline=yes", "--threshold=20", name],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert closed.returncode == 0, closed.stdout[-300:]


@pytest.fixture
def nginx(tmp_path) -> Iterator[Callable[[str], tuple[int, int]]]:
    """Our configuration with a certificate of its own and other ports; `nginx(url)` starts it."""
    started: list[subprocess.Popen] = []

    def start(upstream: str) -> tuple[int, int]:
        plain, tls = free_port(), free_port()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
             "/CN=example.org", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
        (tmp_path / "unavailable.html").write_text("we are down")
        tmp_path.chmod(0o755)
        site = (DEPLOY / "nginx.conf").read_text()
        for old, new in {
            "127.0.0.1:8000": upstream.removeprefix("http://"),
            "listen 80": f"listen 127.0.0.1:{plain}",
            "listen 443": f"listen 127.0.0.1:{tls}",
            "/etc/letsencrypt/live/example.org/fullchain.pem": str(tmp_path / "cert.pem"),
            "/etc/letsencrypt/live/example.org/privkey.pem": str(tmp_path / "key.pem"),
            "/srv/mutualaid/staticfiles": str(tmp_path),
        }.items():
            assert old in site
            site = site.replace(old, new)
        whole = tmp_path / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        whole.write_text(
            f"{user} daemon off; pid {tmp_path}/pid; error_log stderr crit; events {{}}\n"
            f"http {{ client_body_temp_path {tmp_path}/body; proxy_temp_path {tmp_path}/proxy;\n"
            f"fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u;"
            f"scgi_temp_path {tmp_path}/s;\n{site}}}\n"
        )
        command = ["/usr/sbin/nginx", "-c", str(whole), "-p", str(tmp_path)]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert "syntax is ok" in checked.stderr, checked.stderr
        assert "warn" not in checked.stderr, checked.stderr
        started.append(subprocess.Popen(command))
        wait(lambda: curl(f"https://127.0.0.1:{tls}/unavailable.html")[0])
        return plain, tls

    yield start
    for each in started:
        each.terminate()
        each.wait(10)


def wait(holds: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def curl(url: str, *more: str) -> tuple[str, str, str]:
    """Version of HTTP with the status, headers in small letters, body."""
    command = ["curl", "-ksi", "--http2", "--max-time", "20", "-H", "Host: example.org", *more, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    head, _blank, body = done.stdout.replace("\r", "").partition("\n\n")
    first, _line, headers = head.partition("\n")
    return first.strip(), headers.lower(), body


@pytest.mark.django_db(transaction=True)
def test_nginx_serves_the_site_by_http2_and_keeps_what_is_for_machines_inside(
    nginx, resident, tmp_path
):
    post = offer(resident)
    with served.granian(tmp_path / "log", workers=1, BEHIND_PROXY="true") as url:
        plain, tls = nginx(url)
        site = f"https://127.0.0.1:{tls}"
        first, headers, body = curl(
            f"{site}{post.get_absolute_url()}", "-H", "X-Request-ID: forged000"
        )
        assert first == "HTTP/2 200"
        assert re.search(r"^x-request-id: [0-9a-f]{32}$", headers, re.MULTILINE)
        assert headers.count("x-request-id") == 1
        assert curl(f"{site}/healthz")[0] == "HTTP/2 200"
        for inside in ("metrics", "readyz"):
            assert curl(f"{site}/{inside}")[0] == "HTTP/2 404"
        (tmp_path / "large").write_text("note=" + "x" * 300_000)
        large = ("--data", f"@{tmp_path / 'large'}")
        assert curl(f"{site}/signin/", *large)[0] == "HTTP/2 413"
        first, headers, _body = curl(f"http://127.0.0.1:{plain}/areas/?a=1")
        assert first == "HTTP/1.1 301 Moved Permanently"
        assert "location: https://example.org/areas/?a=1" in headers
    first, headers, body = curl(f"{site}/")
    assert (first, body) == ("HTTP/2 503", "we are down")
    assert "retry-after: 600" in headers


@contextlib.contextmanager
def pgbouncer(folder: Path) -> Iterator[str]:
    """Ours, in front of the test's own cluster; the address of its database."""
    at, port = connection.settings_dict, free_port()
    user, name = at["USER"], at["NAME"]
    text = (DEPLOY / "pgbouncer.ini").read_text()
    for old, new in {
        "mutualaid = host=127.0.0.1 port=5432 dbname=mutualaid": f"{name} = host={at['HOST']}",
        "listen_port = 6432": f"listen_port = {port}\nunix_socket_dir =",
        "auth_type = scram-sha-256": "auth_type = trust",
        "/etc/pgbouncer/userlist.txt": str(folder / "users"),
        "default_pool_size = 20": "default_pool_size = 3",
    }.items():
        assert old in text
        text = text.replace(old, new)
    folder.chmod(0o755)  # root's PgBouncer runs as another
    (folder / "pgbouncer.ini").write_text(text)
    (folder / "users").write_text(f'"{user}" ""\n')
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with (folder / "log").open("w") as log:
        command = [*as_owner, "/usr/sbin/pgbouncer", str(folder / "pgbouncer.ini")]
        running = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield f"postgres://{user}@127.0.0.1:{port}/{name}"
        finally:
            running.terminate()
            running.wait(20)


@pytest.mark.django_db(transaction=True)
def test_site_and_worker_run_behind_pgbouncer_in_transaction_mode(resident, tmp_path, settings):
    settings.NOTICES_AT_ONCE = False
    notices.tell(resident, Template.MESSAGE)
    post = offer(resident)
    signed_in = Client()
    signed_in.force_login(resident)
    cookie = f"sessionid={signed_in.cookies['sessionid'].value}"
    with tempfile.TemporaryDirectory() as folder, pgbouncer(Path(folder)) as address:
        with served.granian(tmp_path / "log", workers=2, DATABASE_URL=address) as url:
            wait(lambda: served.ask(f"{url}/readyz")[0] == 200)
            for page in ("/", "/mine/", "/stats/", post.get_absolute_url(), "/api/v1/posts"):
                for _each in range(4):
                    assert served.ask(f"{url}{page}", Cookie=cookie)[0] == 200, page
        with (tmp_path / "worker").open("w") as log:
            worker = subprocess.Popen(
                [shutil.which("python", path=str(CLONE / ".venv/bin")), "manage.py", "work"],
                cwd=CLONE, env=served.environment(DATABASE_URL=address), stdout=log, stderr=log,
            )  # fmt: skip
            try:
                wait(lambda: not Notice.objects.exists(), 60)
            finally:
                worker.terminate()
                worker.wait(20)
        backup = subprocess.run(
            [shutil.which("python", path=str(CLONE / ".venv/bin")), "manage.py", "backup"],
            cwd=CLONE, env=served.environment(DATABASE_URL=address),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "leads through a pooler" in backup.stderr
    assert Post.objects.get() == post
