"""What the tests of this app share: a newcomer, a reviewer, and a phone that receives texts."""

import itertools

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from verification import sms
from verification.models import Resident

numbers = itertools.count(13900000000)


class Inbox:
    """A provider that keeps what was sent."""

    shows_codes = False

    def __init__(self):
        self.messages = []

    def send(self, phone, message):
        self.messages.append((phone, message))

    @property
    def code(self):
        """The newest code."""
        codes = [message.values[0] for _, message in self.messages if message.template == "code"]
        return codes[-1]

    @property
    def wrong_code(self):
        return "000000" if self.code != "000000" else "000001"


@pytest.fixture
def inbox(monkeypatch):
    inbox = Inbox()
    monkeypatch.setattr(sms, "provider", lambda: inbox)
    return inbox


@pytest.fixture
def make_resident(db):
    def make(**fields):
        resident = Resident(**fields)
        resident.set_phone(f"+86{next(numbers)}")
        resident.set_unusable_password()
        resident.save()
        return resident

    return make


@pytest.fixture
def newcomer(make_resident):
    """Signed in by phone, no document shown yet."""
    return make_resident()


@pytest.fixture
def as_newcomer(newcomer):
    client = Client()
    client.force_login(newcomer)
    return client


@pytest.fixture
def reviewer(db):
    """Staff who may look at identity documents, and nothing else."""
    reviewer = Resident.objects.create_user("reviewer", "a long enough password", is_staff=True)
    reviewer.user_permissions.add(Permission.objects.get(codename="review_identity"))
    return reviewer


@pytest.fixture
def as_reviewer(reviewer):
    client = Client()
    client.force_login(reviewer)
    return client


@pytest.fixture
def manual(settings):
    """Documents wait for a person."""
    settings.REAL_NAME_PROVIDER = "manual"
