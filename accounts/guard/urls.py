"""The one grammar for addresses that people enter and servers redirect to. Pure.

The standard library and the common clients disagree about what a host is (httpx turned
`127。0。0。1` into 127.0.0.1; glibc resolves `127.1`, `0x7f000001` and `0` to loopback), so
every URL is taken apart here and rebuilt from its parts; the original text goes nowhere.

Sources: RFC 3986 sections 3.1 to 3.4, RFC 5891 (IDNA 2008), RFC 6761 (special-use names).
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote, urljoin

import idna

from accounts.guard.addresses import is_lab_name, parse_literal
from accounts.guard.exchange import TargetRefusedError

MAX_URL_CHARACTERS = 2048
MAX_HOST_CHARACTERS = 253
MAX_LABEL_CHARACTERS = 63
SHOWN_CHARACTERS = 120

DEFAULT_PORTS = {"http": 80, "https": 443}
PURPOSE_PORTS: dict[str, frozenset[int]] = {
    "http": frozenset({80, 443, 8080, 8443}),
    "tls": frozenset({443, 465, 993, 8443}),
    "smtp": frozenset({25, 465, 587}),
    "dns": frozenset({53}),
}
SPECIAL_USE = (
    "alt", "arpa", "corp", "example", "home", "home.arpa", "internal", "intranet", "invalid",
    "lan", "local", "localdomain", "localhost", "onion", "test",
)  # fmt: skip

_URL = re.compile(r"(?P<scheme>[a-z]+)://(?P<authority>[^/?#]*)(?P<target>[^#]*)(?:#.*)?", re.S)
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>.*)", re.S)
_HOST_PORT = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>.*))?", re.S)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_DOT_LOOKALIKES = "。．｡․‧∙⋅·"
_SAFE_IN_TARGET = "!$%&'()*+,-./:;=?@_~[]|"


@dataclass(frozen=True, slots=True)
class Url:
    """A URL in parts. `host` is lower-case LDH or an address without brackets."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def is_literal(self) -> bool:
        return parse_literal(self.host) is not None

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port: the Host header's value."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def shown(text: str) -> str:
    """Foreign `text`, fit for a message: escaped and cut."""
    safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[:SHOWN_CHARACTERS])
    return safe + ("…" if len(text) > SHOWN_CHARACTERS else "")


def _refuse(code: str, message: str) -> NoReturn:
    raise TargetRefusedError(code, message)


def parse_url(text: str, *, is_lab: bool = False, purpose: str = "http") -> Url:
    """`text` as a URL rebuilt from its parts; TargetRefusedError with a stable code otherwise.

    Codes: `url_empty url_too_long url_characters url_scheme url_authority url_userinfo
    url_port` and those of `parse_host`. Default ports stand for themselves.
    """
    _check_characters(text)
    scheme_match = _SCHEME.fullmatch(text)
    scheme = scheme_match["scheme"].lower() if scheme_match else ""
    if scheme not in DEFAULT_PORTS:
        _refuse(
            "url_scheme",
            f"“{shown(text)}” is not an http or https address. Only web addresses are looked "
            "at; start it with https://.",
        )
    match = _URL.fullmatch(scheme + text[len(scheme) :])
    if match is None:
        _refuse(
            "url_authority",
            f"“{shown(text)}” has no “//” after its scheme. Programs disagree about what such "
            "an address means; write it as https://host/path.",
        )
    host, port = split_authority(match["authority"])
    parsed_port = DEFAULT_PORTS[scheme] if port is None else parse_port(port, purpose)
    return Url(scheme, parse_host(host, is_lab=is_lab), parsed_port, _target(match["target"]))


