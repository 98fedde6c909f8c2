"""Who may send: that there is one SPF record and that every receiver can read it."""

from collections.abc import Iterator

from audits.observations.mail import SpfPolicy, shown
from audits.observations.spf_record import SpfRecord
from audits.observations.spf_tree import SpfNode
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

MAX_RECORD_BYTES = 450
MAX_ANSWER_BYTES = 512

NO_RECORD = Result(Verdict.NA, "There is no SPF record to judge.", cause="no_record")


@check(
    id="email.spf_present",
    title="The domain has an SPF record",
    stage=6,
    item="6.1",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=SpfPolicy,
    source="RFC 7208 sections 3.1 and 4.5",
    remedy="Publish one TXT record at the domain that names every service that sends for "
    "you, such as `v=spf1 include:_spf.google.com ~all`; `v=spf1 -all` where none does.",
    trouble="Nobody is named who may send your mail",
    impact="Sign-in links and resets land in spam or are refused, because no record says "
    "who may send your mail (SPF).",
)
def spf_present(policy: SpfPolicy) -> Result:
    domain, texts = policy.identity.domain, policy.texts
    if not policy.identity.is_existing:
        return Result(Verdict.NA, f"{domain} does not exist in the DNS.", cause="no_domain")
    if texts:
        message = f"{domain} has an SPF record."
        return Result(Verdict.PASS, message, evidence=_texts(texts))
    near = policy.tree.root.near_misses
    why = f" {_near_miss(near[0])}" if near else ""
    cause = "near_miss" if near else "no_record"
    verdict = Verdict.FAIL if policy.identity.is_sending else Verdict.WARN
    shows = "; ".join(policy.identity.evidence)
    sends = f" although it sends mail ({shows})" if shows else ""
    message = f"{domain} has no SPF record{sends}.{why}"
    return Result(verdict, message, cause=cause, evidence=_texts(near))


def _near_miss(text: str) -> str:
    if text[:1].isspace():
        return "One text begins with a space, so receivers don't take it for one."
    if text[:1] in {'"', "'"}:
        return "One text carries its quotation marks inside, so receivers don't take it for one."
    return "One text looks like one but does not begin with `v=spf1` and a space."


@check(
    id="email.spf_multiple",
    title="There is only one SPF record",
    stage=6,
    item="6.1",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=SpfPolicy,
    source="RFC 7208 sections 3.2 and 4.5",
    remedy="Merge the records into one: `v=spf1`, the terms of all of them, one `all` at the end.",
    trouble="Two SPF records cancel each other",
    impact="Receivers treat your mail as if the sender could not be checked, so sign-in "
    "links land in spam. This happens when a second mail service is added.",
)
def spf_multiple(policy: SpfPolicy) -> Iterator[Result]:
    root = policy.tree.root
    if not root.texts:
        yield NO_RECORD
        return
    several = [node for node in _each(policy) if len(node.texts) > 1]
    for node in several:
        count, own = len(node.texts), node.domain == root.domain
        message = f"{node.domain} has {count} SPF records, which receivers answer with an error."
        if not own:
            message += f" The record of {root.domain} includes it."
        cause = "several" if own else "several_included"
        yield Result(
            Verdict.FAIL, message, subject=node.domain, cause=cause, evidence=_texts(node.texts)
        )
    if not several:
        yield Result(Verdict.PASS, f"{root.domain} has one SPF record.")


@check(
    id="email.spf_syntax",
    title="The SPF record is well-formed from end to end",
    stage=6,
    item="6.1",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=SpfPolicy,
    source="RFC 7208 sections 4.6 (errors anywhere), 5 (mechanisms), 6 (modifiers), 7 (macros)",
    remedy="Correct the term that is named. One wrong term voids the whole record, also "
    "after `all`.",
    trouble="A typing error voids the record that says who may send your mail",
    impact="Receivers treat every mail of yours as unchecked, so sign-in links and resets "
    "land in spam or are refused.",
)
def spf_syntax(policy: SpfPolicy) -> Iterator[Result]:
    root, has_trouble = policy.tree.root, False
    if root.record is None:
        yield NO_RECORD
        return
    for node in _each(policy):
        record = node.record
        if record is None or (record.is_valid and not _own_remarks(record, node, root)):
            continue
        has_trouble = True
        yield _syntax(node, record, is_own=node.domain == root.domain)
    if not has_trouble:
        message = f"All {len(root.record.terms)} terms are well-formed."
        yield Result(Verdict.PASS, message, evidence=_texts(root.texts))


