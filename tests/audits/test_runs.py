"""Runs: begun once, claimed fairly, fenced, kept whole, picked up when a worker dies."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.purging import Root, purge
from audits import runs, tasks
from audits.models import MAX_ATTEMPTS, AuditRun, Finding, lease
from audits.runs import keep, looks_of, request_run, worst
from audits.verdicts import Severity, Verdict
from sprints.models import ItemRun, Risk, StageItem
from tests.audits.factories import make_run
from tests.audits.test_outcome import row
from tests.audits.test_reports import report
from tests.factories import World
from tests.sprints.factories import make_sprint

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "ops"])


def test_two_clicks_start_one_run(world: World):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
        first, is_new = request_run(sprint, by=world.ada.consultant)
        second, is_second_new = request_run(sprint, by=world.ada.owner)
    assert (is_new, is_second_new) == (True, False)
    assert first == second


def test_a_re_run_of_one_check_stands_beside_the_whole_run(world: World):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
        whole, _ = request_run(sprint, by=None)
        one, is_new = request_run(sprint, by=None, checks=["dns.caa"])
    assert is_new
    assert (whole.scope, one.scope, one.check_ids) == ("all", "dns.caa", ["dns.caa"])
    assert (whole.number, one.number) == (1, 2)


def test_fifty_audits_of_one_practice_do_not_starve_anothers_one(world: World):
    with world.ada.as_staff():
        for _ in range(5):
            make_run(world.ada)
    with world.bob.as_staff():
        late = make_run(world.bob)
    claimed = [AuditRun.objects.claim_next() for _ in range(3)]
    practices = [run.practice_id for run in claimed if run]
    assert practices[0] == world.ada.practice.pk
    assert late in claimed[:2]


def test_nothing_of_a_suspended_practice_runs_until_it_goes_on(world: World):
    with world.ada.as_staff():
        run = make_run(world.ada)
    call_command("suspend_practice", world.ada.practice.slug, stdout=StringIO())
    assert not AuditRun.objects.free().exists()
    assert AuditRun.objects.claim_next() is None
    call_command("suspend_practice", world.ada.practice.slug, "--resume", stdout=StringIO())
    assert AuditRun.objects.claim_next() == run


def test_a_run_whose_sprint_is_deleted_meanwhile_leaves_nothing(world: World):
    with world.ada.as_staff():
        sprint = make_run(world.ada).sprint
    run = AuditRun.objects.claim_next()
    assert run is not None
    with world.ada.as_staff():
        purge(Root.SPRINT, sprint.pk, practice_id=sprint.practice_id, by=world.ada.owner)
    assert not keep(run, report(), [])
    with world.ada.as_staff():
        assert not Finding.objects.exists()
        assert not AuditRun.objects.exists()


def test_a_single_worker_takes_turns_between_practices(world: World):
    with world.ada.as_staff():
        for _ in range(4):
            make_run(world.ada)
    with world.bob.as_staff():
        for _ in range(2):
            make_run(world.bob)
    order = []
    for _ in range(6):
        run = AuditRun.objects.claim_next()
        assert run is not None
        order.append("ada" if run.practice_id == world.ada.practice.pk else "bob")
        AuditRun.objects.using("ops").filter(pk=run.pk).update(state="done")
    assert order == ["ada", "bob", "ada", "bob", "ada", "ada"]


def test_a_claimed_run_is_not_given_out_again_until_its_lease_has_passed(world: World):
    with world.ada.as_staff():
        run = make_run(world.ada)
    assert AuditRun.objects.claim_next() == run
    assert AuditRun.objects.claim_next() is None
    AuditRun.objects.using("ops").update(lease_until=timezone.now() - timedelta(seconds=1))
    again = AuditRun.objects.claim_next()
    assert again is not None
    assert again.attempts == 2


def test_a_run_that_died_too_often_is_given_up_with_a_sentence(world: World, monkeypatch):
    with world.ada.as_staff():
        make_run(
            world.ada,
            state="running",
            attempts=MAX_ATTEMPTS,
            lease_until=timezone.now() - lease(),
        )
    monkeypatch.setattr(tasks.take_next_run, "apply_async", lambda **_: None)
    assert AuditRun.objects.claim_next() is None
    tasks.sweep_runs()
    with world.ada.as_staff():
        run = AuditRun.objects.get()
        assert run.state == AuditRun.State.FAILED
        assert "start it again" in run.trouble


def test_the_sweep_rings_for_what_waits_and_for_what_died(world: World, monkeypatch):
    with world.ada.as_staff():
        make_run(world.ada)
        make_run(
            world.ada,
            state="running",
            attempts=1,
            lease_until=timezone.now() - timedelta(seconds=1),
        )
        make_run(world.ada, state="running", attempts=1, lease_until=timezone.now() + lease())
    rung = []
    monkeypatch.setattr(tasks.take_next_run, "apply_async", lambda **_: rung.append(1))
    tasks.sweep_runs()
    assert len(rung) == 2


def claimed(world: World) -> AuditRun:
    with world.ada.as_staff():
        make_run(world.ada)
    run = AuditRun.objects.claim_next()
    assert run is not None
    return run


def test_what_was_found_is_kept_and_opens_its_risk(world: World):
    run = claimed(world)
    fail = row(Verdict.FAIL, Severity.S1, name="email.spf_multiple")
    assert keep(run, report(fail, row(Verdict.PASS, name="dns.caa")), [])
    with world.ada.as_staff():
        stored = AuditRun.objects.get()
        assert (stored.state, stored.outcome) == ("done", "conditional")
        assert stored.changes["opened"] == ["R-001"]
        assert Finding.objects.count() == 2
        assert Risk.objects.get().score == 53


def test_a_late_writer_whose_claim_is_gone_writes_nothing(world: World):
    run = claimed(world)
    AuditRun.objects.using("ops").update(lease_until=timezone.now() - timedelta(seconds=1))
    newer = AuditRun.objects.claim_next()
    found = report(row(Verdict.FAIL, Severity.S0))
    assert not keep(run, found, [])
    assert newer is not None
    assert keep(newer, found, [])
    with world.ada.as_staff():
        assert Finding.objects.count() == 1
        assert not run.tell([])


def test_a_crash_while_keeping_leaves_nothing_half_done(world: World, monkeypatch):
    run = claimed(world)

    def crash(*_args, **_kwargs):
        raise RuntimeError("the worker died here")

    monkeypatch.setattr(runs, "_finish", crash)
    with pytest.raises(RuntimeError):
        keep(run, report(row(Verdict.FAIL, Severity.S1)), [])
    with world.ada.as_staff():
        assert not Finding.objects.exists()
        assert not Risk.objects.exists()
        assert AuditRun.objects.get().state == "running"


def test_a_stage_item_takes_the_worst_verdict_of_its_checks(world: World):
    run = claimed(world)
    rows = [row(Verdict.PASS, name="a"), row(Verdict.WARN, Severity.S1, name="b")]
    items = [_with_item(found, "2.3") for found in rows]
    keep(run, report(*items), [])
    with world.ada.as_staff():
        item = StageItem.objects.get(key="2.3", stage__sprint=run.sprint_id)
        assert item.verdict == "warn"
        assert ItemRun.objects.get(item=item).verdict == "warn"


def _with_item(judged, item):
    from dataclasses import replace

    return replace(judged, check=replace(judged.check, item=item))


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([Verdict.PASS, Verdict.FAIL], Verdict.FAIL),
        ([Verdict.INFO], Verdict.PASS),
        ([Verdict.NA, Verdict.PASS], Verdict.PASS),
        ([Verdict.NA], Verdict.NA),
        ([Verdict.UNKNOWN, Verdict.PASS], Verdict.UNKNOWN),
        ([Verdict.BLOCKED, Verdict.WARN], Verdict.WARN),
    ],
)
def test_the_worst_of_verdicts(verdicts, expected):
    assert worst(verdicts) == expected


def test_a_look_knows_what_it_judged_and_what_it_could_not_see():
    looks = looks_of(
        [
            row(Verdict.PASS, name="a", subject="1"),
            row(Verdict.UNKNOWN, name="a", subject="2"),
            row(Verdict.NA, name="b", cause="consent"),
        ]
    )
    assert set(looks) == {"a"}
    assert (looks["a"].judged, looks["a"].unseen) == (frozenset({"1"}), frozenset({"2"}))
