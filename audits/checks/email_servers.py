"""The domain's own mail servers: their addresses' names, TLS, and keys in the DNS."""

from collections.abc import Iterator

from audits.observations.dns_answers import Said
from audits.observations.mail import shown
from audits.observations.mail_transport import MailServer, MailTransport, ReverseName, SmtpTalk
from audits.observations.seen import GatherFailure
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

ENFORCE = "enforce"


@check(
    id="email.mx_ptr",
    title="The addresses of own mail servers lead back to a name",
    stage=6,
    item="",
    severity=Severity.S2,
    consent=Consent.L0,
    needs=MailTransport,
    source="RFC 1912 section 2.1; Gmail's guidelines for senders (PTR and forward match)",
    remedy="Set the PTR record at the host of the address (reverse DNS) to the server's name, "
    "and an A or AAAA record of that name to the address.",
    trouble="Your own mail server has no name that can be checked",
    impact="Gmail and others refuse or delay mail from it, so sign-in links may not arrive.",
)
def mx_ptr(transport: MailTransport) -> Iterator[Result]:
    own = [server for server in transport.servers if server.is_own]
    for server in own:
        yield from (_reverse(server, one) for one in server.reverse)
    if not any(server.reverse for server in own):
        message = f"{transport.domain} runs no mail server of its own, as far as names show."
        yield Result(Verdict.NA, message, cause="not_own")


def _reverse(server: MailServer, reverse: ReverseName) -> Result:
    names, subject = ", ".join(shown(name)[:80] for name in reverse.names), server.name
    if reverse.is_confirmed:
        message = f"{reverse.address} is {names}, which leads back to it."
        return Result(Verdict.PASS, message, subject=subject)
    if reverse.is_confirmed is None:
        message = f"Nobody answered for the name of {reverse.address}."
        return Result(Verdict.UNKNOWN, message, subject=subject, cause="silent")
    if reverse.said != Said.FOUND:
        message = f"{reverse.address} of {shown(server.name)} has no name (PTR)."
        return Result(Verdict.WARN, message, subject=subject, cause="none")
    message = f"{reverse.address} is called {names}, which does not lead back to it."
    return Result(Verdict.WARN, message, subject=subject, cause="mismatch")


@check(
    id="email.starttls",
    title="Mail servers offer TLS",
    stage=6,
    item="1.3",
    severity=Severity.S3,
    consent=Consent.L1,
    needs=MailTransport,
    source="RFC 3207 section 4; RFC 8461 section 4.2",
    remedy="Switch STARTTLS on at the mail server, with a certificate for the name in the MX "
    "record.",
    trouble="Mail to you travels as readable text",
    impact="Whoever stands on the way can read replies and support mail; strict senders "
    "don't deliver at all.",
)
def starttls(transport: MailTransport) -> Iterator[Result]:
    called = [server for server in transport.servers if server.talk is not None]
    for server in called:
        yield _talk(server, is_enforced=transport.mode == ENFORCE)
    if not called:
        vendors = sorted({server.vendor for server in transport.servers} - {""})
        who = (
            f"{vendors[0]} runs the mail servers and looks after it" if vendors else "None to call"
        )
        yield Result(Verdict.NA, f"{who}.", cause="vendor" if vendors else "no_server")


def _talk(server: MailServer, *, is_enforced: bool) -> Result:
    talk, name = server.talk, shown(server.name)[:80]
    if not isinstance(talk, SmtpTalk):
        return _not_called(server, talk)
    if talk.refusal:
        message = f"{name} refuses strangers: {shown(talk.refusal)[:120]}."
        return Result(Verdict.UNKNOWN, message, subject=server.name, cause="refused")
    if talk.has_starttls and not talk.tls_error and not (talk.verify_error and is_enforced):
        return Result(Verdict.PASS, f"{name} offers TLS.", subject=server.name)
    cause, what = _trouble(talk)
    message = f"{name} {what}"
    message += ", and the policy (MTA-STS) makes senders hold mail back." if is_enforced else "."
    return Result(
        Verdict.FAIL if is_enforced else Verdict.WARN,
        message,
        subject=server.name,
        cause=cause,
        severity=Severity.S2 if is_enforced else None,
        evidence=tuple(Evidence("met", shown(t)) for t in (talk.tls_error, talk.verify_error) if t),
    )


def _trouble(talk: SmtpTalk) -> tuple[str, str]:
    if not talk.has_starttls:
        return "absent", "offers no TLS"
    if talk.tls_error:
        return "broken", "offers TLS, but no handshake comes of it"
    return "untrusted", "shows a certificate that senders don't trust"


def _not_called(server: MailServer, failure: GatherFailure | None) -> Result:
    message = (
        f"Port 25 of {shown(server.name)[:80]} could not be talked to from here; many networks "
        "close it."
    )
    met = (Evidence("met", shown(failure.message)),) if failure else ()
    return Result(Verdict.UNKNOWN, message, subject=server.name, cause="unreachable", evidence=met)


@check(
    id="email.dane",
    title="Keys of mail servers in the DNS match what the servers show",
    stage=6,
    item="1.3",
    severity=Severity.S2,
    consent=Consent.L1,
    needs=MailTransport,
    source="RFC 7672 sections 2.2 and 3.1; RFC 6698 section 2.1",
    remedy="Publish the new key's TLSA record beside the old one, wait one TTL, then change "
    "the certificate; or remove the records.",
    trouble="A record about your mail server's key is out of date",
    impact="Strict mail servers hold back what is sent to you, replies and support mail too.",
)
def dane(transport: MailTransport) -> Iterator[Result]:
    described = [server for server in transport.servers if server.tlsa]
    for server in described:
        yield _key(server, is_validating=transport.is_validating)
    if not described:
        silent = [s for s in transport.servers if s.tlsa_said in {Said.SILENT, Said.UNASKED}]
        if silent:
            message = f"Nobody answered for the keys of {shown(silent[0].name)[:80]}."
            yield Result(Verdict.UNKNOWN, message, cause="silent")
        else:
            yield Result(Verdict.INFO, "No keys are published (DANE).", cause="none")


def _key(server: MailServer, *, is_validating: bool) -> Result:
    name, talk = shown(server.name)[:80], server.talk
    if not server.is_tlsa_validated:
        if is_validating:
            message = f"The keys of {name} stand in an unsigned zone, where senders ignore them."
            return Result(Verdict.INFO, message, subject=server.name, cause="unsigned")
        message = f"Our resolver checks no signatures, so the keys of {name} can't be judged."
        return Result(Verdict.UNKNOWN, message, subject=server.name, cause="no_validation")
    usable = [record for record in server.tlsa if record.is_usable]
    if not usable:
        message = f"None of the keys of {name} is of a kind that mail servers use."
        return Result(Verdict.INFO, message, subject=server.name, cause="unusable")
    if not isinstance(talk, SmtpTalk) or talk.refusal:
        message = f"{name} could not be talked to, so its key can't be compared."
        return Result(Verdict.UNKNOWN, message, subject=server.name, cause="unreachable")
    if any(record.matches(talk.chain) for record in usable):
        message = f"{name} shows a key that the DNS names."
        return Result(Verdict.PASS, message, subject=server.name)
    evidence = tuple(
        Evidence("TLSA", shown(f"{one.usage} {one.selector} {one.matching} {one.data}"))
        for one in usable[:3]
    )
    shows = "shows another key than the DNS names" if talk.chain else "shows no key at all"
    return Result(
        Verdict.FAIL, f"{name} {shows}.", subject=server.name, cause="mismatch", evidence=evidence
    )


CHECKS = (mx_ptr, starttls, dane)
