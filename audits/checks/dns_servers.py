"""Does each name server, asked directly, speak for the zone?"""

from accounts.guard.exchange import DnsReply, DnsStatus
from audits.checks.dns_zone import no_zone, nobody_answered
from audits.observations.dns import Delegation, NameServer, is_heard
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check


@check(
    id="dns.ns_lame",
    title="Every name server answers for the zone",
    stage=1,
    severity=Severity.S1,
    consent=Consent.L0,
    needs=Delegation,
    source="RFC 1912 section 2.8; RFC 1034 section 4.2.2",
    remedy="Remove that name server from the delegation, or set the zone up on it.",
    trouble="A name server does not know the domain",
    impact="Some visitors wait for seconds or reach nothing at all.",
    item="1.3",
)
def ns_lame(zone: Delegation) -> list[Result] | Result:
    """Silence, over UDP and TCP, is `unknown`: it may be the way there that is closed."""
    if not zone.is_zone:
        return no_zone(zone)
    if not zone.is_port_reached:
        return nobody_answered(zone)
    return [_judge_server(server) for server in zone.servers]


def _judge_server(server: NameServer) -> Result:
    if not server.address or server.refusal:
        return _judge_unasked(server)
    if server.soa is None:
        message = f"{server.label} was not asked: it has an IPv6 address only."
        return Result(Verdict.NA, message, subject=server.name, cause="ipv6_only")
    evidence = (Evidence(f"SOA at {server.label}", _word(server.soa)),)
    if server.is_answering:
        message = f"{server.label} answers with authority."
        return Result(Verdict.PASS, message, subject=server.name, evidence=evidence)
    if server.soa.status == DnsStatus.MALFORMED:
        message = f"{server.label} sent an answer that can't be read."
        return Result(Verdict.UNKNOWN, message, subject=server.name, cause="malformed")
    if server.soa.status == DnsStatus.TIMEOUT:
        message = f"{server.label} stayed silent over UDP and over TCP."
        return Result(
            Verdict.UNKNOWN, message, subject=server.name, cause="silent", evidence=evidence
        )
    message = f"{server.label} does not answer for the zone: {_word(server.soa)}."
    return Result(Verdict.FAIL, message, subject=server.name, cause="lame", evidence=evidence)


def _judge_unasked(server: NameServer) -> Result:
    if server.is_refused_as_private:
        message = f"{server.label} is not a public address, so no resolver can ask it."
        return Result(Verdict.FAIL, message, subject=server.name, cause="not_public")
    if server.refusal:
        return Result(
            Verdict.UNKNOWN, server.refusal, subject=server.name, cause="refused_by_guard"
        )
    if server.is_address_known:
        message = f"{server.name} has no address, so no resolver can ask it."
        return Result(Verdict.FAIL, message, subject=server.name, cause="no_address")
    message = f"The address of {server.name} could not be found out."
    return Result(Verdict.UNKNOWN, message, subject=server.name, cause="no_answer")


@check(
    id="dns.ns_tcp",
    title="Every name server answers over TCP",
    stage=1,
    severity=Severity.S3,
    consent=Consent.L0,
    needs=Delegation,
    source="RFC 7766",
    remedy="Open TCP port 53 on that name server.",
    trouble="A name server answers over one of its two ways only",
    impact="Long answers, such as those for mail, get lost for some.",
    item="1.3",
)
def ns_tcp(zone: Delegation) -> list[Result] | Result:
    if not zone.is_zone:
        return no_zone(zone)
    asked = [server for server in zone.servers if is_heard(server) and server.soa_tcp]
    if not asked:
        return nobody_answered(zone)
    if not zone.is_tcp_possible:
        message = "No name server anywhere answered us over TCP: the way from here seems closed."
        return Result(Verdict.UNKNOWN, message, cause="tcp_closed_here")
    return [_judge_tcp(server) for server in asked]


def _judge_tcp(server: NameServer) -> Result:
    reply = server.soa_tcp
    if reply is not None and reply.status != DnsStatus.TIMEOUT:
        return Result(Verdict.PASS, f"{server.label} answers over TCP.", subject=server.name)
    message = f"{server.label} answers over UDP but not over TCP."
    return Result(Verdict.WARN, message, subject=server.name, cause="no_tcp")


def _word(reply: DnsReply) -> str:
    if reply.status in {DnsStatus.NOERROR, DnsStatus.NODATA} and not reply.is_authoritative:
        return f"{reply.status.value} without authority"
    return reply.status.value


CHECKS = (ns_lame, ns_tcp)
