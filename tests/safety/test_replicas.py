"""Which server a query goes to, and which replica is fresh enough."""

import time

import pytest
from django.conf import settings as ours
from django.db import OperationalError, router, transaction

from posts.models import Post
from safety import replicas
from safety.models import QuotaUse
from safety.replicas import PRIMARY, Server, Watched

REPLICA = "replica-1"


@pytest.fixture(autouse=True)
def one():
    with replicas.one_request():
        yield


@pytest.fixture
def servers(monkeypatch, settings):
    """A primary and a replica that nobody asks: the test says where they stand."""
    settings.DATABASE_REPLICA_LAG = 1
    made = {alias: Server(alias) for alias in (PRIMARY, REPLICA)}
    monkeypatch.setattr(Watched, "servers", made)
    return made


def stands(server: Server, lsn: int, ago: float = 0) -> None:
    server.seen_at = time.monotonic() - ago
    server.stood.append((server.seen_at, lsn))


def test_without_a_word_everything_goes_to_the_primary():
    assert router.db_for_read(Post) == PRIMARY
    assert router.db_for_write(Post) == PRIMARY
    assert replicas.reading().alias == PRIMARY


def test_a_request_reads_where_it_was_told_to_until_it_writes():
    replicas.read_from(REPLICA)
    assert router.db_for_read(Post) == REPLICA
    post = Post()
    post._state.db = REPLICA
    assert router.db_for_write(Post, instance=post) == PRIMARY
    assert router.db_for_read(Post, instance=post) == PRIMARY


@pytest.mark.django_db(transaction=True)
def test_a_transaction_reads_its_own_database():
    replicas.read_from(REPLICA)
    with transaction.atomic():
        assert router.db_for_read(Post) == PRIMARY
        assert replicas.reading().alias == PRIMARY
    assert router.db_for_read(Post) == REPLICA


def test_quotas_and_sessions_bear_no_delay():
    replicas.read_from(REPLICA)
    assert router.db_for_read(QuotaUse) == PRIMARY


def test_what_a_request_was_told_ends_with_it():
    with replicas.one_request():
        replicas.read_from(REPLICA, writes=False)
    assert router.db_for_read(Post) == PRIMARY
    assert not replicas.is_read_only()


def test_without_the_primary_a_write_fails_at_once():
    replicas.read_from(REPLICA, writes=False)
    assert router.db_for_read(QuotaUse) == REPLICA
    with pytest.raises(OperationalError):
        router.db_for_write(Post)


def test_only_the_primary_is_migrated():
    assert router.allow_migrate(PRIMARY, "posts")
    assert not router.allow_migrate(REPLICA, "posts")


def test_a_replica_is_fresh_when_it_stands_where_the_primary_stood_a_second_before(servers):
    stands(servers[PRIMARY], 1000, ago=1.5)
    stands(servers[PRIMARY], 9000)
    stands(servers[REPLICA], 1000)
    assert replicas.fresh() == [REPLICA]
    stands(servers[REPLICA], 999)
    assert replicas.fresh() == []
    assert replicas.any_fresh() is None


def test_a_replica_of_an_idle_primary_is_fresh(servers):
    for seconds in range(5, 0, -1):
        stands(servers[PRIMARY], 1000, ago=seconds)
    stands(servers[REPLICA], 1000)
    assert replicas.fresh() == [REPLICA]


def test_a_replica_that_was_cut_off_from_the_primary_is_left_out(servers):
    for seconds in range(5, 0, -1):
        stands(servers[PRIMARY], 6000 - seconds * 1000, ago=seconds)
        stands(servers[REPLICA], 1000, ago=seconds)
    stands(servers[REPLICA], 1000)
    assert replicas.fresh() == []


def test_after_the_change_of_the_primary_its_new_count_holds(servers):
    """The old one may have written what no replica has: that is forgotten in time."""
    stands(servers[PRIMARY], 9999, ago=3)
    stands(servers[PRIMARY], 5000, ago=1.2)
    stands(servers[REPLICA], 5000)
    assert replicas.fresh() == [REPLICA]


def test_a_replica_that_was_not_heard_of_or_failed_somebody_is_left_out(servers):
    assert replicas.fresh() == []  # not asked yet
    stands(servers[REPLICA], 1000, ago=replicas.SEEN_WITHIN + 0.1)
    assert replicas.fresh() == []
    servers[REPLICA].note(1000)
    assert replicas.fresh() == [REPLICA]
    servers[REPLICA].note_failure()
    assert replicas.fresh() == []


def test_without_the_primary_the_replicas_are_read(servers):
    stands(servers[PRIMARY], 1000, ago=10)
    stands(servers[REPLICA], 1000)
    assert replicas.primary_is_away()
    assert replicas.fresh() == [REPLICA]


def test_a_primary_where_nobody_listens_is_away_at_once(servers):
    servers[PRIMARY].refused = 1
    assert not replicas.primary_is_away()
    servers[PRIMARY].refused = 2
    assert replicas.primary_is_away()
    servers[PRIMARY].note(1000)
    assert not replicas.primary_is_away()


def test_nobody_watches_where_there_are_no_replicas(monkeypatch):
    monkeypatch.setattr(Watched, "servers", {})
    assert not ours.DATABASE_REPLICAS
    replicas.watch()
    assert Watched.servers == {}
    assert not replicas.primary_is_away()
