"""What an HTML page says and loads. Pure: reading a page fetches nothing."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_ITEMS = 2_000
MAX_URL_CHARS = 4_000
SCRIPT_TYPES = frozenset(
    {"", "module", "text/javascript", "application/javascript", "text/ecmascript"}
)
MAX_DEPTH = 2_000
TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)", re.IGNORECASE)
# Neither void elements nor those that the parser closes by itself make a page deeper.
NEVER_DEEPER = (
    " area base br col embed hr img input link meta param source track wbr p li dt dd option "
    "optgroup tr td th thead tbody tfoot colgroup rp rt "
)
NOT_READ = frozenset({"script", "style", "noscript", "template"})


@dataclass(frozen=True, slots=True)
class Script:
    """A `<script src>`: absolute URL and the attributes that decide how it runs."""

    url: str
    type: str = ""
    integrity: str = ""
    crossorigin: str | None = None
    is_async: bool = False
    is_deferred: bool = False
    is_nomodule: bool = False

    @property
    def is_module(self) -> bool:
        return self.type == "module"


@dataclass(frozen=True, slots=True)
class Form:
    """A form: absolute action (the page's own URL where none is given), method in lower case."""

    action: str
    method: str = "get"


@dataclass(frozen=True, slots=True)
class Island:
    """A JSON block: its id, its type and its text as written."""

    id: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class PageFacts:
    """One page, read. Every URL is absolute, resolved against `base` (its `<base href>`).

    `media` are images, audio, video and every `srcset` candidate; `text` is what a visitor
    would read before any script ran; `metas` maps the name,
    property or `http-equiv:` name of each meta, in lower case, to its contents in order.
    """

    url: str
    base: str
    title: str = ""
    lang: str = ""
    text: str = ""
    scripts: tuple[Script, ...] = ()
    inline_scripts: tuple[str, ...] = ()
    modulepreloads: tuple[str, ...] = ()
    stylesheets: tuple[str, ...] = ()
    inline_styles: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    iframes: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    anchors: tuple[str, ...] = ()
    canonicals: tuple[str, ...] = ()
    raw_canonicals: tuple[str, ...] = ()
    og_url: str = ""
    manifest: str = ""
    metas: tuple[tuple[str, str], ...] = ()
    islands: tuple[Island, ...] = ()
    comments: tuple[str, ...] = ()

    def meta_all(self, name: str) -> tuple[str, ...]:
        """Every content of the meta called `name` (lower case), in order."""
        return tuple(content for key, content in self.metas if key == name)

    @property
    def text_length(self) -> int:
        """Characters a visitor would read before any script ran."""
        return len(self.text)

    @property
    def robots(self) -> tuple[str, ...]:
        return self.meta_all("robots")

    @property
    def viewport(self) -> str | None:
        return next(iter(self.meta_all("viewport")), None)


def read_page(url: str, html: str | bytes) -> PageFacts:
    """Read the HTML that was answered at `url` (absolute, after redirects).

    Never raises for broken markup: what a lenient browser parser finds is what is read.
    At most 2,000 items of each kind are kept, and a page is cut where it nests deeper than
    2,000 elements (the parser's time grows with the square of the depth). Source: WHATWG
    HTML, the elements' chapters.
    """
    tree = LexborHTMLParser(_shallow(html))
    base = _base(tree, url)
    return PageFacts(
        url=url,
        base=base,
        title=_title(tree),
        lang=_attribute(tree.css_first("html"), "lang"),
        scripts=_scripts(tree, base),
        inline_scripts=_texts(tree, "script:not([src])", is_script=True),
        modulepreloads=_links(tree, base, "modulepreload"),
        stylesheets=_links(tree, base, "stylesheet"),
        inline_styles=_styles(tree),
        media=_media(tree, base),
        iframes=_urls(tree, base, ("iframe[src]", "src"), ("frame[src]", "src")),
        objects=_urls(tree, base, ("object[data]", "data"), ("embed[src]", "src")),
        forms=_forms(tree, base, url),
        anchors=_urls(tree, base, ("a[href]", "href"), ("area[href]", "href")),
        canonicals=_links(tree, base, "canonical"),
        raw_canonicals=_raw_links(tree, "canonical"),
        og_url=_meta(tree, "og:url"),
        manifest=next(iter(_links(tree, base, "manifest")), ""),
        metas=_metas(tree),
        islands=_islands(tree),
        comments=_comments(tree),
        text=_visible(tree),
    )


def _shallow(html: str | bytes) -> str:
    text = html.decode("utf-8", "replace") if isinstance(html, bytes) else html
    depth = 0
    for tag in TAG.finditer(text):
        if f" {tag[2].lower()} " not in NEVER_DEEPER:
            depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > MAX_DEPTH:
            return text[: tag.start()]
    return text


def absolute(base: str, reference: str) -> str:
    """`reference` as a browser resolves it against `base`; "" where it can't be resolved."""
    cleaned = reference.strip().replace("\n", "").replace("\t", "").replace("\r", "")
    try:
        joined = urljoin(base, cleaned)
        urlsplit(joined)
    except ValueError:
        return ""
    return joined[:MAX_URL_CHARS]


def _attribute(node: LexborNode | None, name: str) -> str:
    return ((node.attributes.get(name) if node else None) or "").strip()


def _nodes(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    return tree.css(selector)[:MAX_ITEMS]


def _base(tree: LexborHTMLParser, url: str) -> str:
    href = _attribute(tree.css_first("base[href]"), "href")
    return absolute(url, href) or url if href else url


def _title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("head title") or tree.css_first("title")
    return node.text(strip=True)[:300] if node else ""


def _scripts(tree: LexborHTMLParser, base: str) -> tuple[Script, ...]:
    return tuple(
        Script(
            url=absolute(base, _attribute(node, "src")),
            type=_attribute(node, "type").lower(),
            integrity=_attribute(node, "integrity"),
            crossorigin=_attribute(node, "crossorigin") if _has(node, "crossorigin") else None,
            is_async=_has(node, "async"),
            is_deferred=_has(node, "defer"),
            is_nomodule=_has(node, "nomodule"),
        )
        for node in _nodes(tree, "script[src]")
        if _attribute(node, "type").lower() in SCRIPT_TYPES
    )


def _has(node: LexborNode, name: str) -> bool:
    return name in node.attributes


def _texts(tree: LexborHTMLParser, selector: str, *, is_script: bool = False) -> tuple[str, ...]:
    return tuple(
        node.text()
        for node in _nodes(tree, selector)
        if not is_script or _attribute(node, "type").lower() in SCRIPT_TYPES
    )


def _styles(tree: LexborHTMLParser) -> tuple[str, ...]:
    attributes = (_attribute(node, "style") for node in _nodes(tree, "[style]"))
    return _texts(tree, "style") + tuple(text for text in attributes if "(" in text)


def _raw_links(tree: LexborHTMLParser, rel: str) -> tuple[str, ...]:
    return tuple(
        _attribute(node, "href")
        for node in _nodes(tree, "link[href]")
        if rel in _attribute(node, "rel").lower().split()
    )


def _links(tree: LexborHTMLParser, base: str, rel: str) -> tuple[str, ...]:
    return tuple(filter(None, (absolute(base, href) for href in _raw_links(tree, rel))))


def _urls(tree: LexborHTMLParser, base: str, *wanted: tuple[str, str]) -> tuple[str, ...]:
    found = (
        absolute(base, _attribute(node, name))
        for selector, name in wanted
        for node in _nodes(tree, selector)
    )
    return tuple(url for url in found if url)


def _media(tree: LexborHTMLParser, base: str) -> tuple[str, ...]:
    plain = _urls(
        tree,
        base,
        ("img[src]", "src"),
        ("audio[src]", "src"),
        ("video[src]", "src"),
        ("video[poster]", "poster"),
        ("source[src]", "src"),
        ("track[src]", "src"),
        ("input[type=image][src]", "src"),
    )
    candidates = (
        absolute(base, part)
        for node in _nodes(tree, "[srcset]")
        for part in _candidates(_attribute(node, "srcset"))
    )
    return plain + tuple(url for url in candidates if url)


def _candidates(srcset: str) -> list[str]:
    """The URLs of a srcset. A comma splits only where white space follows (WHATWG)."""
    parts = [part.strip() for part in srcset.replace(",\n", ", ").split(", ")]
    return [part.split()[0].rstrip(",") for part in parts if part.split()]


def _forms(tree: LexborHTMLParser, base: str, url: str) -> tuple[Form, ...]:
    forms = [
        Form(
            absolute(base, _attribute(node, "action")) if _attribute(node, "action") else url,
            _attribute(node, "method").lower() or "get",
        )
        for node in _nodes(tree, "form")
    ]
    overriding = _urls(tree, base, ("[formaction]", "formaction"))
    return tuple(forms) + tuple(Form(action) for action in overriding)


def _metas(tree: LexborHTMLParser) -> tuple[tuple[str, str], ...]:
    found = []
    for node in _nodes(tree, "meta[content]"):
        equivalent = _attribute(node, "http-equiv").lower()
        name = _attribute(node, "name") or _attribute(node, "property")
        key = f"http-equiv:{equivalent}" if equivalent else name.lower()
        found.append((key, _attribute(node, "content")))
    return tuple(found)


def _meta(tree: LexborHTMLParser, name: str) -> str:
    return next((content for key, content in _metas(tree) if key == name), "")


def _islands(tree: LexborHTMLParser) -> tuple[Island, ...]:
    return tuple(
        Island(_attribute(node, "id"), _attribute(node, "type").lower(), node.text())
        for node in _nodes(tree, "script[type]")
        if "json" in _attribute(node, "type").lower()
    )


def _comments(tree: LexborHTMLParser) -> tuple[str, ...]:
    if tree.root is None:
        return ()
    found = (node.comment_content for node in tree.root.traverse() if node.is_comment_node)
    return tuple(text for text in found if text)[:MAX_ITEMS]


def _visible(tree: LexborHTMLParser) -> str:
    if tree.body is None:
        return ""
    parts = (
        node.text(deep=False, skip_empty=True).strip()
        for node in tree.body.traverse()
        if node.tag not in NOT_READ
    )
    return " ".join(part for part in parts if part)
