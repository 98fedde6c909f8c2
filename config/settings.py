"""Every setting of Launch Ready, and the only place that reads the environment.

`.env.example` names each variable with its unit and its default.
"""

import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from config.databases import databases
from config.evidence_storage import FOLDER_STORAGE, evidence_options
from config.logs import logging_settings
from config.mailers import mailer

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
# Empty: no file at all. Tests need that, so that they don't depend on somebody's .env.
if env_file := env.str("ENV_FILE", default=".env"):
    env.read_env(BASE_DIR / env_file)

# --- the machine ---------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
PORT = env.int("PORT", default=8000)  # the first one that `make run` tries
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{PORT}").rstrip("/")
IS_HTTPS = PUBLIC_URL.startswith("https://")
DATA_DIR = BASE_DIR / env.str("DATA_DIR", default=".data")

# Reachable under no public name: a developer's machine, a trial, the tests, the command line.
IS_LOCAL = all(
    host in {"localhost", "127.0.0.1", "[::1]"} or host.endswith(".test") for host in ALLOWED_HOSTS
)

# What has no safe default once strangers can reach it. All missing names are told at once.
REQUIRED_IN_PRODUCTION = (
    "SECRET_KEY",
    "LR_KEYS",
    "PUBLIC_URL",
    "DATABASE_URL",
    "DATABASE_OPS_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
)
missing = [name for name in REQUIRED_IN_PRODUCTION if not env.str(name, default="")]
if missing and not IS_LOCAL:
    raise ImproperlyConfigured(
        f"ALLOWED_HOSTS={','.join(ALLOWED_HOSTS)} makes this a public installation, and these "
        f"variables are not set: {', '.join(missing)}. `.env.example` says what each one holds."
    )

# Without a key of its own a local process signs with one that dies with it.
SECRET_KEY = env.str("SECRET_KEY", default="") or secrets.token_urlsafe(50)
# "k2:<base64>,k1:<base64>": the first encrypts stored secrets, all decrypt.
LR_KEYS = env.list("LR_KEYS", default=[])
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

# --- applications --------------------------------------------------------------

INSTALLED_APPS = [
    "config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "accounts",
    "sprints",
    "audits",
    "monitoring",
    "handover",
]

MIDDLEWARE = [
    "config.requests.RequestLogMiddleware",
    "config.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.htmx.HtmxRedirectMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.sessions.SignedInMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.TenantMiddleware",
    "accounts.gate.SecondFactorMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "config.shell.shell",
            ],
        },
    }
]

# Fields are drawn by our own templates/django/forms/.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- sign-in: a mailed code or a passkey, never a password -------------------------------

SIGNUP = env.str("SIGNUP", default="open")
if SIGNUP not in {"open", "invite", "closed"}:
    raise ImproperlyConfigured(
        f"SIGNUP={SIGNUP} is none of open (anybody starts a practice), invite (whoever already "
        "signs in) and closed (the operator alone)."
    )
DEMO_DOMAIN = env.str("DEMO_DOMAIN", default="brokenchat.test")  # what the demo project is about

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "places"
LOGOUT_REDIRECT_URL = "home"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_PREVENT_ENUMERATION = "strict"
# An address is proved by the code before its row is made.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {
    "request_login_code": "accounts.forms.AddressForm",
    "confirm_login_code": "accounts.forms.CodeForm",
}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = int(timedelta(minutes=10).total_seconds())
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"length": 8, "dashed": False}
# Step-up is ours (accounts/stepup.py): allauth lets a person without a password through.
ACCOUNT_REAUTHENTICATION_REQUIRED = MFA_REAUTHENTICATION_REQUIRED = False
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip,3/m/key,20/h/key",
    "login_failed": "10/m/ip,5/300s/key",
}

MFA_ADAPTER = "accounts.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = IS_LOCAL  # http://localhost with any port
MFA_TOTP_ISSUER = "Launch Ready"
MFA_FORMS = {
    "authenticate": "accounts.forms.SecondFactorForm",
    "authenticate_webauthn": "accounts.forms.PasskeyAnswerForm",
    "login_webauthn": "accounts.forms.PasskeySignInForm",
}
USERSESSIONS_TRACK_ACTIVITY = False

# --- look at the outside (the guard) --------------------------------------------

LAB = env.bool("LAB", default=False)
if LAB and not IS_LOCAL:
    raise ImproperlyConfigured(
        f"LAB=1 admits loopback addresses, and ALLOWED_HOSTS={','.join(ALLOWED_HOSTS)} names a "
        "public host. Unset LAB, or allow only localhost, 127.0.0.1 and names under .test."
    )
