"""`python -m bench.cluster.cast NUMBER`: so many people sign in; says their sessions."""

import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402 -- Django is ready now
from django.contrib import auth  # noqa: E402

from safety.cached_sessions import SessionStore  # noqa: E402
from verification import consent  # noqa: E402
from verification.models import Resident  # noqa: E402


def signed_in(number: int) -> str:
    """The session of somebody new, who has agreed to what acts need."""
    resident = Resident.objects.who_proved(f"+86138{number:08}")
    consent.give(resident, consent.NEEDED["publish"])
    session = SessionStore()
    session[auth.SESSION_KEY] = str(resident.pk)
    session[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[auth.HASH_SESSION_KEY] = resident.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    json.dump([signed_in(number) for number in range(int(sys.argv[1]))], sys.stdout)
