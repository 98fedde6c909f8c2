"""Files that nobody meant to serve, recognised by their content. Pure.

Only what a file is and where it lies is kept, with masked credentials; never its text.
Source: automation specification, section 2.7.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from audits.observations.secret_rules import Grade
from audits.observations.secret_scan import SecretHit, scan

SERIOUS = frozenset({Grade.CRITICAL, Grade.HIGH})
MAX_NAMES = 12
SQL = re.compile(
    r"^[ \t]*(?:CREATE TABLE|INSERT INTO|COPY \S{1,200} .{0,400}FROM stdin|DROP TABLE)", re.I | re.M
)
DUMP_HEAD = re.compile(
    r"\A\s{0,100}(?:--|/\*).{0,200}(?:dump|MySQL|PostgreSQL|MariaDB|SQLite)", re.I | re.S
)
COMPOSE = re.compile(r"^services:\s*$", re.MULTILINE)
NPM_TOKEN = re.compile(r":_(?:authToken|auth|password)\s*=\s*(?!\$\{)\S{8,}")
NPM_LINE = re.compile(r"^(?:@?[\w/-]+:)?(?:registry|//[^\s=]{3,200}:_\w+)\s*=", re.MULTILINE)
PHP_PASSWORD = re.compile(r"define\(\s*['\"]DB_PASSWORD['\"]")
SVN = re.compile(r"\A\d{1,3}\s*\n")
HEADING = re.compile(r"^#{1,3} \S", re.MULTILINE)
SETTING_NAME = re.compile(
    r"""["']?([A-Za-z_][A-Za-z0-9_]{2,60})["']?\s*[:=]\s*["'`]([^"'`\n]{1,2000})["'`]"""
)
PRIVATE_NAME = re.compile(r"SECRET|PRIVATE|SERVICE_ROLE|PASSWORD|(?<!PUBLIC_)ACCESS_KEY", re.I)
# Names that say secret and mean something public.
PUBLIC_NAME = re.compile(r"PUBLIC|SITE_?KEY|PRIVACY", re.I)
INDEX_TITLE = re.compile(r"<title>\s*(?:Index of /|Directory listing for /)", re.I)
INDEX_ROW = re.compile(r"""<a href=["'](?:\.\./|\?C=N|[^"'/?]{1,200}["'])""", re.I)
ADMIN_PATH = re.compile(r"/(?:admin|internal|superuser|impersonate|debug)(?:/|$|\b)", re.I)


class Kind(StrEnum):
    """What a file is, which decides how bad it is to serve it."""

    CREDENTIALS = "credentials"
    DATA = "data"
    SOURCE = "source"
    SETTINGS = "settings"
    TRACES = "traces"
    AI_NOTES = "ai_notes"


@dataclass(frozen=True, slots=True)
class Path:
    """A path that is asked for, what a true answer is, and how it is recognised."""

    path: str
    what: str
    kind: Kind
    is_it: Callable[[bytes, str], bool]


