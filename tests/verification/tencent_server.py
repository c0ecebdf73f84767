"""A stand-in for Tencent Cloud on this machine: it checks the signature, and answers as documented.

Written from https://cloud.tencent.com/document/api/1007/31324 (signature v3), not from the SDK, so
that a client which signs wrongly is found out.
"""

import hashlib
import hmac
import json
import re
import time
from datetime import UTC, datetime

from tests.verification import local_service
from tests.verification.local_service import QuietHandler

SECRET_ID, SECRET_KEY = "AKIDstandin0000000000", "standinsecretkey0000000000"
REQUEST_ID = "ed93f3cb-f35e-473f-b9f3-0d451b8b79c6"
CLOCKS_DIFFER = 300  # seconds at most
ACTIONS = {
    ("faceid", "IdCardVerification", "2018-03-01"): {"IdCard": str, "Name": str},
    ("sms", "SendSms", "2021-01-11"): {
        "PhoneNumberSet": list,
        "SmsSdkAppId": str,
        "TemplateId": str,
    },
}
OPTIONAL = {"SignName": str, "TemplateParamSet": list}
AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<date>[^/]+)/(?P<service>[^/]+)/tc3_request, "
    r"SignedHeaders=(?P<names>[a-z0-9;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)


class RefusedError(Exception):
    """An error of the API; its text is the code."""


def hashed(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def keyed(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def check_signature(method: str, headers, body: bytes, now: float) -> str:
    """The service that a rightly signed request is for. Raises `RefusedError`."""
    given = AUTHORIZATION.fullmatch(headers.get("Authorization", ""))
    if given is None:
        raise RefusedError("AuthFailure.InvalidAuthorization")
    names = given["names"].split(";")
    if not {"content-type", "host"} <= set(names) or names != sorted(names):
        raise RefusedError("AuthFailure.InvalidAuthorization")
    if given["id"] != SECRET_ID:
        raise RefusedError("AuthFailure.SecretIdNotFound")
    timestamp = headers.get("X-TC-Timestamp", "0")
    if abs(now - int(timestamp)) > CLOCKS_DIFFER:
        raise RefusedError("AuthFailure.SignatureExpire")
    day = datetime.fromtimestamp(int(timestamp), UTC).date().isoformat()
    lines = "".join(f"{name}:{headers[name].strip().lower()}\n" for name in names)
    canonical = "\n".join((method, "/", "", lines, given["names"], hashed(body)))
    scope = f"{day}/{given['service']}/tc3_request"
    text = "\n".join(("TC3-HMAC-SHA256", timestamp, scope, hashed(canonical.encode())))
    key = f"TC3{SECRET_KEY}".encode()
    for part in (day, given["service"], "tc3_request"):
        key = keyed(key, part)
    if given["date"] != day or not hmac.compare_digest(keyed(key, text).hex(), given["signature"]):
        raise RefusedError("AuthFailure.SignatureFailure")
    return given["service"]


def check_parameters(service: str, headers, body: bytes) -> dict:
    """What was asked for. Raises `RefusedError`."""
    action = (service, headers.get("X-TC-Action"), headers.get("X-TC-Version"))
    if action not in ACTIONS:
        raise RefusedError("InvalidAction")
    if service == "sms" and not headers.get("X-TC-Region"):
        raise RefusedError("MissingParameter")
    given, needed = json.loads(body), ACTIONS[action]
    if needed.keys() - given.keys():
        raise RefusedError("MissingParameter")
    if given.keys() - needed.keys() - OPTIONAL.keys():
        raise RefusedError("UnknownParameter")
    if any(type(value) is not (needed | OPTIONAL)[name] for name, value in given.items()):
        raise RefusedError("InvalidParameter")
    return given


class Tencent:
    """The service: `answers` are given first, in order, then the good ones.

    An answer is a result or status code ("-1", "Ok"), an error code with a dot or a capital letter
    and `error=True`, or a special word: "close", "slow", "redirect", "busy" (503), "html",
    "garbled", "empty".
    """

    def __init__(self) -> None:
        self.requests: list[dict] = []
        self.answers: list[str] = []
        self.clock_ahead = 0  # seconds

    def answer(self, method: str, headers, body: bytes) -> dict:
        try:
            service = check_signature(method, headers, body, time.time() + self.clock_ahead)
            given = check_parameters(service, headers, body)
            self.requests.append(given)
            word = self.answers.pop(0) if self.answers else {"faceid": "0", "sms": "Ok"}[service]
            if word.startswith("error "):
                raise RefusedError(word.removeprefix("error "))
            return SPEAKS[service](given, word)
        except RefusedError as error:
            said = f"refused: {body.decode()}"  # an unkind service, that repeats what it was sent
            return {"Error": {"Code": str(error), "Message": said}}


def faceid(given: dict, result: str) -> dict:
    return {"Result": result, "Description": f"{given['Name']} {given['IdCard']}: {result}"}


def sms(given: dict, code: str) -> dict:
    return {
        "SendStatusSet": [
            {
                "SerialNo": "5000:1045710669157053657849499619",
                "PhoneNumber": phone,
                "Fee": 1,
                "SessionContext": "",
                "Code": code,
                "Message": f"{phone}: {code}",
                "IsoCode": "CN",
            }
            for phone in given["PhoneNumberSet"]
        ]
    }


SPEAKS = {"faceid": faceid, "sms": sms}
BROKEN = {
    "busy": (503, "text/plain", b"busy"),
    "html": (200, "text/html", b"<html>sign in to this network first</html>"),
    "garbled": (200, "application/json", b'{"Response": '),
    "empty": (200, "application/json", b"{}"),
    "redirect": (307, "text/plain", b""),
}


class Handler(QuietHandler):
    tencent: Tencent

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        word = next(iter(self.tencent.answers), "")
        if word in BROKEN or word in ("close", "slow"):
            self.tencent.answers.pop(0)
            self.tencent.requests.append({})
        if word == "close":
            self.close_connection = True
            return
        if word == "slow":
            time.sleep(1)
        if word in BROKEN:
            status, kind, body = BROKEN[word]
            self.reply(status, body, kind, Location=f"http://{self.headers['Host']}/elsewhere")
            return
        said = {"RequestId": REQUEST_ID, **self.tencent.answer("POST", self.headers, body)}
        self.reply(200, json.dumps({"Response": said}).encode(), "application/json")


def serve():
    """A generator for a fixture: the service, and the host:port where it listens."""
    tencent = Tencent()
    handler = type("TencentHandler", (Handler,), {"tencent": tencent})
    for address in local_service.serve(handler):
        yield tencent, address
