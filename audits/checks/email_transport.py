"""TLS for incoming mail: the policy, the reports about it, and the logo beside the name."""

from collections.abc import Iterator

from audits.observations.mail import shown
from audits.observations.mail_transport import MailTransport, StsFile
from audits.observations.mta_sts import StsPolicy, select_sts, select_tls_rpt, sts_id, tls_rpt_uris
from audits.observations.seen import FailureKind, GatherFailure
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

OK = 200
PLAIN = "text/plain"
MAX_SHOWN_HOSTS = 3


@check(
    id="email.mta_sts",
    title="The TLS policy for incoming mail holds together",
    stage=6,
    item="1.3",
    severity=Severity.S2,
    consent=Consent.L1,
    needs=MailTransport,
    source="RFC 8461 sections 3.1 to 3.3 and 4.1",
    remedy="Serve the policy with a valid certificate and without a redirect, name every mail "
    "server in an mx line and change the id; or publish `mode: none` first.",
    trouble="A rule of yours makes other servers hold back mail to you",
    impact="Replies and support mail to your domain bounce days later, and nobody here notices.",
)
def mta_sts(transport: MailTransport) -> Iterator[Result]:
    record = _record(transport)
    if record is not None:
        yield record
    elif isinstance(transport.sts_file, GatherFailure):
        yield _unread(transport, transport.sts_file)
    elif transport.sts_file is None:
        yield Result(Verdict.UNKNOWN, "The policy was not fetched.", cause="not_fetched")
    else:
        yield from _file(transport, transport.sts_file)


def _record(transport: MailTransport) -> Result | None:
    """What the TXT record alone decides; None where the policy decides."""
    answer, domain = transport.sts, transport.domain
    if not answer.is_known:
        return Result(Verdict.UNKNOWN, f"Nobody answered for _mta-sts.{domain}.", cause="silent")
    records = select_sts(answer.values)
    if not records:
        message = f"{domain} has no MTA-STS. Mail servers then use TLS where they can."
        return Result(Verdict.INFO, message, cause="none")
    evidence = tuple(Evidence("TXT", shown(text)) for text in records[:3])
    if len(records) > 1:
        message = f"_mta-sts.{domain} has {len(records)} records, which count as none."
        return Result(Verdict.WARN, message, cause="several", evidence=evidence)
    if not sts_id(records[0]):
        message = f"The record at _mta-sts.{domain} has no id of 1 to 32 letters and digits."
        return Result(Verdict.FAIL, message, cause="bad_id", evidence=evidence)
    return None


def _unread(transport: MailTransport, failure: GatherFailure) -> Result:
    where = f"The policy at mta-sts.{transport.domain}"
    if failure.code == "tls_untrusted":
        message = f"{where} is served with a certificate that senders don't trust."
        return Result(Verdict.FAIL, message, cause="certificate", evidence=_why(failure))
    if failure.code in {"dns_nxdomain", "dns_nodata", "connect_refused", "tls_failed"}:
        message = f"{where} can't be fetched, although a record says that there is one."
        return Result(Verdict.FAIL, message, cause="no_policy", evidence=_why(failure))
    kind = Verdict.BLOCKED if failure.kind == FailureKind.BLOCKED else Verdict.UNKNOWN
    return Result(kind, f"{where} could not be read.", cause="silent", evidence=_why(failure))


def _why(failure: GatherFailure) -> tuple[Evidence, ...]:
    return (Evidence("met", shown(failure.message)),)


def _file(transport: MailTransport, file: StsFile) -> Iterator[Result]:
    evidence = (Evidence(file.url, shown(f"{file.status} {file.body}")),)
    if file.status != OK:
        is_moved = 300 <= file.status < 400  # noqa: PLR2004 - the class of redirects
        message = f"The policy's address answers {file.status}."
        message += " Senders don't follow a redirect." if is_moved else ""
        cause = "redirect" if is_moved else "no_policy"
        yield Result(Verdict.FAIL, message, cause=cause, evidence=evidence)
        return
    policy = file.policy
    if policy.problems:
        message = f"The policy is not valid: {policy.problems[0]}."
        yield Result(Verdict.FAIL, message, cause="bad_policy", evidence=evidence)
        return
    yield _mode(transport, policy, evidence)
    if file.content_type.partition(";")[0].strip().lower() != PLAIN:
        message = f"The policy is served as {shown(file.content_type) or 'nothing'}, not {PLAIN}."
        yield Result(Verdict.WARN, message, cause="media_type", evidence=evidence)


