"""A private PostgreSQL cluster for one clone: no port, no password, one folder.

Used by the Makefile (`exec`, `destroy`) and by the settings (`database`) when no DATABASE_URL is
given; MUTUALAID_CLUSTER names the one in use. Needs only the standard library, because it runs
before anything is installed.

Two clusters can exist: `run` holds what you see in the browser; `test` is for the test suite and
trades durability for speed.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

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


def attempt(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the cluster's owner, out of reach of the terminal's Ctrl-C."""
    if os.geteuid() == 0:
        command = ("runuser", "-u", owner(), "--", *command)
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def as_owner(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the cluster's owner; stop with its output if it fails."""
    done = attempt(*command)
    if done.returncode:
        sys.exit(f"This failed: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done


def make_folder(folder: Path, mode: int) -> None:
    """Make a folder of the cluster's owner. Stops if a stranger put something in its place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if folder.is_symlink() or folder.owner() not in {owner(), pwd.getpwuid(os.geteuid()).pw_name}:
        sys.exit(f"{folder} belongs to somebody else: remove it, or let its owner remove it.")
    folder.chmod(mode)
    if os.geteuid() == 0:
        shutil.chown(folder, owner(), owner())


def is_running(name: str) -> bool:
    data = home() / name / "data"
    if not (data / "postmaster.pid").exists():
        return False
    return attempt(binary("pg_ctl"), "status", "-D", str(data)).returncode == 0


def start(name: str) -> None:
    """Make the cluster if it is not there, start it if it is not running."""
    folder, data, sockets = home() / name, home() / name / "data", socket_folder(name)
    make_folder(folder, 0o700)
    make_folder(sockets, 0o700)
    if not (data / "PG_VERSION").exists():
        print(f"Making a private PostgreSQL cluster in {folder}", flush=True)
        shutil.rmtree(data, ignore_errors=True)  # left by an initdb that was cut off
        # Trust is safe: the only way in is a socket in a folder with mode 0700.
        who = ["-U", "mutualaid", "-A", "trust"]
        flags = ["-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
        if name == "test":
            flags.append("--no-sync")
        as_owner(binary("initdb"), *who, *flags, "-D", str(data))
    if not is_running(name):
        options = f"-c listen_addresses='' -c unix_socket_directories='{sockets}'"
        options += (
            f" {FASTER_NOT_DURABLE}" if name == "test" else f" -c shared_buffers={buffers()}MB"
        )
        log = str(folder / "postgresql.log")
        as_owner(binary("pg_ctl"), "start", "-w", "-D", str(data), "-l", log, "-o", options)
    make_database(name, sockets)


def make_database(name: str, sockets: Path) -> None:
    psql = (binary("psql"), "-h", str(sockets), "-U", "mutualaid", "-d", "postgres", "-Atqc")
    if as_owner(*psql, "SELECT 1 FROM pg_database WHERE datname = 'mutualaid'").stdout.strip():
        return
    as_owner(*psql, "CREATE DATABASE mutualaid")


def buffers() -> int:
    """A quarter of the memory, as PostgreSQL's manual says (20.4.1), and 2 GB at most: in MB."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    return min(memory // 4, 2048)


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
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    make_folder(home(), 0o755)
    with (home() / f"{name}.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            with (home() / f"{name}.start").open("w") as starting:
                fcntl.flock(starting, fcntl.LOCK_EX)
                start(name)
            return wait_for(command)
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                stop(name)


def leave(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def wait_for(command: list[str]) -> int:
    """Run a command and return its exit status, as a shell would.

    Whatever asks us to stop goes to the command, and we wait for its end. (Ctrl-C in a terminal
    reaches the command by itself, as a member of the same process group.)
    """
    child = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: child.send_signal(number))
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    status = child.wait()
    return 128 - status if status < 0 else status


def destroy() -> None:
    """Remove both clusters with all their data. Refuses while somebody uses one of them."""
    if not home().exists():
        return
    with contextlib.ExitStack() as locks:
        for name in NAMES:
            users = locks.enter_context((home() / f"{name}.users").open("w"))
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.exit(f"The {name} cluster is in use: stop `make {name}` first.")
        for name in NAMES:
            stop(name)
            shutil.rmtree(socket_folder(name), ignore_errors=True)
        shutil.rmtree(home())
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
