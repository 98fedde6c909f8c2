"""Content Security Policies as a browser enforces them. Pure. Source: W3C CSP Level 3."""

from collections.abc import Iterable
from dataclasses import dataclass

META_IGNORES = frozenset({"frame-ancestors", "report-uri", "sandbox"})
FALLBACKS = {
    "script-src-elem": ("script-src-elem", "script-src", "default-src"),
    "script-src-attr": ("script-src-attr", "script-src", "default-src"),
    "script-src": ("script-src", "default-src"),
}
HASHES = ("'sha256-", "'sha384-", "'sha512-")
ANY_HOST = frozenset({"*", "http:", "https:", "data:", "blob:"})


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: its directives in order, names and keywords in lower case."""

    directives: tuple[tuple[str, tuple[str, ...]], ...]
    is_enforced: bool = True
    is_meta: bool = False

    def sources(self, name: str) -> tuple[str, ...] | None:
        """The sources of `name` after its fallbacks; None where nothing limits it."""
        own = dict(self.directives)
        for candidate in FALLBACKS.get(name, (name,)):
            if candidate in own:
                return own[candidate]
        return None

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.directives)

    @property
    def limits_scripts(self) -> bool:
        return self.sources("script-src-elem") is not None

    @property
    def allows_inline(self) -> bool:
        """True where an injected inline script or handler would run.

        A nonce, a hash or 'strict-dynamic' makes browsers ignore 'unsafe-inline'.
        """
        return any(_allows_inline(self.sources(n)) for n in ("script-src-elem", "script-src-attr"))

    @property
    def allows_eval(self) -> bool:
        sources = self.sources("script-src")
        return sources is None or "'unsafe-eval'" in sources

    @property
    def allows_any_host(self) -> bool:
        """True where scripts may come from anywhere; 'strict-dynamic' ignores such sources."""
        sources = self.sources("script-src-elem")
        if sources is None:
            return True
        return "'strict-dynamic'" not in sources and any(s in ANY_HOST for s in sources)


def read_policies(
    values: Iterable[str], *, is_enforced: bool = True, is_meta: bool = False
) -> tuple[Policy, ...]:
    """Every policy of these header (or meta) values; a comma separates policies.

    Of a directive given twice the first counts. A meta can't carry frame-ancestors,
    report-uri or sandbox, so these are left out there.
    """
    policies = (
        Policy(_directives(part, is_meta=is_meta), is_enforced, is_meta)
        for value in values
        for part in ([value] if is_meta else value.split(","))
    )
    return tuple(policy for policy in policies if policy.directives)


def _directives(text: str, *, is_meta: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, tuple[str, ...]] = {}
    for part in text.split(";"):
        words = part.split()
        if not words:
            continue
        name = words[0].lower()
        if name not in found and not (is_meta and name in META_IGNORES):
            found[name] = tuple(_source(word) for word in words[1:])
    return tuple(found.items())


def _source(word: str) -> str:
    """Keywords and hosts are case-free; a nonce or hash keeps its case after its name."""
    if word.lower().startswith(("'nonce-", *HASHES)):
        kind, _, rest = word.partition("-")
        return f"{kind.lower()}-{rest}"
    return word.lower()


def _allows_inline(sources: tuple[str, ...] | None) -> bool:
    if sources is None:
        return True
    if any(s.startswith(("'nonce-", *HASHES)) or s == "'strict-dynamic'" for s in sources):
        return False
    return "'unsafe-inline'" in sources
