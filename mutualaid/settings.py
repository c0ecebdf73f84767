"""Settings, all from the environment.

Production is the default: without MUTUALAID_LOCAL=1 (which the Makefile sets for `make run` and
`make test`) nothing starts until every secret is given, and no demo provider is accepted. Each
reader refuses a bad value by name; `manage.py` and `wsgi.py` turn that into one sentence.
"""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import dj_database_url
from cryptography.fernet import Fernet, MultiFernet
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host
from environs import Env, validate
from phonenumbers import SUPPORTED_REGIONS

from mutualaid import cluster
from places import tiles
from safety import sessions
from verification.sms import Template

BASE_DIR = Path(__file__).resolve().parent.parent
POSTGRESQL = "django.db.backends.postgresql"
POSTGIS = "django.contrib.gis.db.backends.postgis"
env = Env()

LOCAL = env.bool("MUTUALAID_LOCAL", False)
DEBUG = LOCAL and env.bool("DEBUG", True)
SECURE_SCHEMES = {"https", "http"} if LOCAL else {"https"}  # of services that we call


def secret(name: str) -> str:
    """A secret of at least 32 characters; a random one for this process when local."""
    if LOCAL:
        return env.str(name, f"local-only-{name}-{'x' * 32}")
    value = env.str(name)
    if len(value) < 32 or len(set(value)) < 8 or value.startswith("local-only"):
        raise ImproperlyConfigured(
            f"{name} must be at least 32 random characters; this makes one: "
            f'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return value


def metrics_token() -> str:
    """Who may read the figures; empty: nobody, and none are kept."""
    if not env.str("METRICS_TOKEN", ""):
        return ""
    if not LOCAL and not env.str("PROMETHEUS_MULTIPROC_DIR", ""):
        raise ImproperlyConfigured(
            "METRICS_TOKEN needs PROMETHEUS_MULTIPROC_DIR, a folder where all processes of this "
            "machine put their figures together."
        )
    if folder := env.str("PROMETHEUS_MULTIPROC_DIR", ""):
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    return secret("METRICS_TOKEN")


def sentry_dsn() -> str:
    """Where errors are reported to; empty: nowhere."""
    if not env.str("SENTRY_DSN", ""):
        return ""
    return env.str("SENTRY_DSN", validate=validate.URL(schemes=SECURE_SCHEMES, require_tld=False))


def encryption_keys() -> list[str]:
    """Fernet keys: the first one encrypts, all of them decrypt (so that keys can be changed)."""
    local = ["bG9jYWwtb25seS1rZXktZm9yLXRoZS1kZW1vLWRhdGE="]
    if LOCAL:
        return env.list("ENCRYPTION_KEYS", local)
    keys: list[str] = env.list("ENCRYPTION_KEYS")
    if set(keys) & set(local):
        raise ImproperlyConfigured("ENCRYPTION_KEYS holds the key of the demo, which is public.")
    try:
        MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise ImproperlyConfigured(
            "ENCRYPTION_KEYS must be Fernet keys separated by commas; this makes one: "
            'python3 -c "from cryptography.fernet import Fernet; '
            'print(Fernet.generate_key().decode())"'
        ) from None
    return keys


def stated(name: str, local: str) -> str:
    """A text that people read, and that only a local demo may leave out."""
    return env.str(name, local) if LOCAL else env.str(name, validate=validate.Length(min=1))


def one_of(name: str, choices: list[str], local: list[str] | None = None, default=None) -> str:
    """One word out of a list; the words of `local` are refused in production."""
    allowed = choices + (local or []) if LOCAL else choices
    options = {} if default is None else {"default": default}
    value = env.str(name, **options)
    if value in allowed:
        return value
    raise ImproperlyConfigured(f"{name} is {value!r} but must be one of: {', '.join(allowed)}.")


def at_least_one(name: str, default: int) -> int:
    return env.int(name, default, validate=validate.Range(min=1))


def span(name: str, **default: float) -> timedelta:
    """A positive length of time, given in hours."""
    hours = timedelta(**default).total_seconds() / 3600
    return timedelta(hours=env.float(name, hours, validate=validate.Range(min=0.01)))


def site_url() -> str:
    """Where visitors reach this site, for links in text messages: https://example.org, no path."""
    if LOCAL:
        return env.str("SITE_URL", f"http://127.0.0.1:{env.str('PORT', '8000')}")
    url = env.str("SITE_URL", validate=validate.URL(schemes={"https"}, require_tld=False))
    parts = urlsplit(url)
    origin = f"https://{parts.netloc}"
    if url.rstrip("/").lower() != origin.lower() or "@" in url:
        raise ImproperlyConfigured("SITE_URL must be like https://example.org, without a path.")
    if not validate_host(parts.hostname or "", ALLOWED_HOSTS):
        raise ImproperlyConfigured("SITE_URL must be one of the domains of ALLOWED_HOSTS.")
    return origin


def days(name: str, default: float) -> timedelta:
    """A positive length of time, given in days."""
    return timedelta(days=env.float(name, default, validate=validate.Range(min=0.01)))


def help_line() -> tuple[str, str] | None:
    """A name and a number that people may ring besides 120; both or neither."""
    name, number = env.str("HELP_LINE_NAME", ""), env.str("HELP_LINE_PHONE", "")
    if bool(name) != bool(number):
        raise ImproperlyConfigured("HELP_LINE_NAME and HELP_LINE_PHONE belong together.")
    if number and not re.fullmatch(r"\+?[0-9]([ -]?[0-9]){2,18}", number):
        raise ImproperlyConfigured("HELP_LINE_PHONE must be a phone number, like 0755-12345.")
    return (name, number) if name else None


def fever_clinics_url() -> str:
    """A page of others where people find a fever clinic; empty without one."""
    if not env.str("FEVER_CLINICS_URL", ""):
        return ""
    return env.str("FEVER_CLINICS_URL", validate=validate.URL(schemes={"https"}))


def local_time(name: str) -> datetime | None:
    """A moment in the time zone of the site, written like 2026-12-20 03:30."""
    given = env.str(name, "")
    if not given:
        return None
    try:
        return datetime.strptime(given, "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(TIME_ZONE))
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be like 2026-12-20 03:30.") from None


def weixin_keys() -> tuple[str, str]:
    """AppID and AppSecret of an official account or a website; both empty: no sign-in by WeChat."""
    app_id, app_secret = env.str("WEIXIN_APP_ID", ""), env.str("WEIXIN_APP_SECRET", "")
    if bool(app_id) != bool(app_secret):
        raise ImproperlyConfigured("WEIXIN_APP_ID and WEIXIN_APP_SECRET belong together.")
    if app_id and not re.fullmatch(r"wx[0-9a-f]{16}", app_id):
        raise ImproperlyConfigured("WEIXIN_APP_ID must be like wx0123456789abcdef.")
    if app_secret and not re.fullmatch(r"[0-9A-Za-z]{32}", app_secret):
        raise ImproperlyConfigured("WEIXIN_APP_SECRET must be 32 letters and digits.")
    return app_id, app_secret


def sms_templates(name: str) -> dict[str, str]:
    """A template id for each of our text messages: "code=123,recovery=456"."""
    given: dict[str, int] = env.dict(name, subcast_values=int)
    if missing := set(Template) - given.keys():
        raise ImproperlyConfigured(f"{name} has no template for: {', '.join(sorted(missing))}.")
    return {word: str(number) for word, number in given.items()}


def stand_in(name: str) -> str:
    """host:port that a developer speaks http with, in place of a service; never in production."""
    given = env.str(name, "")
    if given and not LOCAL:
        raise ImproperlyConfigured(f"{name} is for tests on one's own machine only.")
    return given


# A database that is gone without a word is noticed in seconds, by web nodes and workers (libpq).
AWAY_SOON = {
    "connect_timeout": 5,  # s
    "keepalives_idle": 10,  # s
    "keepalives_interval": 5,  # s
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # ms
}


def database() -> dict[str, Any]:
    """Where the data is: DATABASE_URL, or locally the private cluster of this clone."""
    if LOCAL and not env.str("DATABASE_URL", ""):
        return {"ENGINE": POSTGIS, **cluster.database()}
    given = dict(env.dj_db_url("DATABASE_URL", conn_health_checks=not LOCAL))
    if given["ENGINE"] not in {POSTGRESQL, POSTGIS}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres://, for PostgreSQL.")
    given["ENGINE"] = POSTGIS
    if not LOCAL:
        size = env.int("DATABASE_POOL", 8, validate=validate.Range(min=1))
        wait = 2 if env.str("DATABASE_REPLICA_URLS", "") else 5  # seconds, then a replica is read …
        pool = {"min_size": 1, "max_size": size, "timeout": wait}  # … or a visitor is told
        given["OPTIONS"] = {**AWAY_SOON, **given.get("OPTIONS", {}), "pool": pool}
        given["DISABLE_SERVER_SIDE_CURSORS"] = True  # a PgBouncer in between forgets them
    return given


def replicas(primary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The streaming replicas of DATABASE_REPLICA_URLS, like the primary in all but their place."""
    found = {}
    urls: list[str] = env.list("DATABASE_REPLICA_URLS", [])
    for number, url in enumerate(urls, 1):
        try:
            given = dj_database_url.parse(url)
        except ValueError:
            given = {"ENGINE": "none"}
        if given["ENGINE"] not in {POSTGRESQL, POSTGIS}:
            raise ImproperlyConfigured(
                "Each of DATABASE_REPLICA_URLS must begin with postgres://, for PostgreSQL."
            )
        place = {name: given[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
        options = {**primary.get("OPTIONS", {}), **given.get("OPTIONS", {})}
        if "pool" in options:  # in production: another one is asked soon
            options |= {"connect_timeout": 2, "tcp_user_timeout": 3000}
            options["pool"] = {**options["pool"], "timeout": 1}
        test = {"MIRROR": "default"}
        found[f"replica-{number}"] = {**primary, **place, "OPTIONS": options, "TEST": test}
    return found


def redis_url() -> list[str]:
    """Where Redis is; empty: nowhere. Its own list, since a password may hold what Django splits
    at."""
    if not (given := env.str("REDIS_URL", "")):
        return []
    if not given.startswith(("redis://", "rediss://", "unix://")):
        raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// or unix://.")
    return [given]


# --- the site ---------------------------------------------------------------------------------
SECRET_KEY = secret("SECRET_KEY")
DIGEST_KEY = secret("DIGEST_KEY")
ENCRYPTION_KEYS = encryption_keys()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["*"]) if LOCAL else env.list("ALLOWED_HOSTS")
if not LOCAL and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS must name your domains; '*' lets anybody pose as you."
    )
SITE_URL = site_url()
OPERATOR_NAME = stated("OPERATOR_NAME", "本地演示")
OPERATOR_CONTACT = stated("OPERATOR_CONTACT", "operator@example.org")  # stands on the privacy page
FEVER_CLINICS_URL = fever_clinics_url()
FEVER_CLINICS_LABEL = env.str("FEVER_CLINICS_LABEL", "")
HELP_LINE = help_line()
TIME_ZONE = "Asia/Shanghai"
MAINTENANCE = env.bool("MAINTENANCE", False)
MAINTENANCE_UNTIL = local_time("MAINTENANCE_UNTIL")
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
ROOT_URLCONF = "mutualaid.urls"
WSGI_APPLICATION = "mutualaid.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "mutualaid.apps.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django.contrib.gis",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.weixin",
    "csp",
    "corsheaders",
    "django_htmx",
    "leaflet",
    "phonenumber_field",
    "django_tasks",
    "django_tasks_db",
    "safety",
    "places",
    "medicines",
    "verification",
    "posts",
    "partners",
    "mutualaid",
]

MIDDLEWARE = [
    "mutualaid.middleware.RequestMiddleware",
    "mutualaid.middleware.HeadersMiddleware",
    "mutualaid.answers.KeptAnswersMiddleware",
    "csp.middleware.CSPMiddleware",  # before WhiteNoise: files get the policy too
    "mutualaid.middleware.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mutualaid.middleware.CompressMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "partners.api.problems.ProblemMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "partners.numbers.visitors.CountVisitors",
    "mutualaid.replication.ReplicaMiddleware",
    "partners.sources.SourceMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "mutualaid.middleware.MaintenanceMiddleware",  # after WhiteNoise: its page has a look
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "mutualaid.context.site",
            ],
        },
    }
]
FORM_RENDERER = "mutualaid.forms.Renderer"

# --- database, cache, static files --------------------------------------------------------------
DATABASES = {"default": database()}
DATABASE_REPLICAS = replicas(DATABASES["default"])
DATABASES |= DATABASE_REPLICAS
DATABASE_REPLICA_LAG = env.float(  # seconds that a replica may be behind
    "DATABASE_REPLICA_LAG_SECONDS", 1, validate=validate.Range(min=0.1)
)
DATABASE_ROUTERS = ["safety.replicas.Router"]

# django-allauth's sign-in limits count in the cache: it must be one for all processes. (Ours, which
# are exact, are quotas in PostgreSQL.)
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "KEY_FUNCTION": "safety.encryption.cache_key",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # the default, 300, would forget limits at a busy hour
    }
}
SESSION_ENGINE = "safety.sessions"
if REDIS_URL := redis_url():
    REDIS = {
        "BACKEND": "mutualaid.redis_cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "safety.encryption.cache_key",
    }
    CACHES = {
        "default": {**REDIS, "OPTIONS": {"IN_ITS_PLACE": "database"}},
        "database": CACHES["default"],
        "sessions": {**REDIS, "OPTIONS": {"IN_ITS_PLACE": "nothing", "LONGEST": sessions.COPIED}},
        "nothing": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    }
    SESSION_ENGINE, SESSION_CACHE_ALIAS = "safety.cached_sessions", "sessions"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}  # see safety/timed.py

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
hashed = "whitenoise.storage.CompressedManifestStaticFilesStorage"
plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": plain if LOCAL else hashed},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = LOCAL

# --- language and time --------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True

# --- maps: without tiles no page asks anybody else for anything -----------------------------------
MAP_TILES = tiles.read({name: env.str(name, "") for name in ("MAP_TILES", *tiles.NAMES)}, LOCAL)

# --- security -----------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = not LOCAL and env.bool("SECURE_SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 0 if LOCAL else 63072000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not LOCAL
SESSION_COOKIE_NAME = "sessionid" if LOCAL else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if LOCAL else "__Host-csrftoken"
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
# GDAL before 3.9 (Debian 12 has 3.6) may open files named in a spatial reference: no visitor can
# send one. Places come as two numbers.
SILENCED_SYSTEM_CHECKS = ["gis.W001"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # bytes; the largest form here is a few kB
FILE_UPLOAD_HANDLERS = ["safety.uploads.RefuseFiles"]  # they would be written to the disk

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", *(MAP_TILES.origins if MAP_TILES else [])],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- who: sign-in and the real-name check ---------------------------------------------------------
AUTH_USER_MODEL = "verification.Resident"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PHONENUMBER_DEFAULT_REGION = env.str(
    "PHONE_REGION", "CN", validate=validate.OneOf(SUPPORTED_REGIONS, error="Not a country code.")
)
CODE_LIFETIME = 600  # seconds, of every code sent to a phone
CODE_ATTEMPTS = 5
ACCOUNT_ADAPTER = "verification.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_EMAIL_FIELD = ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = CODE_LIFETIME
ACCOUNT_LOGIN_TIMEOUT = 3 * CODE_LIFETIME  # a code may be sent again twice, each for its full time
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = CODE_ATTEMPTS
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
MFA_ADAPTER = "verification.adapter.MFAAdapter"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds before and after: phones' clocks differ
# "demo" shows the code of the app on the page, as SMS_PROVIDER "demo" does. There is no "off".
STAFF_SECOND_FACTOR = one_of(
    "STAFF_SECOND_FACTOR", ["app"], local=["demo"], default="demo" if LOCAL else "app"
)
CODES_PER_HOUR = at_least_one("CODES_PER_HOUR", 20_000)
WRONG_CODES_PER_HOUR = env.int("WRONG_CODES_PER_HOUR", 1000, validate=validate.Range(min=1))
SMS_PROVIDER = one_of(
    "SMS_PROVIDER", ["http", "tencent"], local=["demo"], default="demo" if LOCAL else None
)
if SMS_PROVIDER == "http":
    SMS_HTTP_URL = env.str(
        "SMS_HTTP_URL", validate=validate.URL(schemes=SECURE_SCHEMES, require_tld=False)
    )
    SMS_HTTP_KEY = secret("SMS_HTTP_KEY")
if SMS_PROVIDER == "tencent":
    SMS_TENCENT_APP_ID = env.str("SMS_TENCENT_APP_ID", validate=validate.Regexp(r"\d{5,20}\Z"))
    SMS_TENCENT_SIGN = env.str("SMS_TENCENT_SIGN", validate=validate.Length(min=2))
    SMS_TENCENT_TEMPLATES = sms_templates("SMS_TENCENT_TEMPLATES")
    SMS_TENCENT_TEMPLATES_ABROAD = (
        sms_templates("SMS_TENCENT_TEMPLATES_ABROAD")
        if env.str("SMS_TENCENT_TEMPLATES_ABROAD", "")
        else {}
    )
    SMS_TENCENT_REGION = one_of(
        "SMS_TENCENT_REGION",
        ["ap-guangzhou", "ap-beijing", "ap-nanjing", "ap-singapore"],
        default="ap-guangzhou",
    )
SOCIALACCOUNT_ADAPTER = "verification.weixin_oauth.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = {"weixin": {"provider_class": "verification.weixin_oauth.Provider"}}
SOCIALACCOUNT_REQUESTS_TIMEOUT = 4  # seconds, of each step of a call: a visitor is waiting
WEIXIN_APP_ID, WEIXIN_APP_SECRET = weixin_keys()
WEIXIN_KIND = one_of("WEIXIN_KIND", ["official-account", "website"], default="official-account")
WEIXIN_ENDPOINT = stand_in("WEIXIN_ENDPOINT")
REAL_NAME_PROVIDER = one_of(
    "REAL_NAME_PROVIDER",
    ["manual", "tencent"],
    local=["demo"],
    default="demo" if LOCAL else "manual",
)
if "tencent" in {SMS_PROVIDER, REAL_NAME_PROVIDER}:
    TENCENT_SECRET_ID = env.str("TENCENT_SECRET_ID", validate=validate.Regexp(r"\w{16,}\Z"))
    TENCENT_SECRET_KEY = env.str("TENCENT_SECRET_KEY", validate=validate.Regexp(r"\w{16,}\Z"))
    TENCENT_DOMAIN = one_of(
        "TENCENT_DOMAIN",
        ["tencentcloudapi.com", "internal.tencentcloudapi.com", "intl.tencentcloudapi.com"],
        default="tencentcloudapi.com",
    )
    TENCENT_ENDPOINT = stand_in("TENCENT_ENDPOINT")
DOCUMENTS_PER_DAY = env.int("DOCUMENTS_PER_DAY", 5, validate=validate.Range(min=1))
RECOVERY_WAIT = span("RECOVERY_WAIT_HOURS", days=3)  # for the old phone's owner to say no
# Numbers are given to new people: who has not signed in for so long confirms the real name again.
REAL_NAME_LASTS = days("REAL_NAME_LASTS_DAYS", 90)
LEVELS = ["none", "phone", "real-name"]
LEVEL_TO_READ = one_of("LEVEL_TO_READ", LEVELS, default="none")
LEVEL_TO_REVEAL = one_of("LEVEL_TO_REVEAL", LEVELS[1:], default="phone")
LEVEL_TO_PUBLISH = one_of("LEVEL_TO_PUBLISH", LEVELS[1:], default="real-name")
PUBLISH_WHILE_CHECK_WAITS = env.bool("PUBLISH_WHILE_CHECK_WAITS", True)

# --- posts ----------------------------------------------------------------------------------------
ASK_AFTER = span("ASK_AFTER_HOURS", days=1)  # a post asks its poster "still needed?"
NEED_LIFETIME = span("NEED_LIFETIME_HOURS", days=3)
OFFER_LIFETIME = span("OFFER_LIFETIME_HOURS", days=7)
REOPEN_WITHIN = span("REOPEN_WITHIN_HOURS", days=1)
REVEALS_PER_HOUR = at_least_one("REVEALS_PER_HOUR", 10)
REVEALS_PER_DAY = at_least_one("REVEALS_PER_DAY", 30)
REVEALS_PER_HOUR_REAL_NAME = at_least_one("REVEALS_PER_HOUR_REAL_NAME", 20)
REVEALS_PER_DAY_REAL_NAME = at_least_one("REVEALS_PER_DAY_REAL_NAME", 60)
MESSAGES_PER_HOUR = at_least_one("MESSAGES_PER_HOUR", 5)
MESSAGES_PER_DAY = at_least_one("MESSAGES_PER_DAY", 15)
MESSAGES_PER_HOUR_REAL_NAME = at_least_one("MESSAGES_PER_HOUR_REAL_NAME", 10)
MESSAGES_PER_DAY_REAL_NAME = at_least_one("MESSAGES_PER_DAY_REAL_NAME", 30)
OFFER_REVEALS = at_least_one("OFFER_REVEALS", 5)
OFFER_REST = span("OFFER_REST_HOURS", minutes=30)  # after so many reveals in as long a time
NOTICES_PER_DAY = env.int("NOTICES_PER_DAY", 5, validate=validate.Range(min=0))  # of each template
NOTICES_AT_ONCE = LOCAL  # the demo has no timer, and its provider only prints
LINK_LIFETIME = span("LINK_LIFETIME_HOURS", days=3)
REPORTS_PER_DAY = env.int("REPORTS_PER_DAY", 10, validate=validate.Range(min=1))
VISITOR_REPORTS_PER_DAY = env.int("VISITOR_REPORTS_PER_DAY", 5, validate=validate.Range(min=1))
REPORTS_TO_HIDE = env.int("REPORTS_TO_HIDE", 3, validate=validate.Range(min=2))
REPORTS_KEPT = span("REPORTS_KEPT_HOURS", days=180)  # after the decision
CASE_HOLD = span("CASE_HOLD_HOURS", minutes=15)  # how long a moderator keeps a case from others
CASE_UNDO = span("CASE_UNDO_HOURS", minutes=15)
OPEN_POSTS_PER_RESIDENT = at_least_one("OPEN_POSTS_PER_RESIDENT", 5)
OPEN_POSTS_PER_ORGANISATION = at_least_one("OPEN_POSTS_PER_ORGANISATION", 200)
ORGANISATION_POSTS_PER_DAY = at_least_one("ORGANISATION_POSTS_PER_DAY", 100)

# --- partners -------------------------------------------------------------------------------------
API_PER_MINUTE = at_least_one("API_PER_MINUTE", 120)  # requests from one address
API_PER_MINUTE_WITH_KEY = at_least_one("API_PER_MINUTE_WITH_KEY", 1200)  # of one partner
COUNT_VISITORS = env.bool("COUNT_VISITORS", True)
KEEP_ANSWERS = env.bool("KEEP_ANSWERS", not LOCAL)
FEEDBACK_PER_DAY = at_least_one("FEEDBACK_PER_DAY", 5)
VISITOR_FEEDBACK_PER_DAY = at_least_one("VISITOR_FEEDBACK_PER_DAY", 5)  # from one address
CORS_URLS_REGEX = r"^/api/"  # public data: pages of any site may read them, without cookies
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS", "POST"]
CORS_ALLOW_HEADERS = ["accept-language", "authorization", "content-type", "if-none-match"]
CORS_EXPOSE_HEADERS = ["ETag", "RateLimit", "RateLimit-Policy", "Retry-After"]

# --- how long personal data is kept (docs/operating.md, safety/register.py) -----------------------
CONTACT_KEPT = days("CONTACT_KEPT_DAYS", 7)  # after a post is over
REVEALS_KEPT = days("REVEALS_KEPT_DAYS", 180)
POSTS_KEPT = days("POSTS_KEPT_DAYS", 180)  # after a post is over; then only a count
ACCOUNT_KEPT = days("ACCOUNT_KEPT_DAYS", 365)  # after the last sign-in
UNFINISHED_KEPT = days("UNFINISHED_KEPT_DAYS", 30)  # an account that has done nothing
REFUSED_CHECKS_KEPT = days("REFUSED_CHECKS_KEPT_DAYS", 30)
REJOIN_AFTER = days("REJOIN_AFTER_DAYS", 7)  # as long as caps on medicines count
SUSPENDED_KEPT = days("SUSPENDED_KEPT_DAYS", 365)  # digests of a suspended account that was erased
FEEDBACK_KEPT = days("FEEDBACK_KEPT_DAYS", 180)  # after somebody has looked at it
EXPORTS_PER_DAY = env.int("EXPORTS_PER_DAY", 3, validate=validate.Range(min=1))

# --- maps of the admin ----------------------------------------------------------------------------
LEAFLET_CONFIG = {
    "TILES": [],  # without this every map would call OpenStreetMap's servers
    "DEFAULT_CENTER": (34.0, 108.0),
    "DEFAULT_ZOOM": 4,
    "MIN_ZOOM": 3,
    "MAX_ZOOM": 16,
    "FORCE_IMAGE_PATH": True,
    "RESET_VIEW": False,
    "ATTRIBUTION_PREFIX": "",
}

# --- watching: no personal data, ever (docs/operating.md, "Watching") -----------------------------
METRICS_TOKEN = metrics_token()
SENTRY_DSN = sentry_dsn()
LOG_FORMAT = one_of("LOG_FORMAT", ["plain", "json"], default="plain")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "mutualaid.logs.PrivateFormatter"},
        "json": {"()": "mutualaid.logs.JsonFormatter"},
    },
    "filters": {"nothing": {"()": "mutualaid.logs.Nothing"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "stream": "ext://sys.stdout" if LOG_FORMAT == "json" else "ext://sys.stderr",
        }
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {  # Django gives these handlers of their own, which would print all twice
        "django": {"handlers": []},
        "django.server": {"handlers": [], "propagate": True},
        "django.utils.autoreload": {"level": "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # scanners: a traceback each
        # At DEBUG, Tencent's client logs whole requests: names, document numbers, codes.
        "tencentcloud_sdk_common": {"filters": ["nothing"]},
    },
}
