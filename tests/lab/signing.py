"""DNSSEC in the lab: real keys and signatures, made with each answer, really validated."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import dns.dnssec
import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from tests.lab.zones import Zone, Zones, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

ED25519 = 15
KEY_SIGNING_FLAGS = 257
NO_ANSWER_SIGNED = frozenset({dns.rdatatype.RRSIG})


@cache
def private_key(origin: str) -> Ed25519PrivateKey:
    """The key of the zone at `origin`, the same as long as the process lives."""
    return Ed25519PrivateKey.generate()


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one zone; its signatures began `age` ago and end in `left`."""

    origin: str
    age: timedelta = timedelta(days=9)
    left: timedelta = timedelta(days=21)

    @property
    def name(self) -> dns.name.Name:
        return dns.name.from_text(self.origin)

    @property
    def key(self) -> DNSKEY:
        public = private_key(self.origin).public_key()
        return dns.dnssec.make_dnskey(public, ED25519, KEY_SIGNING_FLAGS)

    @property
    def key_text(self) -> str:
        """The DNSKEY record in presentation format."""
        return f"{KEY_SIGNING_FLAGS} 3 {ED25519} {base64.b64encode(self.key.key).decode()}"

    @property
    def ds_text(self) -> str:
        """The DS record for the parent in presentation format."""
        return dns.dnssec.make_ds(self.name, self.key, "SHA256").to_text()

    def signature(self, records: dns.rrset.RRset) -> dns.rrset.RRset:
        now = datetime.now(UTC)
        made = dns.dnssec.sign(
            records,
            private_key(self.origin),
            self.name,
            self.key,
            inception=now - self.age,
            expiration=now + self.left,
        )
        return dns.rrset.from_rdata(records.name, records.ttl, made)


class BogusError(Exception):
    """What a validating resolver does not believe, with its code of RFC 8914 section 4."""

    def __init__(self, code: dns.edns.EDECode, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


def zone_of(zones: Zones, records: dns.rrset.RRset) -> Zone | None:
    """The zone that `records` stand in: a DS stands above the cut."""
    is_above = records.rdtype == dns.rdatatype.DS
    return zones.deepest(plain(str(records.name)), is_above=is_above)


def add_signatures(zones: Zones, response: dns.message.Message) -> None:
    """Put the signatures of all answered sets beside them, where their zone is signed."""
    for records in tuple(response.answer):
        zone = zone_of(zones, records)
        if zone is not None and zone.signer is not None:
            response.answer.append(zone.signer.signature(records))


def validated(zones: Zones, anchor: str, response: dns.message.Message, name: str) -> bool:
    """True where everything in the answer is secure; BogusError where something is broken.

    `anchor` is the origin of the zone whose key is trusted as it stands.
    """
    about = zones.deepest(name)
    if about is not None:
        keys_of(zones, anchor, about)
    secure = [validate(zones, anchor, records) for records in signed_sets(response)]
    return bool(secure) and all(secure)


def signed_sets(response: dns.message.Message) -> Iterator[dns.rrset.RRset]:
    return (records for records in response.answer if records.rdtype not in NO_ANSWER_SIGNED)


def validate(zones: Zones, anchor: str, records: dns.rrset.RRset) -> bool:
    zone = zone_of(zones, records)
    keys = keys_of(zones, anchor, zone) if zone is not None else None
    if zone is None or keys is None:
        return False
    check(records, zone, keys)
    return True


def keys_of(zones: Zones, anchor: str, zone: Zone) -> dns.rrset.RRset | None:
    """The believed keys of `zone`, None where it is insecure (RFC 4035 section 5)."""
    keys = zone.get(zone.origin, "DNSKEY")
    if zone.origin == anchor:
        return keys
    above = zones.deepest(zone.origin, is_above=True) if zone.origin else None
    promised = above.get(zone.origin, "DS") if above is not None else None
    if above is None or promised is None or keys_of(zones, anchor, above) is None:
        return None
    check(promised, above, keys_of(zones, anchor, above))
    owner = dns.name.from_text(zone.origin)
    made = {dns.dnssec.make_ds(owner, key, "SHA256") for key in keys or ()}
    if keys is None or not made.intersection(promised):
        raise BogusError(dns.edns.EDECode.DNSKEY_MISSING, f"no key of {zone.origin} fits its DS")
    check(keys, zone, keys)
    return keys


def check(records: dns.rrset.RRset, zone: Zone, keys: dns.rrset.RRset | None) -> None:
    """Raise BogusError unless `records` carry a signature that holds now."""
    if zone.signer is None or keys is None:
        raise BogusError(dns.edns.EDECode.RRSIGS_MISSING, f"{zone.origin} is not signed")
    try:
        dns.dnssec.validate(
            records, zone.signer.signature(records), {keys.name: keys.to_rdataset()}
        )
    except dns.exception.ValidationFailure as error:
        is_late = zone.signer.left < timedelta(0)
        code = dns.edns.EDECode.SIGNATURE_EXPIRED if is_late else dns.edns.EDECode.DNSSEC_BOGUS
        raise BogusError(code, f"{records.name}: {error}") from error
