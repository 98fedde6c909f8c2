"""What receivers are asked to do with forged mail: the DMARC record that applies."""

from collections.abc import Iterator

from audits.observations.dmarc_record import Policy
from audits.observations.dmarc_walk import WalkStep
from audits.observations.mail import DmarcPolicy, ReportMailbox, shown
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

NO_RECORD = Result(Verdict.NA, "There is no DMARC record to judge.", cause="no_record")
WHOLE = "100"
OLD_READERS = "Receivers on the older RFC 7489 may differ."


@check(
    id="email.dmarc_present",
    title="A DMARC record applies to the domain",
    stage=6,
    item="6.3",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=DmarcPolicy,
    source="RFC 9989 sections 4.10 and 4.10.1",
    remedy="Publish a TXT record at `_dmarc.` below the domain: "
    "`v=DMARC1; p=none; rua=mailto:dmarc@your-domain`.",
    trouble="Nobody is told what to do with mail that only pretends to be yours",
    impact="Gmail, Yahoo and Outlook ask for this record (DMARC). Without it sign-in links "
    "land in spam, and strangers can mail your users as you.",
)
def dmarc_present(policy: DmarcPolicy) -> Result:
    walk, domain = policy.walk, policy.identity.domain
    step = walk.applied
    if not policy.identity.is_existing:
        return Result(Verdict.NA, f"{domain} does not exist in the DNS.", cause="no_domain")
    if step is None:
        return _absent(policy)
    evidence = (Evidence(step.queried, shown(step.texts[0])),)
    if step.record and not step.record.is_applied:
        message = (
            f"The record at {step.queried} names no valid policy and no address for reports, "
            "so it counts as none."
        )
        return Result(_weight(policy), message, cause="no_effect", evidence=evidence)
    if step.record and step.record.psd == "y" and step.domain != domain:
        message = f"Only the record of the public suffix {step.domain} covers {domain}."
        return Result(Verdict.WARN, message, cause="suffix_only", evidence=evidence)
    message = f"The record at {step.queried} applies to {domain}."
    return Result(Verdict.PASS, message, evidence=evidence)


def _absent(policy: DmarcPolicy) -> Result:
    domain = policy.identity.domain
    evidence = tuple(Evidence("asked", name) for name in policy.walk.queried)
    if policy.misplaced:
        message = f"The DMARC record stands at {domain}; receivers look at _dmarc.{domain} only."
        text = (Evidence("TXT", shown(policy.misplaced[0])),)
        return Result(_weight(policy), message, cause="wrong_place", evidence=(*evidence, *text))
    several = next((step for step in policy.walk.steps if len(step.texts) > 1), None)
    if several:
        message = f"{several.queried} has {len(several.texts)} DMARC records: one too many."
        return Result(Verdict.NA, message, cause="several", evidence=evidence)
    message = f"No DMARC record applies to {domain}."
    return Result(_weight(policy), message, cause="no_record", evidence=evidence)


def _weight(policy: DmarcPolicy) -> Verdict:
    return Verdict.FAIL if policy.identity.is_sending else Verdict.WARN


@check(
    id="email.dmarc_multiple",
    title="There is only one DMARC record at each name",
    stage=6,
    item="6.3",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=DmarcPolicy,
    source="RFC 9989 section 4.10, step 2",
    remedy="Keep one record at the name and remove the others.",
    trouble="Two DMARC records cancel each other",
    impact="Providers act as if there were none: sign-in links land in spam, and strangers "
    "can mail your users as you.",
)
def dmarc_multiple(policy: DmarcPolicy) -> Iterator[Result]:
    several = [step for step in policy.walk.steps if len(step.texts) > 1]
    for step in several:
        message = (
            f"{step.queried} has {len(step.texts)} DMARC records: all are discarded and the "
            f"search goes on above. {OLD_READERS}"
        )
        evidence = tuple(Evidence("TXT", shown(text)) for text in step.texts[:5])
        yield Result(
            Verdict.FAIL, message, subject=step.queried, cause="several", evidence=evidence
        )
    if not several:
        has_record = any(step.texts for step in policy.walk.steps)
        message = "Each name has one record at most."
        yield Result(Verdict.PASS, message) if has_record else NO_RECORD


@check(
    id="email.dmarc_syntax",
    title="The DMARC record is well-formed",
    stage=6,
    item="6.3",
    severity=Severity.S2,
    consent=Consent.L0,
    needs=DmarcPolicy,
    source="RFC 9989 sections 4.7 and 4.8",
    remedy="Correct the part that is named; `v=DMARC1` stands first, semicolons stand "
    "between the parts.",
    trouble="The record against forged mail has a typing error",
    impact="Providers ignore the part that is wrong, or the whole record.",
)
def dmarc_syntax(policy: DmarcPolicy) -> Iterator[Result]:
    step = policy.walk.applied
    near = [seen for seen in policy.walk.steps if seen.near_misses and not seen.texts]
    for seen in near:
        yield _near_miss(seen)
    if step is None or step.record is None:
        if not near:
            yield NO_RECORD
        return
    for problem in step.record.problems:
        # A removed tag harms nobody; what a left pct changes is dmarc_policy's matter.
        yield Result(
            Verdict.INFO if problem.code == "removed_tag" else Verdict.WARN,
            problem.message,
            subject=step.queried,
            cause=problem.code,
            evidence=(Evidence("TXT", shown(step.record.text)),),
        )
    if not step.record.problems and not near:
        yield Result(Verdict.PASS, f"The record at {step.queried} is well-formed.")


