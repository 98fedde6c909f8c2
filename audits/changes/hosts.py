"""Changes to where names lead: aliases, addresses, who may issue certificates, the key. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from accounts.guard.exchange import DnsRecord, DnsReply, DnsStatus
from audits.changes.known import Known, added, removed, rest
from audits.changes.sets import Act, Change, Draft, Place, plain_value
from audits.observations.ca_domains import ca_domains_of
from audits.observations.dangling import Aliases, RecordTargets
from audits.observations.dns import ApexAddresses, CaaView, HostRecords, Ipv6Reach, parse_caa
from audits.observations.dnssec import Dnssec, Link
from audits.observations.names import is_within, registrable_domain
from audits.observations.vendors import recognise
from audits.verdicts import Result

ADDRESSES = frozenset({"A", "AAAA"})
# What may stand beside an alias, and the alias itself (RFC 4034 sections 2.3 and 3.1).
BESIDE_ANY = frozenset({"CNAME", "RRSIG", "NSEC", "KEY"})


def allow_issuer(seen: CaaView, result: Result, known: Known) -> Draft | None:
    """`dns.caa`: a record for the authority that issued the live certificate; a record
    that forbids everybody goes. Source: RFC 8659 sections 4.2 and 4.3.
    """
    domains = ca_domains_of(seen.issuer_names)
    if result.cause not in {"forbids_issuer", "forbids_all"} or not domains:
        return None
    records = known.records(seen.found_at, "CAA")
    parsed = {record: parse_caa(record.value) for record in records}
    has_wild = any(one and one.tag == "issuewild" for one in parsed.values())
    tag = "issuewild" if seen.is_wildcard and has_wild else "issue"
    shut = [
        record
        for record, one in parsed.items()
        if one and one.tag == tag and not one.value.partition(";")[0].strip()
    ]
    new = added("CAA", seen.found_at, f'0 {tag} "{domains[0]}"', like=records)
    return Draft((*removed(shut), new, *rest(records, shut)))


def after_caa(seen: CaaView, known: Known, _rows: Iterable[Change]) -> CaaView:
    parsed = (parse_caa(record.value) for record in known.records(seen.found_at, "CAA"))
    return replace(seen, records=tuple(one for one in parsed if one))


def settle_alias(seen: HostRecords, result: Result, known: Known) -> Draft | None:
    """`dns.cname_conflict`: the addresses beside a working alias go; where other records
    stand beside it, an alias into the same zone gives way to its own addresses.

    None for the rest: what to keep is then for its owner to say.
    """
    if result.cause != "beside_cname":
        return None
    records = _at(seen)
    aliases = [one for one in records if one.rtype == "CNAME"]
    beside = [one for one in records if one.rtype in ADDRESSES]
    others = [one for one in records if one.rtype not in {*ADDRESSES, *BESIDE_ANY}]
    targets = {one.value.lower().removesuffix(".") for one in aliases}
    if len(targets) != 1:
        return None
    (target,) = targets
    if others:
        own = registrable_domain(seen.host)
        return (
            _addressed(aliases, beside, others, target, known) if is_within(target, own) else None
        )
    if not known.answer(target, "A").values:
        return None
    return Draft((*removed(beside), *rest(aliases, ())))


def _addressed(
    aliases: list[DnsRecord],
    beside: list[DnsRecord],
    others: list[DnsRecord],
    target: str,
    known: Known,
) -> Draft | None:
    name = aliases[0].name
    found = [one for rtype in ("A", "AAAA") for one in known.records(target, rtype)]
    new = tuple(added(one.rtype, name, one.value, like=[one]) for one in found)
    note = f"The addresses are those of {target} today; change both together from now on."
    rows = (*removed(aliases), *removed(beside), *new, *rest(others, ()))
    return Draft(rows, (note,)) if new else None


def _at(seen: HostRecords) -> list[DnsRecord]:
    """Every record met at the host, each once whatever its TTL was."""
    met: dict[tuple[str, str], DnsRecord] = {}
    for answer in seen.answers:
        for reply in answer.replies:
            for record in reply.answer:
                if record.name == seen.host:
                    met.setdefault((record.rtype, record.value), record)
    return list(met.values())


def after_host(seen: HostRecords, _known: Known, rows: Iterable[Change]) -> HostRecords:
    gone = {_key(row) for row in rows if row.act == Act.REMOVE}

    def left(reply: DnsReply) -> DnsReply:
        return replace(
            reply,
            answer=tuple(r for r in reply.answer if (r.name, r.rtype, r.value) not in gone),
            records=tuple(r for r in reply.records if (r.name, r.rtype, r.value) not in gone),
        )

    answers = (replace(one, replies=tuple(map(left, one.replies))) for one in seen.answers)
    return replace(seen, answers=tuple(answers))


def _key(row: Change) -> tuple[str, str, str]:
    return row.name, row.rtype, row.value


def drop_dead_ipv6(seen: Ipv6Reach, result: Result, known: Known) -> Draft | None:
    """`dns.ipv6`: the addresses that don't answer, where they stand at that very name."""
    if result.cause != "dead_aaaa":
        return None
    dead = {plain_value("AAAA", one.address) for one in seen.attempts if one.code}
    records = known.records(seen.host, "AAAA")
    gone = [record for record in records if plain_value("AAAA", record.value) in dead]
    if not gone:
        return None
    note = "If the app should be reached over IPv6, let the server answer there instead."
    return Draft((*removed(gone), *rest(records, gone)), (note,))


