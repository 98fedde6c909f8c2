"""ClientHellos made by hand, for what this machine's OpenSSL can no longer offer. Pure.

Sources: RFC 5246 sections 6.2.1 and 7.4.1 (records, hello), RFC 6066 section 3 (SNI) and
section 8 (status_request), RFC 8446 sections 4.1.2 to 4.2.8 (1.3), IANA TLS parameters.
"""

import os
from dataclasses import dataclass
from struct import pack, unpack_from

WEAK_SUITES = {
    0x0000: "TLS_NULL_WITH_NULL_NULL",
    0x0001: "TLS_RSA_WITH_NULL_MD5",
    0x0002: "TLS_RSA_WITH_NULL_SHA",
    0x0003: "TLS_RSA_EXPORT_WITH_RC4_40_MD5",
    0x0004: "TLS_RSA_WITH_RC4_128_MD5",
    0x0005: "TLS_RSA_WITH_RC4_128_SHA",
    0x0006: "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5",
    0x0008: "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA",
    0x0009: "TLS_RSA_WITH_DES_CBC_SHA",
    0x000A: "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    0x0011: "TLS_DHE_DSS_EXPORT_WITH_DES40_CBC_SHA",
    0x0013: "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA",
    0x0014: "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA",
    0x0015: "TLS_DHE_RSA_WITH_DES_CBC_SHA",
    0x0016: "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA",
    0x0017: "TLS_DH_anon_EXPORT_WITH_RC4_40_MD5",
    0x0018: "TLS_DH_anon_WITH_RC4_128_MD5",
    0x0019: "TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA",
    0x001B: "TLS_DH_anon_WITH_3DES_EDE_CBC_SHA",
    0x0034: "TLS_DH_anon_WITH_AES_128_CBC_SHA",
    0x003A: "TLS_DH_anon_WITH_AES_256_CBC_SHA",
    0x003B: "TLS_RSA_WITH_NULL_SHA256",
    0x006C: "TLS_DH_anon_WITH_AES_128_CBC_SHA256",
    0x00A6: "TLS_DH_anon_WITH_AES_128_GCM_SHA256",
    0x00A7: "TLS_DH_anon_WITH_AES_256_GCM_SHA384",
    0xC006: "TLS_ECDHE_ECDSA_WITH_NULL_SHA",
    0xC007: "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    0xC008: "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
    0xC010: "TLS_ECDHE_RSA_WITH_NULL_SHA",
    0xC011: "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    0xC012: "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    0xC015: "TLS_ECDH_anon_WITH_NULL_SHA",
    0xC016: "TLS_ECDH_anon_WITH_RC4_128_SHA",
    0xC017: "TLS_ECDH_anon_WITH_3DES_EDE_CBC_SHA",
    0xC018: "TLS_ECDH_anon_WITH_AES_128_CBC_SHA",
    0xC019: "TLS_ECDH_anon_WITH_AES_256_CBC_SHA",
}
# What a common server takes, to learn whether it staples: ECDHE with AEAD, then RSA.
COMMON_SUITES = (0xC02F, 0xC02B, 0xC030, 0xC02C, 0xCCA8, 0xCCA9, 0xC013, 0xC014, 0x009C, 0x002F)
TLS13_SUITES = (0x1301, 0x1302, 0x1303)
GROUPS = (0x001D, 0x0017, 0x0018, 0x0019, 0x0100)
X25519MLKEM768 = 0x11EC
SIGNATURES = (
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201,
)  # fmt: skip

# The whole extension: status_type ocsp, no responders, no request extensions.
STATUS_REQUEST = b"\x00\x05\x00\x05\x01\x00\x00\x00\x00"

RECORD_HANDSHAKE, RECORD_ALERT = 22, 21
SERVER_HELLO, CERTIFICATE_STATUS, SERVER_HELLO_DONE = 2, 22, 14
RECORD_HEAD_BYTES, HANDSHAKE_HEAD_BYTES = 5, 4
SUITE_OFFSET_AFTER_SESSION = 35


@dataclass(frozen=True, slots=True)
class HelloReply:
    """What has been understood of the server's bytes so far."""

    suite: int | None = None
    has_status: bool = False
    is_hello_done: bool = False
    is_alert: bool = False

    @property
    def is_final(self) -> bool:
        return self.is_alert or self.is_hello_done


