"""The start page of a host: the answer, the page, and what the page leans on. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from audits.observations.answers import Answer, host_of
from audits.observations.cookies import SeenCookie
from audits.observations.csp import Policy, read_policies
from audits.observations.pages import PageFacts
from audits.observations.target import HostKind

# Only what a call names is loaded; any other http:// in a script is a name, a link or a licence.
CALLS = re.compile(
    r"(?:\bfetch|\bnew\s+(?:WebSocket|EventSource|Worker|SharedWorker|Request)|\bimportScripts"
    r"|\bsendBeacon|\baxios(?:\.\w+)?|\.open)\s*\(\s*(?:[\"'`][A-Za-z]+[\"'`]\s*,\s*)?"
    r"[\"'`]((?:http|ws)://[^\s\"'`<>\\$]{1,300})"
)
CSS_URL = re.compile(r"url\(\s*[\"']?(http://[^\s\"')]{1,300})", re.IGNORECASE)
CSS_IMPORT = re.compile(r"@import\s+(?:url\(\s*)?[\"']?(http://[^\s\"');]{1,300})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ScriptLook:
    """What a script of the page answered. `status` 0: it could not be seen in time.

    `is_missing` says that the file isn't there: its host refuses the connection or its
    name doesn't exist.
    """

    url: str
    status: int
    media_type: str = ""
    is_missing: bool = False

    @property
    def is_failing(self) -> bool:
        """True where a browser can't run it: an error, or a page in place of a script."""
        is_page = self.media_type == "text/html"
        return self.is_missing or self.status >= 400 or (bool(self.status) and is_page)  # noqa: PLR2004 - RFC 9110 section 15


@dataclass(frozen=True, slots=True)
class PlainLoad:
    """A load over http or ws: where it was written and what it loads."""

    source: str
    url: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """The start page of one host, after redirects, and what came on the way.

    `answer` is None where https gave no answer and that is a fact: `fault` says which
    (refused, no certificate at all). Its headers hold no Set-Cookie: `cookies` has them,
    without values, of the start page and of the sign-in page that it links to.
    `calls` are http and ws addresses that the page's own scripts name in a call;
    `css_loads` those of its style sheets. `is_trusted` False: the certificate was not.
    `untrusted_hosts` are known hosts that others may fill, `other_hosts` all known ones.
    """

    host: str
    kind: HostKind
    domain: str
    answer: Answer | None
    page: PageFacts | None = None
    fault: str = ""
    is_trusted: bool = True
    scripts: tuple[ScriptLook, ...] = ()
    calls: tuple[PlainLoad, ...] = ()
    css_loads: tuple[PlainLoad, ...] = ()
    css_imports: tuple[PlainLoad, ...] = ()
    cookies: tuple[SeenCookie, ...] = ()
    has_hsts: bool = False
    simhash: int = 0
    untrusted_hosts: tuple[str, ...] = ()
    other_hosts: tuple[str, ...] = ()
    is_indexing_unwanted: bool = False
    canonical_origin: str = ""

    @property
    def is_elsewhere(self) -> bool:
        """True where the page belongs to somebody else's host (a login service)."""
        return self.answer is not None and host_of(self.answer.url) != self.host

    @property
    def policies(self) -> tuple[Policy, ...]:
        """Every CSP of the answer and of the page, enforced and report-only."""
        if self.answer is None:
            return ()
        metas = self.page.meta_all("http-equiv:content-security-policy") if self.page else ()
        return (
            *read_policies(self.answer.header_all("content-security-policy")),
            *read_policies(metas, is_meta=True),
            *read_policies(
                self.answer.header_all("content-security-policy-report-only"), is_enforced=False
            ),
        )


def plain_calls(source: str, text: str) -> Iterator[PlainLoad]:
    """The http and ws addresses that the script `text` (written at `source`) calls."""
    return (PlainLoad(source, match[1]) for match in CALLS.finditer(text))


def plain_css(source: str, text: str) -> tuple[tuple[PlainLoad, ...], tuple[PlainLoad, ...]]:
    """The http addresses in CSS: those of `url()`, and those of `@import`."""
    imports = tuple(PlainLoad(source, match[1]) for match in CSS_IMPORT.finditer(text))
    imported = {load.url for load in imports}
    loads = (PlainLoad(source, match[1]) for match in CSS_URL.finditer(text))
    return tuple(load for load in loads if load.url not in imported), imports
