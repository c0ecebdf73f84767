"""What the tests of this app share: a newcomer, a reviewer, and a phone that receives texts."""

import itertools
import sys

import pytest
from django.contrib.auth.models import Permission
from django.core.signals import got_request_exception
from django.http import HttpResponse
from django.test import Client
from django.views.debug import ExceptionReporter

from tests.verification import tencent_server, weixin_server
from verification import consent, sms
from verification import tencent as calls
from verification.models import RealNameCheck, Resident

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


def enters(browser: Client, code: str, query: str = "") -> HttpResponse:
    """Type the code of a sign-in; whoever turns out to be new agrees to what an account needs."""
    answer = browser.post(f"/signin/code/{query}", {"code": code})
    if not getattr(answer, "url", "").startswith("/signin/join/"):
        return answer
    return browser.post(answer.url, {f"agree_{each}": "on" for each in consent.NEEDED["join"]})


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


def held_page(client: Client, check: RealNameCheck) -> str:
    """The page of a waiting check in the queue, which this reviewer holds now."""
    case = check.cases.get()
    client.post("/admin/posts/case/take/", {"case": case.pk})
    return f"/admin/posts/case/{case.pk}/change/"


def decision(page: str) -> str:
    return page.replace("/change/", "/decision/")


@pytest.fixture
def manual(settings):
    """Documents wait for a person."""
    settings.REAL_NAME_PROVIDER = "manual"


@pytest.fixture
def reports(settings):
    """What production would mail about errors inside, with the values of all variables."""
    settings.DEBUG = False
    made = []

    def report(request, **rest):
        reporter = ExceptionReporter(request, *sys.exc_info())
        made.append(reporter.get_traceback_html() + reporter.get_traceback_text())

    got_request_exception.connect(report)
    yield made
    got_request_exception.disconnect(report)


@pytest.fixture
def tencent(settings, monkeypatch):
    """Tencent Cloud, as it stands in on this machine, for documents and text messages."""
    monkeypatch.setattr(calls, "WAITS", (0, 0))
    for service, address in tencent_server.serve():
        settings.TENCENT_ENDPOINT, settings.TENCENT_DOMAIN = address, "tencentcloudapi.com"
        settings.TENCENT_SECRET_ID = tencent_server.SECRET_ID
        settings.TENCENT_SECRET_KEY = tencent_server.SECRET_KEY
        settings.REAL_NAME_PROVIDER = settings.SMS_PROVIDER = "tencent"
        settings.SMS_TENCENT_REGION, settings.SMS_TENCENT_APP_ID = "ap-guangzhou", "1400006666"
        settings.SMS_TENCENT_SIGN = "余药互助"
        settings.SMS_TENCENT_TEMPLATES = {word: f"11{n}" for n, word in enumerate(sms.Template)}
        settings.SMS_TENCENT_TEMPLATES_ABROAD = {}
        yield service


@pytest.fixture
def weixin(settings):
    """WeChat, as it stands in on this machine, with the keys of an official account."""
    for service, address in weixin_server.serve():
        settings.WEIXIN_ENDPOINT = address
        settings.WEIXIN_APP_ID = weixin_server.APP_ID
        settings.WEIXIN_APP_SECRET = weixin_server.APP_SECRET
        settings.WEIXIN_KIND = "official-account"
        settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.5
        yield service
