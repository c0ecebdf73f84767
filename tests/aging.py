"""Time passes, and what is then left: by looking at every column of every table."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress

from cryptography.fernet import InvalidToken
from django.contrib.gis.geos import Point
from django.db import connection
from psycopg import sql

from safety.encryption import decrypt

CIPHERTEXT = "gAAAA"  # how every Fernet token begins
TOKEN = re.compile(CIPHERTEXT + r"[\w=-]+")
# The centre of a cell has four decimals at most; the columns differ in their projection.
AS_TEXT = "ST_AsText(ST_Transform({}, 4326), 4)"
NOT_AGED = {"safety_auditentry", "django_migrations"}  # the log refuses every change


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        )
        return [name for (name,) in cursor.fetchall()]


def columns(kind: str) -> dict[str, list[str]]:
    """The columns of a type, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = %s",
            [kind],
        )
        found: dict[str, list[str]] = {}
        for table, column in cursor.fetchall():
            found.setdefault(table, []).append(column)
    return found


def pass_days(days: float) -> None:
    """Let every moment in the database lie so many days further back."""
    known = set(tables()) - NOT_AGED
    for table, names in columns("timestamp with time zone").items():
        if table not in known:
            continue
        moved = sql.SQL(", ").join(
            sql.SQL("{0} = {0} - make_interval(secs => {1})").format(
                sql.Identifier(name), sql.Literal(days * 86400)
            )
            for name in names
        )
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("UPDATE {} SET {}").format(sql.Identifier(table), moved))


def texts(table: str) -> Iterator[str]:
    """Every row of a table as one text, and what its ciphertexts say; points as `written` does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, type FROM information_schema.columns LEFT JOIN geometry_columns "
            "ON (f_table_schema, f_table_name, f_geometry_column) "
            "= (table_schema, table_name, column_name) "
            "WHERE table_schema = 'public' AND table_name = %s",
            [table],
        )
        names = sql.SQL(", ").join(
            sql.SQL(AS_TEXT if kind == "POINT" else "{}").format(sql.Identifier(name))
            for name, kind in cursor.fetchall()
            if kind != "MULTIPOLYGON"  # the outlines of areas: large, and public
        )
        cursor.execute(sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier(table)))
        for row in cursor.fetchall():
            yield "\n".join(readable(value) for value in row)


def written(point: Point) -> str:
    """A point (SRID 4326) as `texts` has it, whatever the projection of its column."""
    return f"POINT({round(point.x, 4):.9g} {round(point.y, 4):.9g})"


def readable(value: object) -> str:
    text = str(value)
    if text.startswith(CIPHERTEXT):
        with suppress(InvalidToken):
            text += f"\n{decrypt(text)}"
    with suppress(ValueError):  # JSON hides Chinese behind \\u
        text += json.dumps(json.loads(text.rpartition("\n")[2]), ensure_ascii=False)
    return text


def where(values: dict[str, str]) -> dict[str, set[str]]:
    """In which tables each of these values stands, however it is kept; without those in none."""
    found: dict[str, set[str]] = {}
    for table in tables():
        rows = list(texts(table))
        for name, value in values.items():
            if any(value in row for row in rows):
                found.setdefault(name, set()).add(table)
    return found


def ciphertexts() -> Iterator[tuple[str, str]]:
    """Every ciphertext in any column of any table, also inside JSON, and where it stands."""
    for kind in ("text", "character varying", "jsonb"):
        for table, names in columns(kind).items():
            for name in names if table in tables() else []:
                with connection.cursor() as cursor:
                    select = sql.SQL("SELECT {0}::text FROM {1} WHERE {0}::text LIKE %s").format(
                        sql.Identifier(name), sql.Identifier(table)
                    )
                    cursor.execute(select, [f"%{CIPHERTEXT}%"])
                    for (text,) in cursor.fetchall():
                        yield from ((f"{table}.{name}", each) for each in TOKEN.findall(text))
