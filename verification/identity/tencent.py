"""Tencent Cloud FaceID: do a name and a mainland ID number belong together?

The API is `IdCardVerification` of 2018-03-01 (https://cloud.tencent.com/document/product/1007/33188).
Only mainland ID cards are in its library: every other document, and whatever the service cannot
settle, waits for a person.
"""

import logging
from functools import partial

from django.views.decorators.debug import sensitive_variables
from tencentcloud.faceid.v20180301.faceid_client import FaceidClient
from tencentcloud.faceid.v20180301.models import IdCardVerificationRequest

from verification import tencent
from verification.documents import Document
from verification.identity import Answer, Outcome
from verification.models import DocumentType, RealNameCheck

log = logging.getLogger(__name__)
Reason = RealNameCheck.Reason

MATCH = Answer(Outcome.VERIFIED)
MISMATCH = Answer(Outcome.REFUSED, Reason.MISMATCH)
INVALID = Answer(Outcome.REFUSED, Reason.INVALID)
LIMIT = Answer(Outcome.REFUSED, Reason.LIMIT)
A_PERSON_DECIDES = Answer(Outcome.NEEDS_PERSON)

RESULTS = {
    "0": MATCH,
    "-1": MISMATCH,
    "-2": INVALID,  # no well-formed number
    "-3": INVALID,  # no well-formed name
    "-5": A_PERSON_DECIDES,  # not in the library: soldiers, people registered anew
    "-7": LIMIT,  # Tencent's own limit of this number for today
}
OUT_OF_ORDER = {"-4", "-6"}  # the library is away, or is being renewed
# The same, where FaceID says it by an error. Every other error is the service's or the operator's.
ERRORS = {
    "FailedOperation.IdNameMisMatch": MISMATCH,
    "FailedOperation.IdFormatError": INVALID,
    "FailedOperation.NameFormatError": INVALID,
    "FailedOperation.IdNoExistSystem": A_PERSON_DECIDES,
    "FailedOperation.IdentityAuthLimitExceeded": LIMIT,
}


class Provider:
    accepts_anything = False

    @sensitive_variables("document", "request")
    def check(self, document: Document) -> Answer:
        if document.type != DocumentType.ID_CARD:
            return A_PERSON_DECIDES
        request = IdCardVerificationRequest()
        request.IdCard, request.Name = document.number, document.name
        faceid = tencent.client(FaceidClient)
        try:
            response = tencent.ask(partial(faceid.IdCardVerification, request))
        except tencent.CallFailedError as error:
            if error.code not in ERRORS:
                tencent.report("IdCardVerification", error)
            return ERRORS.get(error.code, A_PERSON_DECIDES)
        return _meaning(response.Result)


def _meaning(result: object) -> Answer:
    """What a result code says; one that is not in the documentation says nothing."""
    if result in RESULTS:
        return RESULTS[str(result)]
    told = result if result in OUT_OF_ORDER else "unknown"
    log.warning("Tencent Cloud IdCardVerification could not check: result %s", told)
    return A_PERSON_DECIDES
