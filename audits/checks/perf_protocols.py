"""Newer versions of HTTP, and whether the records that announce them are true."""

from audits.observations.https_records import HttpsRecord
from audits.observations.protocols import HttpsHints, Protocols, announces_h3
from audits.verdicts import Evidence, Result, Severity, Verdict, check

SHOWN_CHARS = 200


@check(
    id="perf.http2",
    title="The main page comes over HTTP/2",
    stage=4,
    item="4.3",
    # `tls.alpn_h2` opens the risk, host by host; this is the page's own line.
    severity=Severity.S4,
    needs=Protocols,
    source="RFC 9113 section 3.2; RFC 7301",
    remedy="Switch HTTP/2 on at the edge or the server.",
    trouble="",
    impact="Pages of many files load noticeably slower on phones.",
)
def http2(seen: Protocols) -> Result:
    if seen.alpn is None:
        message = f"No TLS connection to {seen.host} came about, so its protocol isn't known."
        return Result(Verdict.UNKNOWN, message, cause="no_handshake")
    if seen.alpn == "h2":
        return Result(Verdict.PASS, f"{seen.host} speaks HTTP/2.")
    message = f"{seen.host} chose {seen.alpn or 'no protocol'} where HTTP/2 was offered."
    return Result(Verdict.WARN, message, cause="absent")


@check(
    id="perf.http3",
    title="HTTP/3 is announced",
    stage=4,
    item="4.3",
    severity=Severity.S4,
    needs=Protocols,
    source="RFC 9114 section 3.1; RFC 7838 section 3; RFC 9460 section 7.1",
    remedy="Switch HTTP/3 on at the edge, if it has it; nothing to do for a launch.",
    trouble="",
    impact="For the record: on weak networks HTTP/3 loses less time.",
)
def http3(seen: Protocols) -> Result:
    by_record = any("h3" in record.alpn for record in seen.records)
    ways = [
        name
        for name, said in (("Alt-Svc", announces_h3(seen.alt_svc)), ("HTTPS record", by_record))
        if said
    ]
    if not ways:
        return Result(Verdict.INFO, f"{seen.host} doesn't announce HTTP/3.", cause="absent")
    evidence = tuple(Evidence("alt-svc", line[:SHOWN_CHARS]) for line in seen.alt_svc[:2])
    message = (
        f"{seen.host} announces HTTP/3 ({' and '.join(ways)}). Whether it answers over QUIC was "
        "not tried from here."
    )
    return Result(Verdict.INFO, message, cause="announced", evidence=evidence)


@check(
    id="perf.https_rr",
    title="The HTTPS record tells the truth",
    stage=4,
    item="4.3",
    severity=Severity.S2,
    needs=HttpsHints,
    source="RFC 9460 sections 2.4.2, 7.1 and 7.3",
    remedy="Take the address hints out of the HTTPS record or bring them up to date, and name in "
    "`alpn` only what the server speaks.",
    trouble="A record sends some browsers to an old server",
    impact="Some people reach a server that is gone while everybody else reaches the app.",
)
def https_rr(seen: HttpsHints) -> Result:
    if seen.records is None:
        message = "The resolver gave no answer about HTTPS records, as some do."
        return Result(Verdict.UNKNOWN, message, cause="not_answered")
    if not seen.records:
        return Result(Verdict.INFO, f"{seen.name} has no HTTPS record.", cause="absent")
    evidence = _shown(seen)
    services = [record for record in seen.records if not record.is_alias]
    own = [record for record in services if record.target in {"", seen.name}]
    hints = {address for record in own for address in record.hints}
    if hints and seen.addresses and not hints & set(seen.addresses):
        message = f"The addresses in the HTTPS record of {seen.name} are none of its own."
        return Result(Verdict.WARN, message, cause="stale_hints", evidence=evidence)
    says_h2 = any("h2" in record.alpn for record in own)
    if says_h2 and seen.alpn is not None and seen.alpn != "h2":
        message = f"The HTTPS record of {seen.name} promises HTTP/2; the server doesn't speak it."
        return Result(Verdict.WARN, message, cause="alpn", evidence=evidence)
    return Result(Verdict.INFO, f"{seen.name} has an HTTPS record.", evidence=evidence)


def _shown(seen: HttpsHints) -> tuple[Evidence, ...]:
    records = (_words(record) for record in (seen.records or ())[:3])
    return (
        *(Evidence("HTTPS record", words[:SHOWN_CHARS]) for words in records),
        Evidence("addresses", ", ".join(seen.addresses)[:SHOWN_CHARS] or "none"),
    )


def _words(record: HttpsRecord) -> str:
    parts = [str(record.priority), record.target or "."]
    if record.alpn:
        parts.append(f"alpn={','.join(record.alpn)}")
    if record.hints:
        parts.append(f"hints={','.join(record.hints)}")
    return " ".join(parts)


CHECKS = (http2, http3, https_rr)