def _near_miss(step: WalkStep) -> Result:
    text = step.near_misses[0]
    message = f"The text at {step.queried} does not begin with v=DMARC1, so it is ignored."
    evidence = (Evidence("TXT", shown(text)),)
    return Result(Verdict.FAIL, message, subject=step.queried, cause="version", evidence=evidence)


@check(
    id="email.dmarc_policy",
    title="The DMARC policy protects the domain and its subdomains",
    stage=6,
    item="6.3",
    severity=Severity.S2,
    consent=Consent.L0,
    needs=DmarcPolicy,
    source="RFC 9989 sections 4.7 (p, sp, np, t) and 4.10.1",
    remedy="Read the reports until all of your own mail passes, then go from `p=none` to "
    "`p=quarantine` and to `p=reject`.",
    trouble="Mail that only pretends to be yours is still let through",
    impact="Strangers can mail your users as you. On launch day that is acceptable while the "
    "reports are being read.",
)
def dmarc_policy(policy: DmarcPolicy) -> Iterator[Result]:
    effective = policy.walk.effective()
    if effective is None:
        yield NO_RECORD
        return
    yield _own_policy(policy)
    if effective.policy == Policy.NONE:
        return
    yield from _left_percentage(policy)
    for is_existing, whom in ((True, "existing"), (False, "invented")):
        below = policy.walk.effective_below(is_existing=is_existing)
        if below is not None and below.policy == Policy.NONE:
            message = f"{whom.capitalize()} subdomains are left open ({below.tag or 'p'}=none)."
            yield Result(Verdict.WARN, message, cause=f"{whom}_subdomains")


def _left_percentage(policy: DmarcPolicy) -> Iterator[Result]:
    step = policy.walk.applied
    percentage = step.record.tag("pct") if step and step.record else None
    if percentage is not None and percentage.strip() != WHOLE:
        message = (
            f"pct={shown(percentage)[:20]} means nothing any more: receivers apply the policy to "
            f"all mail. {OLD_READERS}"
        )
        yield Result(Verdict.WARN, message, cause="pct")


def _own_policy(policy: DmarcPolicy) -> Result:
    effective, step = policy.walk.effective(), policy.walk.applied
    record = step.record if step else None
    if effective is None or record is None:
        return NO_RECORD
    evidence = (Evidence("TXT", shown(record.text)),)
    told = f"{effective.policy}, from {effective.tag or 'a fallback'} at {effective.record_domain}"
    if effective.is_testing:
        told += ", one level down by t=y"
    if effective.policy != Policy.NONE:
        return Result(Verdict.PASS, f"The policy is {told}.", evidence=evidence)
    if record.rua:
        message = f"The policy is {told}: fine on day one, while the reports are read."
        return Result(Verdict.INFO, message, cause="none", evidence=evidence)
    message = f"The policy is {told}, and nobody gets the reports that would show the next step."
    return Result(Verdict.WARN, message, cause="none_unwatched", evidence=evidence)


@check(
    id="email.dmarc_rua",
    title="DMARC reports reach somebody",
    stage=6,
    item="6.3",
    severity=Severity.S2,
    consent=Consent.L0,
    needs=DmarcPolicy,
    source="RFC 9989 section 4.7 (rua); RFC 9990 section 4 (external destinations)",
    remedy="Name a mailbox that exists: `rua=mailto:dmarc@your-domain`; or use a report "
    "service and let it authorize your domain.",
    trouble="Reports about your mail go nowhere",
    impact="Nobody notices when part of your mail starts to fail, or that somebody mails as you.",
)
def dmarc_rua(policy: DmarcPolicy) -> Iterator[Result]:
    step = policy.walk.applied
    if step is None or step.record is None:
        yield NO_RECORD
        return
    evidence = (Evidence("TXT", shown(step.record.text)),)
    if not policy.mailboxes:
        message = f"The record at {step.queried} names no mailbox for reports."
        has_tag = step.record.tag("rua") is not None
        yield Result(
            Verdict.WARN, message, cause="bad_rua" if has_tag else "no_rua", evidence=evidence
        )
        return
    yield from (_mailbox(mailbox) for mailbox in policy.mailboxes)


def _mailbox(mailbox: ReportMailbox) -> Result:
    uri, host = shown(mailbox.uri)[:120], shown(mailbox.host)
    if mailbox.is_receiving is False:
        message = f"{host} takes no mail, so reports to {uri} are lost."
        return Result(Verdict.FAIL, message, subject=host, cause="dead_mailbox")
    if mailbox.is_external and mailbox.is_authorised is False:
        message = (
            f"{host} has not agreed to take these reports: {mailbox.authorised_at} says nothing."
        )
        return Result(Verdict.FAIL, message, subject=host, cause="not_authorised")
    is_settled = mailbox.is_external is False or mailbox.is_authorised
    if not is_settled or mailbox.is_receiving is None:
        message = f"Nobody answered whether {host} takes these reports."
        return Result(Verdict.UNKNOWN, message, subject=host, cause="silent")
    where = f", agreed at {mailbox.authorised_at}" if mailbox.is_external else ""
    return Result(Verdict.PASS, f"Reports go to {uri}{where}.", subject=host)


CHECKS = (dmarc_present, dmarc_multiple, dmarc_syntax, dmarc_policy, dmarc_rua)