LAB_RESOLVER = env.str("LAB_RESOLVER", default="")
LAB_TABLE = env.str("LAB_TABLE", default="")
LAB_WATCH_RESOLVERS = env.list("LAB_WATCH_RESOLVERS", default=[])
AUDIT_RESOLVERS = env.list("AUDIT_RESOLVERS", default=[])
# What the world sees of a change: Cloudflare, Google, Quad9, OpenDNS.
WATCH_RESOLVERS = env.list(
    "WATCH_RESOLVERS", default=["1.1.1.1", "8.8.8.8", "9.9.9.9", "208.67.222.222"]
)
AUDIT_CA_FILE = env.str("AUDIT_CA_FILE", default="")
RDAP_BOOTSTRAP_FILE = env.str("RDAP_BOOTSTRAP_FILE", default="")
OWN_NETWORKS = env.list("OWN_NETWORKS", default=[])

# --- language and time -----------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# --- transport and cookies ---------------------------------------------------------

# A proxy of these addresses is believed about the scheme (config/gunicorn.py).
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=["127.0.0.1", "::1"])
# How many proxies stand in front, so that rate limits see the visitor's address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if IS_HTTPS else []

# Everything from ourselves or not at all: no inline style or script, no nonce, no exception.
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# `__Host-` binds a cookie to this very host; browsers take it over https only.
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
# Of a visitor who hasn't signed in; afterwards accounts/sessions.py decides by kind.
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = [
    "sprints.receiving.CappedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

SILENCED_SYSTEM_CHECKS = [
    # Asks for HSTS preloading: that binds the whole domain and is the operator's choice.
    "security.W021",
    # Misses unique=True on User.email: the address is unique by a constraint on lower(email).
    "auth.E003",
    "auth.W004",
]

# --- static files --------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
STATIC_STORAGE = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if IS_LOCAL
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
EVIDENCE_STORAGE = env.str("EVIDENCE_STORAGE", default=FOLDER_STORAGE)
STORAGES = {
    "default": {"BACKEND": FOLDER_STORAGE},
    "staticfiles": {"BACKEND": STATIC_STORAGE},
    # Files of evidence: below no address of the web; each is served by a view that asks who may.
    "evidence": {
        "BACKEND": EVIDENCE_STORAGE,
        "OPTIONS": evidence_options(
            env.str("EVIDENCE_STORAGE_OPTIONS", default=""), EVIDENCE_STORAGE, DATA_DIR
        ),
    },
}
WHITENOISE_USE_FINDERS = IS_LOCAL
WHITENOISE_AUTOREFRESH = DEBUG

# --- mail ------------------------------------------------------------------------------

EMAIL_URL = env.str("EMAIL_URL", default="")
MAIL_FOLDER = DATA_DIR / "mail"  # where mail lands without EMAIL_URL; shown by /dev/mail/
MAILERS = {"default": mailer(EMAIL_URL, folder=MAIL_FOLDER)}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Launch Ready <hello@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Mail that comes in: tests of an app's own mails, and replies. Off where no domain is named.
RECEIVE_MAIL_DOMAIN = env.str("RECEIVE_MAIL_DOMAIN", default="").lower().rstrip(".")
RECEIVE_MAIL_HOST = env.str("RECEIVE_MAIL_HOST", default="127.0.0.1")
RECEIVE_MAIL_PORT = env.int("RECEIVE_MAIL_PORT", default=2525)
RECEIVE_MAIL_CERT_FILE = env.str("RECEIVE_MAIL_CERT_FILE", default="")
RECEIVE_MAIL_KEY_FILE = env.str("RECEIVE_MAIL_KEY_FILE", default="")

# --- databases (roles: security.md 2.1) ----------------------------------------------------

DATABASES = databases(
    app_url=env.str("DATABASE_URL", default=""),
    owner_url=env.str("DATABASE_OWNER_URL", default=""),
    ops_url=env.str("DATABASE_OPS_URL", default=""),
    pool_size=env.int("DATABASE_POOL_SIZE", default=0),
)
DATABASE_ROUTERS = ["accounts.tenancy.router.TenantRouter"]

# --- cache and tasks (numbers: measured, security.md 5.2) --------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
CACHE_URL = env.str("CACHE_URL", default="") or urlsplit(REDIS_URL)._replace(path="/1").geturl()
REDIS_OPTIONS = {
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "lr",
        "OPTIONS": REDIS_OPTIONS,
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

VISIBILITY_TIMEOUT_SECONDS = 600
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # Without these a doorbell for a broker that is away holds the request for 6 s.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
    **REDIS_OPTIONS,
}
CELERY_VISIBILITY_TIMEOUT = VISIBILITY_TIMEOUT_SECONDS
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": VISIBILITY_TIMEOUT_SECONDS}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30.0
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
# Both stay below the visibility timeout, else a second copy starts.
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TIMEZONE = TIME_ZONE

# --- logs ----------------------------------------------------------------------------

DEFAULT_EXCEPTION_REPORTER_FILTER = "config.error_reports.NothingPostedFilter"
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_settings(level=env.str("LOG_LEVEL", default="INFO"), is_readable=IS_LOCAL)

AUDIT_HARD_STOP = timedelta(seconds=60)
AUDIT_LEASE_SECONDS = env.int("AUDIT_LEASE_SECONDS", default=45)
