"""What one host lets caches keep: its pages, its routes, its files, its errors. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from audits.observations.answers import Answer
from audits.observations.caching import Caching, caching_of
from audits.observations.cookies import Cookie
from audits.observations.target import HostKind

HEX_NAME = re.compile(r"(?:^|[-._/])[0-9a-f]{8,64}(?=[-._/]|$)", re.IGNORECASE)
# Builders write their hashes in letters of both cases, mostly with a digit among them.
LETTER_HASH = re.compile(
    r"[-._](?=[\w-]{0,64}\d|[\w-]{0,64}[a-z][\w-]{0,64}[A-Z]|[\w-]{0,64}[A-Z][\w-]{0,64}[a-z])[\w-]{6,64}\.\w{1,8}$"
)
DIGIT_HASH = re.compile(r"[-._](?=\w{0,64}\d)[\w-]{8,64}\.\w{1,8}$")


def is_hashed(url: str) -> bool:
    """True where the file's name surely holds a hash of its content."""
    path = urlsplit(url).path
    return bool(HEX_NAME.search(path) or DIGIT_HASH.search(path))


def is_plainly_named(url: str) -> bool:
    """True where nothing in the address changes with the content: `/app.js`, `/styles.css`."""
    parts = urlsplit(url)
    return not parts.query and not is_hashed(url) and not LETTER_HASH.search(parts.path)


@dataclass(frozen=True, slots=True)
class CachedAsset:
    """One script or style sheet of the start page and how it was answered.

    `again` is a second request, `with_cookie` a third with a cookie, `with_query` one with a
    query that means nothing, `asked_if_changed` one that offered the first one's validator;
    None where it was not asked or not answered.
    """

    url: str
    first: Answer
    again: Answer | None = None
    with_cookie: Answer | None = None
    with_query: Answer | None = None
    asked_if_changed: Answer | None = None


@dataclass(frozen=True, slots=True)
class CachedPage:
    """One page or route asked without any sign-in; `cookies` are those that it set.

    `is_private` says that the front end asks it with Authorization or a cookie;
    `asked_if_changed` as above.
    """

    url: str
    answer: Answer
    cookies: tuple[Cookie, ...] = ()
    is_page: bool = True
    is_private: bool = False
    asked_if_changed: Answer | None = None


@dataclass(frozen=True, slots=True)
class HostCaching:
    """What `host` answered, ready to be judged; `received_at` is about when (UTC).

    `missing` is its answer to a path that can't exist.
    """

    host: str
    kind: HostKind
    received_at: datetime
    pages: tuple[CachedPage, ...] = ()
    assets: tuple[CachedAsset, ...] = ()
    missing: Answer | None = None

    def caching(self, answer: Answer, *, is_authorised: bool = False) -> Caching:
        return caching_of(answer, received_at=self.received_at, is_authorised=is_authorised)
