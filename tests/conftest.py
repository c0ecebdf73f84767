"""What all tests share: real areas and catalogue, and one cast of people.

The areas, their boundaries and the catalogue are loaded once for each database and stay: tests that
need real transactions (browsers, threads) empty the tables of people and posts alone.
"""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.models.signals import pre_save
from django.test import Client, TransactionTestCase, override_settings
from django.utils import translation

from mutualaid.kept import Kept
from safety.models import AuditEntry
from tests.audit_rows import refuse_unclean
from verification import consent, staff
from verification.models import Level, Resident

KEPT_TABLES = (
    "places_",
    "medicines_",
    "safety_screening",
    "auth_group",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "spatial_ref",
)


def empty_what_tests_wrote(self: TransactionTestCase) -> None:
    """In place of Django's flush, which would take the areas and the catalogue along."""
    for connection in connections.all():
        with connection.cursor() as cursor:
            tables = [
                name
                for name in connection.introspection.django_table_names(only_existing=True)
                if not name.startswith(KEPT_TABLES)
            ]
            tables.append("cache")
            # The audit log refuses this (tests/safety/test_audit.py) unless its owner asks.
            cursor.execute("ALTER TABLE safety_auditentry DISABLE TRIGGER audit_log_is_not_emptied")
            cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
            cursor.execute("ALTER TABLE safety_auditentry ENABLE TRIGGER audit_log_is_not_emptied")


TransactionTestCase._fixture_teardown = empty_what_tests_wrote


@pytest.fixture(autouse=True)
def nothing_kept():
    """Ids come again in another test; a process does not outlive its database otherwise.

    Nor does the language of another test's last page stay.
    """
    for kept in Kept.everything:
        kept.forget()
    translation.deactivate()


force_login = Client.force_login


def force_login_with_second_factor(self: Client, user: Resident, backend: str | None = None):
    """Whom a test signs in by force has shown all that a sign-in asks for."""
    force_login(self, user, backend)
    if user.is_staff:
        session = self.session
        session[staff.PASSED] = str(user.pk)
        session.save()


Client.force_login = force_login_with_second_factor


@pytest.fixture
def say(record_property):
    """`say("…")`: a measured figure, printed at the end of the run from whichever process."""
    return lambda line: record_property("said", line)


def pytest_terminal_summary(terminalreporter) -> None:
    said = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == "said"
    ]
    if said:
        terminalreporter.section("measured")
    for line in sorted(said):
        terminalreporter.write_line(line)


@pytest.fixture(autouse=True, scope="session")
def audit_rows_are_clean():
    """Whatever a test does, what it writes to the audit log is looked at."""
    pre_save.connect(refuse_unclean, sender=AuditEntry)


@pytest.fixture(autouse=True, scope="session")
def passwords_cost_little():
    """Django's own hash takes a third of a second on purpose, for each member of the staff."""
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    with override_settings(PASSWORD_HASHERS=quick):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        call_command("load_areas", verbosity=0)
        call_command("load_boundaries", verbosity=0)
        call_command("load_catalogue", verbosity=0)
        call_command("load_screening_words", verbosity=0)


@pytest.fixture(autouse=True)
def visitors_are_not_counted(settings):
    """Else now and then a page would cost some queries more (tests/partners/test_visitors.py)."""
    settings.COUNT_VISITORS = False


def make_resident(phone: str, level: Level) -> Resident:
    """A resident who has agreed to the terms: else each first act would ask."""
    resident = Resident()
    resident.set_unusable_password()
    resident.set_phone(phone)
    resident.level = level
    resident.save()
    consent.give(resident, [*consent.NEEDED["publish"]])
    return resident


@pytest.fixture
def resident(db) -> Resident:
    """Ms Zou in Shenzhen: phone and real name verified. Most tests are about her posts."""
    return make_resident("+8613800138001", Level.REAL_NAME)


@pytest.fixture
def helper(db) -> Resident:
    """Mr Chen: phone verified. He looks for people to help."""
    return make_resident("+8613800138002", Level.PHONE)


@pytest.fixture
def stranger(db) -> Resident:
    """Somebody signed in who has nothing to do with the matter."""
    return make_resident("+8613800138003", Level.PHONE)


@pytest.fixture
def moderator(db) -> Resident:
    """Staff, with every right."""
    return Resident.objects.create_superuser("moderator", "a long enough password")


def signed_in(person: Resident) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def as_resident(resident) -> Client:
    return signed_in(resident)


@pytest.fixture
def as_helper(helper) -> Client:
    return signed_in(helper)


@pytest.fixture
def as_stranger(stranger) -> Client:
    return signed_in(stranger)


@pytest.fixture
def as_moderator(moderator) -> Client:
    return signed_in(moderator)