@dataclass(frozen=True, slots=True)
class LeftFile:
    """A file that was served: where, what it is, and the credentials in it, masked."""

    host: str
    path: str
    what: str
    kind: Kind
    secrets: tuple[SecretHit, ...] = ()

    @property
    def is_holding_a_key(self) -> bool:
        return self.kind is Kind.CREDENTIALS or any(hit.grade in SERIOUS for hit in self.secrets)


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What a product's main host serves by mistake."""

    host: str
    files: tuple[LeftFile, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Settings that a page hands to browsers in a file of their own.

    `private_names` are names that say secret and have a value; values are never kept.
    """

    host: str
    urls: tuple[str, ...] = ()
    private_names: tuple[str, ...] = ()
    secrets: tuple[SecretHit, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder that lists its files to everybody: `url` "" where none does."""

    host: str
    asked: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ApiDocs:
    """Descriptions of the API that everybody may read, and the admin paths in them."""

    host: str
    urls: tuple[str, ...] = ()
    admin_paths: tuple[str, ...] = ()
    is_introspectable: bool = False


def _json_with(*names: str) -> Callable[[bytes, str], bool]:
    """True for a JSON object that has one of `names`."""

    def is_it(_body: bytes, text: str) -> bool:
        value = _object(text)
        return any(name in value for name in names)

    return is_it


def _object(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_notes(_body: bytes, text: str) -> bool:
    """Text for an assistant: headings or rules, and no page."""
    return len(text) >= 40 and "<html" not in text[:2000].lower() and bool(HEADING.search(text))  # noqa: PLR2004 - less says nothing


def _is_rules(body: bytes, text: str) -> bool:
    is_text = len(text) >= 40 and "<" not in text[:1] and "\x00" not in text  # noqa: PLR2004 - as above
    return _is_notes(body, text) or (is_text and len(text.split()) >= 8)  # noqa: PLR2004 - as above


def _starts(*magic: bytes) -> Callable[[bytes, str], bool]:
    return lambda body, _text: body.startswith(magic)


def _finds(*patterns: re.Pattern[str]) -> Callable[[bytes, str], bool]:
    return lambda _body, text: any(pattern.search(text) for pattern in patterns)


AI_PATHS = (
    Path("/CLAUDE.md", "notes for Claude", Kind.AI_NOTES, _is_notes),
    Path("/AGENTS.md", "notes for coding agents", Kind.AI_NOTES, _is_notes),
    Path("/.claude/settings.json", "settings of Claude Code", Kind.AI_NOTES,
         _json_with("permissions", "env", "hooks", "mcpServers", "model", "enabledPlugins")),
    Path("/.cursorrules", "rules for Cursor", Kind.AI_NOTES, _is_rules),
    Path("/.cursor/mcp.json", "Cursor’s connections", Kind.AI_NOTES, _json_with("mcpServers")),
    Path("/.github/copilot-instructions.md", "notes for Copilot", Kind.AI_NOTES, _is_notes),
)  # fmt: skip
OTHER_PATHS = (
    Path("/backup.zip", "an archive", Kind.DATA, _starts(b"PK\x03\x04")),
    Path("/db.sql", "a database dump", Kind.DATA, _finds(SQL, DUMP_HEAD)),
    Path("/dump.sql", "a database dump", Kind.DATA, _finds(SQL, DUMP_HEAD)),
    Path("/.DS_Store", "a list of files", Kind.TRACES, _starts(b"\x00\x00\x00\x01Bud1")),
    Path("/.svn/entries", "a Subversion folder", Kind.SOURCE, _finds(SVN)),
    Path("/.vscode/sftp.json", "an upload’s settings", Kind.SETTINGS,
         _json_with("host", "username", "remotePath")),
    Path("/docker-compose.yml", "a description of the services", Kind.SETTINGS, _finds(COMPOSE)),
    Path("/.npmrc", "settings of npm", Kind.SETTINGS, _finds(NPM_LINE)),
    Path("/firebase.json", "settings of Firebase", Kind.TRACES,
         _json_with("hosting", "firestore", "functions")),
    Path("/service-account.json", "a key file of Google Cloud", Kind.CREDENTIALS,
         lambda _body, text: _object(text).get("type") == "service_account"
         and "private_key" in _object(text)),
    Path("/wp-config.php~", "WordPress’s settings with the database password", Kind.CREDENTIALS,
         _finds(PHP_PASSWORD)),
)  # fmt: skip


def left_file(host: str, path: Path, body: bytes, text: str) -> LeftFile | None:
    """The file where `body` truly is what `path` names, else None."""
    if not path.is_it(body, text):
        return None
    kind = path.kind
    says_password = path.path == "/.vscode/sftp.json" and bool(_object(text).get("password"))
    if says_password or (path.path == "/.npmrc" and NPM_TOKEN.search(text)):
        kind = Kind.CREDENTIALS
    return LeftFile(host, path.path, path.what, kind, scan(text[:500_000]))


def private_names(text: str) -> tuple[str, ...]:
    """Names in settings for browsers that say secret and have a value."""
    found = (
        match[1]
        for match in SETTING_NAME.finditer(text[:200_000])
        if PRIVATE_NAME.search(match[1]) and not PUBLIC_NAME.search(match[1])
    )
    return tuple(dict.fromkeys(found))[:MAX_NAMES]


def is_listing(text: str) -> bool:
    """True for a web server's own list of a folder, not for a page that writes about one."""
    return bool(INDEX_TITLE.search(text[:2000])) and len(INDEX_ROW.findall(text[:20_000])) > 1


def documented_paths(text: str) -> tuple[str, ...] | None:
    """The paths of an OpenAPI or Swagger description; None where it is none."""
    value = _object(text)
    if not ({"openapi", "swagger"} & set(value)):
        return None
    paths = value.get("paths")
    return tuple(str(path) for path in paths)[:2000] if isinstance(paths, dict) else ()


def admin_paths(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(path for path in paths if ADMIN_PATH.search(path))[:MAX_NAMES]
