"""The WSGI application, for any WSGI server (`make serve` uses Granian)."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from environs import EnvError

from mutualaid.charset import read_as_utf8

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mutualaid.settings")

try:
    application = read_as_utf8(get_wsgi_application())
except (EnvError, ImproperlyConfigured) as error:
    sys.exit(f"Cannot start: {error}")
