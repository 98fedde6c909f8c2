"""What search engines are told: robots.txt, the sitemap, and second homes. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

from protego import Protego

ROBOTS_LIMIT_BYTES = 500 * 1024
LOC = re.compile(r"<(?:\w+:)?loc>\s*(?:<!\[CDATA\[)?\s*([^<\]\s]{1,2000})", re.IGNORECASE)
INDEX = re.compile(r"<(?:\w+:)?sitemapindex[\s>]", re.IGNORECASE)
URLSET = re.compile(r"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]", re.IGNORECASE)
HTML_START = re.compile(r"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
SEARCH_BOT = "Googlebot"
SEARCH_BOTS = frozenset({"googlebot", "bingbot", "*"})
FORBIDS = frozenset({"noindex", "none"})
# X-Robots-Tag may begin with a bot's name; these words with a colon are rules, not bots.
RULES_WITH_COLON = frozenset(
    {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}
)


@dataclass(frozen=True, slots=True)
class Robots:
    """The answer to /robots.txt at `url`, and the rules in `text` (at most 512 KiB of it)."""

    url: str
    status: int
    media_type: str = ""
    text: str = ""
    size_bytes: int = 0
    is_truncated: bool = False

    @property
    def is_html(self) -> bool:
        return self.media_type == "text/html" or HTML_START.match(self.text[:2000]) is not None

    @property
    def has_rules(self) -> bool:
        return 200 <= self.status < 300 and not self.is_html  # noqa: PLR2004 - RFC 9110

    def allows(self, url: str, *, bot: str = SEARCH_BOT) -> bool:
        """Whether the rules let `bot` fetch `url`. Source: RFC 9309 section 2.2."""
        return not self.has_rules or bool(Protego.parse(self.text).can_fetch(url, bot))

    @property
    def sitemaps(self) -> tuple[str, ...]:
        return tuple(Protego.parse(self.text).sitemaps) if self.has_rules else ()


@dataclass(frozen=True, slots=True)
class Indexing:
    """Everything that can keep search engines off the main start page at `url`.

    `robots_tags` are the values of X-Robots-Tag, `robots_metas` (name, content) of the
    page. `robots` is None where robots.txt could not be seen.
    """

    url: str
    robots: Robots | None
    robots_tags: tuple[str, ...] = ()
    robots_metas: tuple[tuple[str, str], ...] = ()
    is_unwanted: bool = False


@dataclass(frozen=True, slots=True)
class SitemapUrl:
    """One sampled URL; `status` None where it was not fetched or gave no answer."""

    url: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The sitemap at `url`. `is_declared`: robots.txt names it. `sample` at most 20 URLs."""

    url: str
    origin: str
    status: int
    is_declared: bool
    is_xml: bool = False
    url_count: int = 0
    sample: tuple[SitemapUrl, ...] = ()


@dataclass(frozen=True, slots=True)
class PlatformTwin:
    """A platform's own address (app.vercel.app) of what may be the same product.

    `status` None: no answer. `location` is where it redirects, "" where it doesn't.
    """

    host: str
    status: int | None
    location: str = ""
    is_same_page: bool = False
    is_indexable: bool = True
    canonical: str = ""


@dataclass(frozen=True, slots=True)
class PlatformTwins:
    """All platform addresses known for one domain."""

    domain: str
    twins: tuple[PlatformTwin, ...]


def forbidding_tag(values: Iterable[str]) -> str:
    """The X-Robots-Tag value that forbids indexing for every or the main search bots, or "".

    A value may begin with a bot's name, which then owns the rules of that line.
    Source: Google Search Central, "Robots meta tag, data-nosnippet, and X-Robots-Tag".
    """
    return next((value for value in values if _forbids(value)), "")


def forbidding_meta(metas: Iterable[tuple[str, str]]) -> str:
    """The robots meta (`name: content`) that forbids indexing, or ""."""
    for name, content in metas:
        words = {word.strip().lower() for word in content.split(",")}
        if name in {"robots", *SEARCH_BOTS} and words & FORBIDS:
            return f"{name}: {content}"
    return ""


def sitemap_urls(xml: str) -> tuple[str, ...]:
    """Every `<loc>` of a sitemap or sitemap index, by pattern: entities are never expanded."""
    return tuple(unescape(match[1]) for match in LOC.finditer(xml))


def is_sitemap(xml: str) -> bool:
    return URLSET.search(xml[:5000]) is not None


def is_sitemap_index(xml: str) -> bool:
    return INDEX.search(xml[:5000]) is not None


def sampled[T](items: tuple[T, ...], size: int) -> tuple[T, ...]:
    """`size` items spread evenly over `items`: the same list, the same sample."""
    if len(items) <= size:
        return items
    return tuple(items[index * len(items) // size] for index in range(size))


def _forbids(value: str) -> bool:
    bot, colon, rest = value.partition(":")
    is_named = bool(colon) and "," not in bot and bot.strip().lower() not in RULES_WITH_COLON
    if is_named and bot.strip().lower() not in SEARCH_BOTS:
        return False
    words = {word.strip().lower() for word in (rest if is_named else value).split(",")}
    return bool(words & FORBIDS)
