"""The change for a domain that sends no mail: its records say so. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from audits.changes.known import Known, added, removed, rest
from audits.changes.mail import after_dmarc
from audits.changes.sets import Change, Draft
from audits.changes.spf import after_spf
from audits.observations.dmarc_record import Policy, parse_dmarc, select_dmarc
from audits.observations.mail import MailPosture
from audits.observations.spf_record import select_spf
from audits.verdicts import Result

NOBODY = "v=spf1 -all"


def close_domain(seen: MailPosture, result: Result, known: Known) -> Draft | None:
    """`email.non_sending`: `v=spf1 -all` alone, and a DMARC record that asks to reject.

    Addresses for reports stay. Source: RFC 7208 section 10.1; RFC 9989 section 4.7.
    """
    if result.cause != "open" or seen.dmarc is None:
        return None
    rows = _spf_rows(seen.identity.domain, known)
    effective = seen.dmarc.walk.effective()
    if effective is None or effective.policy != Policy.REJECT:
        rows += _dmarc_rows(seen.identity.domain, known)
    note = f"Only right while nothing sends mail as @{seen.identity.domain}."
    return Draft(tuple(rows), (note,))


def _spf_rows(domain: str, known: Known) -> list[Change]:
    records = known.records(domain, "TXT")
    ours = [record for record in records if select_spf([record.value])[0]]
    gone = [record for record in ours if record.value != NOBODY]
    new = [] if len(gone) < len(ours) else [added("TXT", domain, NOBODY, like=ours)]
    return [*removed(gone), *new, *rest(records, gone)]


def _dmarc_rows(domain: str, known: Known) -> list[Change]:
    name = f"_dmarc.{domain}"
    records = known.records(name, "TXT")
    ours = [record for record in records if select_dmarc([record.value])[0]]
    read = [one for record in ours if (one := parse_dmarc(record.value))]
    uris = dict.fromkeys(uri.text for one in read for uri in one.rua)
    reports = f"; rua={','.join(uris)}" if uris else ""
    new = added("TXT", name, f"v=DMARC1; p=reject{reports}", like=ours)
    return [*removed(ours), new, *rest(records, ours)]


def after_posture(seen: MailPosture, known: Known, rows: Iterable[Change]) -> MailPosture:
    """The observation once the zone is as `known` says. Raises UnknownYetError."""
    made = tuple(rows)
    spf = after_spf(seen.spf, known, made) if seen.spf else None
    dmarc = after_dmarc(seen.dmarc, known, made) if seen.dmarc else None
    return replace(seen, spf=spf, dmarc=dmarc)