def weak_hello(host: str) -> bytes:
    """A TLS 1.2 hello that offers only suites nobody should accept (RFC 9325 section 4.1)."""
    return _record(_hello(tuple(WEAK_SUITES), _extensions12(host)))


def staple_hello(host: str) -> bytes:
    """A TLS 1.2 hello of common suites that asks for an OCSP staple."""
    return _record(_hello(COMMON_SUITES, _extensions12(host) + STATUS_REQUEST))


def post_quantum_hello(host: str) -> bytes:
    """A TLS 1.3 hello for X25519MLKEM768 alone, with no share: who knows it asks to retry."""
    extensions = (
        _sni(host)
        + _extension(43, b"\x02\x03\x04")
        + _listed(10, (X25519MLKEM768,))
        + _listed(13, SIGNATURES)
        + _extension(51, b"\x00\x00")
    )
    return _record(_hello(TLS13_SUITES, extensions))


def read_reply(data: bytes) -> HelloReply:
    """Read whole records out of `data`; an incomplete tail is left for the next call."""
    handshake, is_alert, at = b"", False, 0
    while at + RECORD_HEAD_BYTES <= len(data):
        kind, _, length = unpack_from("!BHH", data, at)
        body = data[at + RECORD_HEAD_BYTES : at + RECORD_HEAD_BYTES + length]
        if len(body) < length:
            break
        handshake += body if kind == RECORD_HANDSHAKE else b""
        is_alert = is_alert or kind == RECORD_ALERT
        at += RECORD_HEAD_BYTES + length
    return _read_handshake(handshake, is_alert=is_alert)


def is_tls(data: bytes) -> bool:
    """Whether the first bytes are a TLS record at all."""
    return len(data) >= RECORD_HEAD_BYTES and data[0] in {RECORD_HANDSHAKE, RECORD_ALERT}


def _read_handshake(data: bytes, *, is_alert: bool) -> HelloReply:
    suite, has_status, is_done, at = None, False, False, 0
    while at + HANDSHAKE_HEAD_BYTES <= len(data):
        kind, length = data[at], int.from_bytes(data[at + 1 : at + 4])
        body = data[at + HANDSHAKE_HEAD_BYTES : at + HANDSHAKE_HEAD_BYTES + length]
        if kind == SERVER_HELLO:
            suite = _suite(body)
        has_status = has_status or kind == CERTIFICATE_STATUS
        is_done = is_done or kind == SERVER_HELLO_DONE
        at += HANDSHAKE_HEAD_BYTES + length
    return HelloReply(suite, has_status, is_done, is_alert)


def _suite(server_hello: bytes) -> int | None:
    if len(server_hello) < SUITE_OFFSET_AFTER_SESSION:
        return None
    at = SUITE_OFFSET_AFTER_SESSION + server_hello[34]
    return int.from_bytes(server_hello[at : at + 2]) if at + 2 <= len(server_hello) else None


def _record(body: bytes) -> bytes:
    return b"\x16\x03\x01" + pack("!H", len(body)) + body


def _hello(suites: tuple[int, ...], extensions: bytes) -> bytes:
    packed = b"".join(pack("!H", suite) for suite in suites)
    body = (
        b"\x03\x03"
        + os.urandom(32)
        + b"\x00"
        + pack("!H", len(packed))
        + packed
        + b"\x01\x00"
        + pack("!H", len(extensions))
        + extensions
    )
    return b"\x01" + len(body).to_bytes(3) + body


def _extensions12(host: str) -> bytes:
    formats = _extension(11, b"\x01\x00")
    return _sni(host) + _listed(10, GROUPS) + formats + _listed(13, SIGNATURES)


def _sni(host: str) -> bytes:
    name = host.encode("ascii")
    entry = b"\x00" + pack("!H", len(name)) + name
    return _extension(0, pack("!H", len(entry)) + entry)


def _listed(kind: int, values: tuple[int, ...]) -> bytes:
    packed = b"".join(pack("!H", value) for value in values)
    return _extension(kind, pack("!H", len(packed)) + packed)


def _extension(kind: int, body: bytes) -> bytes:
    return pack("!HH", kind, len(body)) + body
