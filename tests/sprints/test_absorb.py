from dataclasses import replace

import pytest
from django.utils import timezone

from sprints.absorb import Look, Trouble, absorb
from sprints.models import Risk, RiskSighting
from tests.factories import World
from tests.sprints.factories import make_sprint

TROUBLE = Trouble(
    check_id="email.spf_multiple",
    fingerprint="a" * 64,
    subject="app.test",
    severity=1,
    stage=6,
    title="Two SPF records cancel each other",
    plain_summary="Sign-in codes land in spam.",
    observed="2 records begin with v=spf1.",
    expected="Exactly one SPF record",
    evidence=(("TXT", "v=spf1 -all"),),
    remedy="Merge them.",
    source="RFC 7208 section 3.2",
)
LOOKED = {TROUBLE.check_id: Look(frozenset({"app.test"}))}


@pytest.fixture
def sprint(world: World):
    with world.ada.as_staff():
        yield make_sprint(world.ada)


def run(sprint, number, *troubles, looks=LOOKED):
    return absorb(sprint, audit_number=number, at=timezone.now(), troubles=troubles, looks=looks)


def only_risk() -> Risk:
    return Risk.objects.get()


def test_a_finding_opens_one_risk_with_the_weight_of_its_severity(sprint):
    absorbed = run(sprint, 1, TROUBLE, TROUBLE)
    risk = only_risk()
    assert absorbed.opened == ["R-001"]
    assert (risk.consequence, risk.likelihood, risk.recovery, risk.score) == (4, 4, 2, 53)
    assert (risk.ref, risk.state, risk.seen_count) == ("R-001", "open", 1)


def test_the_same_finding_refreshes_the_risk_and_opens_no_second(sprint):
    run(sprint, 1, TROUBLE)
    absorbed = run(sprint, 2, replace(TROUBLE, observed="3 records begin with v=spf1."))
    risk = only_risk()
    assert (absorbed.still, risk.seen_count) == (["R-001"], 2)
    assert risk.observed == "3 records begin with v=spf1."


def test_the_same_run_delivered_twice_changes_nothing(sprint):
    run(sprint, 1, TROUBLE)
    run(sprint, 1, TROUBLE)
    assert only_risk().seen_count == 1
    assert RiskSighting.objects.count() == 1


def test_a_look_that_no_longer_finds_it_closes_exactly_that_risk(sprint):
    other = replace(TROUBLE, fingerprint="b" * 64, check_id="dns.caa")
    run(sprint, 1, TROUBLE, other)
    absorbed = run(sprint, 2)
    states = dict(Risk.objects.values_list("fingerprint", "state"))
    assert absorbed.closed == ["R-001"]
    assert states == {"a" * 64: "verified", "b" * 64: "open"}


def test_a_risk_that_comes_back_keeps_its_reference(sprint):
    run(sprint, 1, TROUBLE)
    run(sprint, 2)
    absorbed = run(sprint, 3, TROUBLE)
    risk = only_risk()
    assert absorbed.came_back == ["R-001"]
    assert (risk.ref, risk.state, risk.came_back_count) == ("R-001", "open", 1)
    words = RiskSighting.objects.order_by("audit_number").values_list("word", flat=True)
    assert list(words) == ["opened", "gone", "came_back"]


@pytest.mark.parametrize(
    ("looks", "state"),
    [
        ({}, "open"),
        ({TROUBLE.check_id: Look(frozenset(), frozenset({"app.test"}))}, "open"),
        ({TROUBLE.check_id: Look(frozenset({"app.test"}), frozenset({"app.test"}))}, "open"),
        ({TROUBLE.check_id: Look(frozenset({"b.test"}), frozenset({"c.test"}))}, "open"),
        ({TROUBLE.check_id: Look(frozenset({"b.test"}))}, "verified"),
        ({TROUBLE.check_id: Look(frozenset({"app.test"}), frozenset({"b.test"}))}, "verified"),
    ],
)
def test_a_risk_closes_only_where_its_check_could_look(sprint, looks, state):
    run(sprint, 1, TROUBLE)
    run(sprint, 2, looks=looks)
    assert only_risk().state == state


def test_a_risk_said_to_be_fixed_is_open_again_when_it_is_still_seen(sprint):
    run(sprint, 1, TROUBLE)
    Risk.objects.update(state="fixed", fixed_at=timezone.now())
    run(sprint, 2, TROUBLE)
    assert (only_risk().state, only_risk().fixed_at) == ("open", None)


def test_the_engine_never_overwrites_a_persons_numbers_or_title(sprint):
    run(sprint, 1, TROUBLE)
    Risk.objects.update(title="Our words", is_title_ours=True, consequence=1, is_weight_ours=True)
    run(sprint, 2, replace(TROUBLE, severity=0))
    risk = only_risk()
    assert (risk.title, risk.consequence, risk.likelihood) == ("Our words", 1, 4)


def test_a_risk_called_invalid_stays_so(sprint):
    run(sprint, 1, TROUBLE)
    Risk.objects.update(state="invalid")
    run(sprint, 2, TROUBLE)
    run(sprint, 3)
    assert only_risk().state == "invalid"


def test_references_are_never_given_twice(sprint):
    run(sprint, 1, TROUBLE)
    run(sprint, 2, TROUBLE, replace(TROUBLE, fingerprint="c" * 64))
    assert set(Risk.objects.values_list("number", flat=True)) == {1, 2}


def test_the_list_is_in_the_one_total_order(sprint):
    run(
        sprint,
        1,
        replace(TROUBLE, fingerprint="1" * 64, severity=2),
        replace(TROUBLE, fingerprint="2" * 64, severity=0),
        replace(TROUBLE, fingerprint="3" * 64, severity=2, stage=1),
        replace(TROUBLE, fingerprint="4" * 64, severity=2, is_confirmed=False),
    )
    ranked = Risk.objects.filter(sprint=sprint).ranked()
    assert [risk.number for risk in ranked] == [2, 3, 1, 4]
