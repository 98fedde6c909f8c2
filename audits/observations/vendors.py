"""Recognising vendors by what public records and response headers say. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network

from audits.observations.target import Vendor
from audits.observations.vendor_sign import VendorSign
from audits.observations.vendor_table import DNS_PROVIDERS, MAIL_VENDORS, SENDERS
from audits.observations.vendor_table_hosting import CDNS, HOSTS

VENDOR_SIGNS: tuple[VendorSign, ...] = (*DNS_PROVIDERS, *HOSTS, *CDNS, *MAIL_VENDORS, *SENDERS)

MAX_SIGNAL_CHARS = 120


def recognise(
    ns: Iterable[str] = (),
    mx: Iterable[str] = (),
    cname_chain: Iterable[str] = (),
    headers: Iterable[tuple[str, str]] = (),
    spf_includes: Iterable[str] = (),
    addresses: Iterable[str] = (),
) -> tuple[Vendor, ...]:
    """The vendors met, each once per role, in the table's order, with the signal met.

    `ns`, `mx`, `cname_chain` and `spf_includes` are host names; DKIM targets belong to
    the chain. `headers` are pairs with lower-case names. `addresses` are matched against
    the few networks that a vendor publishes for bare domains.
    """
    seen = _Seen(
        ns=_names(ns),
        mx=_names(mx),
        cname=_names(cname_chain),
        spf=_names(spf_includes),
        headers=tuple((name.lower(), value.lower().strip()) for name, value in headers),
        addresses=tuple(addresses),
    )
    found: dict[tuple[str, str], Vendor] = {}
    for sign in VENDOR_SIGNS:
        signal = next(seen.signals(sign), None)
        if signal is not None and (sign.role, sign.name) not in found:
            vendor = Vendor(sign.role, sign.name, signal[:MAX_SIGNAL_CHARS])
            found[(sign.role, sign.name)] = vendor
    return tuple(found.values())


def sign_of(vendor: Vendor) -> VendorSign | None:
    """The table's entry of a recognised vendor, with its console and name style."""
    return next((s for s in VENDOR_SIGNS if (s.role, s.name) == (vendor.role, vendor.name)), None)


def is_vendor_word(word: str, vendor: Vendor) -> bool:
    """True where what a person declared (`vercel`, `GitHub Pages`) names this vendor."""
    return _squeezed(word) in {_squeezed(vendor.name), _squeezed(vendor.name.split()[0])}


def spf_include_hosts(txt_values: Iterable[str]) -> tuple[str, ...]:
    """The hosts that the SPF records among `txt_values` include or redirect to.

    Only for recognition: it reads terms loosely and follows none of them.
    """
    hosts = []
    for value in txt_values:
        words = value.lower().split()
        if not words or words[0] != "v=spf1":
            continue
        for word in words[1:]:
            term = word.lstrip("+-~?")
            for start in ("include:", "redirect="):
                if term.startswith(start):
                    hosts.append(term.removeprefix(start).rstrip("."))
    return tuple(hosts)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The signals of one look, and how a sign is matched against them."""

    ns: tuple[str, ...]
    mx: tuple[str, ...]
    cname: tuple[str, ...]
    spf: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    addresses: tuple[str, ...]

    def signals(self, sign: VendorSign) -> Iterator[str]:
        yield from _matches("NS", self.ns, sign.ns)
        yield from _matches("MX", self.mx, sign.mx)
        yield from _matches("CNAME", self.cname, sign.cname)
        yield from _matches("SPF include", self.spf, sign.spf)
        yield from _header_matches(self.headers, sign.headers)
        yield from _network_matches(self.addresses, sign.networks)


def matches_name(name: str, pattern: str) -> bool:
    """A glob where `pattern` holds a star, else the name itself or anything below it."""
    if "*" in pattern:
        return fnmatchcase(name, pattern)
    return name == pattern or name.endswith("." + pattern)


def _matches(label: str, names: tuple[str, ...], patterns: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if any(matches_name(name, pattern) for pattern in patterns):
            yield f"{label} {name}"


def _header_matches(
    headers: tuple[tuple[str, str], ...], wanted: tuple[tuple[str, str], ...]
) -> Iterator[str]:
    for name, value in headers:
        if any(name == key and fnmatchcase(value, pattern) for key, pattern in wanted):
            yield f"header {name}: {value}"


def _network_matches(addresses: tuple[str, ...], networks: tuple[str, ...]) -> Iterator[str]:
    for address in addresses:
        if any(_is_in(address, network) for network in networks):
            yield f"address {address}"


def _is_in(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network)
    except ValueError:
        return False


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.rstrip(".").lower() for name in names)


def _squeezed(word: str) -> str:
    return "".join(char for char in word.lower() if char.isalnum())
