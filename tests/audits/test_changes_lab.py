"""The exact change in the lab: made to the zone as it says, the check has nothing left to say."""

from collections.abc import Iterator

import pytest

from audits import examine as examining
from audits.catalogue import BY_ID
from audits.changes.makers import MAKERS
from audits.changes.sets import Act, ChangeSet, plain_value
from audits.engine import Judged
from audits.examine import Report, examine
from audits.verdicts import Consent
from tests.lab import Lab
from tests.lab.faults import PLANTED, Planted, lab_target

pytestmark = pytest.mark.lab

# Troubles whose mending hangs on what only the owner knows, or on something else than DNS.
NOT_COMPUTABLE = {
    ("dns.apex_address", "no-address.test"),
    ("dns.caa", "caa-critical.test"),
    ("email.dmarc_rua", "neutral-spf.test"),
    ("email.mx", "brokenchat.test"),
    ("email.mx", "no-mx.test"),
    ("email.mx_cname_ip", "mx-address.test"),
    ("email.spf_present", "no-spf.test"),
    ("email.spf_void_limit", "void-lookups.test"),
}


def computable() -> dict[tuple[str, str], Planted]:
    rows = {(row.check, row.domain): row for row in PLANTED if row.check in MAKERS}
    return {
        key: row
        for key, row in rows.items()
        if key not in NOT_COMPUTABLE and not key[0].startswith("email.mta_sts")
    }


@pytest.fixture(autouse=True)
def quick(in_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "BETWEEN_LOOKS", examining.BETWEEN_LOOKS * 0)


async def looked(planted: tuple[str, str]) -> Report:
    check, domain = planted
    rules = [BY_ID[check]]
    return await examine(lab_target(domain), consent=Consent.L1, checks=rules, is_planning=True)


def troubles(report: Report) -> list[Judged]:
    return [row for row in report.rows if row.opens_risk]


def apply(lab: Lab, change: ChangeSet) -> None:
    """What a person does at the provider, row by row."""
    zone = lab.zone(change.zone)
    for question in change.questions:
        here = [row for row in change.rows if row.question == question]
        found = zone.get(question.name, question.rtype)
        have = {plain_value(question.rtype, value) for value in texts(found)}
        gone = {plain_value(question.rtype, r.value) for r in here if r.act == Act.REMOVE}
        assert gone <= have, "a row to remove does not stand in the zone"
        kept = [v for v in texts(found) if plain_value(question.rtype, v) not in gone]
        values = [*kept, *(row.value for row in here if row.act == Act.ADD)]
        if values:
            zone.replace(question.name, question.rtype, *values)
        else:
            zone.remove(question.name, question.rtype)


def texts(found) -> list[str]:
    if found is None:
        return []
    return [
        b"".join(one.strings).decode() if hasattr(one, "strings") else one.to_text()
        for one in found
    ]


@pytest.fixture
def restored(lab: Lab, request: pytest.FixtureRequest) -> Iterator[None]:
    """The zones as they were; every zone of the lab that a change may touch."""
    names = [request.node.callspec.params["planted"][1], "test"]
    before = {name: dict(lab.zone(name).records) for name in names}
    yield
    for name, records in before.items():
        lab.zone(name)._store(records)


@pytest.mark.parametrize("planted", computable(), ids=":".join)
@pytest.mark.usefixtures("restored")
async def test_once_the_zone_is_changed_as_computed_the_trouble_is_gone(lab, planted) -> None:
    before = await looked(planted)
    rows = troubles(before)
    assert {row.fingerprint for row in rows} <= set(before.changes), "no change was computed"
    for change in dict.fromkeys(before.changes[row.fingerprint] for row in rows):
        apply(lab, change)
    left = {row.fingerprint for row in troubles(await looked(planted))}
    assert not left & {row.fingerprint for row in rows}


@pytest.mark.parametrize("planted", sorted(NOT_COMPUTABLE), ids=":".join)
async def test_where_only_the_owner_knows_there_is_no_change(planted) -> None:
    report = await looked(planted)
    assert troubles(report)
    assert not report.changes


async def test_two_spf_records_become_one_with_nothing_typed_by_hand() -> None:
    report = await looked(("email.spf_multiple", "brokenchat.test"))
    (change,) = report.changes.values()
    assert [row.value for row in change.of(Act.ADD)] == [
        "v=spf1 include:_spf.mailhost.test include:_spf.sender.test ~all"
    ]
    assert [row.ttl_seconds for row in change.rows] == [300] * 4
    assert change.of(Act.KEEP)[0].value.startswith("studio-site-verification=")
    assert change.notes == ("The record then needs 2 of 10 lookups.",)
