"""A backup is put back whole, into an empty database, and nothing is written over unasked."""

import re
import secrets
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.core.management.base import CommandError
from django.db import connection

from mutualaid import backups
from posts import closing as ending
from posts import contact
from tests.mutualaid import served
from tests.mutualaid.production import CLONE
from tests.posts.factories import need, offer

pytestmark = pytest.mark.django_db(transaction=True)
OURS = "oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')"
SHAPE = {
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE conrelid <> 0 ORDER BY 1, 2",
    "indexes": "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 2",
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger"
    " WHERE NOT tgisinternal ORDER BY 2",
    "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default"
    " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
    "functions": f"SELECT proname, md5(prosrc) FROM pg_proc WHERE {OURS}"
    " AND pronamespace = 'public'::regnamespace ORDER BY 1, 2",
    "sequences": "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1",
    "extensions": "SELECT extname FROM pg_extension ORDER BY 1",
}
# PostgreSQL writes ARRAY['a'::varchar]::text[] again as ARRAY[('a'::varchar)::text].
WRITTEN_OTHERWISE = re.compile(r"::character varying|::text|\[\]|[()]")
TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    f" AND {OURS} ORDER BY 1"
)


def connect(name: str) -> psycopg.Connection:
    at = connection.settings_dict
    return psycopg.connect(host=at["HOST"], user=at["USER"], dbname=name, autocommit=True)


def picture(name: str) -> dict[str, object]:
    """Of a database its shape, and of every table the number of rows and a checksum."""
    with closing(connect(name)) as at, at.cursor() as cursor:
        seen: dict[str, object] = {}
        for what, sql in SHAPE.items():
            rows = cursor.execute(sql).fetchall()
            seen[what] = sorted([WRITTEN_OTHERWISE.sub("", str(row)) for row in rows])
        for (table,) in cursor.execute(TABLES).fetchall():
            cursor.execute(
                f"SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM {table} t"
            )
            seen[f"rows of {table}"] = cursor.fetchone()
        return seen


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The name of an empty database beside that of the test."""
    name = f"restored_{secrets.token_hex(4)}"
    with closing(connect("postgres")) as at:
        at.execute(f"CREATE DATABASE {name}")
        yield name
        at.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make(target: str, database: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """`make backup` or `make restore`, as an operator types it."""
    environment = served.environment()
    if database:
        own = connection.settings_dict["NAME"]
        environment["DATABASE_URL"] = environment["DATABASE_URL"].replace(f"/{own}", f"/{database}")
    given = [f"{name}={value}" for name, value in variables.items()]
    kept = {name: value for name, value in environment.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "--no-print-directory", target, *given],
        cwd=CLONE, env=kept, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture
def backup(resident, helper, tmp_path) -> Path:
    post = offer(resident, note="上夜班,白天在家")
    contact.reveal(post, helper)
    ending.resolve(need(resident), resident)
    file = tmp_path / "all.dump"
    done = make("backup", FILE=str(file))
    assert done.returncode == 0, done.stderr
    assert "The keys are not in it." in done.stdout
    return file


def test_what_is_put_back_is_what_was_there(backup, elsewhere):
    before = picture(connection.settings_dict["NAME"])
    assert before["rows of posts_post"][0] == 2
    assert before["rows of safety_auditentry"][0] > 3
    assert before["rows of places_area"][0] > 3000
    done = make("restore", elsewhere, FILE=str(backup))
    assert done.returncode == 0, done.stderr
    after = picture(elsewhere)
    assert len(before["constraints"]) > 300
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert value == after[name], name
    with closing(connect(elsewhere)) as at, pytest.raises(psycopg.IntegrityError):
        at.execute("DELETE FROM safety_auditentry")


def test_only_its_owner_reads_a_backup_and_no_key_is_in_it(backup, settings):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [each.name for each in backup.parent.iterdir()] == [backup.name]
    for key in (settings.SECRET_KEY, settings.DIGEST_KEY, *settings.ENCRYPTION_KEYS):
        assert key.encode() not in backup.read_bytes()


def test_a_file_that_is_there_is_not_written_over(backup):
    size = backup.stat().st_size
    done = make("backup", FILE=str(backup))
    assert done.returncode != 0
    assert "is there already" in done.stderr
    assert backup.stat().st_size == size


def test_a_database_that_holds_something_is_left_alone_unless_forced(backup, elsewhere):
    with closing(connect(elsewhere)) as at:
        at.execute("CREATE TABLE diary (word text)")
        at.execute("INSERT INTO diary VALUES ('mine')")
        done = make("restore", elsewhere, FILE=str(backup))
        assert done.returncode != 0
        assert "The database holds 1 tables" in done.stderr
        in_use = make("restore", elsewhere, FILE=str(backup), FORCE="1")
        assert "The database is in use" in in_use.stderr
        assert at.execute("SELECT word FROM diary").fetchone() == ("mine",)
    done = make("restore", elsewhere, FILE=str(backup), FORCE="1")
    assert done.returncode == 0, done.stderr
    assert picture(elsewhere) == picture(connection.settings_dict["NAME"])
    again = make("restore", elsewhere, FILE=str(backup), FORCE="1")
    assert again.returncode == 0, again.stderr


def test_what_is_no_backup_or_was_cut_off_changes_nothing(backup, elsewhere, tmp_path):
    cut = tmp_path / "cut.dump"
    cut.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    words = tmp_path / "words.dump"
    words.write_text("nothing")
    for file, sentence in ((cut, "failed"), (words, "failed"), (tmp_path / "none", "is no file")):
        done = make("restore", elsewhere, FILE=str(file))
        assert done.returncode != 0
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr
        with closing(connect(elsewhere)) as at:
            assert at.execute(TABLES).fetchall() == []


def test_what_was_cut_off_takes_nothing_away_even_if_forced(backup, elsewhere, tmp_path):
    cut = tmp_path / "cut.dump"
    cut.write_bytes(backup.read_bytes()[:-100])
    with closing(connect(elsewhere)) as at:
        at.execute("CREATE TABLE diary (word text)")
    done = make("restore", elsewhere, FILE=str(cut), FORCE="1")
    assert done.returncode != 0
    with closing(connect(elsewhere)) as at:
        assert at.execute("SELECT count(*) FROM diary").fetchone() == (0,)


def test_a_program_that_is_too_old_is_named(monkeypatch):
    monkeypatch.setattr(backups, "server_version", lambda: 99)
    with pytest.raises(CommandError, match="install postgresql-client-99"):
        backups.back_up(Path("/nonexistent/x.dump"))
