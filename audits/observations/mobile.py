"""What phones and app stores ask of a product: link files, viewport, manifest, pages. Pure.

Source: Apple "Supporting associated domains", Google Digital Asset Links, W3C Web App
Manifest, RFC 9116 (security.txt).
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin

from audits.observations.answers import Answer, origin_of

APPLE_LIMIT_BYTES = 128 * 1024
HANDLE_ALL = "delegate_permission/common.handle_all_urls"
FINGERPRINT = re.compile(r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}", re.IGNORECASE)
ICON_SIZES = ("192x192", "512x512")
MAX_STATEMENTS = 200
FIELD_LINE = re.compile(r"([A-Za-z-]{1,40})\s*:\s*(.{0,2000})")
MAX_LINES = 2_000


@dataclass(frozen=True, slots=True)
class LinkFile:
    """One association file as `host` serves it, asked without following redirects.

    `expected` are the apps that the owner declared (ids or fingerprints), `package` the
    declared Android package; `is_robots_blocked` says that robots.txt keeps Google's
    fetcher out; `is_twin` that this is www beside the bare name, or the other way round.
    """

    host: str
    answer: Answer
    text: str
    length_bytes: int = 0
    expected: tuple[str, ...] = ()
    package: str = ""
    is_robots_blocked: bool = False
    is_twin: bool = False

    @property
    def is_html(self) -> bool:
        start = self.text.lstrip()[:15].lower()
        return self.answer.is_html or start.startswith(("<!doctype", "<html"))


class AppleLinks(LinkFile):
    """`/.well-known/apple-app-site-association`."""

    __slots__ = ()


class AndroidLinks(LinkFile):
    """`/.well-known/assetlinks.json`."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """The web app manifest that a page names: `text` where it answered 200."""

    page_url: str
    url: str
    answer: Answer
    text: str


@dataclass(frozen=True, slots=True)
class StorePage:
    """A page that the stores' review opens: what it is, where it ended, and with what."""

    name: str
    url: str
    answer: Answer
    leads_to_sign_in: bool = False


@dataclass(frozen=True, slots=True)
class SecurityText:
    """security.txt of one host; `answer` None where neither place has one."""

    host: str
    asked_at: datetime
    answer: Answer | None = None
    text: str = ""
    is_legacy_path: bool = False


def read_json(text: str) -> object:
    """The value, or None where it is no JSON."""
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None


def apple_app_ids(value: object) -> tuple[str, ...]:
    """The apps that may open links, of the newer and of the older form of `applinks`."""
    links = value.get("applinks") if isinstance(value, dict) else None
    details = links.get("details") if isinstance(links, dict) else None
    if isinstance(details, dict):  # the oldest form: app id to its paths
        return tuple(str(key) for key in details)[:MAX_STATEMENTS]
    found: list[str] = []
    for detail in details[:MAX_STATEMENTS] if isinstance(details, list) else ():
        if isinstance(detail, dict):
            ids = detail.get("appIDs") or [detail.get("appID")]
            found += [one for one in ids if isinstance(one, str)] if isinstance(ids, list) else []
    return tuple(dict.fromkeys(found))


def android_fingerprints(value: object, package: str) -> tuple[str, ...]:
    """The fingerprints (upper case) that may open links for `package`; any package for ""."""
    found: list[str] = []
    for statement in value[:MAX_STATEMENTS] if isinstance(value, list) else ():
        if not isinstance(statement, dict) or HANDLE_ALL not in _listed(statement.get("relation")):
            continue
        target = statement.get("target")
        if not isinstance(target, dict) or target.get("namespace") != "android_app":
            continue
        if not package or target.get("package_name") == package:
            found += [one.upper() for one in _listed(target.get("sha256_cert_fingerprints"))]
    return tuple(dict.fromkeys(found))


def _listed(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def manifest_faults(manifest: Manifest) -> tuple[str, ...]:
    """What keeps a phone from installing the page, as words; nothing where all is well."""
    value = read_json(manifest.text)
    if not isinstance(value, dict):
        return ("it is no JSON object",)
    faults = []
    icons = value.get("icons")
    sizes = " ".join(
        str(icon.get("sizes", "")) for icon in icons[:MAX_STATEMENTS] if isinstance(icon, dict)
    ) if isinstance(icons, list) else ""  # fmt: skip
    missing = [size for size in ICON_SIZES if size not in sizes.lower()]
    if missing and "any" not in sizes.lower().split():
        faults.append(f"no icon of {' and '.join(missing)}")
    start = urljoin(manifest.url, str(value.get("start_url") or manifest.page_url))
    scope = urljoin(manifest.url, str(value.get("scope") or start.rpartition("/")[0] + "/"))
    if origin_of(start) != origin_of(manifest.page_url):
        faults.append("start_url lies at another origin")
    elif not start.startswith("https:"):
        faults.append("start_url is not https")
    elif not start.startswith(scope):
        faults.append("start_url lies outside its scope")
    return tuple(faults)


def viewport_settings(content: str) -> dict[str, str]:
    """The settings of a meta viewport, in lower case; separators are commas or semicolons."""
    pairs = (part.partition("=") for part in re.split("[,;]", content[:1000].lower()))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def security_fields(text: str) -> dict[str, list[str]]:
    """The fields of a security.txt, names in lower case (RFC 9116 section 2)."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines()[:MAX_LINES]:
        match = FIELD_LINE.fullmatch(line.strip())
        if match and not line.startswith("#"):
            found.setdefault(match[1].lower(), []).append(match[2].strip())
    return found


def read_expiry(values: list[str]) -> datetime | None:
    """The one Expires date (RFC 3339); None where there is none, several, or no date."""
    if len(values) != 1:
        return None
    try:
        moment = datetime.fromisoformat(values[0].upper().replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.utcoffset() is not None else None


A_YEAR = timedelta(days=366)
