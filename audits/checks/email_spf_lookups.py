"""Where an SPF record leads: its limits, its dead ends, its end, and its vendors."""

from collections.abc import Iterator

from audits.observations.dns_answers import Said
from audits.observations.mail import SpfPolicy, Stream, shown
from audits.observations.mail_selectors import MAILBOX_SPF
from audits.observations.spf_paths import lookups_until_met
from audits.observations.spf_tree import (
    MAX_LOOKUPS,
    MAX_MX_NAMES,
    MAX_VOID_LOOKUPS,
    SpfLookup,
    Void,
)
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

NO_RECORD = Result(Verdict.NA, "There is no single SPF record to judge.", cause="no_record")
MAX_EVIDENCE = 30
FEW_NETWORKS = 3


@check(
    id="email.spf_lookup_limit",
    title="The SPF record needs at most ten lookups",
    stage=6,
    item="6.1",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=SpfPolicy,
    source="RFC 7208 section 4.6.4",
    remedy="Drop the includes of services that no longer send; give each sending service a "
    "subdomain of its own, whose record counts apart.",
    trouble="Your SPF record asks for more than receivers will look up",
    impact="Receivers give up and treat your mail as unchecked, so sign-in links land in "
    "spam. It starts on the day when one more mail service is added.",
)
def spf_lookup_limit(policy: SpfPolicy) -> Result:
    tree = policy.tree
    if policy.record is None:
        return NO_RECORD
    evidence, count = _trail(policy), len(tree.lookups)
    loop = next((node for node in tree.root.walk() if node.is_loop), None)
    if loop:
        message = f"{loop.domain} includes itself in the end, which no receiver follows."
        return Result(Verdict.FAIL, message, cause="loop", evidence=evidence)
    wide = next((look for look in tree.lookups if len(look.mx_names) > MAX_MX_NAMES), None)
    if wide:
        message = (
            f"{shown(wide.term)} leads to {len(wide.mx_names)} mail servers; more than "
            f"{MAX_MX_NAMES} are an error."
        )
        return Result(Verdict.FAIL, message, cause="mx_names", evidence=evidence)
    if count > MAX_LOOKUPS:
        least = "at least " if tree.is_partial or tree.by_sender else ""
        message = f"The record needs {least}{count} lookups; receivers stop after {MAX_LOOKUPS}."
        return Result(Verdict.FAIL, message, cause="too_many", evidence=evidence)
    return _within_limit(policy, count, evidence)


def _within_limit(policy: SpfPolicy, count: int, evidence: tuple[Evidence, ...]) -> Result:
    tree = policy.tree
    if tree.by_sender:
        term = shown(tree.by_sender[0].term)
        message = f"{count} lookups are certain; {term} leads elsewhere for each sender."
        return Result(Verdict.UNKNOWN, message, cause="by_sender", evidence=evidence)
    if tree.is_partial:
        names = ", ".join(_unread(policy))
        message = f"At least {count} lookups; nobody answered for {names}."
        return Result(Verdict.UNKNOWN, message, cause="silent", evidence=evidence)
    message = f"The record needs {count} of {MAX_LOOKUPS} lookups."
    if count == MAX_LOOKUPS:
        message += " The next service that is added breaks it."
        return Result(Verdict.WARN, message, cause="at_limit", evidence=evidence)
    return Result(Verdict.PASS, message, evidence=evidence)


@check(
    id="email.spf_void_limit",
    title="The SPF record has no dead ends",
    stage=6,
    item="6.1",
    severity=Severity.S2,
    consent=Consent.L0,
    needs=SpfPolicy,
    source="RFC 7208 sections 4.6.4 and 11.1 (void lookups), 5.2 (include), 6.1 (redirect)",
    remedy="Remove the terms that lead nowhere.",
    trouble="Your SPF record points to names that are gone",
    impact="Receivers treat your mail as unchecked, so sign-in links and resets land in spam.",
)
def spf_void_limit(policy: SpfPolicy) -> Iterator[Result]:
    if policy.record is None:
        yield NO_RECORD
        return
    dead = [look for look in policy.tree.lookups if _leads_to_no_record(look)]
    for look in dead:
        yield _dead_end(look)
    if not dead:
        yield _void(policy)


