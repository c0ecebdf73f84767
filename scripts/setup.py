"""Set a machine up for `make run` or `make test`: system packages, libraries, translations.

Needs only the standard library of Python 3.11. Safe to repeat: what is there already is not
touched, so the second time takes a fraction of a second.

    python3 scripts/setup.py run|test|bench|cluster [--port PORT]
"""

import argparse
import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
VENV = CLONE / ".venv"
INSTALLED = VENV / "installed-locks"  # digests of the lock files whose libraries are in
POSTGIS = re.compile(r"postgresql-([0-9]+)-postgis-3")  # apt reads it too: no \d
SERVICES = ("nginx", "pgbouncer", "redis-server")  # Debian would start them, now and at each boot
NO_STARTING = Path("/usr/sbin/policy-rc.d")
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/mutualaid.conf")

# What each job needs. The libraries of `test` contain those of `run`.
LOCKS = {"run": ["requirements.txt"], "test": ["requirements-dev.txt", "requirements.txt"]}
LOCKS["bench"] = LOCKS["cluster"] = LOCKS["test"]
# The font is for the posters, which are drawn here; the tests' browser writes with it too.
# (Playwright, which drives Chromium, brings a Node.js that needs libatomic.)
PROGRAMS = {
    "run": ["gettext", "fonts-noto-cjk"],
    "test": [
        *("gettext", "chromium", "fonts-noto-cjk", "libatomic1"),
        *("nginx", "pgbouncer", "systemd"),  # for the files of deploy/
        "redis-server",
    ],
    "bench": ["gettext", "fonts-noto-cjk", "wrk"],
    "cluster": ["gettext", "fonts-noto-cjk", "nginx", "pgbouncer", "redis-server"],
}


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    print(f"→ {text}", flush=True)
    start = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - start:.1f} s", flush=True)


def call(*command: str) -> None:
    """Run a command that reads nothing; stop with its name if it fails."""
    if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode:
        sys.exit(f"This failed: {' '.join(command)}")


def check_python() -> None:
    if sys.version_info[:2] != (3, 11):
        sys.exit(
            f"Python 3.11 is needed and this is {sys.version.split()[0]}; "
            "name another one with: make PYTHON=python3.11 …"
        )


