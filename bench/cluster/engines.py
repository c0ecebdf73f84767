"""The engines of a site on several machines, here all on loopback: started, killed and mended."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import psycopg
from cryptography.fernet import Fernet

from bench.databases import CLONE
from mutualaid import cluster

sys.path.insert(0, str(CLONE / "scripts"))
from own_server import free_port  # noqa: E402 -- the scripts are no package

HOME = cluster.home() / "drill"
DEPLOY = CLONE / "deploy"
PASSWORD = secrets.token_urlsafe(24)
MANY = "1000000"
POSTGRESQL = """
    wal_keep_size = 256MB
    hot_standby_feedback = on
    max_connections = 200
"""


def until(holds: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait until it holds; ends the drill if it does not."""
    end = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except (OSError, psycopg.Error):
            pass
        if time.monotonic() > end:
            raise RuntimeError(f"waited in vain: {what}")
        time.sleep(0.1)


class Process:
    """A program that runs until it is stopped or killed, with whatever it has started."""

    running: subprocess.Popen | None = None

    def __init__(self, folder: str) -> None:
        self.folder, self.port = HOME / folder, free_port()
        cluster.make_folder(self.folder, 0o755)

    def run(self, *command: str, as_owner: bool = False, **options: Any) -> None:
        if as_owner and os.geteuid() == 0:
            command = ("runuser", "-u", cluster.owner(), "--", *command)
        with (self.folder / "log").open("a") as log:
            self.running = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                **options,
            )  # fmt: skip

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self.running and self.running.poll() is None:
            os.killpg(self.running.pid, number)
            self.running.wait(30)
        self.running = None


class Postgres(Process):
    """A primary, or a replica of one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name, self.data = name, self.folder / "data"

    @property
    def url(self) -> str:
        return f"postgres://mutualaid:{PASSWORD}@127.0.0.1:{self.port}/mutualaid"

    def where(self) -> str:
        """Its socket, in a folder that is closed to others: for its replicas and for us."""
        return f"host={self.folder} port={self.port} user=mutualaid"

    def make(self) -> None:
        cluster.make_folder(self.folder, 0o700)
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        shutil.chown(secret, cluster.owner())
        cluster.as_owner(
            cluster.binary("initdb"), "-U", "mutualaid", "--auth-local=trust",
            "--auth-host=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8",
            "-D", str(self.data),
        )  # fmt: skip
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(POSTGRESQL)
        self.start()
        self.sql("CREATE DATABASE mutualaid", database="postgres")

    def follow(self, primary: "Postgres") -> None:
        """Become its replica, from a base backup."""
        cluster.make_folder(self.folder, 0o700)
        cluster.as_owner(
            cluster.binary("pg_basebackup"), "-R", "-c", "fast", "-D", str(self.data),
            "-d", f"{primary.where()} application_name={self.name}",
        )  # fmt: skip
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1"
        options += f" -c unix_socket_directories={self.folder}"
        log = str(self.folder / "log")
        pg_ctl = (cluster.binary("pg_ctl"), "-w", "-D", str(self.data))
        cluster.as_owner(*pg_ctl, "start", "-l", log, "-o", options)

    def kill(self, number: signal.Signals = signal.SIGQUIT) -> None:
        """As a crash: nothing is flushed, nobody is told."""
        pg_ctl = (cluster.binary("pg_ctl"), "stop", "-m", "immediate", "-D", str(self.data))
        cluster.attempt(*pg_ctl)

    def sql(self, text: str, *values: Any, database: str = "mutualaid") -> list[tuple[Any, ...]]:
        with psycopg.connect(f"{self.where()} dbname={database}", autocommit=True) as connection:
            found = connection.execute(text, values or None)  # type: ignore[call-overload]
            return found.fetchall() if found.description else []

    def wait_for_one_replica(self) -> None:
        """A commit stands once one of the replicas has it, too."""
        self.sql("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'")
        self.sql("SELECT pg_reload_conf()")

    def follow_now(self, primary: "Postgres") -> None:
        """The same replica, after another server has become the primary."""
        where = f"{primary.where()} application_name={self.name}"
        self.sql(f"ALTER SYSTEM SET primary_conninfo = '{where}'")
        self.sql("SELECT pg_reload_conf()")

    def received(self) -> int:
        """How much of the primary's log it has, in bytes."""
        return int(self.sql("SELECT pg_last_wal_receive_lsn() - '0/0'")[0][0])


class PgBouncer(Process):
    """deploy/pgbouncer.ini in front of the primary."""

    @property
    def url(self) -> str:
        return f"postgres://mutualaid:{PASSWORD}@127.0.0.1:{self.port}/mutualaid"

    def lead_to(self, primary: Postgres) -> None:
        text = (DEPLOY / "pgbouncer.ini").read_text()
        for old, new in {
            "host=127.0.0.1 port=5432": f"host=127.0.0.1 port={primary.port}",
            "listen_port = 6432": f"listen_port = {self.port}\nunix_socket_dir =",
            "/etc/pgbouncer/userlist.txt": str(self.folder / "users"),
        }.items():
            assert old in text
            text = text.replace(old, new)
        (self.folder / "ini").write_text(text)
        users = self.folder / "users"
        users.write_text(f'"mutualaid" "{PASSWORD}"\n')
        users.chmod(0o600)
        shutil.chown(users, cluster.owner())
        if self.running:
            os.killpg(self.running.pid, signal.SIGHUP)

    def start(self) -> None:
        program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        self.run(program, str(self.folder / "ini"), as_owner=True)


