"""The order of changes loses none, however long a transaction takes."""

import threading

import pytest
from django.db import connection, transaction

from posts import changes
from posts.models import Post
from tests.posts.factories import offer


@pytest.mark.django_db(transaction=True)
def test_a_change_that_ends_late_is_told_before_any_later_one(resident):
    slow, quick = offer(resident), offer(resident)
    start = changes.Moment(changes.horizon())
    written, go_on = threading.Event(), threading.Event()

    def change_slowly():
        with transaction.atomic():
            Post.objects.filter(pk=slow.pk).update(in_hand=True)
            written.set()
            go_on.wait(30)
        connection.close()

    thread = threading.Thread(target=change_slowly)
    thread.start()
    assert written.wait(30)
    Post.objects.filter(pk=quick.pk).update(in_hand=True)
    between = changes.since(start, changes.horizon(), 10)
    go_on.set()
    thread.join()
    assert between == []  # the quick one has changed later: told now, it would hide the slow one
    after = changes.since(start, changes.horizon(), 10)
    assert [post.pk for post in after] == [slow.pk, quick.pk]


@pytest.mark.django_db(transaction=True)
def test_who_only_reads_holds_nothing_up(resident):
    start = changes.Moment(changes.horizon())
    reading, go_on = threading.Event(), threading.Event()

    def read_slowly():
        with transaction.atomic():
            Post.objects.count()
            reading.set()
            go_on.wait(30)
        connection.close()

    thread = threading.Thread(target=read_slowly)
    thread.start()
    assert reading.wait(30)
    post = offer(resident)
    assert changes.since(start, changes.horizon(), 10) == [post]
    go_on.set()
    thread.join()


@pytest.mark.django_db
def test_a_part_is_found_by_its_index(resident):
    offer(resident)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        query = changes.changed_after(changes.Moment(changes.horizon()), changes.horizon())
        plan = query.explain()
    assert "post_changed" in plan
