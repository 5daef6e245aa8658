"""Settings, all from the environment, with safe defaults; a wrong value fails at boot.

PORTAL_SECRET_KEY   signs sessions and CSRF tokens
PORTAL_KEYS         Fernet keys, newest first, comma-separated: seal what people tell the pharmacy
PORTAL_HASH_KEYS    keys of the look-up hashes, newest first, comma-separated
DATABASE_URL        sqlite:///… or postgres://…
PORTAL_HOSTS        host names that are served
PORTAL_ORIGINS      origins that forms may be sent from, where a proxy rewrites the host, like https://portal.example
PORTAL_BEHIND_PROXY true where a proxy ends TLS in front and sets X-Forwarded-Proto and X-Forwarded-For
PORTAL_VAR          folder of everything that is made while running (default: var/)
PORTAL_URL          address that messages link to, like https://portal.example (default: https:// and the
                    first of PORTAL_HOSTS; in the demonstration http://127.0.0.1 with PORT)
EMAIL_URL           SMTP server, smtp://, smtp+tls:// or smtp+ssl://user:password@host:port; without it
                    messages stay in the outbox
PORTAL_CONN_MAX_AGE seconds for which a connection to PostgreSQL is used again (default: 60)
PORTAL_SITUATION_MAX_AGE  how old the copies may be that pages show, in seconds (default: 2)
PORTAL_KEEP_NEW_DAYS      how long new inquiries are kept once they are closed (default: 90)
PORTAL_KEEP_CURRENT_DAYS  the same for requests of current patients (default: 1096, three years)
PORTAL_METRICS_TOKEN  at least 32 characters, which a scraper sends as "Authorization: Bearer …" to read
                    /metrics; without it there is no such page
PORTAL_MAIL_FROM    sender of messages (default: no-reply@ the host of PORTAL_URL)
PORTAL_LIMIT_REQUESTS  requests that one network may send in 10 minutes, emergencies beside; a shelter is
                    one network, so at least 100 (default: 600)
PORTAL_LIMIT_JUNK   posts that no request comes of, from one network in 10 minutes (default: 1200)

Without keys in the environment the demonstration's own keys are read from PORTAL_VAR/demo.env; without
either nothing starts. Nor does production with keys that are weak, there twice, or the demonstration's.
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from portal import strength
from portal.demo_keys import MARK

BASE_DIR = Path(__file__).resolve().parent.parent


class Environment(environ.Env):
    # A copy: were demo.env read into os.environ, child processes would take its keys for production's.
    ENVIRON = dict(os.environ)


env = Environment()

VAR = Path(env.str("PORTAL_VAR", str(BASE_DIR / "var")))
# A production that lost one of its keys must not fall back to the demonstration's.
_PRODUCTION = ("PORTAL_SECRET_KEY", "PORTAL_KEYS", "PORTAL_HASH_KEYS", "PORTAL_HOSTS")
DEMO = not any(env.str(name, "") for name in _PRODUCTION) and (VAR / "demo.env").exists()
if DEMO:
    env.read_env(VAR / "demo.env")


def _keys(name: str, minimum: int) -> list[str]:
    keys = [key.strip() for key in env.list(name, default=[])]
    if not keys or any(len(key) < minimum for key in keys):
        raise ImproperlyConfigured(
            f"{name} must hold keys of at least {minimum} characters. "
            "In production set it in the environment; `make run` makes keys for a demonstration."
        )
    return keys


SECRET_KEY = _keys("PORTAL_SECRET_KEY", 50)[0]
PORTAL_KEYS = _keys("PORTAL_KEYS", 44)
PORTAL_HASH_KEYS = _keys("PORTAL_HASH_KEYS", 32)
for _key in PORTAL_KEYS:
    try:
        Fernet(_key)
    except ValueError as error:
        raise ImproperlyConfigured("PORTAL_KEYS holds a key that is not a Fernet key.") from error


def _limit(name: str, default: int) -> int:
    limit = env.int(name, default)
    if limit < 100:
        raise ImproperlyConfigured(f"{name} must be at least 100: everybody in a shelter shares one address.")
    return limit


METRICS_TOKEN = _keys("PORTAL_METRICS_TOKEN", 32)[0] if env.str("PORTAL_METRICS_TOKEN", "") else ""

if not DEMO:
    strength.refuse_weak(
        {
            "PORTAL_SECRET_KEY": [SECRET_KEY],
            "PORTAL_KEYS": PORTAL_KEYS,
            "PORTAL_HASH_KEYS": PORTAL_HASH_KEYS,
            "PORTAL_METRICS_TOKEN": [METRICS_TOKEN] if METRICS_TOKEN else [],
        },
        demo_file=VAR / "demo.env",
        demo_mark=MARK,
    )

DEBUG = False
ALLOWED_HOSTS = env.list("PORTAL_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if DEMO else [])
if any("*" in host for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured("PORTAL_HOSTS must name each host: links are made of what a browser says.")

INSTALLED_APPS = [
    "portal.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "crispy_forms",
    "phonenumber_field",
    "portal",
    "intake",
    "education",
]

MIDDLEWARE = [
    "portal.middleware.Health",
    "portal.middleware.Compress",
    "portal.middleware.PublishedPages",
    "portal.watching.Watch",
    "django.middleware.security.SecurityMiddleware",
    "portal.middleware.SecurityHeaders",
    "portal.middleware.Utf8",
    "portal.middleware.BackButton",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.rooms.Rooms",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.accounts.sessions.StaffSessions",
    "portal.backends.SecondFactor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

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
                "portal.context.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "csp"
CRISPY_TEMPLATE_PACK = "csp"
CRISPY_FAIL_SILENTLY = False

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'portal.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # WAL lets readers go on beside the one writer; IMMEDIATE takes the write lock at BEGIN, where the
    # busy timeout applies, so that concurrent posts wait for each other instead of failing. FULL makes
    # an acknowledged request survive a power cut.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
elif _database["ENGINE"].endswith("postgresql"):
    _database["CONN_MAX_AGE"] = env.int("PORTAL_CONN_MAX_AGE", 60)
    _database["CONN_HEALTH_CHECKS"] = True
    # A machine that is gone says nothing; commands and the message worker are to notice (portal/patience.py
    # bounds what pages wait for).
    _database["OPTIONS"] = {
        "connect_timeout": 3,
        "tcp_user_timeout": 5000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        **_database.get("OPTIONS", {}),
    }
else:
    raise ImproperlyConfigured("DATABASE_URL must name a SQLite or PostgreSQL database.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "portal.backends.RolesBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    }
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
OTP_TOTP_ISSUER = "California Specialty Pharmacy"
# Five failures lock the pair of account and address; many more the account, and the address, everywhere
# but in browsers that the account has signed in with before (portal/accounts/lockout.py).
AXES_FAILURE_LIMIT = 5
AXES_HANDLER = "portal.accounts.lockout.Failures"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "username", "ip_address"]
# Trying on doesn't prolong a lock, or whoever tries on would keep an account locked for good.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "portal.staff.client_address"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "otp_token"]
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "portal.staff.locked_out"

# A proxy in front ends TLS and appends the visitor's address to X-Forwarded-For.
BEHIND_PROXY = env.bool("PORTAL_BEHIND_PROXY", False)
SESSION_ENGINE = "portal.accounts.session_store"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.list("PORTAL_ORIGINS", default=[])
# The demonstration serves plain HTTP on loopback; anything else is HTTPS only.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEMO
if not DEMO:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Browsers that send no referrer at all also hide the origin of a post, which the CSRF check needs.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "America/Los_Angeles"
USE_TZ = True
USE_I18N = True
PHONENUMBER_DEFAULT_REGION = "US"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.assets.Bundles",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
# Nobody else's page has a use for these files.
WHITENOISE_ALLOW_ALL_ORIGINS = False

# A form with every field filled in is about 30 KB; nothing sends more than a long article.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# Limits for one network: an IPv4 address, or an IPv6 /64. See portal/limits.py.
LIMIT_WINDOW = timedelta(minutes=10)
LIMIT_REQUESTS = _limit("PORTAL_LIMIT_REQUESTS", 600)
LIMIT_JUNK = _limit("PORTAL_LIMIT_JUNK", 1200)
# Answers whether an article was useful, and searches; the latter in a minute and for each process.
LIMIT_FEEDBACK = 300
LIMIT_SEARCHES = 300

# How old, in seconds, the copy of lines, hours, notices and centers may be that a process shows.
SITUATION_MAX_AGE = env.float("PORTAL_SITUATION_MAX_AGE", 2.0)


def _kept(name: str, default: int) -> timedelta:
    days = env.int(name, default)
    # A lost digit must not cost what was kept for years.
    if not 30 <= days <= 36_500:
        raise ImproperlyConfigured(f"{name} must be a number of days from 30 to 36500.")
    return timedelta(days=days)


# How long requests are kept once they are closed, by their form.
REQUESTS_KEPT = {
    "new-patient": _kept("PORTAL_KEEP_NEW_DAYS", 90),
    "current-patient": _kept("PORTAL_KEEP_CURRENT_DAYS", 1096),
}

# What the message worker does several times a minute beside the desk's own; each takes `now`.
CHORES = [
    "portal.chores.publish_scheduled",
    "portal.chores.mark_reviews_due",
    "portal.chores.purge",
    "portal.chores.seal_audit",
    "portal.chores.delete_old_counts",
]


def _portal_url() -> str:
    """Return scheme and host, nothing behind; empty where neither an address nor a host is named."""
    if DEMO:
        default = f"http://127.0.0.1:{env.str('PORT', '') or 8000}"
    else:
        default = next((f"https://{host}" for host in ALLOWED_HOSTS if host[0] not in ".*"), "")
    url = env.str("PORTAL_URL", "").rstrip("/") or default
    if url and not re.fullmatch(rf"{'https?' if DEMO else 'https'}://[\w.:\[\]-]+", url):
        raise ImproperlyConfigured("PORTAL_URL must be like https://portal.example, with nothing behind it.")
    return url


def _mail() -> dict[str, object]:
    mail = env.email_url_config(env.str("EMAIL_URL", "") or "dummymail://")
    if mail["EMAIL_BACKEND"] == "django.core.mail.backends.dummy.EmailBackend":
        return mail
    # The other backends print messages or write them to files, where nobody guards them.
    if mail["EMAIL_BACKEND"] != "django.core.mail.backends.smtp.EmailBackend" or not mail["EMAIL_HOST"]:
        raise ImproperlyConfigured("EMAIL_URL must name an SMTP server, like smtp+tls://mail.example:587.")
    if not PORTAL_URL:
        raise ImproperlyConfigured("With EMAIL_URL, PORTAL_URL must say what messages link to.")
    return mail


PORTAL_URL = _portal_url()
vars().update(_mail())
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("PORTAL_MAIL_FROM", "") or f"no-reply@{urlsplit(PORTAL_URL).hostname or ''}"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": f"portal.logs.{'Plain' if DEMO else 'Json'}Lines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        # Its own handler would mail error pages with all that was posted.
        "django": {"handlers": [], "level": "WARNING"},
        # The head of the audit trail once an hour, so that it is kept where the database isn't.
        "portal.audit": {"level": "INFO"},
        # "Not Found" is no news; what failed is.
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "django.security": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        # Anybody can make these by the thousand.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        "axes": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "_granian": {"handlers": ["console"], "level": "ERROR", "propagate": False},
    },
}