def _own_remarks(record: SpfRecord, node: SpfNode, root: SpfNode) -> bool:
    """A lawful oddity is told to its owner only."""
    return bool(record.remarks) and node.domain == root.domain


def _syntax(node: SpfNode, record: SpfRecord, *, is_own: bool) -> Result:
    problems = record.problems or record.remarks
    first = problems[0].message
    more = f" {len(problems) - 1} more of this kind." if len(problems) > 1 else ""
    evidence = _texts((record.text,)) + tuple(
        Evidence(problem.code, shown(f"{problem.term}: {problem.message}")) for problem in problems
    )
    if not record.problems:
        message = f"{first}{more}"
        return Result(Verdict.WARN, message, subject=node.domain, cause="remark", evidence=evidence)
    where = "" if is_own else f"The included record of {node.domain} is wrong: "
    return Result(
        Verdict.FAIL,
        f"{where}{first}{more}",
        subject=node.domain,
        cause="syntax" if is_own else "syntax_included",
        evidence=evidence,
    )


@check(
    id="email.spf_size",
    title="The SPF record is short enough for one reply",
    stage=6,
    item="6.1",
    severity=Severity.S3,
    consent=Consent.L0,
    needs=SpfPolicy,
    source="RFC 7208 section 3.4",
    remedy="Drop unused terms; move services to subdomains of their own; remove old "
    "verification texts from the bare domain.",
    trouble="The record that says who may send your mail is too long",
    impact="A few old mail servers fail to read it and treat your mail as unchecked.",
)
def spf_size(policy: SpfPolicy) -> Result:
    root = policy.tree.root
    if not root.texts:
        return NO_RECORD
    size = max(len(text.encode()) for text in root.texts)
    if size > MAX_RECORD_BYTES:
        message = f"The record has {size} bytes; {MAX_RECORD_BYTES} fit safely into one reply."
        return Result(Verdict.WARN, message, cause="long_record")
    if root.answer_bytes > MAX_ANSWER_BYTES:
        message = (
            f"The record has {size} bytes, but all texts of {root.domain} together make a reply "
            f"of {root.answer_bytes}; {MAX_ANSWER_BYTES} fit everywhere."
        )
        return Result(Verdict.WARN, message, cause="long_answer")
    return Result(Verdict.PASS, f"The record has {size} bytes.")


@check(
    id="email.spf_ptr",
    title="The SPF record does without ptr",
    stage=6,
    item="6.1",
    severity=Severity.S3,
    consent=Consent.L0,
    needs=SpfPolicy,
    source="RFC 7208 section 5.5",
    remedy="Replace `ptr` by the sender's addresses (`ip4:`, `ip6:`) or its include.",
    trouble="A part of your SPF record is one that receivers skip",
    impact="Mail that counts on it may land in spam at providers that no longer ask for it.",
)
def spf_ptr(policy: SpfPolicy) -> Result:
    record = policy.record
    if record is None:
        return NO_RECORD
    terms = [str(term) for term in record.directives if term.mechanism == "ptr"]
    if terms:
        message = f"{shown(terms[0])} is slow, unreliable and should not be used."
        return Result(Verdict.WARN, message, cause="ptr", evidence=_texts(policy.texts))
    return Result(Verdict.PASS, "The record uses no ptr.")


def _each(policy: SpfPolicy) -> Iterator[SpfNode]:
    """Each name of the tree once, the domain itself first."""
    return iter(
        {node.domain: node for node in policy.tree.root.walk() if not node.is_loop}.values()
    )


def _texts(texts: tuple[str, ...]) -> tuple[Evidence, ...]:
    return tuple(Evidence("TXT", shown(text)) for text in texts[:5])


CHECKS = (spf_present, spf_multiple, spf_syntax, spf_size, spf_ptr)
