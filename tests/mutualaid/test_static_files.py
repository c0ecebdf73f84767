"""Production serves static files under names that change with their content."""

import re

from tests.mutualaid import production

RENDER = """
import django
django.setup()
from django.core.management import call_command
from django.conf import settings
settings.STATIC_ROOT = {folder!r}
call_command("collectstatic", verbosity=0, interactive=False)
from django.template.loader import render_to_string
print(render_to_string("404.html"))
"""


def test_pages_name_files_by_their_content_and_the_files_are_there(tmp_path):
    done = production.start(
        "-c", RENDER.format(folder=str(tmp_path)), DJANGO_SETTINGS_MODULE="mutualaid.settings"
    )
    assert done.returncode == 0, done.stderr
    names = re.findall(r'(?:href|src)="/static/([^"]+)"', done.stdout)
    assert names
    for name in names:
        assert re.search(r"\.[0-9a-f]{12}\.", name)
        assert (tmp_path / name).exists()
    assert (tmp_path / f"{names[0]}.gz").exists()
