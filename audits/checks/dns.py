"""Is the domain there, is it ours for long, and does it lead anywhere?"""

from datetime import timedelta

from accounts.guard.exchange import DnsReply, DnsStatus
from audits.observations.dns import ApexAddresses, ApexAlias, DomainExistence, WildcardDns
from audits.observations.registration import Registration
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

NEAR = timedelta(days=60)
URGENT = timedelta(days=15)
NOT_THERE = frozenset({DnsStatus.NODATA, DnsStatus.NXDOMAIN})

# RFC 8056 writes EPP's words with spaces; some registries send EPP's own spelling.
STOPPED = {
    "redemptionperiod": "it has been deleted and can still be redeemed",
    "pendingdelete": "it is about to be deleted",
    "clienthold": "the registrar has taken it out of DNS",
    "serverhold": "the registry has taken it out of DNS",
}
LOCKS = frozenset({"clienttransferprohibited", "servertransferprohibited"})
CCTLD_CHARS = 2


@check(
    id="dns.domain_exists",
    title="The domain exists in DNS",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L0,
    needs=DomainExistence,
    source="RFC 1034 section 4.3.1; RFC 2308 section 2.1 (NXDOMAIN)",
    remedy="Check the spelling; renew the domain or set its name servers at the registrar.",
    trouble="The domain does not exist",
    impact="Nobody reaches the app or its mail: the name leads nowhere.",
    item="1.1",
)
def domain_exists(existence: DomainExistence) -> Result:
    statuses = [reply.status for reply in existence.replies]
    evidence = tuple(_seen(reply) for reply in existence.replies)
    there = {DnsStatus.NOERROR, DnsStatus.NODATA}
    missing = statuses.count(DnsStatus.NXDOMAIN)
    if missing and there.intersection(statuses):
        message = f"The resolvers disagree whether {existence.domain} exists."
        return Result(Verdict.WARN, message, cause="resolvers_disagree", evidence=evidence)
    if there.intersection(statuses):
        return Result(Verdict.PASS, f"{existence.domain} exists.", evidence=evidence)
    if statuses and missing == len(statuses):
        message = f"{existence.domain} does not exist (NXDOMAIN from {missing} of {missing})."
        return Result(Verdict.FAIL, message, cause="nxdomain", evidence=evidence)
    message = f"No answer about {existence.domain} from every resolver, so nothing is known."
    return Result(Verdict.UNKNOWN, message, cause="no_answer", evidence=evidence)


@check(
    id="dns.registration_expiry",
    title="The registration lasts well past the launch",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L0,
    needs=Registration,
    source="RFC 9083 sections 4.5 and 4.6; RFC 9224",
    remedy="Renew the domain at the registrar and turn on automatic renewal.",
    trouble="The domain runs out",
    impact="When it lapses, the app and all its mail stop, and somebody else may take the name.",
    item="1.1",
)
def registration_expiry(registration: Registration) -> Result:
    stopped = [word for word in _words(registration) if word in STOPPED]
    if stopped:
        message = f"{registration.domain} is in the state {stopped[0]}: {STOPPED[stopped[0]]}."
        return Result(Verdict.FAIL, message, cause=stopped[0], evidence=_registered(registration))
    if not registration.is_found:
        message = f"The registry's service at {registration.service} does not know the domain."
        return Result(Verdict.UNKNOWN, message, cause="not_in_registry")
    if registration.expires_at is None:
        message = "The registry publishes no end of the registration; ask the registrar."
        return Result(Verdict.NA, message, cause="no_date", evidence=_registered(registration))
    return _judge_date(registration, registration.expires_at - registration.observed_at)