def after_ipv6(seen: Ipv6Reach, known: Known, _rows: Iterable[Change]) -> Ipv6Reach:
    records = known.records(seen.host, "AAAA")
    left = {plain_value("AAAA", record.value) for record in records}
    attempts = tuple(a for a in seen.attempts if plain_value("AAAA", a.address) in left)
    return replace(seen, reply=_reply(seen.reply, records), attempts=attempts)


def drop_alias(seen: Aliases, result: Result, known: Known) -> Draft | None:
    """`dns.dangling_cname`: the alias goes; nothing that works hangs on it any more."""
    if not any(look.host == result.subject for look in seen.looks):
        return None
    gone = known.records(result.subject, "CNAME")
    note = "If you still need the name, set the service up again first; then nothing is removed."
    return Draft(removed(gone), (note,)) if gone else None


def after_aliases(seen: Aliases, known: Known, rows: Iterable[Change]) -> Aliases:
    hosts = {row.name for row in rows if not known.records(row.name, "CNAME")}
    return replace(seen, looks=tuple(look for look in seen.looks if look.host not in hosts))


def drop_target(seen: RecordTargets, result: Result, known: Known) -> Draft | None:
    """`dns.dangling_mx_srv`: the MX or SRV record that names a domain which nobody holds."""
    rtype = result.cause.partition("_")[0].upper()
    if rtype not in {"MX", "SRV"}:
        return None
    label = f"{rtype} {result.subject}"
    targets = {one.target.lower().removesuffix(".") for one in seen.targets if one.record == label}
    records = known.records(result.subject, rtype)
    shown = {record: _last(record) for record in records}
    gone = [record for record, host in shown.items() if host in targets & _named(result)]
    left = len(records) - len(gone)
    notes = () if left or rtype != "MX" else ("No MX record is left: name the mail service's own.",)
    return Draft((*removed(gone), *rest(records, gone)), notes) if gone else None


def _named(result: Result) -> set[str]:
    return {item.value.lower().removesuffix(".") for item in result.evidence}


def _last(record: DnsRecord) -> str:
    return record.value.rpartition(" ")[2].lower().removesuffix(".")


def after_targets(seen: RecordTargets, _known: Known, rows: Iterable[Change]) -> RecordTargets:
    gone = {
        (f"{row.rtype} {row.name}", row.value.rpartition(" ")[2].lower().removesuffix("."))
        for row in rows
        if row.act == Act.REMOVE
    }
    left = (o for o in seen.targets if (o.record, o.target.lower().removesuffix(".")) not in gone)
    return replace(seen, targets=tuple(left))


def add_www(seen: ApexAddresses, result: Result, known: Known) -> Draft | None:
    """`dns.apex_address`: `www` as an alias of the bare domain, where nothing stands there."""
    if result.cause != "www_missing":
        return None
    name = f"www.{seen.domain}"
    if any(known.records(name, rtype) for rtype in ("CNAME", "A", "AAAA")):
        return None
    addresses = [value for reply in seen.apex for value in reply.values]
    is_behind = any(v.name == "Cloudflare" for v in recognise(addresses=addresses))
    proxied = is_behind if known.sign and known.sign.name == "Cloudflare" else None
    note = f"Add {name} at the service that hosts the app as well, so that it gets a certificate."
    return Draft((added("CNAME", name, f"{seen.domain}.", proxied=proxied),), (note,))


def after_www(seen: ApexAddresses, _known: Known, rows: Iterable[Change]) -> ApexAddresses:
    targets = [row.value.removesuffix(".") for row in rows if row.rtype == "CNAME"]
    if targets != [seen.domain]:
        return seen
    www = tuple(replace(reply, chain=(seen.domain,)) for reply in seen.apex)
    return replace(seen, www=www)


def drop_promise(seen: Dnssec, result: Result, known: Known) -> Draft | None:
    """`dns.dnssec_orphan_ds`: every DS record goes, where none of them fits a key.

    A half-signed zone is for its DNS provider to mend: then there is no change here.
    """
    if result.cause != "orphan_ds" or any(one.link == Link.HOLDS for one in seen.heard):
        return None
    gone = known.records(seen.domain, "DS")
    note = (
        "DNSSEC is then off, and the domain works again everywhere. To have it back, switch it on "
        "at your DNS provider and enter the DS record that it shows."
    )
    return Draft(removed(gone), (note,), Place.REGISTRAR) if gone else None


def after_promise(seen: Dnssec, known: Known, _rows: Iterable[Change]) -> Dnssec:
    return replace(seen, promised=tuple(r.value for r in known.records(seen.domain, "DS")))


def _reply(reply: DnsReply, records: tuple[DnsRecord, ...]) -> DnsReply:
    status = DnsStatus.NOERROR if records else DnsStatus.NODATA
    return replace(reply, status=status, records=records, answer=records)
