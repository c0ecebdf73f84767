"""Settings of a production start, as an operator would write them into the environment."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet

CLONE = Path(__file__).resolve().parents[2]


def environment(**changes: str | None) -> dict[str, str]:
    """All that production needs; a change to None takes a variable away."""
    given = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DIGEST_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOWED_HOSTS": "example.org",
        "SITE_URL": "https://example.org",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "OPERATOR_NAME": "Neighbours of Example Street",
        "OPERATOR_CONTACT": "help@example.org",
        "SMS_PROVIDER": "http",
        "SMS_HTTP_URL": "https://sms.example.org/send",
        "SMS_HTTP_KEY": secrets.token_urlsafe(48),
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


def start(*arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Run Python in production."""
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=CLONE,
        env=environment(**changes),
        timeout=60,
    )