def _judge_date(registration: Registration, left: timedelta) -> Result:
    evidence = _registered(registration)
    message = f"{registration.domain} is registered for another {left.days} days."
    if left < timedelta(0):
        message = f"The registration of {registration.domain} ended {-left.days} days ago."
        return Result(Verdict.FAIL, message, cause="expired", evidence=evidence)
    if left > NEAR:
        return Result(Verdict.PASS, message, evidence=evidence)
    if registration.is_auto_renew_confirmed:
        message += " Automatic renewal is confirmed; see that the payment card is valid."
        return Result(Verdict.WARN, message, cause="renews_soon", evidence=evidence)
    if left >= URGENT:
        return Result(Verdict.WARN, message, cause="expires_soon", evidence=evidence)
    return Result(Verdict.FAIL, message, cause="expires_soon", evidence=evidence)


@check(
    id="dns.registrar_lock",
    title="The domain is locked against transfer",
    stage=1,
    severity=Severity.S3,
    consent=Consent.L0,
    needs=Registration,
    source="RFC 8056 section 2; RFC 5731 section 2.3",
    remedy="Turn on the transfer lock at the registrar.",
    trouble="The domain can be moved away without a lock",
    impact="Whoever gets into the registrar's account can take the name with one step less.",
    item="1.1",
)
def registrar_lock(registration: Registration) -> Result:
    words = _words(registration)
    if not registration.is_found:
        message = f"The registry's service at {registration.service} does not know the domain."
        return Result(Verdict.UNKNOWN, message, cause="not_in_registry")
    if LOCKS.intersection(words):
        return Result(Verdict.PASS, "The transfer lock is on.", evidence=_registered(registration))
    has_epp = any(word.startswith(("client", "server")) for word in words)
    is_country = len(registration.domain.rpartition(".")[2]) == CCTLD_CHARS
    if is_country and not has_epp:
        message = "This country's registry publishes no transfer lock; ask the registrar."
        return Result(Verdict.NA, message, cause="no_locks", evidence=_registered(registration))
    states = ", ".join(registration.statuses)[:200] or "none"
    message = f"No transfer lock is set (states: {states})."
    return Result(Verdict.WARN, message, cause="unlocked", evidence=_registered(registration))


@check(
    id="dns.apex_address",
    title="The bare domain and www both have an address",
    stage=1,
    severity=Severity.S0,
    consent=Consent.L0,
    needs=ApexAddresses,
    source="RFC 1034 section 3.6; RFC 9460 section 2.4.2 (AliasMode)",
    remedy="Add A and AAAA records, or the provider's ALIAS, for the bare domain and for www.",
    trouble="The domain has no address",
    impact="People who type the address reach nothing.",
    item="1.1",
)
def apex_address(seen: ApexAddresses) -> Result:
    if not seen.is_apex_target:
        message = f"The product lives at a subdomain; {seen.domain} is not its front door."
        return Result(Verdict.NA, message, cause="subdomain")
    evidence = tuple(_seen(reply) for reply in (*seen.apex, *seen.www))
    apex, www = _has_address(seen.apex), _has_address(seen.www)
    bare, www_name = seen.domain, f"www.{seen.domain}"
    if apex and www:
        return Result(Verdict.PASS, f"{bare} and {www_name} have addresses.", evidence=evidence)
    if apex is None or www is None:
        message = f"No answer about {bare if apex is None else www_name}; nothing is known."
        return Result(Verdict.UNKNOWN, message, cause="no_answer", evidence=evidence)
    if not apex and _is_aliased(seen.https_record):
        message = f"Only an HTTPS record carries {bare}, which many programs don't read."
        return Result(Verdict.WARN, message, cause="alias_mode_only", evidence=evidence)
    if apex or www:
        there, gone = (bare, www_name) if apex else (www_name, bare)
        message = f"{there} has an address, {gone} has none."
        cause = "www_missing" if apex else "apex_missing"
        return Result(Verdict.WARN, message, cause=cause, evidence=evidence)
    message = f"Neither {bare} nor {www_name} has an address."
    return Result(Verdict.FAIL, message, cause="no_address", evidence=evidence)


