import pytest

from tests.posts.texts import Gateway
from verification import sms


@pytest.fixture
def gateway(monkeypatch) -> Gateway:
    made = Gateway()
    monkeypatch.setattr(sms, "provider", lambda: made)
    return made
