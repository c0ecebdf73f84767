"""Which level an act needs, and what stands between somebody and it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from verification import real_name
from verification.documents import Document
from verification.levels import (
    Readiness,
    has_level,
    level_needed,
    publish_state,
    require_level,
)
from verification.models import DocumentType, Level, RealNameCheck

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(newcomer, manual):
    document = Document(DocumentType.PASSPORT, "Anna Lee", "E12345678")
    return real_name.submit(newcomer, document)


def test_the_operator_sets_the_level_of_an_act(settings):
    assert (level_needed("reveal"), level_needed("publish")) == (Level.PHONE, Level.REAL_NAME)
    settings.LEVEL_TO_REVEAL = "real-name"
    assert level_needed("reveal") == Level.REAL_NAME


def test_publishing_needs_sign_in_then_a_name(newcomer):
    assert publish_state(AnonymousUser()) == Readiness.NEEDS_SIGN_IN
    assert publish_state(newcomer) == Readiness.NEEDS_REAL_NAME
    newcomer.level = Level.REAL_NAME
    assert publish_state(newcomer) == Readiness.READY


def test_at_the_phone_level_a_phone_is_enough(newcomer, settings):
    settings.LEVEL_TO_PUBLISH = "phone"
    assert publish_state(newcomer) == Readiness.READY


def test_nobody_waits_overnight_for_a_form(newcomer, waiting):
    assert publish_state(newcomer) == Readiness.PHONE_LEVEL


def test_unless_the_operator_wants_it(newcomer, waiting, settings):
    settings.PUBLISH_WHILE_CHECK_WAITS = False
    assert publish_state(newcomer) == Readiness.NEEDS_REAL_NAME


def test_a_refused_check_is_not_awaited(newcomer, waiting, reviewer):
    real_name.decide(waiting.pk, reviewer, RealNameCheck.State.REFUSED, "mismatch")
    assert publish_state(newcomer) == Readiness.NEEDS_REAL_NAME


@pytest.mark.parametrize(
    ("hours", "state"), [(1, Readiness.PHONE_LEVEL), (25, Readiness.NEEDS_REAL_NAME)]
)
def test_a_provider_that_was_away_excuses_for_a_day(newcomer, hours, state):
    then = timezone.now() - timedelta(hours=hours)
    RealNameCheck.objects.create(
        resident=newcomer,
        document_type="passport",
        document_digest="0" * 64,
        masked_name="A***",
        state="try_later",
        reason="provider-away",
        provider="demo",
        created_at=then,
        decided_at=then,
    )
    assert publish_state(newcomer) == state


@require_level("reveal")
def view(request):
    return HttpResponse("in")


def visit(person, path="/posts/1/?a=b&c=d"):
    request = RequestFactory().get(path)
    request.user = person
    return view(request)


def test_a_view_lets_people_of_the_level_in(newcomer):
    assert visit(newcomer).content == b"in"


def test_a_view_sends_a_visitor_to_sign_in_and_back():
    assert visit(AnonymousUser()).url == "/signin/?next=%2Fposts%2F1%2F%3Fa%3Db%26c%3Dd"


def test_a_view_sends_a_resident_to_the_real_name_check_and_back(newcomer, settings):
    settings.LEVEL_TO_REVEAL = "real-name"
    assert visit(newcomer, "/posts/1/").url == "/real-name/?next=%2Fposts%2F1%2F"
    assert not has_level(newcomer, "reveal")