def parse_address(text: str, *, is_lab: bool = False) -> Url:
    """What a person enters: a URL, a host, host:port or a literal. A bare host means https."""
    text = text.strip(" \t\r\n")
    _check_characters(text)
    literal = parse_literal(text)
    if literal is not None and ":" in text:
        return Url("https", parse_host(f"[{text}]", is_lab=is_lab), 443, "/")
    match = _SCHEME.fullmatch(text)
    is_host_port = match is not None and (
        "." in match["scheme"] or re.fullmatch(r"[0-9]+(?:[/?#].*)?", match["rest"], re.S)
    )
    if text.startswith(("/", "?", "#")) or (match is not None and not is_host_port):
        return parse_url(text, is_lab=is_lab)
    return parse_url(f"https://{text}", is_lab=is_lab)


def resolve_location(base: Url, location: str, *, is_lab: bool = False) -> Url:
    """Where a redirect from `base` leads, judged as if a person had entered it."""
    cleaned = location.strip(" \t").replace(" ", "%20")
    _check_characters(cleaned)
    try:
        joined = urljoin(str(base), cleaned)
    except ValueError:
        _refuse(
            "url_authority",
            f"“{shown(location)}” is no address. A browser would stop at this redirect; "
            "correct the Location header.",
        )
    return parse_url(joined, is_lab=is_lab)


def _check_characters(text: str) -> None:
    if not text:
        _refuse("url_empty", "The address is empty. Enter the name your visitors use.")
    if len(text) > MAX_URL_CHARACTERS:
        _refuse(
            "url_too_long",
            f"The address has {len(text)} characters; {MAX_URL_CHARACTERS} are allowed, as "
            "browsers and servers cut longer ones. Enter it without its query.",
        )
    bad = next((c for c in text if c in "\\ " or unicodedata.category(c)[0] in "CZ"), None)
    if bad is not None:
        _refuse(
            "url_characters",
            f"“{shown(text)}” holds the character U+{ord(bad):04X}. Blanks, backslashes and "
            "invisible characters let one address pass for another; type it without them.",
        )


def split_authority(authority: str) -> tuple[str, str | None]:
    """Host (a literal in brackets) and port text of an authority without userinfo."""
    if "@" in authority:
        _refuse(
            "url_userinfo",
            f"“{shown(authority)}” carries a name or password before its host. They hide the "
            "real host and would be stored; enter the address without them.",
        )
    if "%" in authority and not authority.startswith("["):
        _refuse(
            "url_authority",
            f"“{shown(authority)}” has a percent sign in its host. Programs decode it "
            "differently; write the host in plain letters.",
        )
    match = _HOST_PORT.fullmatch(authority)
    if match is None or not match["host"]:
        _refuse(
            "url_authority",
            f"“{shown(authority)}” is no host. Without one there is nothing to reach; write "
            "host or host:port, an IPv6 address in brackets.",
        )
    return match["host"], match["port"]


def parse_port(text: str, purpose: str) -> int:
    """The port `text` where `purpose` allows it (PURPOSE_PORTS)."""
    is_number = text.isascii() and text.isdigit() and 1 <= len(text) <= 5 and text[0] != "0"  # noqa: PLR2004
    if not is_number or int(text) not in PURPOSE_PORTS[purpose]:
        allowed = ", ".join(str(port) for port in sorted(PURPOSE_PORTS[purpose]))
        _refuse(
            "url_port",
            f"Port “{shown(text)}” is not looked at. Only {allowed} are, so that the audit can't "
            "be turned into a port scan; use the port your visitors use.",
        )
    return int(text)


def _target(text: str) -> str:
    """Path and query in ASCII; the path is never empty."""
    path = text if text.startswith("/") else "/" + text
    return quote(path, safe=_SAFE_IN_TARGET)


def parse_host(text: str, *, is_lab: bool = False) -> str:
    """A host in its one spelling: lower-case LDH labels, or a canonical address.

    Codes: `address_malformed address_scoped url_authority url_host_numeric
    host_too_long host_lookalike idna_invalid host_single_label host_special_use`.
    Whether the address behind it is public is the policy's question, not the grammar's.
    """
    if text.startswith("["):
        return _bracketed(text)
    _check_characters(text)
    host = _ascii_host(text[:-1] if text.endswith(".") else text, text)
    if _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]):
        return _dotted_quad(text)
    _check_lengths(host)
    _check_labels(host, text)
    _check_suffix(host, is_lab=is_lab)
    return host


