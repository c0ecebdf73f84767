"""How often one person may be in touch with posters: so many in an hour and in a day.

Each is a bucket: full, it holds as many uses as its setting says, and it fills again evenly. "10 an
hour" are ten at once and then one every six minutes. Real names are easier to answer for, so they
get more.
"""

from datetime import timedelta

from django.conf import settings

from posts.access import NotShownError
from safety.quotas import Quota, UsedUpError, use_all
from verification.models import Level, Resident

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Allowance = dict[Level, tuple[Quota, ...]]

REVEALS: Allowance = {
    Level.PHONE: (
        Quota("reveals in an hour", settings.REVEALS_PER_HOUR, HOUR),
        Quota("reveals in a day", settings.REVEALS_PER_DAY, DAY),
    ),
    Level.REAL_NAME: (
        Quota("reveals in an hour, real name", settings.REVEALS_PER_HOUR_REAL_NAME, HOUR),
        Quota("reveals in a day, real name", settings.REVEALS_PER_DAY_REAL_NAME, DAY),
    ),
}
MESSAGES: Allowance = {
    Level.PHONE: (
        Quota("messages in an hour", settings.MESSAGES_PER_HOUR, HOUR),
        Quota("messages in a day", settings.MESSAGES_PER_DAY, DAY),
    ),
    Level.REAL_NAME: (
        Quota("messages in an hour, real name", settings.MESSAGES_PER_HOUR_REAL_NAME, HOUR),
        Quota("messages in a day, real name", settings.MESSAGES_PER_DAY_REAL_NAME, DAY),
    ),
}


def spend(allowance: Allowance, resident: Resident) -> None:
    """Take one use. An act that is rolled back gives it back.

    Raises `NotShownError` ("quota") with the time when there is one again.
    """
    level = Level.REAL_NAME if resident.level >= Level.REAL_NAME else Level.PHONE
    try:
        use_all(allowance[level], str(resident.pk))
    except UsedUpError as error:
        raise NotShownError("quota", again_at=error.free_at) from None
