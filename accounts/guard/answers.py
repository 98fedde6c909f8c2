"""Reading a DNS message into plain facts. Pure: bytes in, `DnsReply` out."""

from collections.abc import Iterable
from datetime import datetime

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset
from dns.rdtypes.txtbase import TXTBase

from accounts.guard.exchange import DnsRecord, DnsReply, DnsStatus

MAX_CHAIN = 16
MAX_EXTENDED_ERRORS = 8
_STATUS = {
    dns.rcode.NXDOMAIN: DnsStatus.NXDOMAIN,
    dns.rcode.SERVFAIL: DnsStatus.SERVFAIL,
    dns.rcode.REFUSED: DnsStatus.REFUSED,
    dns.rcode.NOTIMP: DnsStatus.REFUSED,
    dns.rcode.NOTAUTH: DnsStatus.REFUSED,
}


def read_answer(
    question: dns.message.QueryMessage,
    answer: bytes | None,
    *,
    server: str,
    transport: str,
    elapsed_ms: float,
    asked_at: datetime,
) -> DnsReply:
    """`answer` (None for silence) as the reply to `question`.

    A message that can't be read, or an answer section that is not about the question, is
    MALFORMED. Only an empty NOERROR is NODATA (RFC 2308 section 2.2).
    """
    asked = question.question[0]
    name, rtype = _plain(asked.name), dns.rdatatype.to_text(asked.rdtype)
    message = _parse(answer) if answer is not None else None
    if answer is None or message is None:
        return DnsReply(
            name,
            rtype,
            DnsStatus.TIMEOUT if answer is None else DnsStatus.MALFORMED,
            server=server,
            transport=transport,
            elapsed_ms=elapsed_ms,
            size_bytes=len(answer or b""),
            asked_at=asked_at,
        )
    chain = _chain(message, asked.name, asked.rdtype)
    records = _asked_for(message, chain[-1] if chain else asked.name, asked.rdtype)
    return DnsReply(
        name=name,
        rtype=rtype,
        status=_status(message, bool(records)),
        records=records,
        chain=tuple(_plain(link) for link in chain),
        answer=_records(message.answer),
        authority=_records(message.authority),
        additional=_records(message.additional),
        is_authoritative=bool(message.flags & dns.flags.AA),
        is_validated=bool(message.flags & dns.flags.AD),
        server=server,
        transport=transport,
        elapsed_ms=elapsed_ms,
        size_bytes=len(answer),
        asked_at=asked_at,
        extended_errors=_extended_errors(message),
    )


def _parse(answer: bytes) -> dns.message.Message | None:
    try:
        return dns.message.from_wire(answer, ignore_trailing=True, raise_on_truncation=False)
    except (dns.exception.DNSException, ValueError, IndexError):
        return None


def _extended_errors(message: dns.message.Message) -> tuple[tuple[int, str], ...]:
    """The reasons that a server gave with its answer (RFC 8914 section 2), eight at most."""
    met = [option for option in message.options if isinstance(option, dns.edns.EDEOption)]
    return tuple((int(option.code), option.text or "") for option in met[:MAX_EXTENDED_ERRORS])


def _status(message: dns.message.Message, has_records: bool) -> DnsStatus:
    code = message.rcode()
    if code == dns.rcode.NOERROR:
        return DnsStatus.NOERROR if has_records else DnsStatus.NODATA
    return _STATUS.get(code, DnsStatus.MALFORMED)


def _chain(
    message: dns.message.Message, name: dns.name.Name, rdtype: dns.rdatatype.RdataType
) -> list[dns.name.Name]:
    """The CNAME targets from `name` on, as far as the answer section knows them.

    A loop ends with the name that closes it, so that its members stand in the chain twice
    at most.
    """
    if rdtype in {dns.rdatatype.CNAME, dns.rdatatype.ANY}:
        return []
    targets = {
        rrset.name: rrset[0].target
        for rrset in message.answer
        if rrset.rdtype == dns.rdatatype.CNAME and len(rrset)
    }
    chain: list[dns.name.Name] = []
    while name in targets and len(chain) < MAX_CHAIN:
        name = targets[name]
        has_looped = name in chain
        chain.append(name)
        if has_looped:
            break
    return chain


def _asked_for(
    message: dns.message.Message, name: dns.name.Name, rdtype: dns.rdatatype.RdataType
) -> tuple[DnsRecord, ...]:
    if rdtype in {dns.rdatatype.ANY, dns.rdatatype.AXFR}:
        return _records(message.answer)
    return _records(
        rrset for rrset in message.answer if rrset.name == name and rrset.rdtype == rdtype
    )


def _records(rrsets: Iterable[dns.rrset.RRset]) -> tuple[DnsRecord, ...]:
    return tuple(
        DnsRecord(
            _plain(rrset.name),
            dns.rdatatype.to_text(rrset.rdtype),
            rrset.ttl,
            _presentation(rdata),
        )
        for rrset in rrsets
        for rdata in rrset
    )


def _presentation(rdata: dns.rdata.Rdata) -> str:
    if isinstance(rdata, TXTBase):
        return _text(b"".join(rdata.strings))
    return rdata.to_text()


def _text(raw: bytes) -> str:
    """`raw` as UTF-8, else one character per byte: what is not ASCII must stay visible,
    for it voids an SPF record (RFC 7208 section 3.1)."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
