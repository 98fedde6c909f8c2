"""Who receives mail for a domain: the MX set and its targets."""

from collections.abc import Iterator

from audits.observations.dns_answers import Said
from audits.observations.mail import MailExchange, MxHost, Sending, shown
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check


@check(
    id="email.mx",
    title="Mail to the domain has somewhere to go",
    stage=6,
    item="1.3",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=MailExchange,
    source="RFC 5321 section 5.1 (MX, implicit MX); RFC 7505 section 3 (null MX)",
    remedy="Publish an MX record that names the mail provider's servers, or a null MX "
    "(`0 .`) where the domain takes no mail at all.",
    trouble="Replies to your mail bounce",
    impact="Somebody who answers a sign-up or support mail gets an error back. Providers that "
    "confirm a domain by mail can't reach you either.",
)
def mx(exchange: MailExchange) -> Result:
    domain = exchange.identity.domain
    if exchange.said == Said.NO_NAME:
        message = f"{domain} does not exist in the DNS, so no mail reaches it."
        return Result(Verdict.FAIL, message, cause="no_domain")
    if not exchange.hosts:
        return _without_mx(exchange)
    if exchange.has_null:
        return Result(Verdict.INFO, f"{domain} says that it takes no mail (null MX).", cause="null")
    return _targets(exchange)


def _without_mx(exchange: MailExchange) -> Result:
    domain = exchange.identity.domain
    if exchange.apex == Said.FOUND:
        message = f"{domain} has no MX record; senders fall back to its web address."
        return Result(Verdict.WARN, message, cause="implicit")
    if exchange.apex in {Said.SILENT, Said.UNASKED, None}:
        message = f"{domain} has no MX record, and nobody answered for its address."
        return Result(Verdict.UNKNOWN, message, cause="silent")
    message = f"{domain} has neither an MX record nor an address, so mail to it bounces."
    if exchange.identity.sending in {Sending.DENIED, Sending.PARKED}:
        return Result(Verdict.INFO, f"{message} It sends none either.", cause="no_mail")
    verdict = Verdict.FAIL if exchange.identity.is_sending else Verdict.WARN
    return Result(verdict, message, cause="none")


def _targets(exchange: MailExchange) -> Result:
    domain = exchange.identity.domain
    named = [host for host in exchange.hosts if not host.is_literal]
    alive = [host for host in named if host.is_alive]
    dead = [host for host in named if host.ip4 is not None and host.is_dead]
    evidence = _evidence(exchange)
    if dead and len(dead) == len(named):
        message = f"No MX target of {domain} has an address: {_names(dead)}."
        return Result(Verdict.FAIL, message, cause="dead", evidence=evidence)
    if dead:
        message = f"{_names(dead)} has no address; mail waits for the other MX targets."
        return Result(Verdict.WARN, message, cause="partly_dead", evidence=evidence)
    if not alive:
        message = f"Nobody answered for the addresses of {domain}'s MX targets."
        return Result(Verdict.UNKNOWN, message, cause="silent", evidence=evidence)
    message = f"{domain} receives mail at {_names(alive)}."
    return Result(Verdict.PASS, message, evidence=evidence)


@check(
    id="email.null_mx",
    title="A null MX stands alone and on a domain that sends nothing",
    stage=6,
    item="1.3",
    severity=Severity.S2,
    consent=Consent.L0,
    needs=MailExchange,
    source="RFC 7505 section 3 (alone, preference 0), section 4.2 (senders)",
    remedy="Remove the null MX and name the mail provider's servers; or keep only the null "
    "MX and send from another domain.",
    trouble="The domain says at once that it takes mail and that it doesn't",
    impact="Some providers refuse mail from a domain that accepts no answer, so sign-in "
    "codes and resets may not arrive.",
)
def null_mx(exchange: MailExchange) -> Result:
    domain, evidence = exchange.identity.domain, _evidence(exchange)
    if not exchange.has_null:
        return Result(Verdict.NA, f"{domain} has no null MX.", cause="none")
    if len(exchange.hosts) > 1:
        message = f"{domain} has a null MX beside {len(exchange.hosts) - 1} other MX records."
        return Result(Verdict.FAIL, message, cause="mixed", evidence=evidence)
    if exchange.identity.is_sending:
        shows = ", ".join(exchange.identity.evidence) or "its owner's word"
        message = f"{domain} takes no mail (null MX) but sends some, by {shows}."
        return Result(Verdict.WARN, message, cause="sending", evidence=evidence)
    return Result(Verdict.PASS, f"{domain} takes no mail, and its null MX says so.")


@check(
    id="email.mx_cname_ip",
    title="MX targets are names with addresses, not aliases or addresses",
    stage=6,
    item="1.3",
    severity=Severity.S2,
    consent=Consent.L0,
    needs=MailExchange,
    source="RFC 2181 section 10.3 (no alias); RFC 5321 section 2.3.5 (a name)",
    remedy="Let the MX record name a host that has A or AAAA records of its own.",
    trouble="Some mail servers refuse to deliver to you",
    impact="Mail to you arrives from lenient senders and bounces from strict ones, which "
    "looks like chance.",
)
def mx_cname_ip(exchange: MailExchange) -> Iterator[Result]:
    hosts = [host for host in exchange.hosts if not host.is_null]
    if not hosts:
        yield Result(Verdict.NA, f"{exchange.identity.domain} has no MX target.", cause="none")
        return
    wrong = [host for host in hosts if host.is_literal or host.chain]
    for host in wrong:
        yield _wrong_target(exchange.identity.domain, host)
    if not wrong:
        names = _names(hosts)
        yield Result(Verdict.PASS, f"Every MX target is a name of its own: {names}.")


def _wrong_target(domain: str, host: MxHost) -> Result:
    evidence = (Evidence("MX", shown(f"{host.preference} {host.name}")),)
    if host.is_literal:
        message = f"An MX record of {domain} holds the address {shown(host.name)}, not a name."
        return Result(Verdict.FAIL, message, cause="literal", evidence=evidence)
    alias = Evidence("alias of", shown(" → ".join(host.chain)))
    message = f"The MX target {shown(host.name)} is an alias (CNAME)."
    return Result(Verdict.FAIL, message, cause="alias", evidence=(*evidence, alias))


def _names(hosts: list[MxHost]) -> str:
    names = [shown(host.name)[:80] for host in hosts[:3]]
    more = f" and {len(hosts) - 3} more" if len(hosts) > 3 else ""  # noqa: PLR2004 - those named
    return ", ".join(names) + more


def _evidence(exchange: MailExchange) -> tuple[Evidence, ...]:
    return tuple(
        Evidence("MX", shown(f"{host.preference} {host.name or '.'}"))
        for host in exchange.hosts[:10]
    )


CHECKS = (mx, null_mx, mx_cname_ip)
