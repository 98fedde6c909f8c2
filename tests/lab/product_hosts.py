"""Hosts that a product has only for the sake of one fault of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tests.lab import addresses
from tests.lab.certificates import CertificateOrder


@dataclass(frozen=True, slots=True)
class FaultyHost:
    """A host `label.domain`: planted it shows the fault, mended it is as any other.

    `address` is where the fault lives, when it is the front door's; `names` may hold
    `{host}`.
    """

    label: str
    address: str = ""
    extra_address: str = ""
    names: tuple[str, ...] = ("{host}",)
    age_days: int = 10
    left_days: int = 80
    key: str = "ec"
    issuer: str = "known"
    is_complete: bool = True
    is_must_staple: bool = False

    def order(self, host: str) -> CertificateOrder:
        return CertificateOrder(
            names=tuple(name.format(host=host) for name in self.names),
            age=timedelta(days=self.age_days),
            left=timedelta(days=self.left_days),
            key=self.key,
            issuer=self.issuer,
            is_complete=self.is_complete,
            is_must_staple=self.is_must_staple,
        )


FAULTY_HOSTS: dict[str, FaultyHost] = {
    "cert_expired": FaultyHost("admin", age_days=100, left_days=-10),
    "cert_expires_in_5_days": FaultyHost("shop", age_days=85, left_days=5),
    "cert_ageing": FaultyHost("docs", age_days=70, left_days=20),
    "cert_wrong_name": FaultyHost("help", names=("help.somebody-else.test",)),
    "cert_self_signed": FaultyHost("tools", issuer="self"),
    "chain_incomplete": FaultyHost("status", is_complete=False),
    "cert_long_life": FaultyHost("files", left_days=388),
    "cert_rsa_1024": FaultyHost("small", key="rsa1024"),
    "cert_sha1": FaultyHost("old-hash", issuer="weak"),
    "must_staple": FaultyHost("staple", is_must_staple=True),
    "tls_old": FaultyHost("legacy", address=addresses.OLD_VERSIONS),
    "tls_only_10": FaultyHost("ancient", address=addresses.ONLY_TLS10),
    "tls_no_13": FaultyHost("no13", address=addresses.WITHOUT_TLS13),
    "tls_static_rsa": FaultyHost("static", address=addresses.STATIC_RSA, key="rsa2048"),
    "tls_cbc_only": FaultyHost("cbc", address=addresses.CBC_ONLY),
    "tls_null": FaultyHost("null", address=addresses.NULL_CIPHER, key="rsa2048"),
    "tls_no_h2": FaultyHost("h1", address=addresses.WITHOUT_H2),
    "no_https": FaultyHost("plain", address=addresses.WITHOUT_HTTPS),
    "https_hangs_up": FaultyHost("hangup", address=addresses.HANGS_UP),
    "two_certificates": FaultyHost("twin", extra_address=addresses.OTHER_CERTIFICATE),
    "preview_open": FaultyHost("preview"),
    "preview_noindex": FaultyHost("hidden"),
    "port_80_closed": FaultyHost("secure", address=addresses.WITHOUT_HTTP),
}
