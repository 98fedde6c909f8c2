"""What signs the domain's mail: that a key can be found, and that it is a good one."""

from collections.abc import Iterator

from audits.observations.dkim_key import DkimKey, KeyState
from audits.observations.dns_answers import Said
from audits.observations.mail import DkimKeys, SelectorSeen, Sending, shown
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

MIN_RSA_BITS = 1024
GOOD_RSA_BITS = 2048
ANY_SERVICE = frozenset({"*", "email"})


@check(
    id="email.dkim_present",
    title="A DKIM key can be found",
    stage=6,
    item="6.2",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=DkimKeys,
    source="RFC 6376 section 3.6.1; RFC 8020 (names below); RFC 9824 (compact denial)",
    remedy="Publish the key record exactly as the mail service shows it, and switch signing "
    "on there. Then send a test message through the app.",
    trouble="The key that proves your mail is genuine is missing",
    impact="Providers can't tell your mail from a forgery, so sign-in links and resets land "
    "in spam.",
)
def dkim_present(keys: DkimKeys) -> Iterator[Result]:
    if not keys.identity.is_existing:
        message = f"{keys.identity.domain} does not exist in the DNS."
        yield Result(Verdict.NA, message, cause="no_domain")
        return
    broken = [seen for seen in keys.selectors if seen.origin == "given" and not seen.has_key]
    for seen in broken:
        yield _given_without_key(seen)
    if keys.found:
        names = ", ".join(seen.name for seen in keys.found[:5])
        evidence = tuple(Evidence("selector", _trail(seen)) for seen in keys.found[:5])
        yield Result(Verdict.PASS, f"Found a DKIM key at {names}.", evidence=evidence)
    elif not broken:
        yield _not_found(keys) if _may_sign(keys) else _nothing_to_sign(keys)


def _given_without_key(seen: SelectorSeen) -> Result:
    if seen.said in {Said.SILENT, Said.UNASKED}:
        message = f"Nobody answered for {seen.name}."
        return Result(Verdict.UNKNOWN, message, subject=seen.name, cause="silent")
    state = seen.keys[0].state if seen.keys else None
    what = {
        None: "does not exist" if seen.said == Said.NO_NAME else "holds no TXT record",
        KeyState.REVOKED: "holds a withdrawn key (p= is empty)",
        KeyState.BROKEN: "holds a key that can't be read",
        KeyState.NOT_DKIM: "holds a text that is no DKIM key",
    }.get(state, "holds no usable key")
    message = f"The declared selector {shown(seen.selector)} fails: {seen.name} {what}."
    if seen.doubled_at:
        message += f" It stands at {seen.doubled_at}: the domain was appended twice."
    if seen.is_proxied:
        message += " A web proxy answers there: switch it off for this name (DNS only)."
    evidence = tuple(Evidence("TXT", shown(key.text)) for key in seen.keys[:2])
    return Result(
        Verdict.FAIL, message, subject=seen.name, cause="given_selector", evidence=evidence
    )


def _may_sign(keys: DkimKeys) -> bool:
    return keys.identity.sending not in {Sending.DENIED, Sending.PARKED}


def _nothing_to_sign(keys: DkimKeys) -> Result:
    message = f"{keys.identity.domain} sends no mail, so there is nothing to sign."
    return Result(Verdict.NA, message, cause="not_sending")


def _not_found(keys: DkimKeys) -> Result:
    hint = " Something stands below _domainkey, so there probably is one." if keys.is_hinted else ""
    message = (
        f"Selectors can't be listed from outside. {len(keys.tried)} usual ones hold no key of "
        f"{keys.identity.domain}.{hint} Name the selector, or send a test message."
    )
    evidence = (Evidence("tried", shown(" ".join(keys.tried))),)
    return Result(Verdict.UNKNOWN, message, cause="not_found", evidence=evidence)


@check(
    id="email.dkim_key",
    title="The DKIM keys are strong and readable",
    stage=6,
    item="6.2",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=DkimKeys,
    source="RFC 6376 section 3.6.1; RFC 8301 sections 3.1 and 3.2; RFC 8463",
    remedy="Create a 2048-bit RSA key at the mail service and publish it under a new "
    "selector. A text above 255 characters is split into several strings of one record.",
    trouble="The key that proves your mail is genuine is weak or broken",
    impact="Providers ignore the signature, so sign-in links and resets land in spam; a weak "
    "key can be broken by somebody who wants to mail as you.",
)
def dkim_key(keys: DkimKeys) -> Iterator[Result]:
    seen_any = False
    has_rsa = any(key.bits >= GOOD_RSA_BITS for seen in keys.found for key in seen.keys)
    for seen in keys.selectors:
        if seen.is_wildcard and seen.origin != "given":
            continue
        judged = [key for key in seen.keys if key.state != KeyState.NOT_DKIM]
        if len(judged) > 1:
            seen_any = True
            yield _several(seen, judged)
            continue
        for key in judged:
            seen_any = True
            yield _judge_key(seen, key, has_rsa=has_rsa)
    if not seen_any:
        yield Result(Verdict.NA, "No DKIM key was found to judge.", cause="no_key")


