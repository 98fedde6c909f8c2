"""Which addresses the guard may reach. Pure: no network, no settings, no clock.

An allow-list, because `ipaddress.is_global` alone is no guard: it is True for 224.0.1.1,
for 64:ff9b::a00:1 (the NAT64 spelling of 10.0.0.1) and for ::10.0.0.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from accounts.guard.exchange import TargetRefusedError

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

# IANA IPv4 Special-Purpose Address Registry (RFC 6890), and 168.63.129.16, which answers
# inside every Azure machine.
REFUSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)

# Outside 2000::/3 nothing is admitted, which refuses NAT64, SIIT, IPv4-compatible, unique
# local, link-local, site-local, multicast and unallocated space in one line.
ALLOCATED_V6 = IPv6Network("2000::/3")
REFUSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3ffe::/16",
        "3fff::/20",
    )
)
LAB_NETWORK = IPv4Network("127.0.0.0/8")
LAB_SUFFIX = "test"


def parse_literal(text: str) -> Address | None:
    """`text` as an address, an IPv4-mapped one as the IPv4 address it hides; else None.

    Only the canonical dotted quad counts as IPv4: `127.1`, `0x7f000001` and `0177.0.0.1`
    are None here, and the URL grammar refuses them as hosts.
    """
    if not text.isascii():
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped and not address.scope_id:
        return address.ipv4_mapped
    return address


def is_lab_name(host: str) -> bool:
    """True for `test` and every name under it (RFC 6761 section 6.2)."""
    return host == LAB_SUFFIX or host.endswith("." + LAB_SUFFIX)


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """CIDR ranges or single addresses as networks; ValueError names the bad one."""
    return tuple(ip_network(text.strip(), strict=False) for text in texts if text.strip())


def _special_range(address: Address) -> str | None:
    """The special-purpose range that holds `address`, in words, or None if it is public."""
    if isinstance(address, IPv4Address):
        for network in REFUSED_V4:
            if address in network:
                return str(network)
        return None if address.is_global and not address.is_multicast else "special-purpose space"
    if address not in ALLOCATED_V6:
        return "space outside 2000::/3"
    for special in REFUSED_V6:
        if address in special:
            return str(special)
    return None if address.is_global and not address.is_multicast else "special-purpose space"


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What is admitted: public addresses, and loopback for the lab's own names.

    `own_networks` are the operator's, refused so that the product can't be turned on
    itself. `is_lab` adds 127.0.0.0/8 for literals and for names under `.test`.
    """

    is_lab: bool = False
    own_networks: tuple[Network, ...] = ()

    def refusal(self, text: str, *, host: str = "") -> TargetRefusedError | None:
        """Why `text`, met as an address of `host` (or by itself), is refused; else None.

        Codes: `address_malformed address_scoped address_not_public address_own_network`.
        """
        address = parse_literal(text)
        met = f"{host} resolves to {text}" if host and host != text else f"The address is {text}"
        if address is None:
            return TargetRefusedError(
                "address_malformed",
                f"{met}, which is no IP address. Only a plain IPv4 or IPv6 address can be "
                "reached; write it in its usual form.",
            )
        return self._refusal(address, host, met)

    def _refusal(self, address: Address, host: str, met: str) -> TargetRefusedError | None:
        if isinstance(address, IPv6Address) and address.scope_id:
            return TargetRefusedError(
                "address_scoped",
                f"{met}, which is bound to one network interface. Only public addresses can "
                "be reached; enter the name your visitors use.",
            )
        if any(address in network for network in self.own_networks):
            return TargetRefusedError(
                "address_own_network",
                f"{met}, which belongs to the network Launch Ready itself runs in. It does not "
                "look at itself; enter an address outside that network.",
            )
        if self._is_lab_subject(host):
            return self._lab_refusal(address, host, met)
        special = _special_range(address)
        if special is None:
            return None
        return TargetRefusedError(
            "address_not_public",
            f"{met}, which is not a public address ({special}). Only what visitors can reach "
            "is looked at; enter the public name or correct its DNS records.",
        )

    def _is_lab_subject(self, host: str) -> bool:
        return self.is_lab and is_lab_name(host)

    def _lab_refusal(self, address: Address, host: str, met: str) -> TargetRefusedError | None:
        if address in LAB_NETWORK:
            return None
        return TargetRefusedError(
            "address_not_public",
            f"{met}. Names of the laboratory live in {LAB_NETWORK} only; correct the lab's "
            f"records of {host}.",
        )

    def literal_refusal(self, text: str) -> TargetRefusedError | None:
        """Why the literal `text`, entered as such, is refused; in the lab 127.0.0.0/8 is not."""
        address = parse_literal(text)
        if self.is_lab and address is not None and address in LAB_NETWORK:
            is_own = any(address in network for network in self.own_networks)
            return self.refusal(text) if is_own else None
        return self.refusal(text)

    def judge(self, host: str, addresses: Iterable[str]) -> TargetRefusedError | None:
        """The first refusal among all `addresses` of `host`: one bad answer refuses the name."""
        if parse_literal(host) is not None:
            return self.literal_refusal(host)
        refusals = (self.refusal(address, host=host) for address in addresses)
        return next((refusal for refusal in refusals if refusal is not None), None)