def _mode(transport: MailTransport, policy: StsPolicy, evidence: tuple[Evidence, ...]) -> Result:
    left_out = [name for name in transport.mx if not policy.allows(name)]
    if policy.mode == "none":
        return Result(Verdict.INFO, "The policy asks for nothing (mode: none).", cause="mode_none")
    if left_out:
        names = ", ".join(shown(name)[:80] for name in left_out[:MAX_SHOWN_HOSTS])
        message = f"No mx line of the policy covers {names}"
        is_enforced = policy.mode == "enforce"
        message += ", so mail to it bounces." if is_enforced else "; enforcing it would bounce."
        verdict = Verdict.FAIL if is_enforced else Verdict.WARN
        return Result(verdict, message, cause="mx_left_out", evidence=evidence)
    if policy.mode == "testing":
        message = "The policy is in testing: troubles are reported, nothing is enforced."
        return Result(Verdict.WARN, message, cause="testing", evidence=evidence)
    return Result(Verdict.PASS, "The policy is enforced and covers every mail server.")


@check(
    id="email.tls_rpt",
    title="Reports about TLS for incoming mail are asked for",
    stage=6,
    item="",
    severity=Severity.S4,
    consent=Consent.L0,
    needs=MailTransport,
    source="RFC 8460 section 3",
    remedy="Publish `v=TLSRPTv1; rua=mailto:tls-reports@your-domain` at `_smtp._tls.` below "
    "the domain.",
    trouble="Nobody hears of it when secure delivery to you fails",
    impact="When other servers can't deliver over TLS, nobody here hears of it.",
)
def tls_rpt(transport: MailTransport) -> Result:
    name, answer = f"_smtp._tls.{transport.domain}", transport.tls_rpt
    if not answer.is_known:
        return Result(Verdict.UNKNOWN, f"Nobody answered for {name}.", cause="silent")
    records = select_tls_rpt(answer.values)
    evidence = tuple(Evidence("TXT", shown(text)) for text in records[:3])
    if not records:
        if transport.has_sts:
            message = f"MTA-STS stands without reports: {name} holds no record."
            return Result(Verdict.WARN, message, cause="sts_unwatched")
        return Result(Verdict.INFO, f"{name} holds no record.", cause="none")
    if len(records) > 1:
        message = f"{name} holds {len(records)} records, which count as none."
        return Result(Verdict.WARN, message, cause="several", evidence=evidence)
    uris = tls_rpt_uris(records[0])
    if not uris:
        message = f"The record at {name} names no mailto: or https: address."
        return Result(Verdict.WARN, message, cause="bad_rua", evidence=evidence)
    return Result(Verdict.PASS, f"Reports go to {shown(uris[0])[:120]}.", evidence=evidence)


@check(
    id="email.bimi",
    title="Whether a logo is published for the inbox",
    stage=6,
    item="",
    severity=Severity.S4,
    consent=Consent.L0,
    needs=MailTransport,
    source="draft-brand-indicators-for-message-identification (BIMI), assertion record",
    remedy="Nothing to do before launch. It needs an enforced DMARC policy, an SVG of its own "
    "kind and, for most providers, a paid certificate of the mark.",
    trouble="",
    impact="Some inboxes show a logo beside the sender's name.",
)
def bimi(transport: MailTransport) -> Result:
    name, answer = f"default._bimi.{transport.domain}", transport.bimi
    if not answer.is_known:
        return Result(Verdict.UNKNOWN, f"Nobody answered for {name}.", cause="silent")
    texts = [text for text in answer.values if text.lower().startswith("v=bimi1")]
    if not texts:
        return Result(Verdict.INFO, "No logo is published (BIMI).", cause="none")
    evidence = (Evidence("TXT", shown(texts[0])),)
    logo = _tag(texts[0], "l")
    said = f"A logo is published at {shown(logo)[:120]}" if logo else "Showing a logo is declined"
    mark = " with a certificate of the mark" if _tag(texts[0], "a") else ""
    return Result(Verdict.INFO, f"{said}{mark} (BIMI).", cause="published", evidence=evidence)


def _tag(text: str, name: str) -> str:
    parts = (piece.strip().partition("=") for piece in text.split(";"))
    return next((value.strip() for key, _, value in parts if key.strip().lower() == name), "")


CHECKS = (mta_sts, tls_rpt, bimi)
