"""Do the zone's signatures hold, for those who look at them?"""

from datetime import timedelta

from accounts.guard.exchange import DnsReply, DnsStatus
from audits.observations.dnssec import (
    BROKEN,
    WITHOUT_KEY,
    Dnssec,
    Link,
    Signature,
    SignedServer,
    latest_by_type,
)
from audits.verdicts import Confidence, Consent, Evidence, Result, Severity, Verdict, check

NEAR = timedelta(hours=48)
# Who signs with each answer makes short signatures; they are always near their end.
ONLINE_LIFETIME = timedelta(days=4)
ONLINE_REST = 0.25
BOGUS_CODES = frozenset(range(6, 13))  # RFC 8914 sections 4.7 to 4.13

UNSIGNED = frozenset({Link.NO_KEY, Link.NOT_SIGNED})

WHY = {
    Link.NO_KEY: "the zone publishes no key at all",
    Link.NO_MATCH: "none of the zone's keys matches it",
    Link.NOT_SIGNED: "the zone's records carry no signature",
    Link.EXPIRED: "the zone's signatures have ended",
    Link.NOT_YET: "the zone's signatures have not begun yet",
    Link.WRONG: "the zone's signatures do not fit its keys",
}


@check(
    id="dns.dnssec",
    title="The zone is signed rightly, or not at all (DNSSEC)",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L0,
    needs=Dnssec,
    source="RFC 4035 section 5; RFC 8914 section 4; RFC 9364",
    remedy="Remove the DS record at the registrar, or have the zone signed again; then wait "
    "for the DS record's TTL.",
    trouble="Many networks refuse the domain, because its signatures are broken",
    impact="For a good part of the world the app and its mail do not exist, and no "
    "certificate can be renewed.",
    item="1.3",
)
def dnssec(seen: Dnssec) -> Result:
    """Secure by a resolver's AD or by our own look at the last link; unsigned is no fault."""
    evidence = _evidence(seen)
    if not seen.is_zone:
        return _no_zone(seen)
    if seen.promised == ():
        message = f"{seen.domain} is not signed (no DS record), which is no fault."
        return Result(Verdict.INFO, message, cause="unsigned", evidence=evidence)
    if seen.plain is not None and seen.plain.is_validated:
        message = f"{seen.domain} is signed, and a validating resolver accepts it."
        return Result(Verdict.PASS, message, evidence=evidence)
    broken = [server for server in seen.heard if server.link in BROKEN]
    is_all_broken = bool(broken) and len(broken) == len(seen.heard)
    if seen.is_refused_by_resolver and (broken or _names_bogus(seen.plain)):
        why = WHY[broken[0].link] if broken else _reason(seen.plain)
        message = f"A validating resolver refuses {seen.domain}: {why}."
        return Result(Verdict.FAIL, message, cause="bogus", evidence=evidence)
    if seen.promised and is_all_broken and not _is_accepted(seen):
        message = f"The parent zone promises a key for {seen.domain}, but {WHY[broken[0].link]}."
        return Result(Verdict.FAIL, message, cause="bogus", evidence=evidence)
    return _undecided(seen, evidence)


def _is_accepted(seen: Dnssec) -> bool:
    """A resolver that validates answers all the same: then our own look missed something."""
    answered = seen.plain is not None and seen.plain.is_answered
    return bool(seen.is_validating) and answered


def _undecided(seen: Dnssec, evidence: tuple[Evidence, ...]) -> Result:
    if seen.promised is None:
        message = f"No answer about the DS records of {seen.domain}, so nothing is known."
        return Result(Verdict.UNKNOWN, message, cause="no_answer", evidence=evidence)
    if seen.heard and all(server.link == Link.NOT_COMPARABLE for server in seen.heard):
        message = f"{seen.domain} is signed with methods that most resolvers take as unsigned."
        return Result(Verdict.INFO, message, cause="not_comparable", evidence=evidence)
    holds = bool(seen.heard) and all(server.link == Link.HOLDS for server in seen.heard)
    if holds and not seen.is_refused_by_resolver:
        # Without a validating resolver the zones above are taken on trust.
        message = f"Keys and signatures of {seen.domain} fit what its parent zone promises."
        return Result(Verdict.PASS, message, evidence=evidence, confidence=Confidence.PROBABLE)
    message = f"Whether the signatures of {seen.domain} hold could not be settled."
    cause = "no_validation" if not seen.is_validating else "disagreement"
    return Result(Verdict.UNKNOWN, message, cause=cause, evidence=evidence)


def _names_bogus(reply: DnsReply | None) -> bool:
    return reply is not None and any(code in BOGUS_CODES for code, _ in reply.extended_errors)


def _reason(reply: DnsReply | None) -> str:
    codes = [f"{code} {text}".strip() for code, text in reply.extended_errors] if reply else []
    return f"its reason is {codes[0][:120]}" if codes else "it gives no reason"


