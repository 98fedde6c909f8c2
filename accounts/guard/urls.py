"""The one grammar for addresses that people enter and servers redirect to. Pure.

The standard library and the common clients disagree about what a host is (httpx turned
`127。0。0。1` into 127.0.0.1; glibc resolves `127.1`, `0x7f000001` and `0` to loopback), so
every URL is taken apart here and rebuilt from its parts; the original text goes nowhere.

Source: RFC 3986 sections 3.1 to 3.4. The host within is `hosts.py`.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin

from accounts.guard.addresses import parse_literal
from accounts.guard.hosts import check_characters, parse_host, refuse, shown

DEFAULT_PORTS = {"http": 80, "https": 443}
PURPOSE_PORTS: dict[str, frozenset[int]] = {
    "http": frozenset({80, 443, 8080, 8443}),
    "tls": frozenset({443, 465, 993, 8443}),
    "smtp": frozenset({25, 465, 587}),
    "dns": frozenset({53}),
}

_URL = re.compile(r"(?P<scheme>[a-z]+)://(?P<authority>[^/?#]*)(?P<target>[^#]*)(?:#.*)?", re.S)
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>.*)", re.S)
_HOST_PORT = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>.*))?", re.S)
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


def parse_url(text: str, *, is_lab: bool = False, purpose: str = "http") -> Url:
    """`text` as a URL rebuilt from its parts; TargetRefusedError with a stable code otherwise.

    Codes: `url_empty url_too_long url_characters url_scheme url_authority url_userinfo
    url_port` and those of `parse_host`. Default ports stand for themselves.
    """
    check_characters(text)
    scheme_match = _SCHEME.fullmatch(text)
    scheme = scheme_match["scheme"].lower() if scheme_match else ""
    if scheme not in DEFAULT_PORTS:
        refuse(
            "url_scheme",
            f"“{shown(text)}” is not an http or https address. Only web addresses are looked "
            "at; start it with https://.",
        )
    match = _URL.fullmatch(scheme + text[len(scheme) :])
    if match is None:
        refuse(
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
    check_characters(text)
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
    check_characters(cleaned)
    try:
        joined = urljoin(str(base), cleaned)
    except ValueError:
        refuse(
            "url_authority",
            f"“{shown(location)}” is no address. A browser would stop at this redirect; "
            "correct the Location header.",
        )
    return parse_url(joined, is_lab=is_lab)


def split_authority(authority: str) -> tuple[str, str | None]:
    """Host (a literal in brackets) and port text of an authority without userinfo."""
    if "@" in authority:
        refuse(
            "url_userinfo",
            f"“{shown(authority)}” carries a name or password before its host. They hide the "
            "real host and would be stored; enter the address without them.",
        )
    if "%" in authority and not authority.startswith("["):
        refuse(
            "url_authority",
            f"“{shown(authority)}” has a percent sign in its host. Programs decode it "
            "differently; write the host in plain letters.",
        )
    match = _HOST_PORT.fullmatch(authority)
    if match is None or not match["host"]:
        refuse(
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
        refuse(
            "url_port",
            f"Port “{shown(text)}” is not looked at. Only {allowed} are, so that the audit can't "
            "be turned into a port scan; use the port your visitors use.",
        )
    return int(text)


def _target(text: str) -> str:
    """Path and query in ASCII; the path is never empty."""
    path = text if text.startswith("/") else "/" + text
    return quote(path, safe=_SAFE_IN_TARGET)