def _leads_to_no_record(look: SpfLookup) -> bool:
    node = look.node
    if node is None or node.is_loop or node.said in {Said.SILENT, Said.UNASKED}:
        return False
    return not node.texts


def _dead_end(look: SpfLookup) -> Result:
    target = look.target or ""
    gone = "does not exist" if look.node and look.node.said == Said.NO_NAME else "has no SPF record"
    message = f"{shown(look.term)} leads nowhere: {shown(target)} {gone}. That voids the record."
    return Result(
        Verdict.FAIL,
        message,
        severity=Severity.S1,
        subject=shown(target),
        cause=f"dead_{look.kind}",
        evidence=(Evidence(look.kind, shown(look.term)),),
    )


def _void(policy: SpfPolicy) -> Result:
    tree, evidence = policy.tree, _voids(policy)
    always = tree.void_count(Void.ALWAYS)
    if always > MAX_VOID_LOOKUPS:
        message = f"{always} terms lead to nothing; receivers stop after {MAX_VOID_LOOKUPS}."
        return Result(Verdict.FAIL, message, cause="too_many", evidence=evidence)
    if always + tree.void_count(Void.UNKNOWN) > MAX_VOID_LOOKUPS or _unread(policy):
        message = f"{always} terms lead to nothing, and some names gave no answer."
        return Result(Verdict.UNKNOWN, message, cause="silent", evidence=evidence)
    for kind, whom in ((Void.FOR_IP6, "over IPv6"), (Void.BY_SENDER, "that it does not list")):
        count = tree.void_count(Void.ALWAYS, kind)
        if count > MAX_VOID_LOOKUPS:
            message = f"For a sender {whom} {count} terms lead to nothing; {MAX_VOID_LOOKUPS} may."
            return Result(Verdict.WARN, message, cause=str(kind), evidence=evidence)
    return Result(Verdict.PASS, f"{always} of {MAX_VOID_LOOKUPS} allowed terms lead to nothing.")


@check(
    id="email.spf_all",
    title="The SPF record closes with a no to everybody else",
    stage=6,
    item="6.1",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=SpfPolicy,
    source="RFC 7208 sections 4.7 and 5.1",
    remedy="End the record with `~all` (with a DMARC policy) or `-all`.",
    trouble="Your SPF record lets anybody send in your name",
    impact="A stranger can mail your users as you, and providers will call it checked.",
)
def spf_all(policy: SpfPolicy) -> Result:
    if policy.record is None:
        return NO_RECORD
    evidence = (Evidence("TXT", shown(policy.record.text)),)
    terminal = policy.tree.root.terminal
    if policy.tree.root.passes_everybody:
        message = "The record lets every address in the world send."
        return Result(Verdict.FAIL, message, cause="everybody", evidence=evidence)
    if terminal == "unknown":
        message = "The record ends in a redirect that could not be followed."
        return Result(Verdict.UNKNOWN, message, cause="redirect", evidence=evidence)
    if terminal in {"-", "~"}:
        return Result(Verdict.PASS, f"The record ends with {terminal}all.", evidence=evidence)
    said = f"ends with {terminal}all" if terminal else "has no end"
    message = f"The record {said}, which says nothing about senders that it does not name."
    return Result(Verdict.WARN, message, cause="neutral" if terminal else "open", evidence=evidence)


@check(
    id="email.spf_vendor",
    title="The mail services in use are authorized",
    stage=6,
    item="6.1",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=SpfPolicy,
    source="RFC 7208 section 5.2; the vendors' documentation",
    remedy="Add what the service's own page asks for: its include at the domain, or its "
    "record at the bounce subdomain.",
    trouble="A mail service that you use may not send in your name",
    impact="Mail that your team or your app sends through it lands in spam.",
)
def spf_vendor(policy: SpfPolicy) -> Iterator[Result]:
    has_any = False
    for result in (*_mailboxes(policy), *_streams(policy)):
        has_any = True
        yield result
    if not has_any:
        yield Result(Verdict.NA, "No mail service was recognised.", cause="no_vendor")


