"""One SPF record: selecting it, its grammar, its terms (RFC 7208 sections 3 to 7). Pure."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

from audits.observations.dns_answers import split_by_version
from audits.observations.spf_macro import (
    MacroError,
    MacroString,
    clip_term,
    parse_domain_spec,
    parse_macro_string,
)

VERSION = re.compile(r"v=spf1(?= |\Z)", re.IGNORECASE)
NEAR_VERSION = re.compile(r"[\s\"']*v?\s*=?\s*spf\s*1", re.IGNORECASE)
NEAR_CHARS = 40
MODIFIER = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9._-]*)=(?P<value>.*)\Z", re.DOTALL)
DIRECTIVE = re.compile(r"(?P<qualifier>[+?~-]?)(?P<name>[^:/]*)(?P<rest>.*)\Z", re.DOTALL)
DUAL_CIDR = re.compile(r"(?:/(?P<ip4>[0-9]+))?(?://(?P<ip6>[0-9]+))?\Z")
CIDR = re.compile(r"(?:0|[1-9][0-9]{0,2})\Z")

IP4_BITS = 32
IP6_BITS = 128
MAX_PROBLEMS = 20
MECHANISMS = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})
ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})


@dataclass(frozen=True, slots=True)
class SpfProblem:
    """Something wrong in a record: a stable code, the term met, a sentence."""

    code: str
    term: str
    message: str


class SpfSyntaxError(ValueError):
    """A term breaks the grammar."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Directive:
    """A mechanism with its qualifier. `domain` None means the record's own domain.

    `text` is the term as it was written, "" where it was made by hand.
    """

    mechanism: str
    qualifier: str = "+"
    domain: MacroString | None = None
    network: IPv4Network | IPv6Network | None = None
    ip4_prefix: int = IP4_BITS
    ip6_prefix: int = IP6_BITS
    text: str = field(default="", compare=False)

    @property
    def is_asking(self) -> bool:
        """True where it counts in the limit of ten (RFC 7208 section 4.6.4)."""
        return self.mechanism in ASKING

    @property
    def matches_everybody(self) -> bool:
        """True for `all`, and for a network that holds every address of its family."""
        return self.mechanism == "all" or (self.network is not None and not self.network.prefixlen)

    def __str__(self) -> str:
        qualifier = "" if self.qualifier == "+" else self.qualifier
        value = f":{self.domain.text}" if self.domain else ""
        value += f":{self.network}" if self.network else ""
        value += f"/{self.ip4_prefix}" if self.ip4_prefix != IP4_BITS else ""
        value += f"//{self.ip6_prefix}" if self.ip6_prefix != IP6_BITS else ""
        return f"{qualifier}{self.mechanism}{value}"


@dataclass(frozen=True, slots=True)
class Modifier:
    """A `name=value`; all but redirect and exp are ignored (RFC 7208 section 6)."""

    name: str
    value: MacroString

    def __str__(self) -> str:
        return f"{self.name}={self.value.text}"


type Term = Directive | Modifier


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """A record that was selected. With any `problems` every receiver says permerror.

    `terms` are the well-formed ones, in order; `remarks` are lawful but surely not meant.
    """

    text: str
    terms: tuple[Term, ...] = ()
    problems: tuple[SpfProblem, ...] = ()
    remarks: tuple[SpfProblem, ...] = ()

    @property
    def is_valid(self) -> bool:
        return not self.problems

    @property
    def directives(self) -> tuple[Directive, ...]:
        return tuple(term for term in self.terms if isinstance(term, Directive))

    @property
    def all(self) -> Directive | None:
        """The first `all`: nothing to the right of it is ever tested."""
        return next((term for term in self.directives if term.mechanism == "all"), None)

    @property
    def redirect(self) -> Modifier | None:
        """The redirect that counts: none where the record has an `all` (section 5.1)."""
        return None if self.all else self.modifier("redirect")

    def modifier(self, name: str) -> Modifier | None:
        found = (t for t in self.terms if isinstance(t, Modifier) and t.name == name)
        return next(found, None)

    def __str__(self) -> str:
        return " ".join(("v=spf1", *map(str, self.terms)))


