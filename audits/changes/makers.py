"""Which checks have a computed change, and the proof that applying it makes them pass. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from audits.changes import hosts, mail, silent, spf
from audits.changes.known import Known, NotKnownError, applied
from audits.changes.sets import MAX_ROWS, Act, Change, ChangeSet, Draft, Place
from audits.verdicts import Check, Result, Verdict

TROUBLES = frozenset({Verdict.FAIL, Verdict.WARN})


@dataclass(frozen=True, slots=True)
class Maker:
    """`make` drafts the change for one result, `after` is the observation once it is done.

    `Any`: each maker has the observation type of its check.
    """

    make: Callable[[Any, Result, Known], Draft | None]
    after: Callable[[Any, Known, Iterable[Change]], Any]


MAKERS: dict[str, Maker] = {
    "dns.apex_address": Maker(hosts.add_www, hosts.after_www),
    "dns.caa": Maker(hosts.allow_issuer, hosts.after_caa),
    "dns.cname_conflict": Maker(hosts.settle_alias, hosts.after_host),
    "dns.dangling_cname": Maker(hosts.drop_alias, hosts.after_aliases),
    "dns.dangling_mx_srv": Maker(hosts.drop_target, hosts.after_targets),
    "dns.dnssec_orphan_ds": Maker(hosts.drop_promise, hosts.after_promise),
    "dns.ipv6": Maker(hosts.drop_dead_ipv6, hosts.after_ipv6),
    "email.dmarc_multiple": Maker(mail.one_dmarc, mail.after_dmarc),
    "email.dmarc_present": Maker(mail.first_dmarc, mail.after_dmarc),
    "email.dmarc_rua": Maker(mail.add_reports, mail.after_dmarc),
    "email.mta_sts": Maker(mail.mend_sts, mail.after_transport),
    "email.mx": Maker(mail.prune_mx, mail.after_exchange),
    "email.mx_cname_ip": Maker(mail.name_mx_host, mail.after_exchange),
    "email.non_sending": Maker(silent.close_domain, silent.after_posture),
    "email.null_mx": Maker(mail.prune_mx, mail.after_exchange),
    "email.spf_all": Maker(spf.close_record, spf.after_spf),
    "email.spf_multiple": Maker(spf.merge_records, spf.after_spf),
    "email.spf_present": Maker(spf.correct_near_miss, spf.after_spf),
    "email.spf_vendor": Maker(spf.add_mailbox_service, spf.after_spf),
    "email.spf_void_limit": Maker(spf.drop_dead_ends, spf.after_spf),
    "email.tls_rpt": Maker(mail.mend_tls_rpt, mail.after_transport),
}


def change_for(
    rule: Check[Any],  # Any: checks of many observation types
    seen: object,
    result: Result,
    known: Known,
    *,
    zone: str,
    subject: str,
) -> ChangeSet | None:
    """The change that makes `rule` pass for `result`; None where none can be computed.

    A draft counts only if the same check, judging the observation with the change applied,
    no longer has this trouble and has no new fail. `subject` is the finding's. Raises
    UnknownYetError.
    """
    maker = MAKERS.get(rule.id)
    if maker is None:
        return None
    try:
        draft = maker.make(seen, result, known)
        if draft is None or not _is_usable(draft):
            return None
        after = maker.after(seen, applied(known, draft.rows), draft.rows)
    except NotKnownError:
        return None
    if not _is_mended(result, before=_troubles(rule, seen), after=_troubles(rule, after)):
        return None
    return _placed(rule.id, subject, zone, draft, known)


def _is_usable(draft: Draft) -> bool:
    return len(draft.rows) <= MAX_ROWS and any(row.act != Act.KEEP for row in draft.rows)


def _is_mended(result: Result, *, before: list[Result], after: list[Result]) -> bool:
    known = {_met(one) for one in before}
    new_fails = [one for one in after if one.verdict == Verdict.FAIL and _met(one) not in known]
    return not new_fails and _met(result) not in {_met(one) for one in after}


def _met(result: Result) -> tuple[str, str]:
    return result.subject, result.cause


def _troubles(rule: Check[Any], seen: object) -> list[Result]:  # Any: as above
    made = rule.judge(seen)
    results = [made] if isinstance(made, Result) else list(made)
    return [one for one in results if one.verdict in TROUBLES]


def _placed(check_id: str, subject: str, zone: str, draft: Draft, known: Known) -> ChangeSet:
    sign = known.sign if draft.place == Place.DNS else None
    return ChangeSet(
        check_id=check_id,
        subject=subject,
        zone=zone,
        rows=draft.rows,
        notes=draft.notes,
        place=draft.place,
        provider=sign.name if sign else "",
        console=sign.console if sign else "",
        name_style=sign.name_style if sign else "",
    )
