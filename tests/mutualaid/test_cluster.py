"""The private PostgreSQL cluster: alone, without a port, gone when its last user leaves."""

import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mutualaid import cluster

pytestmark = pytest.mark.xdist_group("cluster")  # one initdb for all of these tests

ROOT = os.geteuid() == 0
PYTHON = shutil.which("python3", path="/usr/bin:/usr/local/bin") or "python3"
PSQL = f"exec {cluster.binary('psql')} -h $HOST -U mutualaid -d mutualaid -Atc"


@dataclass
class Clone:
    """A copy of cluster.py elsewhere: it has clusters of its own."""

    folder: Path
    user: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        as_user = ["runuser", "-u", self.user, "--"] if self.user else []
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        script = str(self.folder / "mutualaid/cluster.py")
        return [*as_user, "env", "-u", "DATABASE_URL", *variables, PYTHON, script, *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), check=False, capture_output=True, text=True, timeout=60
        )

    def inside(self, script: str) -> list[str]:
        """The command that runs a shell script with the cluster up; HOST is its socket folder."""
        sockets = f"{PYTHON} -c 'from mutualaid.cluster import *; print(socket_folder(\"test\"))'"
        script = f"cd {self.folder} && HOST=$({sockets}) && {script}"
        return self.command("exec", "test", "--", "sh", "-c", script)

    def query(self, sql: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.inside(f'{PSQL} "{sql}"'), check=False, capture_output=True, text=True, timeout=60
        )


def copy_to(folder: Path) -> None:
    (folder / "mutualaid").mkdir(parents=True)
    shutil.copy(cluster.__file__, folder / "mutualaid/cluster.py")


def servers(of: str) -> list[str]:
    """Command lines of the running servers that have `of` in them."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it ended while we looked
            continue
        if "postgres" in line.split(" ")[0] and of in line:
            lines.append(line)
    return lines


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Iterator[Clone]:
    folder = tmp_path_factory.mktemp("clone") / f"clone{secrets.token_hex(3)}"
    copy_to(folder)
    clone = Clone(folder)
    assert clone.run("exec", "test", "--", "true").returncode == 0
    yield clone
    assert clone.run("destroy").returncode == 0
    assert not servers(folder.name)


@pytest.fixture
def stranger() -> Iterator[str]:
    """A new user of the system; without root, ourselves."""
    if not ROOT:
        yield ""
        return
    name = f"mutualaid-{secrets.token_hex(3)}"
    subprocess.run(["useradd", "--create-home", name], check=True)
    yield name
    subprocess.run(["userdel", "--remove", name], check=True, capture_output=True)


def test_it_has_no_port_and_its_folder_is_closed_to_others(clone):
    assert clone.query("SHOW listen_addresses").stdout == "\n"
    home = Path(clone.run("folder").stdout.strip())
    assert (home / "test").stat().st_mode & 0o777 == 0o700


def test_it_is_gone_when_the_command_ends_and_the_status_is_the_commands(clone):
    done = clone.run("exec", "test", "--", "sh", "-c", "exit 7")
    assert done.returncode == 7
    assert not servers(clone.folder.name)


def test_what_was_written_is_there_the_next_time(clone):
    clone.query("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer")
    assert clone.query("SELECT answer FROM kept").stdout == "42\n"


def test_the_first_to_leave_does_not_stop_it(clone):
    script = f"echo up; read go; {PSQL} 'SELECT 42'"
    with subprocess.Popen(
        clone.inside(script), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout.readline() == "up\n"
        assert clone.query("SELECT 1").returncode == 0  # a second user comes and leaves
        assert first.communicate("go\n", timeout=30)[0] == "42\n"
    assert not servers(clone.folder.name)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_stops_the_command_and_the_cluster(clone, number):
    with subprocess.Popen(
        clone.inside("echo up; exec sleep 60"),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as user:
        assert user.stdout.readline() == "up\n"
        os.killpg(user.pid, number)  # as Ctrl-C in a terminal: the whole process group
        assert user.wait(30) == 128 + number
    assert not servers(clone.folder.name)


def test_it_is_not_thrown_away_while_somebody_uses_it(clone):
    with subprocess.Popen(
        clone.inside("echo up; read go"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as user:
        assert user.stdout.readline() == "up\n"
        refused = clone.run("destroy")
        user.communicate("go\n", timeout=30)
    assert refused.returncode == 1
    assert refused.stderr == "The test cluster is in use: stop `make test` first.\n"


def test_an_ordinary_user_with_a_long_path_has_one_too(stranger, tmp_path):
    home = Path(f"~{stranger}").expanduser() if stranger else tmp_path
    folder = home / f"clone{secrets.token_hex(3)}"
    copy_to(folder)
    deep = home / "a-very-long-name-of-a-folder/" / ("deep/" * 20)
    if stranger:
        subprocess.run(["chown", "-R", stranger, str(home)], check=True)
    clone = Clone(folder, stranger, {"XDG_DATA_HOME": str(deep), "HOME": str(home)})
    shown = clone.query("SHOW unix_socket_directories")
    assert re.search(r"\n/tmp/mutualaid-\d+-[0-9a-f]{12}\n$", shown.stdout)
    assert clone.run("destroy").returncode == 0
    assert not list(deep.glob("mutualaid/*"))


def test_a_folder_that_a_stranger_made_is_refused(tmp_path):
    trap = tmp_path / "trap"
    trap.symlink_to(tmp_path)
    with pytest.raises(SystemExit, match="belongs to somebody else"):
        cluster.make_folder(trap, 0o700)


def test_a_given_database_needs_no_cluster(clone):
    clone = Clone(clone.folder, environment={"DATABASE_URL": "postgres://elsewhere/"})
    assert clone.run("exec", "test", "--", "true").returncode == 0
    assert not servers(clone.folder.name)