def _several(seen: SelectorSeen, keys: list[DkimKey]) -> Result:
    message = f"{seen.name} holds {len(keys)} texts; receivers take any of them, or none."
    evidence = tuple(Evidence("TXT", shown(key.text)) for key in keys)
    return Result(Verdict.WARN, message, subject=seen.name, cause="several", evidence=evidence)


def _judge_key(seen: SelectorSeen, key: DkimKey, *, has_rsa: bool) -> Result:
    verdict, cause, what = _verdict(key, has_rsa=has_rsa)
    return Result(
        verdict,
        f"{seen.name}: {what}.",
        subject=seen.name,
        cause=cause,
        evidence=(Evidence("TXT", shown(key.text)), Evidence("path", _trail(seen))),
    )


def _verdict(key: DkimKey, *, has_rsa: bool) -> tuple[Verdict, str, str]:
    if key.state == KeyState.REVOKED:
        return Verdict.INFO, "revoked", "the key was withdrawn (p= is empty)"
    if key.state == KeyState.BROKEN:
        return Verdict.FAIL, "unreadable", key.why
    if key.services and not ANY_SERVICE & set(key.services):
        services = shown(":".join(key.services))[:80]
        return Verdict.FAIL, "not_for_mail", f"s={services} keeps the key from signing mail"
    if key.key_type == "rsa" and key.bits < MIN_RSA_BITS:
        return Verdict.FAIL, "short", f"{key.bits} bits; below {MIN_RSA_BITS} nobody accepts it"
    return _weakness(key, has_rsa=has_rsa)


def _weakness(key: DkimKey, *, has_rsa: bool) -> tuple[Verdict, str, str]:
    if key.hashes and "sha256" not in key.hashes:
        return Verdict.WARN, "sha1_only", "h= leaves no hash that receivers still accept"
    if key.key_type == "rsa" and key.bits < GOOD_RSA_BITS:
        return Verdict.WARN, "medium", f"RSA with {key.bits} bits; {GOOD_RSA_BITS} are usual"
    if key.is_testing:
        return Verdict.WARN, "testing", "t=y says that the key is under test"
    if key.key_type == "ed25519" and not has_rsa:
        # An RSA key may stand at a selector that nobody told us: no reason for alarm.
        return Verdict.INFO, "ed25519_alone", "Ed25519; no RSA key for older receivers was found"
    size = f"RSA with {key.bits} bits" if key.key_type == "rsa" else "Ed25519"
    return Verdict.PASS, "", size


@check(
    id="email.dkim_cname",
    title="DKIM aliases lead to a key",
    stage=6,
    item="6.2",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=DkimKeys,
    source="RFC 6376 section 3.6.2 (key lookup); RFC 1034 section 3.6.2 (alias)",
    remedy="Copy the target from the mail service again, and add the domain there. A DNS "
    "proxy must be off for this record.",
    trouble="The key that proves your mail is genuine points nowhere",
    impact="Providers can't check the signature, so sign-in links and resets land in spam.",
)
def dkim_cname(keys: DkimKeys) -> Iterator[Result]:
    aliases = [seen for seen in keys.selectors if seen.chain and not seen.is_wildcard]
    for seen in aliases:
        yield _alias(seen)
    # A declared selector that went astray is dkim_present's matter.
    lost = [s for s in keys.selectors if s.origin != "given" and (s.doubled_at or s.is_proxied)]
    for seen in lost:
        yield _lost(seen)
    if not aliases and not lost:
        yield Result(Verdict.NA, "No DKIM selector is an alias.", cause="no_alias")


def _alias(seen: SelectorSeen) -> Result:
    evidence = (Evidence("path", _trail(seen)),)
    target = shown(seen.chain[-1])
    if seen.said in {Said.SILENT, Said.UNASKED}:
        message = f"Nobody answered for {target}, where {seen.name} leads."
        return Result(Verdict.UNKNOWN, message, subject=seen.name, cause="silent")
    if seen.said == Said.FOUND and any(key.state != KeyState.NOT_DKIM for key in seen.keys):
        message = f"{seen.name} leads to the key at {target}."
        return Result(Verdict.PASS, message, subject=seen.name, evidence=evidence)
    message = f"{seen.name} leads to {target}, where there is no key."
    return Result(Verdict.FAIL, message, subject=seen.name, cause="dangling", evidence=evidence)


def _lost(seen: SelectorSeen) -> Result:
    if seen.doubled_at:
        message = (
            f"A record meant for {seen.name} stands at {shown(seen.doubled_at)}: the DNS page "
            "appended the domain a second time."
        )
        return Result(Verdict.FAIL, message, subject=seen.name, cause="doubled")
    message = f"{seen.name} answers with a web address: a proxy hides the alias to the key."
    return Result(Verdict.FAIL, message, subject=seen.name, cause="proxied")


def _trail(seen: SelectorSeen) -> str:
    return shown(" → ".join((seen.name, *seen.chain)))


CHECKS = (dkim_present, dkim_key, dkim_cname)
