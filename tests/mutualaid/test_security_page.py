"""docs/security.md names the test behind each promise: all of them exist."""

import re
from pathlib import Path

import pytest
from django.conf import settings

PAGE = settings.BASE_DIR / "docs" / "security.md"
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE.read_text())))


def test_each_threat_names_a_test():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    threats = [row for row in rows if not row.startswith("| threat")]
    assert len(threats) > 25
    assert [row for row in threats if "`tests/" not in row] == []


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_the_named_test_exists(path, name):
    text = (Path(settings.BASE_DIR) / path).read_text()
    assert re.search(rf"^def {name or 'test_'}", text, re.MULTILINE)
