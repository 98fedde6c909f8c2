"""From DER to the facts that checks judge."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID, NameOID

from audits.observations.tls import Certificate

MAX_NAMES = 200


def read_certificate(der: bytes) -> Certificate | None:
    """The certificate's facts, or None where the bytes are none (RFC 5280 section 4.1)."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        return _facts(certificate)
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension):
        return None


def _facts(certificate: x509.Certificate) -> Certificate:
    kind, bits = _key(certificate)
    descriptions = _issuer_descriptions(certificate)
    return Certificate(
        names=_names(certificate),
        subject=certificate.subject.rfc4514_string()[:300],
        issuer=certificate.issuer.rfc4514_string()[:300],
        issuer_organisation=_attribute(certificate.issuer, NameOID.ORGANIZATION_NAME),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key_kind=kind,
        key_bits=bits,
        signature_hash=_hash_name(certificate),
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        is_self_issued=certificate.subject == certificate.issuer,
        is_must_staple=_is_must_staple(certificate),
        has_ocsp_url=AuthorityInformationAccessOID.OCSP in descriptions,
        has_issuer_url=AuthorityInformationAccessOID.CA_ISSUERS in descriptions,
        issuer_common_name=_attribute(certificate.issuer, NameOID.COMMON_NAME),
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    names = extension.value.get_values_for_type(x509.DNSName)
    return tuple(name.lower() for name in names[:MAX_NAMES])


def _key(certificate: x509.Certificate) -> tuple[str, int]:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC", key.curve.key_size
    return type(key).__name__.strip("_").removesuffix("PublicKey"), 0


def _hash_name(certificate: x509.Certificate) -> str:
    algorithm = certificate.signature_hash_algorithm
    return algorithm.name if algorithm else ""


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def _is_must_staple(certificate: x509.Certificate) -> bool:
    try:
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.TLS_FEATURE)
    except x509.ExtensionNotFound:
        return False
    value = extension.value
    return isinstance(value, x509.TLSFeature) and x509.TLSFeatureType.status_request in value


def _issuer_descriptions(certificate: x509.Certificate) -> set[x509.ObjectIdentifier]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return set()
    return {description.access_method for description in extension.value}
