"""What people see when something went wrong, and what the log says about it."""

import logging
import re

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.db import OperationalError
from django.test import Client

from mutualaid.logs import PrivateFormatter

pytestmark = pytest.mark.urls("tests.mutualaid.failing_urls")


@pytest.fixture
def visitor(db) -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("url", "status", "chinese", "english"),
    [
        ("/no/such/page/", 404, "没有找到这个页面", "This page is not here"),
        ("/fail/403/", 403, "这里您暂时进不去", "This is not open to you"),
        ("/fail/400/", 400, "没看懂这次请求", "We could not read this request"),
        ("/fail/500/", 500, "我们这边出了点问题", "Something broke on our side"),
    ],
)
def test_an_error_page_helps_in_both_languages(visitor, url, status, chinese, english):
    page = visitor.get(url)
    assert page.status_code == status
    assert 'href="/"' in page.content.decode()
    assert chinese in page.content.decode()
    in_english = visitor.get(url, headers={"accept-language": "en"})
    assert in_english.status_code == status
    assert english in in_english.content.decode()
    for way_on in ('href="/need/"', 'href="/offer/"', 'href="tel:120"'):
        assert way_on in page.content.decode()


def test_a_form_without_its_token_asks_to_send_again(db):
    page = Client(enforce_csrf_checks=True).post("/signin/", headers={"accept-language": "en"})
    assert page.status_code == 403
    assert "Please send this once more" in page.content.decode()


@pytest.fixture
def log(caplog):
    caplog.handler.setFormatter(PrivateFormatter())
    return caplog


def test_the_incident_number_of_the_page_is_in_the_log(visitor, log):
    answer = visitor.get("/fail/500/", headers={"accept-language": "en"})
    (number,) = re.findall(r"Incident number: ([0-9a-f]{8})", answer.content.decode())
    assert answer["X-Request-ID"] == number
    assert f"(request {number})" in log.text


def test_the_log_of_an_error_holds_no_row_of_the_database(visitor, log):
    visitor.get("/fail/500/?q=secret")
    assert "CheckViolation" in log.text
    assert "Ms Zou" not in log.text
    assert "secret" not in log.text


def test_the_page_for_a_broken_server_needs_no_database(client, monkeypatch):
    def unreachable(*args, **kwargs):
        raise OperationalError("the database is away")

    client.raise_request_exception = False
    client.cookies["sessionid"] = "a" * 32
    monkeypatch.setattr(SessionBase, "_get_session", unreachable)
    page = client.get("/account/", headers={"accept-language": "en"})
    assert page.status_code == 500
    assert "Incident number" in page.content.decode()
    assert 'href="tel:120"' in page.content.decode()


@pytest.mark.parametrize(
    ("message", "logged"),
    [
        ('"GET /?q=布洛芬&area=440305 HTTP/1.1" 200 17', '"GET / HTTP/1.1" 200 17'),
        ("Referer https://a.org/b?c=d is odd", "Referer https://a.org/b is odd"),
        ('"POST /m/Ab-9_x/ HTTP/1.1" 404 17', '"POST /m/(link)/ HTTP/1.1" 404 17'),
        ("No code for +8613800138000", "No code for +(number)"),
        ("Listening on port 8000", "Listening on port 8000"),
    ],
)  # fmt: skip
def test_no_line_of_the_log_holds_a_search_or_a_phone(message, logged):
    record = logging.LogRecord("test", logging.INFO, "", 0, message, None, None)
    assert PrivateFormatter().format(record).endswith(f" INFO test {logged}")
