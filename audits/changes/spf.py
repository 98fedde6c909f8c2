"""Changes to the record that says who may send: merging, repairing, closing. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from accounts.guard.exchange import DnsRecord
from audits.changes.known import Known, added, applied, removed, rest, settled
from audits.changes.sets import Change, Draft
from audits.observations.mail import SpfPolicy
from audits.observations.mail_selectors import MAILBOX_SPF
from audits.observations.spf_record import (
    Directive,
    Modifier,
    SpfRecord,
    Term,
    parse_spf,
    parse_term,
    select_spf,
)
from audits.observations.spf_tree import MAX_LOOKUPS, SpfTree, walk_spf
from audits.verdicts import Result

# From the weakest to the strongest; a merged record never closes weaker than `~`.
STRENGTH = "+?~-"
USUAL_END = "~"


def merged(texts: Iterable[str]) -> str:
    """One SPF record out of several: the union of their terms in order, redundant ones
    dropped, the strongest `all` that one of them has and `~all` at least.

    "" where it can't be computed: a record breaks the grammar, or one of them excludes
    somebody (`-ip4:…`), so that the order of the union would change who may send. Never
    raises. Source: RFC 7208 sections 4.5 (only one), 4.6.2 and 5.1 (order, all).
    """
    records = [parse_spf(text) for text in texts]
    if not records or not all(record.is_valid for record in records):
        return ""
    directives = [one for record in records for one in _tested(record)]
    if any(one.qualifier != "+" for one in directives):
        return ""
    modifiers = [one for record in records for one in _others(record)]
    end = max((_end(record) for record in records), key=STRENGTH.index)
    return _written([*_needed(directives), *_once(modifiers)], end)


def _tested(record: SpfRecord) -> list[Directive]:
    """The mechanisms before `all`; a redirect becomes an include, as the new record has an
    end of its own."""
    before: list[Directive] = []
    for one in record.directives:
        if one.mechanism == "all":
            break
        before.append(one)
    if record.redirect is not None:
        before.append(Directive("include", domain=record.redirect.value))
    return before


def _others(record: SpfRecord) -> list[Modifier]:
    found = (term for term in record.terms if isinstance(term, Modifier))
    return [one for one in found if one.name != "redirect"]


def _end(record: SpfRecord) -> str:
    qualifier = record.all.qualifier if record.all else USUAL_END
    return max(qualifier, USUAL_END, key=STRENGTH.index)


def _needed(directives: Sequence[Directive]) -> list[Directive]:
    """Each once, without the networks that another one holds already."""
    once = list({_key(one): one for one in reversed(directives)}.values())[::-1]
    return [one for one in once if not any(_holds(other, one) for other in once)]


def _key(one: Directive) -> tuple[object, ...]:
    domain = one.domain.text.lower().removesuffix(".") if one.domain else ""
    return one.mechanism, domain, one.network, one.ip4_prefix, one.ip6_prefix


def _holds(large: Directive, small: Directive) -> bool:
    if large.network is None or small.network is None or large.network == small.network:
        return False
    if large.network.version != small.network.version:
        return False
    return large.network.supernet_of(small.network)  # type: ignore[arg-type]  # same version


def _once(modifiers: Iterable[Modifier]) -> list[Modifier]:
    """The first of each name: `exp` may stand once (RFC 7208 section 6)."""
    kept: dict[str, Modifier] = {}
    for one in modifiers:
        kept.setdefault(one.name, one)
    return list(kept.values())


def _written(terms: Iterable[Term], end: str) -> str:
    words = [term.text or str(term) if isinstance(term, Directive) else str(term) for term in terms]
    mechanisms = [word for word, term in zip(words, terms, strict=True) if _is_directive(term)]
    modifiers = [word for word, term in zip(words, terms, strict=True) if not _is_directive(term)]
    return " ".join(("v=spf1", *mechanisms, f"{end}all", *modifiers))


def _is_directive(term: Term) -> bool:
    return isinstance(term, Directive)


def merge_records(seen: SpfPolicy, result: Result, known: Known) -> Draft | None:
    """`email.spf_multiple`: all records of the domain give way to one."""
    if result.cause != "several":
        return None
    domain = seen.tree.root.domain
    records = known.records(domain, "TXT")
    # A name server shuffles its records; the merged one must not change with each look.
    ours = sorted(_spf_of(records), key=lambda record: record.value)
    text = merged(record.value for record in ours)
    if len(ours) < 2 or not text:  # noqa: PLR2004 - several are two
        return None
    return _replaced(domain, records, ours, text, known)


def correct_near_miss(seen: SpfPolicy, result: Result, known: Known) -> Draft | None:
    """`email.spf_present`: a text that only lacks its right beginning, or the record of the
    one mailbox service that is in use."""
    domain = seen.tree.root.domain
    records = known.records(domain, "TXT")
    if _spf_of(records):
        return None
    if result.cause == "near_miss":
        near = set(select_spf(record.value for record in records)[1])
        wrong = [record for record in records if record.value in near]
        if len(wrong) != 1:
            return None
        text = " ".join(wrong[0].value.strip(" \t\"'").split())
        is_right = bool(select_spf([text])[0]) and parse_spf(text).is_valid
        return _replaced(domain, records, wrong, text, known) if is_right else None
    return _first_record(seen, domain, records, known)


def _first_record(
    seen: SpfPolicy, domain: str, records: Sequence[DnsRecord], known: Known
) -> Draft | None:
    services = {v.name: MAILBOX_SPF[v.name] for v in seen.vendors if v.name in MAILBOX_SPF}
    if not seen.identity.is_sending or len(services) != 1:
        return None
    ((name, include),) = services.items()
    note = (
        f"It names what can be seen from outside: {name}. If another service sends mail as "
        f"@{domain}, add it before you publish the record."
    )
    draft = _replaced(domain, records, [], f"v=spf1 include:{include} ~all", known)
    return replace(draft, notes=(note, *draft.notes))


def close_record(seen: SpfPolicy, result: Result, known: Known) -> Draft | None:
    """`email.spf_all`: the record closes with `~all`. Not where something before the end
    already lets everybody in: what to drop can't be known from outside."""
    found = _own_record(seen, known)
    if found is None or result.cause not in {"everybody", "neutral", "open"}:
        return None
    records, own, record = found
    if any(one.matches_everybody for one in _tested(record)) or record.redirect is not None:
        return None
    return _rewritten(seen, known, records, own, [*_tested(record), *_others(record)], USUAL_END)