@check(
    id="dns.dnssec_orphan_ds",
    title="The parent zone's DS record matches a key of the zone",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L0,
    needs=Dnssec,
    source="RFC 4035 section 2.4; RFC 4034 section 5",
    remedy="Delete the DS record at the registrar, or enter the one that the DNS provider shows.",
    trouble="A leftover DNSSEC record makes networks refuse the domain",
    impact="For a good part of the world the app and its mail do not exist. It happens when "
    "the DNS provider is changed and the old key is forgotten.",
    item="1.3",
)
def dnssec_orphan_ds(seen: Dnssec) -> Result:
    if not seen.is_zone:
        return _no_zone(seen)
    evidence = _evidence(seen)
    if seen.promised == ():
        message = f"No DS record stands for {seen.domain}."
        return Result(Verdict.NA, message, cause="unsigned", evidence=evidence)
    if seen.promised is None or not seen.heard:
        message = f"No answer about the keys of {seen.domain}, so nothing is known."
        return Result(Verdict.UNKNOWN, message, cause="no_answer", evidence=evidence)
    if any(server.link == Link.NOT_COMPARABLE for server in seen.heard):
        message = f"The DS records of {seen.domain} use a digest that we can't compute."
        return Result(Verdict.NA, message, cause="not_comparable", evidence=evidence)
    lost = [server for server in seen.heard if server.link in WITHOUT_KEY]
    if not lost:
        message = f"A DS record of {seen.domain} matches one of its keys."
        return Result(Verdict.PASS, message, evidence=evidence)
    message = f"The parent zone promises a key for {seen.domain}, but {WHY[lost[0].link]}"
    if len(lost) < len(seen.heard):
        message += f" at {lost[0].server}; another server has it."
        return Result(Verdict.WARN, message, cause="one_server", evidence=evidence)
    return Result(Verdict.FAIL, f"{message}.", cause="orphan_ds", evidence=evidence)


@check(
    id="dns.dnssec_expiry",
    title="The zone's signatures last",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L0,
    needs=Dnssec,
    source="RFC 4034 section 3.1.5",
    remedy="Have the zone signed again, and see why the signer stopped renewing.",
    trouble="The domain's signatures run out",
    impact="From that hour on many networks take the app and its mail as not existing.",
    item="1.3",
)
def dnssec_expiry(seen: Dnssec) -> Result:
    if not seen.is_zone:
        return _no_zone(seen)
    if seen.promised == ():
        message = f"{seen.domain} has no DS record, so nobody looks at its signatures."
        return Result(Verdict.NA, message, cause="unsigned")
    signed = [(s, latest_by_type(s.signatures)) for s in seen.heard if s.signatures]
    if seen.heard and all(server.link in UNSIGNED for server in seen.heard):
        message = f"{seen.domain} holds no signature that could run out."
        return Result(Verdict.NA, message, cause="not_signed", evidence=_evidence(seen))
    if not signed:
        message = f"No signature of {seen.domain} was seen at its name servers."
        return Result(Verdict.UNKNOWN, message, cause="no_answer", evidence=_evidence(seen))
    ends = [(server, each) for server, latest in signed for each in latest.values()]
    server, first = min(ends, key=lambda pair: pair[1].expiration)
    left = first.expiration - seen.observed_at
    evidence = tuple(_signature(server, each) for server, each in ends[:8])
    when = f"{first.expiration:%Y-%m-%d %H:%M} UTC"
    if left < timedelta(0):
        message = f"The signature of {first.covers} at {server.server} ended at {when}."
        return Result(Verdict.FAIL, message, cause="expired", evidence=evidence)
    if left < _least(first):
        hours = int(left.total_seconds() // 3600)
        message = f"The signature of {first.covers} ends in {hours} hours, at {when}."
        return Result(Verdict.WARN, message, cause="ends_soon", evidence=evidence)
    return Result(Verdict.PASS, f"The signatures hold at least until {when}.", evidence=evidence)


def _least(signature: Signature) -> timedelta:
    """What must be left: two days, or a quarter of a signature that is made with each answer."""
    if signature.lifetime <= ONLINE_LIFETIME:
        return signature.lifetime * ONLINE_REST
    return NEAR


def _no_zone(seen: Dnssec) -> Result:
    message = f"{seen.domain} has no zone of its own; its platform's is signed or not."
    return Result(Verdict.NA, message, cause="no_zone")


def _evidence(seen: Dnssec) -> tuple[Evidence, ...]:
    where = "at the parent's server" if seen.asked_at_parent else "by the resolver"
    promised = "no answer" if seen.promised is None else "; ".join(seen.promised) or "none"
    lines = [Evidence(f"DS {where}", promised[:300])]
    lines += [_server(server) for server in seen.servers]
    if seen.plain is not None:
        lines.append(Evidence(f"SOA at {seen.plain.server or 'nobody'}", _said(seen.plain)))
    if seen.unchecked is not None:
        lines.append(Evidence("the same without checking (CD)", _said(seen.unchecked)))
    return tuple(lines)


def _server(server: SignedServer) -> Evidence:
    tags = ", ".join(map(str, server.key_tags[:10])) or "none"
    return Evidence(f"keys at {server.server}", f"tags {tags}: {server.link}")


def _said(reply: DnsReply) -> str:
    flag = ", validated (AD)" if reply.is_validated else ""
    codes = "; ".join(f"EDE {code} {text}".strip() for code, text in reply.extended_errors)
    status = reply.status if reply.status != DnsStatus.NODATA else "no such record"
    return f"{status}{flag}{': ' if codes else ''}{codes}"[:300]


def _signature(server: SignedServer, signature: Signature) -> Evidence:
    span = f"{signature.inception:%Y-%m-%d %H:%M} to {signature.expiration:%Y-%m-%d %H:%M} UTC"
    return Evidence(f"{signature.covers} at {server.server}", f"key {signature.key_tag}, {span}")


CHECKS = (dnssec, dnssec_orphan_ds, dnssec_expiry)
