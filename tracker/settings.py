"""Settings of the tracker. Safe by default; two environment variables change what an installation must change.

ACADEMY_ADDRESS   the address people type, such as https://academy.example.gov; without it only this machine is served
ACADEMY_VAR       the folder of this installation's own files (database, secret key); var/ of the project without it
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from tracker import home

DEBUG = False
SECRET_KEY = home.secret_key()

LESSONS_FOLDER = home.HOME / "lessons"
DATASETS_FOLDER = home.HOME / "datasets"
WORKSHEETS_FOLDER = home.HOME / "worksheets"
SITE_FOLDER = home.HOME / "build" / "site"
POLICY_FILE = home.HOME / "build" / "policy.json"
COMPRESSED_FOLDER = home.VAR / "compressed"
LARGEST_NOTEBOOK = 5_000_000
"""Bytes. The grader's own limit is the same."""

_address = urlsplit(os.environ.get("ACADEMY_ADDRESS", ""))
_https = _address.scheme == "https"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] + ([_address.hostname] if _address.hostname else [])
CSRF_TRUSTED_ORIGINS = [f"{_address.scheme}://{_address.netloc}"] if _address.netloc else []

INSTALLED_APPS = [
    "tracker.people",
    "tracker.audit",
    "tracker.learning",
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
    "tracker.site.middleware.refuse_large_bodies",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": home.DATABASE,
        "OPTIONS": {
            "timeout": 20,
            # A transaction that will write says so at its start, so that two of them wait for each other, not fail.
            "transaction_mode": "IMMEDIATE",
            # FULL: a submission that was acknowledged is on the disk, also when the power fails.
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Person"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "my"
LOGOUT_REDIRECT_URL = "/"

# Names of our own: cookies are shared by all ports of a host, and other servers run on localhost too.
SESSION_COOKIE_NAME = "academy_session"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_NAME = "academy_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = _https
CSRF_FAILURE_VIEW = "tracker.site.failures.stale_form"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

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