@check(
    id="dns.apex_cname",
    title="The bare domain is no alias (CNAME)",
    stage=1,
    severity=Severity.S1,
    consent=Consent.L0,
    needs=ApexAlias,
    source="RFC 1034 section 3.6.2; RFC 2181 section 10.1",
    remedy="Replace the CNAME by A and AAAA records or the provider's ALIAS (flattening).",
    trouble="The domain is an alias, which breaks its mail",
    impact="Mail to the domain may bounce, and some visitors do not reach the app.",
    item="1.3",
)
def apex_cname(seen: ApexAlias) -> Result:
    if not seen.is_apex_target:
        message = f"The product lives at a subdomain; {seen.domain} is not its front door."
        return Result(Verdict.NA, message, cause="subdomain")
    aliases = [
        record
        for reply in seen.replies
        for record in reply.answer
        if record.rtype == "CNAME" and record.name == seen.domain
    ]
    evidence = tuple(_seen(reply) for reply in seen.replies)
    if aliases:
        message = (
            f"{seen.domain} is a CNAME to {aliases[0].value.rstrip('.')[:200]}, beside SOA and NS."
        )
        return Result(Verdict.FAIL, message, cause="cname", evidence=evidence)
    if any(reply.is_answered for reply in seen.replies):
        return Result(Verdict.PASS, f"{seen.domain} is no CNAME.", evidence=evidence)
    message = f"No answer about a CNAME at {seen.domain}, so nothing is known."
    return Result(Verdict.UNKNOWN, message, cause="no_answer", evidence=evidence)


@check(
    id="dns.wildcard",
    title="No wildcard record makes every subdomain exist",
    stage=1,
    severity=Severity.S2,
    consent=Consent.L0,
    needs=WildcardDns,
    source="RFC 4592",
    remedy="Remove the * record; name each host that should exist.",
    trouble="Every made-up subdomain leads to another company's platform",
    impact="A stranger's page could appear under the app's name.",
    item="2.4",
)
def wildcard(seen: WildcardDns) -> Result:
    evidence = tuple(_seen(reply) for reply in seen.replies)
    hits = [reply for reply in seen.replies if reply.chain or reply.values]
    if not hits:
        if all(reply.is_answered for reply in seen.replies):
            return Result(Verdict.PASS, "A random name does not exist.", evidence=evidence)
        message = f"No answer about {seen.probe}, so nothing is known about a wildcard."
        return Result(Verdict.UNKNOWN, message, cause="no_answer", evidence=evidence)
    platform = next((v for v in seen.vendors if v.role == "hosting"), None)
    if platform is not None:
        message = f"*.{seen.domain} leads to {platform.name} ({platform.signal})."
        return Result(Verdict.WARN, message, cause="platform", evidence=evidence)
    message = f"*.{seen.domain} exists: every made-up name gets an answer."
    return Result(Verdict.INFO, message, cause="wildcard", evidence=evidence)


def _has_address(replies: tuple[DnsReply, ...]) -> bool | None:
    """True with an address, False where all say that there is none, else None."""
    if any(reply.values for reply in replies):
        return True
    is_said = all(reply.status in NOT_THERE for reply in replies)
    return False if replies and is_said else None


def _is_aliased(reply: DnsReply | None) -> bool:
    return reply is not None and any(value.startswith("0 ") for value in reply.values)


def _words(registration: Registration) -> tuple[str, ...]:
    return tuple("".join(s.lower().split()) for s in registration.statuses)


def _registered(registration: Registration) -> tuple[Evidence, ...]:
    ends = registration.expires_at.isoformat() if registration.expires_at else "not published"
    return (
        Evidence("registry", registration.service),
        Evidence("ends", ends),
        Evidence("states", ", ".join(registration.statuses)[:300] or "none"),
        Evidence("registrar", registration.registrar[:120] or "not published"),
    )


def _seen(reply: DnsReply) -> Evidence:
    said = ", ".join((*reply.chain, *reply.values)) or reply.status.value
    return Evidence(f"{reply.rtype} {reply.name} at {reply.server or 'nobody'}", said[:300])


CHECKS = (
    domain_exists,
    registration_expiry,
    registrar_lock,
    apex_address,
    apex_cname,
    wildcard,
)
