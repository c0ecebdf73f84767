"""What the tests of the board share: a gateway for texts, and moderators with a case to judge."""

import pytest
from django.contrib.auth.models import Group

from posts.models import Case, Post, ReportReason
from posts.reports import Reporter, Subject, report
from tests.posts.factories import offer
from tests.posts.texts import Gateway
from verification import sms
from verification.models import Resident


@pytest.fixture
def gateway(monkeypatch) -> Gateway:
    made = Gateway()
    monkeypatch.setattr(sms, "provider", lambda: made)
    return made


def judge_called(name: str, *areas: int) -> Resident:
    made = Resident.objects.create_user(name, is_staff=True, area_limit=list(areas))
    made.groups.add(Group.objects.get(name="post moderator"))
    return made


@pytest.fixture
def judge(db) -> Resident:
    return judge_called("judge")


@pytest.fixture
def other(db) -> Resident:
    return judge_called("other")


@pytest.fixture
def post(resident) -> Post:
    return offer(resident)


@pytest.fixture
def case(post, helper) -> Case:
    return report(Subject(post), Reporter(helper), ReportReason.SOLD).case
