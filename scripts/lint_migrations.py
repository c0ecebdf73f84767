"""Check the SQL of new migrations for locks that would stop the site, with squawk (.squawk.toml).

    python scripts/lint_migrations.py [SETTINGS]

docs/operating.md, "Updates without closing", says how to write one that passes.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

CLONE = Path(__file__).resolve().parent.parent
# These and what they build on were made before the rule, when no site was open yet.
BEFORE = [
    ("medicines", "0002_catalogue_editors"),
    ("partners", "0007_proof_file"),
    ("places", "0001_initial"),
    ("posts", "0017_brought_by"),
    ("safety", "0004_screeningword"),
    ("verification", "0007_consent_versions"),
]


def new_migrations(loader: MigrationLoader) -> list[tuple[str, str]]:
    """Of our own apps, in the order in which they are made."""
    ours = {each.label for each in apps.get_app_configs() if "site-packages" not in each.path}
    before = {node for name in BEFORE for node in loader.graph.forwards_plan(name)}
    plan: list[tuple[str, str]] = []
    for leaf in loader.graph.leaf_nodes():
        plan += [node for node in loader.graph.forwards_plan(leaf) if node not in plan]
    return [node for node in plan if node[0] in ours and node not in before]


def write_sql(loader: MigrationLoader, node: tuple[str, str], folder: Path) -> Path:
    migration = loader.graph.nodes[node]
    statements = loader.collect_sql([(migration, False)])
    if migration.atomic:
        statements = ["BEGIN;", *statements, "COMMIT;"]
    file = folder / f"{'.'.join(node)}.sql"
    file.write_text("\n".join(statements) + "\n")
    return file


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = (sys.argv[1:] or ["mutualaid.settings"])[0]
    sys.path.insert(0, str(CLONE))
    django.setup()
    loader = MigrationLoader(connection, replace_migrations=False)
    nodes = new_migrations(loader)
    if not nodes:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        files = [str(write_sql(loader, node, Path(folder))) for node in nodes]
        squawk = str(Path(sys.executable).parent / "squawk")
        command = [squawk, "--config", str(CLONE / ".squawk.toml"), *files]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