def _bracketed(text: str) -> str:
    if "%" in text:
        _refuse(
            "address_scoped",
            f"“{shown(text)}” is bound to one network interface. Only public addresses can be "
            "reached; enter the name your visitors use.",
        )
    inner = text[1:-1]
    literal = parse_literal(inner)
    if literal is None or ":" not in inner:
        _refuse(
            "address_malformed",
            f"“{shown(text)}” is no IPv6 address. Nothing else may stand in brackets; correct "
            "it or enter the name your visitors use.",
        )
    return str(literal)


def _dotted_quad(text: str) -> str:
    literal = parse_literal(text)
    if literal is None:
        _refuse(
            "url_host_numeric",
            f"“{shown(text)}” is a number, not a name. Some programs read such spellings as an "
            "address and others don't; write four decimal numbers or the name.",
        )
    return str(literal)


def _ascii_host(host: str, original: str) -> str:
    """`host` in ASCII, by IDNA 2008 with UTS 46 mapping, non-transitional."""
    if host.isascii():
        return host.lower()
    if any(dot in host for dot in _DOT_LOOKALIKES):
        _refuse_lookalike(original)
    return ".".join(_ascii_label(label, original) for label in host.split("."))


def _ascii_label(label: str, original: str) -> str:
    if label.isascii():
        return label.lower()
    mapped = unicodedata.normalize("NFKC", label).casefold()
    if mapped.isascii():
        _refuse_lookalike(original)
    try:
        encoded = idna.encode(label, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        _refuse_idna(original, str(error))
    if not encoded.startswith("xn--") or "." in encoded:
        _refuse_lookalike(original)
    return encoded


def _refuse_lookalike(original: str) -> NoReturn:
    _refuse(
        "host_lookalike",
        f"“{shown(original)}” uses characters that only look like plain letters, digits or "
        "dots. One program would read another host than the next; type it in plain letters.",
    )


def _refuse_idna(original: str, reason: str) -> NoReturn:
    _refuse(
        "idna_invalid",
        f"“{shown(original)}” is no valid international name ({shown(reason)}). No registry "
        "would hand it out; correct its spelling.",
    )


def _check_lengths(host: str) -> None:
    longest = max(len(label) for label in host.split("."))
    if len(host) > MAX_HOST_CHARACTERS or longest > MAX_LABEL_CHARACTERS:
        _refuse(
            "host_too_long",
            f"“{shown(host)}” has {len(host)} characters, its longest label {longest}. DNS "
            f"allows {MAX_HOST_CHARACTERS} and {MAX_LABEL_CHARACTERS}; correct the name.",
        )


def _check_labels(host: str, original: str) -> None:
    for label in host.split("."):
        if not _LABEL.fullmatch(label):
            _refuse(
                "url_authority",
                f"“{shown(original)}” is no host name: the label “{shown(label)}” is empty or "
                "holds other characters than letters, digits and hyphens. Correct the name.",
            )
        if label.startswith("xn--"):
            _check_punycode(label, original)


def _check_punycode(label: str, original: str) -> None:
    try:
        is_canonical = idna.encode(idna.decode(label)).decode("ascii") == label
    except (idna.IDNAError, UnicodeError) as error:
        _refuse_idna(original, str(error))
    if not is_canonical:
        _refuse_idna(original, f"{label} is not its own canonical form")


def _check_suffix(host: str, *, is_lab: bool) -> None:
    if is_lab and is_lab_name(host) and "." in host:
        return
    suffix = next((s for s in SPECIAL_USE if host == s or host.endswith("." + s)), None)
    if suffix is not None:
        _refuse(
            "host_special_use",
            f"“{shown(host)}” lies under “.{suffix}”, which is reserved and never public. Only "
            "what visitors can reach is looked at; enter the public name.",
        )
    if "." not in host:
        _refuse(
            "host_single_label",
            f"“{shown(host)}” has no dot. A single word names a machine of a local network; "
            "enter the full public name.",
        )
