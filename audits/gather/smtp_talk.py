"""Talking to a mail server on port 25 as far as TLS, and no mail."""

import hashlib
import re
from contextlib import suppress
from datetime import timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.guard import GuardStream, TlsOffer
from accounts.guard.exchange import FetchError, Handshake, TargetRefusedError
from audits.gather.site import Site, failure_of
from audits.observations.mail_transport import SmtpTalk
from audits.observations.seen import GatherFailure
from audits.observations.spf_macro import clip_term
from audits.observations.tlsa import CertificateDigests

PORT = 25
TALK_LIMIT = timedelta(seconds=8)
MAX_REPLY_BYTES = 8 * 1024
READY = "220"
GOES_ON = re.compile(r"[0-9]{3}-")
EHLO = b"EHLO audit.invalid\r\n"
OFFER = TlsOffer(minimum="TLSv1", is_legacy=True)
VERIFYING = TlsOffer(is_verifying=True)
TLS_CODES = frozenset({"tls_failed", "tls_untrusted", "connect_timeout"})
MAX_CERTIFICATES = 10


async def talk_to(site: Site, host: str, *, is_verifying: bool) -> SmtpTalk | GatherFailure:
    """What `host` shows on port 25. `is_verifying` adds a second talk that verifies as a
    sender does (RFC 8461 section 4.2). Closed egress, tarpits and silence are failures,
    never facts about the server. Source: RFC 5321 section 4.2, RFC 3207 section 4.
    """
    first = await _talk(site, host, OFFER)
    if not is_verifying or isinstance(first, GatherFailure) or not first.chain:
        return first
    second = await _talk(site, host, VERIFYING)
    if isinstance(second, GatherFailure):
        return first
    return SmtpTalk(has_starttls=True, chain=first.chain, verify_error=second.tls_error)


async def _talk(site: Site, host: str, offer: TlsOffer) -> SmtpTalk | GatherFailure:
    try:
        stream = await site.guard.tcp(host, PORT, purpose="smtp", deadline=TALK_LIMIT)
    except (FetchError, TargetRefusedError) as error:
        return failure_of(error)
    try:
        return await _as_far_as_tls(stream, offer)
    except FetchError as error:
        return failure_of(error)
    finally:
        await stream.aclose()


async def _as_far_as_tls(stream: GuardStream, offer: TlsOffer) -> SmtpTalk:
    greeting = await _reply(stream)
    if not greeting.startswith(READY):
        return SmtpTalk(refusal=clip_term(greeting.partition("\n")[0].strip()) or "nothing")
    await stream.send(EHLO)
    words = {line[4:].strip().upper() for line in (await _reply(stream)).splitlines()}
    if "STARTTLS" not in words:
        await _goodbye(stream)
        return SmtpTalk()
    await stream.send(b"STARTTLS\r\n")
    answer = await _reply(stream)
    if not answer.startswith(READY):
        return SmtpTalk(has_starttls=True, tls_error=clip_term(answer.strip()) or "no answer")
    try:
        handshake = await stream.start_tls(offer)
    except FetchError as error:
        if error.code not in TLS_CODES:
            raise
        return SmtpTalk(has_starttls=True, tls_error=clip_term(error.message, 200))
    await _goodbye(stream)
    return SmtpTalk(has_starttls=True, chain=digests_of(handshake))


async def _reply(stream: GuardStream) -> str:
    """One reply, perhaps of several lines: the last has a space after its code."""
    text = ""
    while len(text) < MAX_REPLY_BYTES:
        part = await stream.receive(MAX_REPLY_BYTES)
        text += part.decode("ascii", "replace")
        lines = text.splitlines()
        if not part or (text.endswith("\n") and lines and not GOES_ON.match(lines[-1])):
            break
    return text


async def _goodbye(stream: GuardStream) -> None:
    with suppress(FetchError):
        await stream.send(b"QUIT\r\n")


def digests_of(handshake: Handshake) -> tuple[CertificateDigests, ...]:
    """The digests of the chain as it was served; what is no certificate ends it."""
    found = []
    for der in handshake.chain_der[:MAX_CERTIFICATES]:
        try:
            key = x509.load_der_x509_certificate(der).public_key()
            spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        except (ValueError, UnsupportedAlgorithm):
            break
        found.append(
            CertificateDigests(
                hashlib.sha256(der).hexdigest(),
                hashlib.sha512(der).hexdigest(),
                hashlib.sha256(spki).hexdigest(),
                hashlib.sha512(spki).hexdigest(),
            )
        )
    return tuple(found)
