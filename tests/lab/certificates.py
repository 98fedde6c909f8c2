"""The lab's certificate authority, and certificates right and wrong.

One root ("Lab Encrypt Root") and three intermediates: `lab` (organisation "Lab Encrypt"),
`known` (organisation "Let's Encrypt", so that a CAA set can name its issuer by
`letsencrypt.org`), and `weak`, which signs with SHA-1. Keys live for the process only.
"""

from __future__ import annotations

import ssl
import tempfile
import warnings
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

type PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

CA_LIFETIME = timedelta(days=3650)
RSA_WITH_SHA256 = bytes.fromhex("06092a864886f70d01010b")
RSA_WITH_SHA1 = bytes.fromhex("06092a864886f70d010105")
ORGANISATIONS = {"lab": "Lab Encrypt", "known": "Let's Encrypt", "weak": "Lab Encrypt"}


@dataclass(frozen=True, slots=True)
class CertificateOrder:
    """A certificate as a host shows it. `age` and `left` are measured from the lab's start."""

    names: tuple[str, ...]
    age: timedelta = timedelta(days=10)
    left: timedelta = timedelta(days=80)
    key: str = "ec"  # ec, rsa2048, rsa1024
    issuer: str = "known"  # lab, known, weak, self
    is_complete: bool = True
    is_must_staple: bool = False
    series: int = 1  # tells two otherwise equal certificates apart


def with_series(order: CertificateOrder, series: int) -> CertificateOrder:
    """Another certificate for the same names, as a forgotten second server has it."""
    return replace(order, issuer="lab", series=series)


@dataclass(frozen=True, slots=True)
class TlsOffering:
    """What one listener negotiates."""

    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    ciphers: str = ""
    alpn: tuple[str, ...] = ("h2", "http/1.1")


def name_of(organisation: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


@cache
def leaf_key(kind: str) -> PrivateKey:
    """One key of each kind per process: making RSA keys is what costs time."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("rsa")))


def pem_of(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def signed_ca(
    subject: x509.Name,
    key: PrivateKey,
    issuer: x509.Name,
    issuer_key: PrivateKey,
    *,
    path_length: int,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )


class Authority:
    """The root with its intermediates; one per process."""

    def __init__(self) -> None:
        root_name = name_of("Lab Encrypt", "Lab Encrypt Root X1")
        root_key = ec.generate_private_key(ec.SECP256R1())
        self.root = signed_ca(root_name, root_key, root_name, root_key, path_length=1)
        self._keys: dict[str, PrivateKey] = {}
        self._intermediates: dict[str, x509.Certificate] = {}
        for label, organisation in ORGANISATIONS.items():
            key = (
                leaf_key("rsa2048") if label == "weak" else ec.generate_private_key(ec.SECP256R1())
            )
            self._keys[label] = key
            self._intermediates[label] = signed_ca(
                name_of(organisation, f"{organisation} E1 ({label})"),
                key,
                root_name,
                root_key,
                path_length=0,
            )

    @property
    def root_pem(self) -> bytes:
        return certificate_pem(self.root)

    def fill(self, order: CertificateOrder) -> tuple[bytes, bytes]:
        """The chain as it will be served, and the key, both PEM."""
        key = leaf_key(order.key)
        leaf = self._leaf(order, key)
        if order.issuer == "weak":
            leaf = signed_with_sha1(leaf, self._keys["weak"])
        chain = certificate_pem(leaf)
        if order.is_complete and order.issuer != "self":
            chain += certificate_pem(self._intermediates[order.issuer])
        return chain, pem_of(key)

    def _leaf(self, order: CertificateOrder, key: PrivateKey) -> x509.Certificate:
        now = datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, order.names[0])])
        issuer_key = key if order.issuer == "self" else self._keys[order.issuer]
        issuer = subject if order.issuer == "self" else self._intermediates[order.issuer].subject
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - order.age)
            .not_valid_after(now + order.left)
        )
        for extension, is_critical in leaf_extensions(order, key, issuer_key):
            builder = builder.add_extension(extension, critical=is_critical)
        return builder.sign(issuer_key, hashes.SHA256())


def signed_with_sha1(certificate: x509.Certificate, key: PrivateKey) -> x509.Certificate:
    """The same certificate, signed with SHA-1, which the library itself refuses to do."""
    assert isinstance(key, rsa.RSAPrivateKey)
    body = certificate.tbs_certificate_bytes
    weak_body = body.replace(RSA_WITH_SHA256, RSA_WITH_SHA1)
    signature = key.sign(weak_body, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    whole = certificate.public_bytes(serialization.Encoding.DER)
    whole = whole.replace(body, weak_body).replace(RSA_WITH_SHA256, RSA_WITH_SHA1)
    return x509.load_der_x509_certificate(whole.replace(certificate.signature, signature))


def leaf_extensions(
    order: CertificateOrder, key: PrivateKey, issuer_key: PrivateKey
) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.SubjectAlternativeName([x509.DNSName(name) for name in order.names]), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False),
    ]
    if order.is_must_staple:
        ocsp = x509.UniformResourceIdentifier("http://ocsp.labencrypt.test/")
        found.append((x509.TLSFeature([x509.TLSFeatureType.status_request]), False))
        found.append(
            (
                x509.AuthorityInformationAccess(
                    [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, ocsp)]
                ),
                False,
            )
        )
    return found


@cache
def authority() -> Authority:
    return Authority()


@dataclass
class Contexts:
    """Server-side TLS contexts, made when a host is first asked for."""

    _made: dict[tuple[CertificateOrder, TlsOffering], ssl.SSLContext] = field(default_factory=dict)

    def of(self, order: CertificateOrder, offering: TlsOffering) -> ssl.SSLContext:
        if (order, offering) not in self._made:
            self._made[order, offering] = self._make(order, offering)
        return self._made[order, offering]

    def _make(self, order: CertificateOrder, offering: TlsOffering) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        is_weak = offering.minimum < ssl.TLSVersion.TLSv1_2 or bool(offering.ciphers)
        is_weak = is_weak or order.key == "rsa1024" or order.issuer == "weak"
        if is_weak:
            context.set_ciphers(f"{offering.ciphers or 'DEFAULT'}:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # old versions are the point
            context.minimum_version = offering.minimum
            context.maximum_version = offering.maximum
        if offering.alpn:
            context.set_alpn_protocols(list(offering.alpn))
        chain, key = authority().fill(order)
        with tempfile.TemporaryDirectory() as folder:
            both = Path(folder) / "both.pem"
            both.write_bytes(chain + key)
            context.load_cert_chain(both)
        return context