def select_spf(texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The SPF records among TXT texts, and the texts that only look like one.

    A record begins with `v=spf1`, in any case, followed by a space or by its end.
    Source: RFC 7208 sections 3.1, 3.3 and 4.5.
    """
    return split_by_version(texts, VERSION, NEAR_VERSION, near_chars=NEAR_CHARS)


def parse_spf(text: str) -> SpfRecord:
    """Parse the whole record, also what stands after `all`. Never raises.

    `text` is the joined TXT text. A text without the version tag has one problem,
    `bad_version`. Source: RFC 7208 section 4.6 and appendix A.
    """
    version = VERSION.match(text)
    if version is None:
        problem = SpfProblem("bad_version", clip_term(text), "The text does not begin with v=spf1.")
        return SpfRecord(text, problems=(problem,))
    terms: list[Term] = []
    problems: list[SpfProblem] = []
    for word in filter(None, text[version.end() :].split(" ")):
        try:
            terms.append(parse_term(word))
        except SpfSyntaxError as error:
            problems.append(SpfProblem(error.code, clip_term(word), str(error)))
    problems.extend(_repeated(terms))
    return SpfRecord(text, tuple(terms), tuple(problems[:MAX_PROBLEMS]), tuple(_remarks(terms)))


def parse_term(word: str) -> Term:
    """One term. Raises SpfSyntaxError. Source: RFC 7208 sections 4.6.1, 5 and 6."""
    modifier = MODIFIER.match(word)
    if modifier is not None:
        return _modifier(modifier["name"].lower(), modifier["value"])
    match = DIRECTIVE.match(word)
    name = match["name"].lower() if match else ""
    if match is None or name not in MECHANISMS:
        raise SpfSyntaxError("unknown_term", _why_unknown(word))
    return replace(BUILDERS[name](name, match["qualifier"] or "+", match["rest"]), text=word)


def _modifier(name: str, value: str) -> Modifier:
    try:
        is_known = name in {"redirect", "exp"}
        # An unknown modifier may hold any macro letter: who reads it is not known.
        macro = (
            parse_domain_spec(value) if is_known else parse_macro_string(value, is_explanation=True)
        )
    except MacroError as error:
        raise SpfSyntaxError("bad_modifier", f"{name}= is wrong: {error}.") from error
    return Modifier(name, macro)


def _all(name: str, qualifier: str, rest: str) -> Directive:
    if rest:
        raise SpfSyntaxError("unexpected_value", "all takes no value.")
    return Directive(name, qualifier)


def _needs_domain(name: str, qualifier: str, rest: str) -> Directive:
    if not rest.startswith(":"):
        raise SpfSyntaxError("missing_domain", f"{name} needs a domain: {name}:example.com.")
    return Directive(name, qualifier, domain=_domain(name, rest[1:]))


def _ptr(name: str, qualifier: str, rest: str) -> Directive:
    return _needs_domain(name, qualifier, rest) if rest else Directive(name, qualifier)


def _addresses_of(name: str, qualifier: str, rest: str) -> Directive:
    """`a` and `mx`: an optional domain, then an optional dual CIDR length."""
    cidr = DUAL_CIDR.search(rest)
    start = cidr.start() if cidr else len(rest)
    before = rest[:start]
    if before and not before.startswith(":"):
        raise SpfSyntaxError("bad_cidr", f"{clip_term(rest)} is no prefix length for {name}.")
    return Directive(
        name,
        qualifier,
        domain=_domain(name, before[1:]) if before else None,
        ip4_prefix=_prefix(cidr["ip4"] if cidr else None, IP4_BITS),
        ip6_prefix=_prefix(cidr["ip6"] if cidr else None, IP6_BITS),
    )


def _ip4(name: str, qualifier: str, rest: str) -> Directive:
    address, prefix = _network(name, rest, IP4_BITS)
    try:
        network = IPv4Network((IPv4Address(address), prefix), strict=False)
    except AddressValueError as error:
        raise SpfSyntaxError("bad_ip4", f"{clip_term(address)} is no IPv4 address.") from error
    return Directive(name, qualifier, network=network)


def _ip6(name: str, qualifier: str, rest: str) -> Directive:
    address, prefix = _network(name, rest, IP6_BITS)
    try:
        if "%" in address:  # Python takes a zone here, RFC 4291 section 2.2 does not
            raise AddressValueError
        network = IPv6Network((IPv6Address(address), prefix), strict=False)
    except AddressValueError as error:
        raise SpfSyntaxError("bad_ip6", f"{clip_term(address)} is no IPv6 address.") from error
    return Directive(name, qualifier, network=network)


BUILDERS: dict[str, Callable[[str, str, str], Directive]] = {
    "all": _all,
    "include": _needs_domain,
    "exists": _needs_domain,
    "ptr": _ptr,
    "a": _addresses_of,
    "mx": _addresses_of,
    "ip4": _ip4,
    "ip6": _ip6,
}


def _network(name: str, rest: str, bits: int) -> tuple[str, int]:
    if not rest.startswith(":"):
        raise SpfSyntaxError("missing_network", f"{name} needs an address after a colon.")
    address, slash, prefix = rest[1:].partition("/")
    return address, _prefix(prefix if slash else None, bits)


def _domain(name: str, text: str) -> MacroString:
    try:
        return parse_domain_spec(text)
    except MacroError as error:
        raise SpfSyntaxError("bad_domain", f"{name}: {error}.") from error


def _prefix(text: str | None, bits: int) -> int:
    if text is None:
        return bits
    if not CIDR.match(text) or int(text) > bits:
        raise SpfSyntaxError("bad_cidr", f"/{clip_term(text)} is not between /0 and /{bits}.")
    return int(text)


def _why_unknown(word: str) -> str:
    if not word.isascii() or not word.isprintable():
        return f"{clip_term(word)} holds a character that no SPF record may hold."
    return f"{clip_term(word)} is neither a mechanism nor a modifier."


def _repeated(terms: list[Term]) -> Iterable[SpfProblem]:
    for name in ("redirect", "exp"):
        count = sum(isinstance(term, Modifier) and term.name == name for term in terms)
        if count > 1:
            message = f"{name}= stands {count} times; once is allowed."
            yield SpfProblem(f"repeated_{name}", name, message)


def _remarks(terms: list[Term]) -> Iterable[SpfProblem]:
    for term in terms:
        if isinstance(term, Modifier) and term.name in MECHANISMS:
            yield SpfProblem(
                "ignored_modifier",
                clip_term(str(term)),
                f"{term.name}= is read as an unknown modifier and ignored; {term.name}: was meant.",
            )
