"""What only all parts of a mail domain together can say: alignment, and being parked."""

from collections.abc import Iterator

from audits.observations.dmarc_record import Policy
from audits.observations.mail import DmarcPolicy, MailPosture, Sending, SpfPolicy
from audits.observations.mail_selectors import MAILBOX_SPF
from audits.observations.mail_sending import is_closed
from audits.observations.names import registrable_domain
from audits.verdicts import Confidence, Consent, Evidence, Result, Severity, Verdict, check


@check(
    id="email.dmarc_alignment",
    title="Each known mail stream is aligned with the From address",
    stage=6,
    item="6.2",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=MailPosture,
    source="RFC 9989 sections 4.4 and 4.10.2",
    remedy="Let the mail service sign with your own domain (DKIM), or bounce to a subdomain "
    "of yours whose SPF record authorizes it.",
    trouble="Your mail is checked under somebody else's name",
    impact="Providers see a valid signature that is not yours, so the mail counts as forged "
    "once the policy is strict.",
)
def dmarc_alignment(posture: MailPosture) -> Result:
    domain, dmarc = posture.identity.domain, posture.dmarc
    if not posture.identity.is_sending:
        return Result(Verdict.NA, f"{domain} is not known to send mail.", cause="not_sending")
    if dmarc is None:
        message = "Nobody answered for the DMARC record."
        return Result(Verdict.UNKNOWN, message, cause="silent")
    if dmarc.walk.effective() is None:
        return Result(Verdict.NA, f"No DMARC record applies to {domain}.", cause="no_record")
    aligned = tuple(_aligned(posture, dmarc))
    if aligned:
        evidence = tuple(Evidence("aligned", text) for text in aligned)
        message = f"Mail of {domain} can align: {aligned[0]}."
        return Result(Verdict.PASS, message, evidence=evidence, confidence=Confidence.PROBABLE)
    return _unaligned(posture)


def _unaligned(posture: MailPosture) -> Result:
    domain = posture.identity.domain
    is_known = posture.dkim is not None and posture.spf is not None
    given = [s for s in posture.dkim.selectors if s.origin == "given"] if posture.dkim else []
    has_no_spf = posture.spf is not None and not posture.spf.texts and not posture.streams
    if is_known and given and has_no_spf and not any(s.has_key for s in given):
        message = f"{domain} has no SPF record, and its declared DKIM selectors hold no key."
        return Result(Verdict.FAIL, message, cause="none")
    message = (
        f"The DNS alone does not show that mail of {domain} aligns: no DKIM key was found, and "
        "no known service bounces to it. A test message settles it."
    )
    return Result(Verdict.UNKNOWN, message, cause="not_shown")


def _aligned(posture: MailPosture, dmarc: DmarcPolicy) -> Iterator[str]:
    """What can carry an aligned result, in words. A key below the domain signs as it."""
    step = dmarc.walk.applied
    is_strict = bool(step and step.record and step.record.is_spf_strict)
    if posture.dkim:
        for seen in posture.dkim.found:
            yield f"DKIM with d={posture.identity.domain} by selector {seen.selector}"
    if posture.spf:
        yield from _authorized_mailboxes(posture.spf)
    for stream in posture.streams:
        is_same = stream.organizational_domain == dmarc.walk.organizational_domain
        if stream.has_spf and stream.organizational_domain and is_same and not is_strict:
            yield f"SPF of {stream.vendor} at {stream.return_path}"


def _authorized_mailboxes(spf: SpfPolicy) -> Iterator[str]:
    names = {node.domain for node in spf.tree.root.walk()}
    for vendor in spf.vendors:
        wanted = MAILBOX_SPF.get(vendor.name)
        if wanted and vendor.role == "mail" and wanted in names:
            yield f"SPF of {vendor.name} at {spf.identity.domain}"


@check(
    id="email.non_sending",
    title="A domain that sends nothing says so",
    stage=6,
    item="6.9",
    severity=Severity.S3,
    consent=Consent.L0,
    needs=MailPosture,
    source="RFC 7208 section 10.1; RFC 9989 section 4.7; RFC 7505 section 3",
    remedy="Publish `v=spf1 -all`, a DMARC record with `p=reject`, and a null MX (`0 .`) "
    "where the domain takes no mail either.",
    trouble="A domain of yours that sends no mail is free for forgers",
    impact="Strangers can mail your users from it, and providers have no reason to refuse.",
)
def non_sending(posture: MailPosture) -> Result:
    domain = posture.identity.domain
    if posture.identity.sending not in {Sending.DENIED, Sending.PARKED}:
        return Result(Verdict.NA, f"{domain} is not said to send nothing.", cause="sending")
    if posture.spf is None or posture.dmarc is None:
        return Result(Verdict.UNKNOWN, "Nobody answered for some records.", cause="silent")
    effective = posture.dmarc.walk.effective()
    open_doors = []
    if not is_closed(posture.spf.tree):
        open_doors.append("SPF does not say `-all` alone")
    if effective is None or effective.policy != Policy.REJECT:
        open_doors.append("DMARC does not say reject")
    if open_doors:
        message = f"{domain} sends nothing, but {' and '.join(open_doors)}."
        return Result(Verdict.WARN, message, cause="open")
    return Result(Verdict.PASS, f"{domain} sends nothing, and its records say so.")


@check(
    id="email.subdomain_gap",
    title="A sending subdomain belongs to the domain above it",
    stage=6,
    item="6.3",
    severity=Severity.S2,
    consent=Consent.L0,
    needs=DmarcPolicy,
    source="RFC 9989 section 4.10.2",
    remedy="Publish a DMARC record at the registered domain as well; where the subdomain is "
    "meant to stand alone, say so with `psd=n`.",
    trouble="A subdomain that sends mail stands alone",
    impact="Mail signed for your main domain does not count for the subdomain, so providers "
    "may take sign-in links for forged.",
)
def subdomain_gap(policy: DmarcPolicy) -> Result:
    domain, walk = policy.identity.domain, policy.walk
    above, step = registrable_domain(domain), walk.step_at(domain)
    if not above or domain == above:
        return Result(Verdict.NA, f"{domain} is the registered domain itself.", cause="apex")
    if step is None or step.record is None:
        return Result(Verdict.NA, f"{domain} has no DMARC record of its own.", cause="no_record")
    if step.record.psd == "n":
        message = f"{domain} is meant to stand alone (psd=n)."
        return Result(Verdict.INFO, message, cause="declared")
    if walk.organizational_domain is None:
        message = f"Nobody answered for the records above {domain}."
        return Result(Verdict.UNKNOWN, message, cause="silent")
    if walk.organizational_domain == domain:
        message = (
            f"{domain} has a DMARC record and {above} has none, so receivers compare with "
            f"{domain} alone. Tools with a list of suffixes say otherwise."
        )
        return Result(Verdict.WARN, message, cause="alone")
    message = f"{domain} belongs to {walk.organizational_domain}."
    return Result(Verdict.PASS, message)


CHECKS = (dmarc_alignment, non_sending, subdomain_gap)
