"""What the tests of this app share: residents with phones, and a phone that receives texts."""

import itertools

import pytest

from verification import sms
from verification.models import Resident

numbers = itertools.count(13900000000)


class Inbox:
    """A provider that keeps what was sent."""

    shows_codes = False

    def __init__(self):
        self.messages = []

    def send_code(self, phone, code):
        self.messages.append((phone, code))

    @property
    def code(self):
        """The newest code."""
        return self.messages[-1][1]

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
def resident(make_resident):
    return make_resident()


@pytest.fixture
def stranger(make_resident):
    return make_resident()
