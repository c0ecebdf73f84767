"""Text messages to residents about posts: the one way to send them."""

import logging
from functools import partial

from django.db import transaction

from verification import sms
from verification.models import Resident
from verification.sms import Template

log = logging.getLogger(__name__)


def tell(resident: Resident, template: Template, values: tuple[str, ...] = ()) -> None:
    """Send a resident a text message, after the transaction of the act; never fails the act."""
    transaction.on_commit(partial(send, resident.phone, template, values))


def send(phone: str, template: Template, values: tuple[str, ...]) -> None:
    try:
        sms.send(phone, template, values)
    except sms.NotSentError as error:
        log.warning("A text message (%s) was not sent: %s", template, error)
