"""Schemathesis tries the API with what its OpenAPI document allows and forbids."""

from datetime import timedelta

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, settings

from partners.api import api, limits
from safety.quotas import Quota

pytestmark = pytest.mark.django_db
schema = schemathesis.openapi.from_dict(dict(api.get_openapi_schema()))
schema.app = WSGIHandler()  # without setting Django up again, which would change loggers


@pytest.fixture(autouse=True)
def no_limit(monkeypatch):
    monkeypatch.setattr(limits, "PER_ADDRESS", Quota("test api", 1_000_000, timedelta(minutes=1)))


@schema.parametrize()
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_api_keeps_its_word(case):
    case.call_and_validate()
