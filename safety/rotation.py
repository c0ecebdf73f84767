"""Changing the keys of the encrypted columns, row by row, beside a running site."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection, models
from psycopg import sql

from safety.encryption import (
    EncryptedJSONField,
    EncryptedTextField,
    is_current,
    is_readable,
    renew,
)

# Ciphertext outside our own columns: its name, and what renews it and returns how many rows. An app
# that has some registers it in its `ready`.
ELSEWHERE: dict[str, Callable[[], int]] = {}
BATCH = 500  # rows read at once; each is written by itself, so that no lock lasts


def encrypted_fields(model: type[models.Model]) -> list[models.Field]:
    kinds = (EncryptedTextField, EncryptedJSONField)
    return [field for field in model._meta.local_concrete_fields if isinstance(field, kinds)]


def rotate(model: type[models.Model], field: models.Field, may_be_lost: bool = False) -> int:
    """Encrypt one column with the newest key; returns how many rows were changed.

    A row that somebody else writes meanwhile is left to him: he uses the newest key anyway.
    Raises `InvalidToken` for a row whose key is not listed any more, unless it `may_be_lost`.
    """
    table, column = sql.Identifier(model._meta.db_table), sql.Identifier(str(field.column))
    key = sql.Identifier(str(model._meta.pk.column))
    update = sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s AND {} = %s")
    changed = 0
    for pk, ciphertext in old_rows(table, column, key):
        if may_be_lost and not is_readable(ciphertext):
            continue
        with connection.cursor() as cursor:
            statement = update.format(table, column, key, column)
            cursor.execute(statement, [renew(ciphertext), pk, ciphertext])
            changed += cursor.rowcount
    return changed


def rotate_sessions() -> int:
    """The same for sessions: nobody is signed out. One of a key long gone is none anyway."""
    return rotate(Session, Session._meta.get_field("session_data"), may_be_lost=True)


ELSEWHERE["sessions.Session.session_data"] = rotate_sessions


def old_rows(
    table: sql.Identifier, column: sql.Identifier, key: sql.Identifier
) -> Iterator[tuple[Any, str]]:
    """Key and ciphertext of the rows that an older key encrypted, in the order of their keys."""
    select = sql.SQL("SELECT {0}, {1} FROM {2} WHERE {1} <> '' AND {3} ORDER BY {0} LIMIT %s")
    after: list[Any] = []
    while True:
        condition = sql.SQL("{} > %s").format(key) if after else sql.SQL("true")
        with connection.cursor() as cursor:
            cursor.execute(select.format(key, column, table, condition), [*after, BATCH])
            rows = cursor.fetchall()
        yield from ((pk, text) for pk, text in rows if not is_current(text))
        if len(rows) < BATCH:
            return
        after = [rows[-1][0]]
