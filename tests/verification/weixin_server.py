"""A stand-in for WeChat on this machine: the page that asks, and the exchange of its code.

Written from WeChat's documents (网页授权, 网站应用微信登录, snsAccessToken), not from a client, so
that one which asks wrongly is found out: WeChat wants the parameters of its page in one order and
refuses others, a code is good once, and errors come with the status 200.
"""

import html
import json
import re
import secrets
import time
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.verification import local_service
from tests.verification.local_service import QuietHandler

APP_ID, APP_SECRET = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"
ORDER = ["appid", "redirect_uri", "response_type", "scope", "state"]
PAGES = {"/connect/oauth2/authorize": "snsapi_base", "/connect/qrconnect": "snsapi_login"}
OPENID = "oLVPpjqs9BhvzwPj5A-vTYAX3GLc"
# Of snsapi_userinfo and of people: none of it may ever be asked for, or kept.
NICKNAME = "深圳刘女士"

BROKEN = {
    "busy": (503, b"busy"),
    "html": (200, b"<html>sign in to this network first</html>"),
    "garbled": (200, b'{"openid": '),
    "empty": (200, b"{}"),
    "a list": (200, b'["openid", "access_token"]'),
    "a number": (200, b"5"),
    "no bytes": (200, b""),
    "redirect": (302, b""),
    "a strange openid": (200, b'{"access_token": "t", "openid": "../../etc\\u0000"}'),
    "an openid that is none": (200, b'{"access_token": "t", "openid": ["o1"]}'),
    "an error that is none": (200, b'{"errcode": {"x": 1}}'),
}


class Weixin:
    """The service: each of `answers` is given once, in order, before the good ones.

    An answer is one of `BROKEN`, "close", "slow", "preview", or a number: WeChat's errcode.
    `openid` is whose WeChat it is that opens the page.
    """

    def __init__(self) -> None:
        self.openid = OPENID
        self.codes: dict[str, str] = {}  # good once
        self.asked: list[dict[str, str]] = []  # what came to the exchange
        self.paths: list[str] = []
        self.answers: list[str | int] = []
        self.refuses = False  # the person, on WeChat's page

    def page(self, path: str, query: str) -> str:
        """Where WeChat's page leads. Raises AssertionError where WeChat would show an error."""
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
        assert [name for name, _value in pairs] == ORDER, pairs
        given = dict(pairs)
        assert given["appid"] == APP_ID
        assert given["response_type"] == "code"
        assert given["scope"] == PAGES[path], "asked for more than who it is, or on the wrong page"
        assert re.fullmatch(r"[a-zA-Z0-9]{1,128}", given["state"])
        back = urlsplit(given["redirect_uri"])
        assert back.scheme in ("http", "https") and back.path == "/signin/weixin/back/"
        assert not back.query and not back.fragment
        if self.refuses:
            return f"{given['redirect_uri']}?{urlencode({'state': given['state']})}"
        return (
            f"{given['redirect_uri']}?{urlencode({'code': self.code(), 'state': given['state']})}"
        )

    def code(self) -> str:
        made = secrets.token_hex(16)
        self.codes[made] = self.openid
        return made

    def exchange(self, query: str) -> dict:
        given = dict(parse_qsl(query, keep_blank_values=True))
        self.asked.append(given)
        if given.keys() != {"appid", "secret", "code", "grant_type"}:
            return error(41002)
        if given["appid"] != APP_ID:
            return error(40013)
        if given["secret"] != APP_SECRET:
            return error(40125)
        if given["grant_type"] != "authorization_code":
            return error(40002)
        openid = self.codes.pop(given["code"], None)
        if openid is None:
            return error(40029)
        return {
            "access_token": f"ACCESS_{secrets.token_hex(8)}",
            "expires_in": 7200,
            "refresh_token": f"REFRESH_{secrets.token_hex(8)}",
            "openid": openid,
            "scope": "snsapi_base",
            "unionid": "o6_bmasdasdsad6_2sgVt7hMZOPfL",
        }


def error(code: int) -> dict:
    return {"errcode": code, "errmsg": f"said in words, rid: {secrets.token_hex(4)}"}


class Handler(QuietHandler):
    weixin: Weixin

    def do_GET(self) -> None:  # noqa: N802
        path, _mark, query = self.path.partition("?")
        self.weixin.paths.append(path)
        if path in PAGES:
            self.show(path, query)
        elif path == "/sns/oauth2/access_token":
            self.answer(query)
        elif path == "/sns/userinfo":
            self.reply(200, json.dumps({"openid": OPENID, "nickname": NICKNAME}).encode())
        else:
            self.reply(404, b"")

    def show(self, path: str, query: str) -> None:
        """WeChat's page: with snsapi_base nobody sees it; on the other a QR code is scanned."""
        try:
            target = self.weixin.page(path, query)
        except AssertionError as error:
            self.reply(200, f"10003 {error}".encode())
            return
        if path == "/connect/qrconnect":
            page = f'<!doctype html><title>微信</title><a href="{html.escape(target)}">扫好了</a>'
            self.reply(200, page.encode(), "text/html; charset=utf-8")
            return
        self.reply(302, b"", Location=target)

    def answer(self, query: str) -> None:
        word = self.weixin.answers.pop(0) if self.weixin.answers else ""
        if word == "close":
            self.close_connection = True
            return
        if word == "slow":
            time.sleep(1.5)
        if word in BROKEN:
            status, body = BROKEN[word]
            self.reply(status, body, Location="/elsewhere")
            return
        said = self.weixin.exchange(query)
        if isinstance(word, int):
            said = error(word)
        if word == "preview":
            said["is_snapshotuser"] = 1
        self.reply(200, json.dumps(said).encode())


def serve():
    """A generator for a fixture: the service, and the host:port where it listens."""
    weixin = Weixin()
    handler = type("WeixinHandler", (Handler,), {"weixin": weixin})
    for address in local_service.serve(handler):
        yield weixin, address
