"""Settings of the tracker. Safe by default; a few environment variables change what an installation must change.

ACADEMY_ADDRESS   the address people type, such as https://academy.example.gov; without it only this machine is served
ACADEMY_VAR       the folder of this installation's own files (database, secret key); var/ of the project without it
ACADEMY_EMAIL     how mail is sent, with ACADEMY_EMAIL_FROM: tracker/mail.py has the ways; printed without it
ACADEMY_DATABASE  a PostgreSQL, as postgresql://user:password@host/database; a SQLite file in that folder without it
ACADEMY_KEEP_..._DAYS  how long what is kept: tracker/records/periods.py has the kinds and the days without it
ACADEMY_DELETION  "at once": who asks to be deleted is deleted; without it an administrator decides
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from tracker import home, mail
from tracker.databases import database
from tracker.records import periods

DEBUG = False
SECRET_KEY = home.secret_key()

LESSONS_FOLDER = home.HOME / "lessons"
DATASETS_FOLDER = home.HOME / "datasets"
WORKSHEETS_FOLDER = home.HOME / "worksheets"
SURVEYS_FOLDER = home.HOME / "surveys"
SITE_FOLDER = home.HOME / "build" / "site"
POLICY_FILE = home.HOME / "build" / "policy.json"
COMPRESSED_FOLDER = home.VAR / "compressed"
LARGEST_NOTEBOOK = 5_000_000
"""Bytes. The grader's own limit is the same."""
LARGEST_ROSTER = 20_000_000
"""Bytes: more than 100,000 people."""
KEEP_DAYS = periods.from_environment(os.environ)
"""How long what is kept, by the names of tracker/records/periods.py."""
DELETION_WAITS = os.environ.get("ACADEMY_DELETION", "") != "at once"
"""Whether a person who asks to be deleted waits for an administrator (tracker/records/deleting.py says why)."""

_address = urlsplit(os.environ.get("ACADEMY_ADDRESS", ""))
_https = _address.scheme == "https"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] + ([_address.hostname] if _address.hostname else [])
CSRF_TRUSTED_ORIGINS = [f"{_address.scheme}://{_address.netloc}"] if _address.netloc else []

INSTALLED_APPS = [
    "tracker.people",
    "tracker.sign_on",
    "tracker.audit",
    "tracker.learning",
    "tracker.api",
    "tracker.assignments",
    "tracker.attendance",
    "tracker.teams",
    "tracker.certificates",
    "tracker.records",
    "tracker.surveys",
    "tracker.site",
    "tracker.people.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tracker.site.middleware.content_security_policy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tracker.site.middleware.permissions_policy",
    "tracker.site.middleware.refuse_large_bodies",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tracker.site.floods.slow_down_floods",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "tracker.urls"
WSGI_APPLICATION = "tracker.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tracker.people.scopes.navigation",
            ],
        },
    },
]

DATABASES = {"default": database(os.environ.get("ACADEMY_DATABASE", ""), home.DATABASE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Person"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["tracker.sign_on.backends.LocalAccount", "tracker.sign_on.backends.AgencySignOn"]
SIGN_ON_FILE = home.VAR / "sign-on.toml"
"""The identity provider of this installation, if it has one: docs/running-the-tracker.md."""
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "my"
LOGOUT_REDIRECT_URL = "/"

# Names of our own: cookies are shared by all ports of a host, and other servers run on localhost too.
# Over https they are bound to this very host: one of its neighbors cannot set them.
_host = "__Host-" if _https else ""
SESSION_COOKIE_NAME = f"{_host}academy_session"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_NAME = f"{_host}academy_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = _https
CSRF_FAILURE_VIEW = "tracker.site.failures.stale_form"
SECURE_SSL_REDIRECT = _https
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
# Whether other hosts below this address speak https is not ours to promise.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
LARGEST_SURVEY_FORM = 20_000_000
"""Bytes. So large that a text which is far too long is told so at its field, and the rest of its page is saved."""
DATA_UPLOAD_MAX_MEMORY_SIZE = LARGEST_SURVEY_FORM

_mail = mail.from_environment(os.environ)
EMAIL_BACKEND = _mail.backend
EMAIL_FILE_PATH = _mail.folder
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.starttls, _mail.tls
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _mail.sender
ADDRESS = _address.geturl().rstrip("/")
"""Before every link in a mail. Empty: mail says where to look in words."""

# For counting only (tracker/site/floods.py): in the memory of each process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "America/New_York"
USE_TZ = True

STATIC_URL = "/assets/"
WHITENOISE_USE_FINDERS = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "tracker": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django": {"handlers": [], "propagate": True},
    },
}
