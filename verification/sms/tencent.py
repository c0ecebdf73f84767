"""Text messages by Tencent Cloud: `SendSms` of 2021-01-11.

https://cloud.tencent.com/document/product/382/55981. A template there holds {1}, {2} … where our
values go. Numbers outside the mainland need templates of their own (SMS_TENCENT_TEMPLATES_ABROAD).

A link is no value there: a template may hold a fixed one only, and whoever sends another loses the
account (https://cloud.tencent.com/document/product/382/39023). So one-tap links are left out; the
operator's template names the page where one answers after signing in.
"""

from functools import partial
from typing import Any

from django.conf import settings
from django.views.decorators.debug import sensitive_variables
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.sms.v20210111.models import SendSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient

from verification import tencent
from verification.sms import BadNumberError, Message, NotSentError, TooOftenError

BAD_NUMBER = {
    "InvalidParameterValue.IncorrectPhoneNumber",
    "FailedOperation.PhoneNumberInBlacklist",  # its owner, or the carrier, wants no messages
    "FailedOperation.PhoneNumberParseFail",
    "LimitExceeded.AppCountryOrRegionInBlacklist",
    "UnsupportedOperation.UnsupportedRegion",
}
TOO_OFTEN = {
    "LimitExceeded.DeliveryFrequencyLimit",
    "LimitExceeded.PhoneNumberDailyLimit",
    "LimitExceeded.PhoneNumberOneHourLimit",
    "LimitExceeded.PhoneNumberSameContentDailyLimit",
    "LimitExceeded.PhoneNumberThirtySecondLimit",
}


class Provider:
    shows_codes = False

    @sensitive_variables("phone", "message", "request")
    def send(self, phone: str, message: Message) -> None:
        """A try that is repeated may arrive twice: the same words, so nobody is misled."""
        request = _request(phone, message)
        sms = tencent.client(SmsClient, settings.SMS_TENCENT_REGION)
        try:
            tencent.ask(partial(_send_one, sms, request))
        except tencent.CallFailedError as error:
            raise _refusal(error) from None


@sensitive_variables()
def _request(phone: str, message: Message) -> SendSmsRequest:
    mainland = phone.startswith("+86")
    templates = (
        settings.SMS_TENCENT_TEMPLATES if mainland else settings.SMS_TENCENT_TEMPLATES_ABROAD
    )
    if message.template not in templates:
        raise BadNumberError("no template for numbers abroad")
    request = SendSmsRequest()
    request.PhoneNumberSet = [phone]
    request.SmsSdkAppId = settings.SMS_TENCENT_APP_ID
    request.TemplateId = templates[message.template]
    request.TemplateParamSet = [value for value in message.values if "://" not in value]
    if mainland:
        request.SignName = settings.SMS_TENCENT_SIGN
    return request


@sensitive_variables()
def _send_one(sms: Any, request: SendSmsRequest) -> None:
    """Send, and raise what is wrong with the one number as if it were the whole call's error."""
    response = sms.SendSms(request)
    codes = [status.Code for status in response.SendStatusSet or []]
    if codes != ["Ok"]:
        raise TencentCloudSDKException(codes[0] if codes else None, "", response.RequestId)


def _refusal(error: tencent.CallFailedError) -> NotSentError:
    if error.code in BAD_NUMBER:
        return BadNumberError(error.code)
    if error.code in TOO_OFTEN:
        return TooOftenError(error.code)
    tencent.report("SendSms", error)
    return NotSentError(error.code)
