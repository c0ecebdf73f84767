"""A private PostgreSQL cluster for one clone: no port, no password, one folder.

Used by the Makefile (`exec`, `destroy`) and by the settings (`database`) when no DATABASE_URL is
given; MUTUALAID_CLUSTER names the one in use. Needs only the standard library, because it runs before anything is installed.

Two clusters can exist: `run` holds what you see in the browser; `test` is for the test suite and
trades durability for speed.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
NAMES = ("run", "test")
LONGEST_SOCKET_PATH = 107  # bytes, from sockaddr_un; PostgreSQL refuses a longer one
FASTER_NOT_DURABLE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def clone_label() -> str:
    """A name that tells one clone from another: folder name and a digest of its whole path."""
    digest = hashlib.sha256(str(CLONE).encode()).hexdigest()[:8]
    return f"{CLONE.name[:24]}-{digest}"


def home() -> Path:
    """The one folder with everything of this clone's clusters.

    initdb will not run as root, and the `postgres` user cannot enter a clone in a private home
    folder: so root's clusters live under /var/lib, everybody else's in their own data folder.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/mutualaid") / clone_label()
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(data) / "mutualaid" / clone_label()


def socket_folder(name: str) -> Path:
    folder = home() / name
    if len(bytes(folder / ".s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH:
        return folder
    digest = hashlib.sha256(bytes(folder)).hexdigest()[:12]
    return Path(f"/tmp/mutualaid-{os.geteuid()}-{digest}")  # noqa: S108 -- made with mode 0700 below


def database() -> dict[str, str]:
    """Django connection parameters of the cluster in use."""
    name = os.environ.get("MUTUALAID_CLUSTER", "run")
    return {
        "NAME": "mutualaid",
        "USER": "mutualaid",
        "HOST": str(socket_folder(name)),
        "PORT": "",
        "PASSWORD": "",
    }


def binary(program: str) -> str:
    """Path of a server program of the newest installed PostgreSQL that has PostGIS."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[4])
    )
    for path in reversed(found):
        if Path(f"/usr/share/postgresql/{path.parts[4]}/extension/postgis.control").exists():
            return str(path)
    on_path = shutil.which(program)
    if on_path:
        return on_path
    sys.exit(f"{program} was not found: install PostgreSQL 15 or newer with PostGIS.")


def owner() -> str:
    """The system user that the server runs as."""
    return "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def as_owner(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the cluster's owner; stop with its output if it fails."""
    if os.geteuid() == 0:
        command = ("runuser", "-u", owner(), "--", *command)
    done = subprocess.run(
        command, capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL
    )
    if done.returncode:
        sys.exit(f"{command[-1]} failed:\n{done.stdout}{done.stderr}")
    return done


def make_folder(folder: Path, mode: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(mode)
    if os.geteuid() == 0:
        shutil.chown(folder, owner(), owner())


def is_running(name: str) -> bool:
    pid_file = home() / name / "data/postmaster.pid"
    if not pid_file.exists():
        return False
    status = [binary("pg_ctl"), "status", "-D", str(home() / name / "data")]
    if os.geteuid() == 0:
        status = ["runuser", "-u", owner(), "--", *status]
    return subprocess.run(status, capture_output=True, cwd="/").returncode == 0


def start(name: str) -> None:
    """Make the cluster if it is not there, start it if it is not running."""
    folder, data, sockets = home() / name, home() / name / "data", socket_folder(name)
    make_folder(folder, 0o700)
    make_folder(sockets, 0o700)
    if not (data / "PG_VERSION").exists():
        print(f"Making a private PostgreSQL cluster in {folder}", flush=True)
        shutil.rmtree(data, ignore_errors=True)  # left by an initdb that was cut off
        as_owner(
            binary("initdb"),
            "-U",
            "mutualaid",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
            "-D",
            str(data),
        )  # fmt: skip -- trust is safe: the only way in is a socket in a 0700 folder
    if not is_running(name):
        options = f"-c listen_addresses='' -c unix_socket_directories='{sockets}'"
        if name == "test":
            options += f" {FASTER_NOT_DURABLE}"
        log = str(folder / "postgresql.log")
        as_owner(binary("pg_ctl"), "start", "-w", "-D", str(data), "-l", log, "-o", options)
    make_database(name, sockets)


def make_database(name: str, sockets: Path) -> None:
    psql = (binary("psql"), "-h", str(sockets), "-U", "mutualaid", "-d", "postgres", "-Atqc")
    if as_owner(*psql, "SELECT 1 FROM pg_database WHERE datname = 'mutualaid'").stdout.strip():
        return
    as_owner(*psql, "CREATE DATABASE mutualaid")


def stop(name: str) -> None:
    if is_running(name):
        data = str(home() / name / "data")
        as_owner(binary("pg_ctl"), "stop", "-w", "-m", "fast", "-D", data)


def run_inside(name: str, command: list[str]) -> int:
    """Run a command with the cluster up; whoever leaves last stops the cluster.

    Every user holds a shared lock on one file; only the last to leave can take it alone. So a
    `make test` beside another one is not cut off. With DATABASE_URL set there is nothing to do.
    """
    if os.environ.get("DATABASE_URL"):
        return wait_for(command)
    os.environ["MUTUALAID_CLUSTER"] = name
    make_folder(home(), 0o755)
    with (home() / f"{name}.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with (home() / f"{name}.start").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            start(name)
        try:
            return wait_for(command)
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                stop(name)


def wait_for(command: list[str]) -> int:
    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the terminal sent it to the child as well: let it finish
            continue


def destroy() -> None:
    for name in NAMES:
        stop(name)
        shutil.rmtree(socket_folder(name), ignore_errors=True)
    shutil.rmtree(home(), ignore_errors=True)
    print(f"Removed {home()}")


def main(arguments: list[str]) -> int:
    match arguments:
        case ["exec", name, "--", *command] if name in NAMES and command:
            return run_inside(name, command)
        case ["destroy"]:
            destroy()
        case ["folder"]:
            print(home())
        case _:
            sys.exit(f"usage: cluster.py exec {'|'.join(NAMES)} -- COMMAND | destroy | folder")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