def check_port(port: str) -> None:
    """Stop before anything slow if the port cannot be served on."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        sys.exit(f"PORT={port} is not a port number (1 to 65535).")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            sys.exit(
                f"Port {port} cannot be used ({error.strerror}); "
                "stop what uses it or choose another: make run PORT=8001"
            )


def installed_packages() -> set[str]:
    query = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n"]
    listing = subprocess.run(query, capture_output=True, text=True, check=True).stdout
    return {line.split()[1] for line in listing.splitlines() if line.startswith("installed ")}


def newest_postgis() -> str:
    """The PostGIS package of the newest PostgreSQL that this Debian release has.

    It depends on its server and on the GDAL, GEOS and PROJ libraries, whatever their names are in
    this release.
    """
    search = ["apt-cache", "search", "--names-only", f"^{POSTGIS.pattern}$"]
    listing = subprocess.run(search, capture_output=True, text=True, check=True).stdout
    found = {int(match[1]): match[0] for match in POSTGIS.finditer(listing)}
    if not found:
        sys.exit("apt knows no postgresql-NN-postgis-3: install PostgreSQL 15+ with PostGIS 3.")
    return found[max(found)]


def install_system_packages(job: str) -> None:
    if not shutil.which("apt-get"):
        check_without_apt(job)
        return
    there = installed_packages()
    missing = [name for name in PROGRAMS[job] if name not in there]
    if importlib.util.find_spec("ensurepip") is None:
        missing.append("python3-venv")
    needs_postgis = not any(POSTGIS.fullmatch(name) for name in there)
    if not missing and not needs_postgis:
        return
    wanted = [*missing, *(["PostgreSQL with PostGIS"] if needs_postgis else [])]
    with step(f"Installing system packages: {', '.join(wanted)}"):
        root = as_root(wanted)
        call(*root, "apt-get", "-q", "update")
        if needs_postgis:
            missing.append(newest_postgis())
        with no_main_cluster(root, there), no_services(root, missing):
            apt_install(root, missing)


def as_root(wanted: list[str]) -> list[str]:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        return ["sudo"]
    sys.exit(f"Please let an administrator install: {', '.join(wanted)} (there is no sudo here).")


def apt_install(root: list[str], packages: list[str]) -> None:
    quietly = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    call(*root, *quietly, "install", "--no-install-recommends", *packages)


@contextlib.contextmanager
def no_main_cluster(root: list[str], there: set[str]) -> Iterator[None]:
    """Keep Debian from starting a server of its own on port 5432, which nobody asked for.

    Only while PostgreSQL is installed for the first time, and taken away again: a PostgreSQL
    installed later by somebody else behaves as its documentation says.
    """
    if "postgresql-common" in there:
        yield
        return
    call(*root, "mkdir", "-p", str(NO_MAIN_CLUSTER.parent))
    line = f"echo 'create_main_cluster = false' > {NO_MAIN_CLUSTER}"
    call(*root, "sh", "-c", line)
    try:
        yield
    finally:
        call(*root, "rm", "-f", str(NO_MAIN_CLUSTER))


@contextlib.contextmanager
def no_services(root: list[str], missing: list[str]) -> Iterator[None]:
    """Keep Debian from starting what only the tests start, on ports and in folders of their own.

    What was there before us is left as it is.
    """
    ours = [name for name in SERVICES if name in missing]
    if not ours:
        yield
        return
    is_free = not NO_STARTING.exists()  # somebody else's rule holds as well
    if is_free:
        call(*root, "sh", "-c", f"printf '#!/bin/sh\\nexit 101\\n' > {NO_STARTING}")
        call(*root, "chmod", "755", str(NO_STARTING))
    try:
        yield
    finally:
        if is_free:
            call(*root, "rm", "-f", str(NO_STARTING))
    if shutil.which("systemctl"):
        call(*root, "systemctl", "--quiet", "disable", *ours)


def check_without_apt(job: str) -> None:
    """On a system without apt: say what to install, and stop, if something is not found."""
    needs = {
        "psql": "PostgreSQL 15 or newer with PostGIS 3 (its programs on the PATH)",
        "gdalinfo": "GDAL, GEOS and PROJ",
        "msgfmt": "gettext",
    }
    if job == "test":
        needs["chromium"] = "Chromium, and a Chinese font such as Noto Sans CJK"
        needs["systemd-analyze"] = "systemd"
    if job in {"test", "cluster"}:
        needs |= {"nginx": "nginx", "pgbouncer": "PgBouncer", "redis-server": "Redis"}
    missing = [text for program, text in needs.items() if not shutil.which(program)]
    if missing:
        sys.exit("There is no apt here. Please install:\n" + "\n".join(f"- {x}" for x in missing))


def install_libraries(job: str) -> None:
    wanted = {lock: hashlib.sha256((CLONE / lock).read_bytes()).hexdigest() for lock in LOCKS[job]}
    there = INSTALLED.read_text().split() if INSTALLED.exists() else []
    if set(wanted.values()) <= set(there):
        return
    if not (VENV / "bin/pip").exists():
        with step("Making the virtual environment .venv"):
            call(sys.executable, "-m", "venv", "--clear", str(VENV))
    with step(f"Installing the libraries of {LOCKS[job][0]}"):
        INSTALLED.unlink(missing_ok=True)
        lock = str(CLONE / LOCKS[job][0])
        pip = (str(VENV / "bin/pip"), "install", "-qq", "--disable-pip-version-check")
        call(*pip, "--require-hashes", "-r", lock)
        INSTALLED.write_text("\n".join(wanted.values()) + "\n")


def compile_translations() -> None:
    for source in CLONE.glob("locale/*/LC_MESSAGES/*.po"):
        made = source.with_suffix(".mo")
        if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
            with step(f"Compiling {source.relative_to(CLONE)}"):
                call("msgfmt", "--check-format", "-o", str(made), str(source))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", choices=sorted(LOCKS))
    parser.add_argument("--port", help="stop at once if this port is taken")
    options = parser.parse_args()
    check_python()
    if options.port is not None:
        check_port(options.port)
    install_system_packages(options.job)
    install_libraries(options.job)
    compile_translations()


if __name__ == "__main__":
    main()
