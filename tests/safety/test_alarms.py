"""Alarms: written once an hour, one line in the log, on the first page until somebody looks."""

import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from safety import alarms
from safety.models import Alarm, AuditEntry
from tests.conftest import signed_in
from tests.verification.threads import at_once
from verification.models import Resident

pytestmark = pytest.mark.django_db
KIND = Alarm.Kind.CODES


@pytest.fixture
def post_moderator(db) -> Resident:
    made = Resident.objects.create_user("judge", "a long enough password", is_staff=True)
    made.groups.add(Group.objects.get(name="post moderator"))
    return made


def test_within_an_hour_there_is_one_row_that_counts_and_one_line_in_the_log(caplog):
    for _each in range(3):
        alarms.ring(KIND)
    alarms.ring(Alarm.Kind.STAFF)
    assert Alarm.objects.get(kind=KIND).times == 3
    lines = [each for each in caplog.records if each.name == "safety.alarms"]
    assert [line.levelno for line in lines] == [logging.ERROR] * 2
    assert "ALARM codes: the limit of codes for everybody was met" in lines[0].getMessage()


def test_the_next_hour_has_an_alarm_of_its_own(caplog):
    alarms.ring(KIND)
    Alarm.objects.update(hour=timezone.now() - timedelta(hours=2))
    alarms.ring(KIND)
    assert Alarm.objects.count() == 2
    assert len(caplog.records) == 2


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_moment_make_one_row_and_one_line(caplog):
    at_once(*[lambda: alarms.ring(KIND)] * 8)
    assert Alarm.objects.get().times == 8
    assert len(caplog.records) == 1


def test_it_stays_on_the_first_page_until_a_moderator_has_seen_to_it(post_moderator):
    alarms.ring(KIND)
    browser = signed_in(post_moderator)
    words = "people cannot sign in"
    page = browser.get("/admin/", headers={"accept-language": "en"}).content.decode()
    assert words in page
    url = f"/admin/safety/alarm/{Alarm.objects.get().pk}/acknowledge/"
    assert f'action="{url}"' in page
    assert browser.get(url).status_code == 405
    assert browser.post(url).url == "/admin/"
    assert words not in browser.get("/admin/", headers={"accept-language": "en"}).content.decode()
    assert Alarm.objects.get().acknowledged_by == post_moderator.pk
    assert AuditEntry.objects.get(act="alarm acknowledged").actor == post_moderator.pk
    assert str(post_moderator) in browser.get(url.replace("acknowledge", "change")).content.decode()


def test_to_see_to_it_twice_is_recorded_once(post_moderator):
    alarms.ring(KIND)
    for _each in range(2):
        alarms.acknowledge(Alarm.objects.get().pk, post_moderator)
    assert AuditEntry.objects.filter(act="alarm acknowledged").count() == 1


def test_staff_without_the_right_neither_see_it_nor_take_it_away(db):
    alarms.ring(KIND)
    clerk = Resident.objects.create_user("clerk", "a long enough password", is_staff=True)
    browser = signed_in(clerk)
    assert 'class="alarm"' not in browser.get("/admin/").content.decode()
    assert browser.post("/admin/safety/alarm/1/acknowledge/").status_code == 403
    with pytest.raises(PermissionDenied):
        alarms.acknowledge(Alarm.objects.get().pk, clerk)
    assert Alarm.objects.get().acknowledged_at is None


def test_the_database_refuses_an_alarm_that_nobody_acknowledged(db):
    alarms.ring(KIND)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alarm.objects.update(acknowledged_at=timezone.now())
