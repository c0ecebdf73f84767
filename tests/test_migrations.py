"""A migration that would stop the site, or break the code that still runs, is not taken."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutualaid import served
from tests.mutualaid.production import CLONE

pytestmark = pytest.mark.django_db
SETTINGS = """
from mutualaid.settings import *
INSTALLED_APPS = [*INSTALLED_APPS, "clinics"]
"""
HEAD = """
from django.contrib.postgres.operations import (
    AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint,
)
from django.db import migrations, models
class Migration(migrations.Migration):
"""
TABLE = (
    HEAD
    + """
    dependencies = []
    operations = [migrations.CreateModel("Clinic", [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=40)),
        ("beds", models.IntegerField(db_index=True)),
    ])]
"""
)
NEXT = (
    HEAD
    + """
    dependencies = [("clinics", "0001_table")]
    atomic = {atomic}
    operations = [{operation}]
"""
)
FIELD = "migrations.AddField('clinic', 'floor', models.IntegerField({}))"
INDEX = "models.Index(fields=['beds'], name='clinic_beds')"
SOME_BEDS = "models.CheckConstraint(condition=models.Q(beds__gt=0), name='some_beds')"
BAD = {
    "a column that old code leaves out": (FIELD.format("default=0"), "ban-drop-default"),
    "a column without a default": (
        "migrations.RunSQL('ALTER TABLE clinics_clinic ADD COLUMN floor int NOT NULL')",
        "adding-required-field",
    ),
    "an index that blocks writing": (
        f"migrations.AddIndex('clinic', {INDEX})",
        "require-concurrent-index-creation",
    ),
    "a constraint that reads the table first": (
        f"migrations.AddConstraint('clinic', {SOME_BEDS})",
        "constraint-missing-not-valid",
    ),
    "a column that old code still reads": (
        "migrations.RemoveField('clinic', 'beds')",
        "ban-drop-column",
    ),
    "another type": (
        "migrations.AlterField('clinic', 'beds', models.BigIntegerField(db_index=True))",
        "changing-column-type",
    ),
    "another name": ("migrations.RenameField('clinic', 'beds', 'places')", "renaming-column"),
}  # fmt: skip
GOOD = {
    "a column with a default of the database": (FIELD.format("db_default=0"), True),
    "a column that may be empty": (FIELD.format("null=True"), True),
    "an index made beside the work": (f"AddIndexConcurrently('clinic', {INDEX})", False),
    "a constraint for new rows": (f"AddConstraintNotValid('clinic', {SOME_BEDS})", True),
}


def lint(folder: Path, operation: str, atomic: bool = True) -> subprocess.CompletedProcess[str]:
    """What the check says of a second migration of an app."""
    made = folder / "clinics/migrations"
    made.mkdir(parents=True)
    (folder / "with_clinics.py").write_text(SETTINGS)
    for each in ("clinics/__init__.py", "clinics/migrations/__init__.py"):
        (folder / each).touch()
    (made / "0001_table.py").write_text(TABLE)
    (made / "0002_next.py").write_text(NEXT.format(operation=operation, atomic=atomic))
    return subprocess.run(
        [sys.executable, "scripts/lint_migrations.py", "with_clinics"],
        cwd=CLONE, env=served.environment(PYTHONPATH=str(folder)), timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("operation", "rule"), BAD.values(), ids=BAD.keys())
def test_a_migration_that_stops_the_site_is_refused(tmp_path, operation, rule):
    done = lint(tmp_path, operation)
    assert done.returncode == 1, done.stderr
    assert rule in done.stdout
    assert "clinics.0002_next.sql" in done.stdout
    assert "clinics.0001_table.sql" not in done.stdout, "a new table may be made as one likes"


@pytest.mark.parametrize(("operation", "atomic"), GOOD.values(), ids=GOOD.keys())
def test_one_that_does_not_is_taken(tmp_path, operation, atomic):
    done = lint(tmp_path, operation, atomic)
    assert done.returncode == 0, done.stdout + done.stderr


def test_those_of_this_code_pass():
    done = subprocess.run(
        [sys.executable, "scripts/lint_migrations.py"],
        cwd=CLONE, env=served.environment(), timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
