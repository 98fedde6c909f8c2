"""One HTTP answer as plain facts, and small readings of its headers. Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_VALUE_CHARS = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answered what. `headers` keep order and repetition, names in lower case."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()

    def header(self, name: str) -> str | None:
        """The first value of `name` (lower case), or None."""
        return next((value for key, value in self.headers if key == name), None)

    def header_all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.headers if key == name)

    def tokens(self, name: str) -> tuple[str, ...]:
        """The comma-separated values of every line of `name`, in lower case."""
        joined = ",".join(self.header_all(name))
        return tuple(part.strip().lower() for part in joined.split(",") if part.strip())

    @property
    def media_type(self) -> str:
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        return self.media_type in HTML_TYPES

    @property
    def is_https(self) -> bool:
        return self.url.lower().startswith("https:")


def host_of(url: str) -> str:
    """The host of `url` in lower case; "" where it has none or can't be read."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def scheme_of(url: str) -> str:
    return url.partition(":")[0].lower() if ":" in url else ""


def origin_of(url: str) -> str:
    """Scheme, host and port, the default port left out (RFC 6454 section 6.2); "" if none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname:
        return ""
    shown = "" if port in {None, DEFAULT_PORTS.get(parts.scheme)} else f":{port}"
    return f"{parts.scheme}://{parts.hostname.rstrip('.')}{shown}"


def shown_url(url: str) -> str:
    """`url` for evidence: user, query values and fragment left out, at most 300 characters."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(an address that can't be read)"
    query = "?…" if parts.query else ""
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}{port}{parts.path}{query}"[:MAX_VALUE_CHARS]


def clipped(value: str) -> str:
    """Foreign text for evidence: one line, at most 300 characters."""
    line = " ".join(value.split())
    return line if len(line) <= MAX_VALUE_CHARS else f"{line[: MAX_VALUE_CHARS - 1]}…"