class Redis(Process):
    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.run("redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "")


class Node(Process):
    """A web node as systemd starts it, with production settings."""

    def start(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.again()

    def again(self) -> None:
        serve = ("sh", "scripts/serve.sh", "127.0.0.1", str(self.port), "1", "4")
        self.run(*serve, cwd=CLONE, env=self.environment)

    def is_ready(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self.port}/readyz"
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 -- our own
                return answer.status == 200
        except urllib.error.HTTPError:
            return False


class Nginx(Process):
    """deploy/nginx.conf with TLS, in front of the nodes. All the visitors have one address here."""

    def start(self, nodes: list[Node]) -> None:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
             "/CN=localhost", "-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
        site = (DEPLOY / "nginx.conf").read_text()
        upstream = "\n".join(f"server 127.0.0.1:{each.port};" for each in nodes)
        for old, new in {
            "server 127.0.0.1:8000;": upstream,
            "listen 80": f"listen 127.0.0.1:{free_port()}",
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "/etc/letsencrypt/live/example.org/fullchain.pem": str(self.folder / "cert.pem"),
            "/etc/letsencrypt/live/example.org/privkey.pem": str(self.folder / "key.pem"),
            "/srv/mutualaid/staticfiles": str(CLONE / "staticfiles"),
            "rate=50r/s": "rate=10000r/s",
        }.items():
            assert old in site
            site = site.replace(old, new)
        here = self.folder
        user = "user root;" if os.geteuid() == 0 else ""
        (here / "conf").write_text(
            f"{user} daemon off; pid {here}/pid; error_log {here}/error crit; events {{}}\n"
            f"http {{ client_body_temp_path {here}/body; proxy_temp_path {here}/proxy;\n"
            f"fastcgi_temp_path {here}/f; uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;\n"
            f"{site}}}\n"
        )
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        self.run(program, "-c", str(here / "conf"), "-p", str(here), "-e", str(here / "error"))


class Site:
    """All engines together."""

    def __init__(self) -> None:
        shutil.rmtree(HOME, ignore_errors=True)  # of the drill before
        cluster.make_folder(cluster.home(), 0o755)
        cluster.make_folder(HOME, 0o755)
        names = ("SECRET_KEY", "DIGEST_KEY", "SMS_HTTP_KEY")
        self.secrets = {name: secrets.token_urlsafe(48) for name in names}
        self.secrets["ENCRYPTION_KEYS"] = Fernet.generate_key().decode()
        self.primary = Postgres("primary")
        self.replicas = [Postgres("replica1"), Postgres("replica2")]
        self.pgbouncer, self.redis, self.nginx = PgBouncer("pgb"), Redis("redis"), Nginx("nginx")
        self.nodes = [Node(f"node{number}") for number in (1, 2, 3)]

    def environment(self) -> dict[str, str]:
        return self.secrets | {
            "PATH": os.environ["PATH"],
            "ALLOWED_HOSTS": "localhost",
            "SITE_URL": "https://localhost",
            "BEHIND_PROXY": "true",
            "DATABASE_URL": self.pgbouncer.url,
            "DATABASE_REPLICA_URLS": ",".join(each.url for each in self.replicas),
            "REDIS_URL": self.redis.url,
            "OPERATOR_NAME": "余药互助",
            "OPERATOR_CONTACT": "help@example.org",
            "SMS_PROVIDER": "http",
            "SMS_HTTP_URL": "https://sms.example.org/send",
            "LEVEL_TO_PUBLISH": "phone",
            **dict.fromkeys(
                ("OPEN_POSTS_PER_RESIDENT", "OFFER_REVEALS", "REVEALS_PER_HOUR", "REVEALS_PER_DAY",
                 "API_PER_MINUTE"), MANY,
            ),
        }  # fmt: skip

    def manage(self, *arguments: str, url: str = "") -> str:
        """A command of ours with the settings of the nodes; what it says."""
        environment = self.environment() | ({"DATABASE_URL": url} if url else {})
        environment["DJANGO_SETTINGS_MODULE"] = "mutualaid.settings"
        done = subprocess.run(
            [sys.executable, *arguments], cwd=CLONE, env=environment, check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self) -> None:
        self.primary.make()
        print("    a database with all areas and medicines", flush=True)
        self.manage("manage.py", "prepare", url=self.primary.url)
        print("    two replicas, PgBouncer, Redis, three web nodes, nginx", flush=True)
        for each in self.replicas:
            each.follow(self.primary)
        self.primary.wait_for_one_replica()
        self.pgbouncer.lead_to(self.primary)
        self.pgbouncer.start()
        self.redis.start()
        for node in self.nodes:
            node.start(self.environment())
        self.nginx.start(self.nodes)
        for node in self.nodes:
            until(node.is_ready, f"{node.folder.name} is ready")

    def stop(self) -> None:
        for each in (self.nginx, *self.nodes, self.redis, self.pgbouncer):
            each.kill(signal.SIGTERM)
        for each in (self.primary, *self.replicas):
            each.kill()

    def change_the_primary(self) -> Postgres:
        """What an operator does when it is gone; returns the new one.

        A commit waits for one replica: the one that has more has all that was accepted. It becomes
        the primary, the other follows it, PgBouncer leads to it.
        """
        new, other = sorted(self.replicas, key=Postgres.received, reverse=True)
        new.sql("SELECT pg_promote()")
        other.follow_now(new)
        new.wait_for_one_replica()
        self.pgbouncer.lead_to(new)
        return new
