"""Who sends, for an SPF check: address, envelope sender, greeting, and their macros. Pure."""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

from audits.observations.dns_answers import is_askable, plain_name
from audits.observations.names import a_labels

POSTMASTER = "postmaster"
MAX_TEXT_CHARS = 1_000  # RFC 5321 section 4.5.3.1 ends a path at 256 octets
UNKNOWN = "unknown"
HOST_CHARS = re.compile(r"[a-z0-9_.-]+")

type Address = IPv4Address | IPv6Address


class SenderError(ValueError):
    """What was given as address, sender or greeting is none; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class SpfSender:
    """The `<ip>` and `<sender>` of check_host(), and the greeting (HELO).

    `local` is never empty; `domain` and `helo` are A-labels where they can be. `receiver`
    and `now_seconds` (since 1970) stand in explanations only. Source: RFC 7208 section 4.1.
    """

    ip: Address
    local: str
    domain: str
    helo: str
    receiver: str = UNKNOWN
    now_seconds: int = field(default=0, compare=False)

    @property
    def is_ip4(self) -> bool:
        return self.ip.version == 4  # noqa: PLR2004 - the Internet Protocol's own number

    @property
    def address_rtype(self) -> str:
        """The one record type that can match this sender (RFC 7208 section 5.3)."""
        return "A" if self.is_ip4 else "AAAA"

    @property
    def ptr_name(self) -> str:
        """Where the sender's own PTR records stand (section 5.5)."""
        return self.ip.reverse_pointer

    def values(self, domain: str) -> dict[str, str]:
        """The macro letters that need no question, for the record of `domain` (7.2)."""
        return {
            "s": f"{self.local}@{self.domain}",
            "l": self.local,
            "o": self.domain,
            "d": domain,
            "i": str(self.ip) if self.is_ip4 else ".".join(self.ip.exploded.replace(":", "")),
            "v": "in-addr" if self.is_ip4 else "ip6",
            "h": self.helo,
        }

    def explanation_values(self, domain: str) -> dict[str, str]:
        """The letters of an explanation text, `p` aside (section 7.2)."""
        more = {"c": str(self.ip), "r": self.receiver, "t": str(self.now_seconds)}
        return self.values(domain) | more


def sender_of(
    ip: str,
    *,
    domain: str,
    sender: str = "",
    helo: str = "",
    receiver: str = UNKNOWN,
    now_seconds: int = 0,
) -> SpfSender:
    """The sender from what was typed. Raises SenderError.

    An empty `sender` (a bounce) is postmaster at the greeting, a sender without a local
    part postmaster at its domain; a missing greeting is `domain`. An IPv4-mapped address
    is IPv4. Source: RFC 7208 sections 2.4, 4.3 and 5; RFC 4291 section 2.5.5.2.
    """
    for text in (ip, sender, helo, receiver):
        if len(text) > MAX_TEXT_CHARS:
            raise SenderError(
                f"{text[:40]!r} and so on has {len(text)} characters; an address of mail has "
                "256 at most. Give the sender as the envelope has it."
            )
    greeting = _domain_of(helo) or domain
    local, _, at = sender.strip().removeprefix("<").removesuffix(">").rpartition("@")
    return SpfSender(
        ip=_address(ip),
        local=local or POSTMASTER,
        domain=_domain_of(at) or greeting,
        helo=greeting,
        receiver=receiver,
        now_seconds=now_seconds,
    )


def checkable_domain(text: str) -> str:
    """The domain that check_host() starts with, or "" where it is malformed.

    A malformed domain (an empty or overlong label, one label alone, an address) ends in
    "none" before any question. Source: RFC 7208 section 4.3; RFC 8616 section 4.
    """
    name = plain_name(text.strip())
    name = name if name.isascii() else a_labels(name)
    return name if HOST_CHARS.fullmatch(name) and has_two_labels(name) else ""


def has_two_labels(name: str) -> bool:
    """True for a name that is no bare top label and that the DNS can hold."""
    return "." in name and is_askable(name)


def _domain_of(text: str) -> str:
    bare = plain_name(text.strip())
    return bare if bare.isascii() else a_labels(bare) or bare


def _address(text: str) -> Address:
    bare = text.strip().removeprefix("[").removesuffix("]")
    bare = bare[5:] if bare.lower().startswith("ipv6:") else bare
    try:
        address = ip_address(bare)
    except ValueError as error:
        raise SenderError(
            f"{text[:60]!r} is no IP address, so nobody can be checked. Give one such as "
            "192.0.2.1 or 2001:db8::1."
        ) from error
    if isinstance(address, IPv6Address):
        if address.scope_id:
            raise SenderError(
                f"{text[:60]!r} names a zone of this machine (%), which no receiver sees. "
                "Give the address without it."
            )
        return address.ipv4_mapped or address
    return address