def drop_dead_ends(seen: SpfPolicy, result: Result, known: Known) -> Draft | None:
    """`email.spf_void_limit` and `dns.dangling_mx_srv`: an include that leads nowhere goes."""
    found = _own_record(seen, known)
    if found is None or result.cause != "dead_include":
        return None
    records, own, record = found
    kept = [one for one in _tested(record) if not _names(one, result.subject)]
    if len(kept) == len(_tested(record)) or record.redirect is not None or record.all is None:
        return None
    end = record.all.qualifier
    return _rewritten(seen, known, records, own, [*kept, *_others(record)], end)


def _names(one: Directive, subject: str) -> bool:
    if one.mechanism != "include" or one.domain is None:
        return False
    return one.domain.text.lower().removesuffix(".") == subject.lower()


def add_mailbox_service(seen: SpfPolicy, result: Result, known: Known) -> Draft | None:
    """`email.spf_vendor`: the include of the service that takes the domain's mail."""
    found = _own_record(seen, known)
    if found is None or not result.cause.startswith("missing_"):
        return None
    records, own, record = found
    wanted = next(
        (
            include
            for name, include in MAILBOX_SPF.items()
            if result.cause == f"missing_{name.split()[0].lower()}"
            and any(vendor.name == name for vendor in seen.vendors)
        ),
        "",
    )
    if not wanted or record.redirect is not None or record.all is None:
        return None
    terms = [*_tested(record), parse_term(f"include:{wanted}"), *_others(record)]
    return _rewritten(seen, known, records, own, terms, record.all.qualifier)


def after_spf(seen: SpfPolicy, known: Known, _rows: Iterable[Change]) -> SpfPolicy:
    """The observation once the zone is as `known` says. Raises UnknownYetError."""
    return replace(seen, tree=_tree(seen.tree.root.domain, known))


def _tree(domain: str, known: Known) -> SpfTree:
    return settled(lambda answers: walk_spf(domain, answers), known.told)


def _own_record(
    seen: SpfPolicy, known: Known
) -> tuple[tuple[DnsRecord, ...], DnsRecord, SpfRecord] | None:
    records = known.records(seen.tree.root.domain, "TXT")
    ours = _spf_of(records)
    if len(ours) != 1:
        return None
    record = parse_spf(ours[0].value)
    return (records, ours[0], record) if record.is_valid else None


def _rewritten(
    seen: SpfPolicy,
    known: Known,
    records: Sequence[DnsRecord],
    own: DnsRecord,
    terms: Sequence[Term],
    end: str,
) -> Draft | None:
    text = _written(terms, end)
    if text == own.value:
        return None
    return _replaced(seen.tree.root.domain, records, [own], text, known)


def _replaced(
    domain: str,
    records: Sequence[DnsRecord],
    ours: Sequence[DnsRecord],
    text: str,
    known: Known,
) -> Draft:
    """`text` in place of `ours`; where one of them says just that, it stays."""
    same = [record for record in ours if record.value == text]
    gone = [record for record in ours if record not in same[:1]]
    new: tuple[Change, ...] = () if same else (added("TXT", domain, text, like=ours),)
    rows = (*removed(gone), *new, *rest(records, gone))
    return Draft(rows, _lookup_notes(domain, applied(known, rows)))


def _lookup_notes(domain: str, known: Known) -> tuple[str, ...]:
    """What must be said where the record passes, or may pass, the limit of ten lookups."""
    tree = _tree(domain, known)
    count = len(tree.lookups)
    if count > MAX_LOOKUPS:
        return (
            f"The record then needs {count} lookups; receivers stop after {MAX_LOOKUPS} (RFC 7208 "
            "section 4.6.4). Drop a service that you no longer use, or move one to a subdomain.",
        )
    if tree.is_partial or tree.by_sender:
        return (f"At least {count} of {MAX_LOOKUPS} lookups; some names gave no answer.",)
    return (f"The record then needs {count} of {MAX_LOOKUPS} lookups.",)


def _spf_of(records: Iterable[DnsRecord]) -> list[DnsRecord]:
    """The SPF records among the live ones, in their order."""
    return [record for record in records if select_spf([record.value])[0]]