def _mailboxes(policy: SpfPolicy) -> Iterator[Result]:
    """Services that take the domain's mail and also send from the bare domain."""
    if policy.record is None:
        return
    names = [node.domain for node in policy.tree.root.walk()]
    for vendor in policy.vendors:
        wanted = MAILBOX_SPF.get(vendor.name)
        if wanted is None or vendor.role != "mail":
            continue
        if any(name == wanted or name.endswith(f".{wanted}") for name in names):
            yield Result(
                Verdict.PASS, f"{vendor.name} is authorized.", subject=policy.identity.domain
            )
        elif _may_name_it_otherwise(policy):
            message = (
                f"{vendor.name} takes the mail; whether the record lets it send can't be seen."
            )
            yield Result(Verdict.UNKNOWN, message, cause="by_address")
        else:
            message = f"{vendor.name} takes the mail, but the record does not include {wanted}."
            evidence = (Evidence("signal", shown(vendor.signal)),)
            yield Result(
                Verdict.WARN,
                message,
                cause=f"missing_{vendor.name.split()[0].lower()}",
                evidence=evidence,
            )


def _may_name_it_otherwise(policy: SpfPolicy) -> bool:
    """Macros, silent names or a flattened list may hold the vendor's addresses."""
    record = policy.record
    networks = [one for one in record.directives if one.network] if record else []
    return bool(policy.tree.by_sender or _unread(policy)) or len(networks) > FEW_NETWORKS


def _streams(policy: SpfPolicy) -> Iterator[Result]:
    for stream in policy.streams:
        if stream.has_spf is None:
            continue
        if stream.spf_trouble:
            yield _broken(stream)
        elif stream.has_spf:
            message = f"{stream.vendor} is authorized at {stream.return_path}."
            yield Result(Verdict.PASS, message, subject=stream.return_path)
        else:
            message = f"{stream.return_path} is set up for {stream.vendor} but has no SPF record."
            yield Result(
                Verdict.WARN,
                message,
                subject=stream.return_path,
                cause="no_record_at_return_path",
                evidence=(Evidence("signal", shown(stream.signal)),),
            )


def _broken(stream: Stream) -> Result:
    message = (
        f"The SPF record of {stream.return_path}, where {stream.vendor} takes bounces, is an "
        f"error to receivers: {shown(stream.spf_trouble)}"
    )
    evidence = (Evidence("signal", shown(stream.signal)),)
    return Result(
        Verdict.FAIL,
        message,
        subject=stream.return_path,
        cause="broken_at_return_path",
        evidence=evidence,
    )


def _unread(policy: SpfPolicy) -> list[str]:
    """The names in the tree that gave no answer or were left out."""
    nodes = policy.tree.root.walk()
    return [shown(node.domain)[:80] for node in nodes if node.said in {Said.SILENT, Said.UNASKED}]


def _trail(policy: SpfPolicy) -> tuple[Evidence, ...]:
    """Which record asks for what, and after how many lookups each list of senders is met."""
    asked = tuple(
        Evidence(f"{node.domain[:80]}", shown(" ".join(look.term for look in node.lookups)))
        for node in list(policy.tree.root.walk())[:MAX_EVIDENCE]
        if node.lookups
    )
    met = lookups_until_met(policy.tree)
    return asked + tuple(
        Evidence(f"senders of {shown(domain)[:80]}", f"met after {count} of {MAX_LOOKUPS} lookups")
        for domain, count in list(met.items())[:MAX_EVIDENCE]
        if domain != policy.tree.root.domain
    )


def _voids(policy: SpfPolicy) -> tuple[Evidence, ...]:
    looks = [look for look in policy.tree.lookups if look.void != Void.NO]
    return tuple(Evidence(str(look.void), shown(look.term)) for look in looks[:MAX_EVIDENCE])


CHECKS = (spf_lookup_limit, spf_void_limit, spf_all, spf_vendor)
