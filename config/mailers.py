"""Django 6.1's MAILERS from one URL; without a URL, mail lands in files."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TIMEOUT_SECONDS = 20
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}

# `object`: the options of a mailer are its backend's own.
type Mailer = dict[str, str | dict[str, object]]


def mailer(url: str, *, folder: Path) -> Mailer:
    """One entry of MAILERS. `smtp+tls://user:password@host:587` speaks STARTTLS, `smtps` TLS."""
    if not url:
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return {"BACKEND": backend, "OPTIONS": {"file_path": str(folder)}}
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        # The URL holds a password: only its scheme is repeated.
        raise ImproperlyConfigured(
            f"EMAIL_URL begins with {parts.scheme!r} and should read "
            "smtp+tls://user:password@host:587, smtps://…:465 or smtp://…:25, so no mail could "
            "leave. A user or password with special characters is percent-encoded."
        )
    timeout = parse_qs(parts.query).get("timeout", [str(TIMEOUT_SECONDS)])[0]
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": parts.port or PORTS[parts.scheme],
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_tls": parts.scheme == "smtp+tls",
            "use_ssl": parts.scheme == "smtps",
            "timeout": float(timeout),
        },
    }
