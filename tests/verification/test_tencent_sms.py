"""Text messages by Tencent Cloud: every documented outcome, and what never leaves a trace."""

import logging

import pytest

from verification import sms
from verification.sms import Message, Template

PHONE, CODE = "+8613800138000", "314159"


def send(phone=PHONE, message=None):
    sms.provider().send(phone, message or Message(Template.CODE, (CODE,)))


def problems(caplog):
    return [each for each in caplog.records if each.levelno >= logging.WARNING]


def test_a_code_is_asked_for_in_a_rightly_signed_call(tencent, caplog):
    sms.send_code(PHONE, CODE)
    assert tencent.requests == [
        {
            "PhoneNumberSet": [PHONE],
            "SmsSdkAppId": "1400006666",
            "TemplateId": "110",
            "SignName": "余药互助",
            "TemplateParamSet": [CODE],
        }
    ]
    assert not sms.provider().shows_codes
    assert not problems(caplog)


def test_each_message_has_its_own_template(tencent):
    for template in Template:
        send(message=Message(template, ("72",)))
    assert len({request["TemplateId"] for request in tencent.requests}) == len(Template)


def test_no_link_is_sent_as_a_value(tencent):
    """Tencent Cloud closes the accounts of those who do."""
    send(message=Message(Template.STILL_THERE, ("https://example.org/m/secret/",)))
    assert tencent.requests[0]["TemplateParamSet"] == []


def test_a_number_abroad_has_a_template_of_its_own_and_no_sign(tencent, settings):
    settings.SMS_TENCENT_TEMPLATES_ABROAD = dict.fromkeys(Template, "999")
    send("+85291234567")
    assert tencent.requests[0]["TemplateId"] == "999"
    assert "SignName" not in tencent.requests[0]


def test_a_number_abroad_without_a_template_is_refused_kindly(tencent):
    with pytest.raises(sms.BadNumberError):
        send("+85291234567")
    assert tencent.requests == []


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("InvalidParameterValue.IncorrectPhoneNumber", sms.BadNumberError),
        ("FailedOperation.PhoneNumberInBlacklist", sms.BadNumberError),
        ("FailedOperation.PhoneNumberParseFail", sms.BadNumberError),
        ("LimitExceeded.AppCountryOrRegionInBlacklist", sms.BadNumberError),
        ("UnsupportedOperation.UnsupportedRegion", sms.BadNumberError),
        ("LimitExceeded.DeliveryFrequencyLimit", sms.TooOftenError),
        ("LimitExceeded.PhoneNumberDailyLimit", sms.TooOftenError),
        ("LimitExceeded.PhoneNumberOneHourLimit", sms.TooOftenError),
        ("LimitExceeded.PhoneNumberSameContentDailyLimit", sms.TooOftenError),
        ("LimitExceeded.PhoneNumberThirtySecondLimit", sms.TooOftenError),
    ],
)
def test_what_is_wrong_with_one_number_is_told_to_its_owner_alone(tencent, caplog, code, refusal):
    tencent.answers[:] = [code]
    with pytest.raises(refusal):
        send()
    assert len(tencent.requests) == 1
    assert not problems(caplog)


@pytest.mark.parametrize(
    "answer",
    [
        "error AuthFailure.SignatureFailure",
        "error AuthFailure.SecretIdNotFound",
        "error UnauthorizedOperation.RequestIpNotInWhitelist",
        "FailedOperation.ContainSensitiveWord",
        "FailedOperation.InsufficientBalanceInSmsPackage",
        "FailedOperation.SignatureIncorrectOrUnapproved",
        "FailedOperation.TemplateIncorrectOrUnapproved",
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        "FailedOperation.TemplateUnapprovedOrNotExist",
        "InternalError.SigVerificationFail",
        "InvalidParameterValue.ContentLengthLimit",
        "InvalidParameterValue.SdkAppIdNotExist",
        "InvalidParameterValue.TemplateParameterFormatError",
        "InvalidParameterValue.TemplateParameterLengthLimit",
        "LimitExceeded.AppDailyLimit",
        "LimitExceeded.AppMainlandChinaDailyLimit",
        "LimitExceeded.DailyLimit",
        "MissingParameter",
        "UnauthorizedOperation.RequestPermissionDeny",
        "UnauthorizedOperation.SdkAppIdIsDisabled",
        "UnauthorizedOperation.ServiceSuspendDueToArrears",
        "UnauthorizedOperation.SmsSdkAppIdVerifyFail",
        "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
    ],
)
def test_what_the_operator_has_to_mend_is_an_error_in_the_log(tencent, caplog, answer):
    tencent.answers[:] = [answer]
    with pytest.raises(sms.NotSentError) as caught:
        send()
    assert type(caught.value) is sms.NotSentError
    assert len(tencent.requests) == 1
    (problem,) = problems(caplog)
    assert problem.levelno == logging.ERROR
    assert answer.removeprefix("error ") in problem.getMessage()


PASSING = ["close", "busy", "garbled", "redirect", "InternalError.Timeout", "error InternalError"]


@pytest.mark.parametrize("trouble", PASSING)
def test_passing_trouble_is_tried_once_more(tencent, trouble):
    tencent.answers[:] = [trouble]
    send()
    assert len(tencent.requests) == 2


@pytest.mark.parametrize("trouble", PASSING)
def test_lasting_trouble_ends_after_two_tries(tencent, trouble, caplog):
    tencent.answers[:] = [trouble] * 9
    with pytest.raises(sms.NotSentError):
        send()
    assert len(tencent.requests) == 2
    assert [each.levelno for each in problems(caplog)] == [logging.WARNING]


@pytest.mark.parametrize("strange", ["html", "empty"])
def test_an_answer_that_is_none_means_not_sent(tencent, strange):
    tencent.answers[:] = [strange] * 2
    with pytest.raises(sms.NotSentError):
        send()


@pytest.mark.parametrize("word", ["Ok", "FailedOperation.OtherError", "garbled", "close"])
def test_neither_number_nor_code_is_in_a_log(tencent, caplog, capsys, word):
    for name in ("", "tencentcloud_sdk_common", "urllib3", "requests", "verification"):
        caplog.set_level(logging.DEBUG, logger=name)
    tencent.answers[:] = [word] * 2
    try:
        send()
    except sms.NotSentError as error:
        assert PHONE[3:] not in repr(error)
        assert error.__cause__ is None
    printed = capsys.readouterr()
    for text in (caplog.text, printed.out, printed.err):
        assert PHONE[3:] not in text
        assert CODE not in text


@pytest.mark.django_db
def test_the_sign_in_page_says_what_is_wrong_with_the_number(tencent, client):
    tencent.answers[:] = ["FailedOperation.PhoneNumberInBlacklist"]
    page = client.post("/signin/", {"phone": PHONE}, headers={"accept-language": "en"})
    assert page.status_code == 422
    assert "cannot receive our text messages" in page.content.decode()
    assert PHONE in page.content.decode()
