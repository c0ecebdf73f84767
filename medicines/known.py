"""The catalogue as it is now, kept by each process until something in it changes.

Every step of a post wants the same few medicines with all that is said of them: six queries each
time. Here it is one, for a mark that the database changes with any row of the catalogue.
"""

from uuid import UUID

from django.db.models import prefetch_related_objects

from medicines.models import CatalogueMark, Medicine
from safety.replicas import reading

RELATED = ("units", "forms", "cautions", "ingredients", "groups")


class Kept:
    """The mark this process has read at, and what it has read: one attribute, so that two threads
    cannot put the rows of one beside the mark of the other."""

    read: tuple[UUID | None, dict[str, Medicine]] = (None, {})


def medicines() -> dict[str, Medicine]:
    """All rows of the catalogue by slug, in its order, with what belongs to them. Everybody gets
    the same ones: do not change them. One query; more only after a change."""
    mark = mark_now()
    read_at, rows = Kept.read
    if mark is None or read_at != mark:
        # The mark was read first: what changes in between is read again next time.
        found = list(Medicine.objects.all())
        prefetch_related_objects(found, *RELATED)
        rows = {each.slug: each for each in found}
        Kept.read = mark, rows
    return rows


def mark_now() -> UUID | None:
    """None if there is none: then nothing is kept."""
    with reading().cursor() as cursor:
        cursor.execute(f"SELECT mark FROM {CatalogueMark._meta.db_table}")  # noqa: S608
        row = cursor.fetchone()
    return row and row[0]
