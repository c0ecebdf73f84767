"""How the database would answer the questions of a page on a full square."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def of(client: Client, url: str) -> list[str]:
    """The plan of each question to the listing. Small tables are walked for less than any index
    costs, so that walking and sorting are only chosen where there is no other way.
    """
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    asked = [each["sql"] for each in captured if "FROM posts_listing" in each["sql"]]
    return [plan(sql) for sql in asked]


def plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())


def number_of_queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    assert not [each for each in captured if "COUNT(" in each["sql"]]
    return len(captured)
