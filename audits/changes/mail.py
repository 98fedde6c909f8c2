"""Changes to what mail servers read besides SPF: DMARC, MX, policies for TLS. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from accounts.guard.exchange import DnsRecord
from audits.changes.known import Known, added, removed, rest, settled
from audits.changes.sets import Change, Draft, plain_value
from audits.observations.dmarc_record import DmarcRecord, parse_dmarc, select_dmarc
from audits.observations.dmarc_walk import walk_dmarc
from audits.observations.dns_answers import Question, Said
from audits.observations.mail import DmarcPolicy, MailExchange, ReportMailbox
from audits.observations.mail_transport import MailTransport, StsFile
from audits.observations.mta_sts import select_sts, select_tls_rpt, sts_id, tls_rpt_uris
from audits.observations.names import is_within
from audits.verdicts import Result

# The mailbox that every domain which takes mail must have (RFC 5321 section 4.5.1).
POSTMASTER = "postmaster"
ID_CHARS = 20


def first_dmarc(seen: DmarcPolicy, result: Result, known: Known) -> Draft | None:
    """`email.dmarc_present`: a first record with an address for reports, or the record
    that stands at the wrong name. None where the domain takes no mail, so that there is no
    address to report to.
    """
    domain = seen.identity.domain
    name = f"_dmarc.{domain}"
    if result.cause == "wrong_place":
        return _moved_dmarc(domain, name, known)
    if result.cause != "no_record" or known.records(name, "TXT"):
        return None
    if not _takes_mail(domain, known):
        return None
    address = f"{POSTMASTER}@{domain}"
    text = f"v=DMARC1; p=none; rua=mailto:{address}"
    return Draft((added("TXT", name, text),), (_reports_note(address),))


def _reports_note(address: str) -> str:
    return (
        f"Reports go to {address}, a mailbox that every domain with mail must have. Any other "
        "address of yours that is read does as well."
    )


def _moved_dmarc(domain: str, name: str, known: Known) -> Draft | None:
    records = known.records(domain, "TXT")
    wrong = [record for record in records if parse_dmarc(record.value)]
    if len(wrong) != 1 or known.records(name, "TXT"):
        return None
    moved = added("TXT", name, wrong[0].value, like=wrong)
    return Draft((*removed(wrong), moved, *rest(records, wrong)))


def one_dmarc(_seen: DmarcPolicy, result: Result, known: Known) -> Draft | None:
    """`email.dmarc_multiple`: the mildest of the policies, all addresses for reports.

    Today none of the records counts, so the mildest one changes least for the mail that
    goes out. None where one of them can't be read or has addresses that can't be kept.
    """
    name = result.subject
    records = known.records(name, "TXT")
    ours = [record for record in records if select_dmarc([record.value])[0]]
    read = [parse_dmarc(record.value) for record in ours]
    sound = [one for one in read if one and not one.problems and one.p is not None]
    if len(ours) < 2 or len(sound) != len(ours):  # noqa: PLR2004 - several are two
        return None
    base = min(sound, key=lambda one: one.p or 0)
    text = _with_reports(base, sound)
    same = [record for record in ours if record.value == text]
    gone = [record for record in ours if record not in same[:1]]
    new = () if same else (added("TXT", name, text, like=ours),)
    note = f"It keeps p={base.p}, the mildest of them, and every address for reports."
    return Draft((*removed(gone), *new, *rest(records, gone)), (note,))


def _with_reports(base: DmarcRecord, sound: Sequence[DmarcRecord]) -> str:
    tags = dict(base.tags)
    for name, uris in (
        ("rua", [uri.text for one in sound for uri in one.rua]),
        ("ruf", [uri.text for one in sound for uri in one.ruf]),
    ):
        if uris:
            tags[name] = ",".join(dict.fromkeys(uris))
    return "; ".join(("v=DMARC1", *(f"{name}={value}" for name, value in tags.items())))


def add_reports(seen: DmarcPolicy, result: Result, known: Known) -> Draft | None:
    """`email.dmarc_rua`: an address for reports where the record names none."""
    step = seen.walk.applied
    if result.cause != "no_rua" or step is None or not _takes_mail(step.domain, known):
        return None
    records = known.records(step.queried, "TXT")
    ours = [record for record in records if select_dmarc([record.value])[0]]
    record = parse_dmarc(ours[0].value) if len(ours) == 1 else None
    if record is None or record.problems:
        return None
    address = f"{POSTMASTER}@{step.domain}"
    text = f"{ours[0].value.rstrip().rstrip(';')}; rua=mailto:{address}"
    new = added("TXT", step.queried, text, like=ours)
    return Draft((*removed(ours), new, *rest(records, ours)), (_reports_note(address),))


def after_dmarc(seen: DmarcPolicy, known: Known, _rows: Iterable[Change]) -> DmarcPolicy:
    """The observation once the zone is as `known` says. Raises UnknownYetError."""
    domain = seen.identity.domain
    walk = settled(lambda answers: walk_dmarc(domain, answers), known.told)
    record = walk.applied.record if walk.applied else None
    at = walk.applied.domain if walk.applied else domain
    was = {mailbox.uri: mailbox for mailbox in seen.mailboxes}
    mailboxes = tuple(
        was.get(uri.text) or ReportMailbox(uri.text, uri.host, is_external=None)
        if not is_within(uri.host, at)
        else ReportMailbox(uri.text, uri.host, is_receiving=_takes_mail(uri.host, known))
        for uri in (record.rua if record else ())
        if uri.is_mailto
    )
    return replace(seen, walk=walk, mailboxes=mailboxes, misplaced=())


def _takes_mail(domain: str, known: Known) -> bool:
    values = known.answer(domain, "MX").values
    return any(value.rpartition(" ")[2] != "." for value in values)


def prune_mx(seen: MailExchange, result: Result, known: Known) -> Draft | None:
    """`email.mx` and `email.null_mx`: MX records of servers that are gone, or the null MX
    beside real ones. At least one living server must stay."""
    domain = seen.identity.domain
    alive = {host.name for host in seen.hosts if host.is_alive and not host.is_null}
    gone_names = {
        "partly_dead": {h.name for h in seen.hosts if h.ip4 is not None and h.is_dead},
        "mixed": {host.name for host in seen.hosts if host.is_null},
    }.get(result.cause, set())
    records = known.records(domain, "MX")
    gone = [record for record in records if _mx_host(record) in gone_names]
    if not gone or not any(_mx_host(one) in alive for one in records if one not in gone):
        return None
    return Draft((*removed(gone), *rest(records, gone)))


def name_mx_host(seen: MailExchange, result: Result, known: Known) -> Draft | None:
    """`email.mx_cname_ip`: the name behind the alias, where it takes mail itself."""
    if result.cause != "alias":
        return None
    hosts = {h.name: h for h in seen.hosts if h.chain and h.is_alive and not h.is_literal}
    records = known.records(seen.identity.domain, "MX")
    wrong = [record for record in records if _mx_host(record) in hosts]
    have = {plain_value("MX", record.value) for record in records}
    rows = list(removed(wrong))
    for record in wrong:
        real = hosts[_mx_host(record)].chain[-1]
        value = f"{record.value.split()[0]} {real}."
        if plain_value("MX", value) not in have:
            have.add(plain_value("MX", value))
            rows.append(added("MX", seen.identity.domain, value, like=[record]))
    note = "If the mail service names its servers differently one day, its own page counts."
    return Draft((*rows, *rest(records, wrong)), (note,)) if wrong else None


def after_exchange(seen: MailExchange, known: Known, _rows: Iterable[Change]) -> MailExchange:
    """The observation with the MX set of `known`; what was seen of each server stays."""
    records = known.records(seen.identity.domain, "MX")
    by_name = {host.name: host for host in seen.hosts}
    for host in seen.hosts:
        if host.chain:
            by_name.setdefault(host.chain[-1], replace(host, name=host.chain[-1], chain=()))
    hosts = tuple(by_name[name] for record in records if (name := _mx_host(record)) in by_name)
    return replace(seen, hosts=hosts, said=Said.FOUND if hosts else Said.EMPTY)


def _mx_host(record: DnsRecord) -> str:
    return record.value.rpartition(" ")[2].lower().removesuffix(".")


def mend_sts(seen: MailTransport, result: Result, known: Known) -> Draft | None:
    """`email.mta_sts`: a new id where it is wrong, one record where there are several.

    The id is computed from what stands there, so that it differs from the old one.
    Source: RFC 8461 section 3.1.
    """
    name = f"_mta-sts.{seen.domain}"
    records = known.records(name, "TXT")
    ours = [record for record in records if select_sts([record.value])]
    if result.cause == "several":
        sound = [record for record in ours if sts_id(record.value)]
        gone = [record for record in ours if record is not sound[0]] if sound else []
        return Draft((*removed(gone), *rest(records, gone))) if gone else None
    if result.cause != "bad_id" or len(ours) != 1:
        return None
    body = seen.sts_file.body if isinstance(seen.sts_file, StsFile) else ""
    digest = hashlib.sha256(f"{ours[0].value}\n{body}".encode()).hexdigest()[:ID_CHARS]
    new = added("TXT", name, f"v=STSv1; id={digest};", like=ours)
    return Draft((*removed(ours), new, *rest(records, ours)))


def mend_tls_rpt(seen: MailTransport, result: Result, known: Known) -> Draft | None:
    """`email.tls_rpt`: reports beside MTA-STS, and one record where there are several."""
    name = f"_smtp._tls.{seen.domain}"
    records = known.records(name, "TXT")
    ours = [record for record in records if select_tls_rpt([record.value])]
    if result.cause == "several":
        uris = dict.fromkeys(uri for record in ours for uri in tls_rpt_uris(record.value))
        if not uris:
            return None
        new = added("TXT", name, f"v=TLSRPTv1; rua={','.join(uris)}", like=ours)
        return Draft((*removed(ours), new, *rest(records, ours)))
    if result.cause != "sts_unwatched" or ours or not _takes_mail(seen.domain, known):
        return None
    address = f"{POSTMASTER}@{seen.domain}"
    new = added("TXT", name, f"v=TLSRPTv1; rua=mailto:{address}")
    return Draft((new, *rest(records, ())), (_reports_note(address),))


def after_transport(seen: MailTransport, known: Known, _rows: Iterable[Change]) -> MailTransport:
    """The observation once the zone is as `known` says."""
    sts = known.told.get(Question(f"_mta-sts.{seen.domain}", "TXT"), seen.sts)
    tls_rpt = known.told.get(Question(f"_smtp._tls.{seen.domain}", "TXT"), seen.tls_rpt)
    return replace(seen, sts=sts, tls_rpt=tls_rpt)
