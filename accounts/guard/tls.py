"""TLS: what we offer, and what the far side showed. Works on Python 3.12 to 3.14."""

import _ssl
import asyncio
import ssl
import warnings
from dataclasses import dataclass
from functools import lru_cache
from socket import socket

import certifi

from accounts.guard.exchange import FetchError, Handshake

TLS_SECONDS = 5.0
LEGACY_CIPHERS = "ALL:@SECLEVEL=0"
_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True, slots=True)
class TlsOffer:
    """What a handshake offers. `ciphers` is OpenSSL's list for TLS 1.2 and older.

    `is_legacy` lowers OpenSSL's security level to 0, so that TLS 1.0 and 1.1 are really
    attempted instead of being refused on our side.
    """

    minimum: str = "TLSv1.2"
    maximum: str = "TLSv1.3"
    ciphers: str = ""
    alpn: tuple[str, ...] = ()
    is_verifying: bool = False
    is_legacy: bool = False


DEFAULT_OFFER = TlsOffer()


@lru_cache(maxsize=64)
def tls_context(offer: TlsOffer, ca_file: str = "") -> ssl.SSLContext:
    """A client context for `offer`: certifi's roots and those of `ca_file`, no others.

    Raises FetchError("tls_unavailable") where this machine's OpenSSL can't make the offer;
    that says nothing about the far side.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if offer.is_verifying:
        context.load_verify_locations(certifi.where())
        if ca_file:
            context.load_verify_locations(ca_file)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        _apply(context, offer)
    except (ssl.SSLError, ValueError) as error:
        raise FetchError(
            "tls_unavailable",
            f"This machine's {ssl.OPENSSL_VERSION} can't offer {offer.minimum} to "
            f"{offer.maximum} with “{offer.ciphers}” ({error}). It says nothing about the "
            "server; look from a machine that can.",
        ) from error
    return context


def _apply(context: ssl.SSLContext, offer: TlsOffer) -> None:
    with warnings.catch_warnings():
        # Offering 1.0 and 1.1 is deprecated for good reasons; here it is the question asked.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = _VERSIONS[offer.minimum]
        context.maximum_version = _VERSIONS[offer.maximum]
    if offer.ciphers:
        context.set_ciphers(offer.ciphers + ("@SECLEVEL=0" if offer.is_legacy else ""))
    elif offer.is_legacy:
        context.set_ciphers(LEGACY_CIPHERS)
    if offer.alpn:
        context.set_alpn_protocols(list(offer.alpn))


@dataclass(frozen=True, slots=True)
class Line:
    """A connected socket: to which address of which host, and how long each step took."""

    sock: socket
    host: str
    address: str
    port: int
    dns_ms: float = 0.0
    connect_ms: float = 0.0


def tls_failure(error: Exception, host: str, port: int) -> FetchError:
    """A failed handshake as a FetchError with OpenSSL's own words."""
    where = f"{host} port {port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return FetchError(
            "tls_untrusted",
            f"The certificate of {where} is not trusted: {error.verify_message}. Browsers "
            "stop visitors there; install a valid certificate with its intermediates.",
        )
    if isinstance(error, TimeoutError):
        return FetchError(
            "connect_timeout",
            f"{where} did not finish the TLS handshake in time. Visitors would wait in vain; "
            "see that the server is not overloaded and speaks TLS on this port.",
        )
    return FetchError(
        "tls_failed",
        f"The TLS handshake with {where} failed: {describe(error)}. No page is shown "
        "without it; look at the server's TLS settings.",
    )


def describe(error: Exception) -> str:
    """OpenSSL's sentence, without the place in its source code."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    if isinstance(error, ConnectionError):
        return "the server closed the connection"
    return str(error) or type(error).__name__


def chain_der(ssl_object: ssl.SSLObject) -> tuple[bytes, ...]:
    """The certificates as sent, leaf first, in DER; nothing verified, fetched or reordered."""
    if hasattr(ssl_object, "get_unverified_chain"):  # public since Python 3.13
        return tuple(ssl_object.get_unverified_chain())
    inner = ssl_object._sslobj  # type: ignore[attr-defined]  # Python 3.12 has it in C only
    return tuple(
        certificate.public_bytes(_ssl.ENCODING_DER)
        for certificate in inner.get_unverified_chain() or ()
    )


def read_handshake(writer: asyncio.StreamWriter, *, line: Line, offer: TlsOffer) -> Handshake:
    """The facts of a finished handshake. OCSP stapling is not visible through `ssl`: None."""
    ssl_object: ssl.SSLObject = writer.get_extra_info("ssl_object")
    cipher = ssl_object.cipher()
    return Handshake(
        host=line.host,
        address=line.address,
        port=line.port,
        version=ssl_object.version() or "",
        cipher=cipher[0] if cipher else "",
        alpn=ssl_object.selected_alpn_protocol(),
        chain_der=chain_der(ssl_object),
        is_verified=offer.is_verifying,
    )
