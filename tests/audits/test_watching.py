"""Watching a change land: from the zone to the closed risk, and every way that it may not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.due import due
from accounts.purging import Root, purge
from accounts.tenancy.scope import Actor, Scope, bound
from audits import examine as examining
from audits import tasks, watching
from audits.changes.landing import Landing
from audits.changing import change_of
from audits.landing import Sighting
from audits.models import AuditRun
from audits.watch_models import Watch
from audits.watching import NoChangeError, before_and_after, begin_watch
from sprints.models import ActivityEvent, Evidence, Risk
from tests.audits.factories import make_finding, make_run, make_watch, spf_change
from tests.dying import WorkerDiedError, dying_after
from tests.factories import World
from tests.lab import Lab
from tests.sprints.factories import make_project, make_risk, make_sprint

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "ops"])

DOMAIN = "brokenchat.test"
CHECK = "email.spf_multiple"
LIVE = Landing(True, True, {"resolver 1": True, "resolver 2": True})
HALF = Landing(True, True, {"resolver 1": True, "resolver 2": False})
AWAY = Landing(False, False, {"resolver 1": False})


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bells, kept instead of sent: a test does by itself what a worker would."""
    heard: list[str] = []
    for task in (tasks.look_at_watch, tasks.take_next_run):
        monkeypatch.setattr(task, "apply_async", lambda *_, _n=task.name, **__: heard.append(_n))
    return heard


def as_system(world: World, act: Callable[[], Any]) -> Any:  # Any: what the act gives back
    """As the task's own class would run it."""
    with bound(Scope(world.ada.practice.pk, Actor.SYSTEM)):
        return act()


def kept(world: World, watch: Watch, landing: Landing, *, is_touched: bool = False) -> Watch:
    """The watch after one look that saw `landing`."""
    with world.ada.as_staff():
        watching.keep(watch, Sighting(landing, is_touched), timezone.now())
        return Watch.objects.get(pk=watch.pk)


# From beginning to end, in the lab


@pytest.mark.lab
def test_two_spf_records_merged_as_computed_close_the_risk(
    world: World, in_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing typed by hand: what the card says goes into the zone, the rest follows."""
    monkeypatch.setattr(examining, "BETWEEN_LOOKS", timedelta(0))
    with world.ada.as_staff():
        sprint = make_sprint(world.ada, project=make_project(world.ada, domain=DOMAIN))
        make_run(world.ada, sprint=sprint, state="queued", scope=CHECK, check_ids=[CHECK])
    tasks.take_next_run()
    with world.ada.as_staff():
        risk = Risk.objects.get(check_id=CHECK)
        change = change_of(risk)
        watch = begin_watch(risk, by=world.ada.founder)
        assert begin_watch(risk, by=world.ada.founder) == watch, "two clicks begin one"
    assert change is not None
    as_system(world, lambda: tasks.look_at_watch(watch.pk))
    with world.ada.as_staff():
        watch.refresh_from_db()
    assert watch.sentence == "not at the provider yet, 0 of 4 resolvers see it"
    zone = in_lab.zone(DOMAIN)
    changed_at = timezone.now()
    zone.replace(DOMAIN, "TXT", *(row.value for row in change.rows if row.act != "remove"))
    try:
        rest = run_until_over(world, watch)
    finally:
        in_lab.restore(DOMAIN)
    with world.ada.as_staff():
        risk.refresh_from_db()
        assert (rest.state, rest.sentence) == (
            Watch.State.LANDED,
            "live at the provider, 4 of 4 resolvers see it",
        )
        assert risk.state == Risk.State.VERIFIED
        assert timezone.now() - changed_at < timedelta(seconds=90)
        shown = Evidence.objects.get(item__key="D6.1")
        text = shown.revisions.get().text
        assert all(row.value in text for row in change.rows)
        assert ActivityEvent.objects.filter(verb="change_landed", subject=risk.ref).count() == 1


def run_until_over(world: World, watch: Watch) -> Watch:
    """What the sweep and the workers do, without their waiting."""
    for _ in range(6):
        with world.ada.as_staff():
            Watch.objects.filter(pk=watch.pk).update(next_look_at=timezone.now())
        as_system(world, lambda: tasks.look_at_watch(watch.pk))
        tasks.take_next_run()
        with world.ada.as_staff():
            found = Watch.objects.get(pk=watch.pk)
        if found.is_over:
            return found
    pytest.fail("the watch never ended")


# One look


def test_a_look_is_taken_once_and_the_next_is_due_a_minute_later(world: World) -> None:
    with world.ada.as_staff():
        watch = make_watch(world.ada)
        first, second = Watch.objects.claim(watch.pk), Watch.objects.claim(watch.pk)
    assert (first, second) == (watch, None)
    assert due("watch") == []
    with world.ada.as_staff():
        Watch.objects.filter(pk=watch.pk).update(next_look_at=timezone.now())
    assert due("watch") == [(world.ada.practice.pk, watch.pk)]


def test_what_the_worker_of_an_older_look_saw_is_not_written_over_a_newer(world: World) -> None:
    with world.ada.as_staff():
        watch = make_watch(world.ada)
        stale = Watch.objects.claim(watch.pk)
        Watch.objects.filter(pk=watch.pk).update(next_look_at=timezone.now())
        Watch.objects.claim(watch.pk)
    assert stale is not None
    assert kept(world, stale, LIVE).landing == {}


def test_a_worker_that_dies_leaves_the_whole_look_to_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def seen(*_: object) -> Sighting:
        return Sighting(LIVE, False)

    monkeypatch.setattr(watching, "_seen", seen)
    with world.ada.as_staff():
        watch = make_watch(world.ada)
    for writes in range(1, 40):
        try:
            with dying_after(writes):
                as_system(world, lambda: watching.look(watch.pk))
        except WorkerDiedError:
            with world.ada.as_staff():
                assert Watch.objects.get(pk=watch.pk).landing == {}
                assert not AuditRun.objects.filter(sprint=watch.risk.sprint).exists()
                Watch.objects.filter(pk=watch.pk).update(next_look_at=timezone.now())
        else:
            break
    assert 1 < writes < 39
    with world.ada.as_staff():
        assert Watch.objects.get(pk=watch.pk).landing != {}
        assert AuditRun.objects.filter(sprint=watch.risk.sprint).count() == 1


def test_live_at_the_provider_and_with_us_runs_the_check_once_a_minute(world: World) -> None:
    with world.ada.as_staff():
        watch = make_watch(world.ada, risk=make_risk(world.ada, check_id=CHECK))
    after = kept(world, watch, HALF)
    with world.ada.as_staff():
        (run,) = AuditRun.objects.all()
        assert (run.scope, run.requested_by) == (CHECK, world.ada.consultant)
        assert after.next_look_at <= timezone.now() + watching.SOON
        AuditRun.objects.update(state="done")
    kept(world, after, HALF)
    with world.ada.as_staff():
        assert AuditRun.objects.count() == 1
        AuditRun.objects.update(requested_at=timezone.now() - timedelta(minutes=1))
    kept(world, after, HALF)
    with world.ada.as_staff():
        assert AuditRun.objects.count() == 2


def test_a_zone_changed_otherwise_than_computed_is_checked_as_well(world: World) -> None:
    with world.ada.as_staff():
        risk = make_risk(world.ada, check_id=CHECK)
        watch = make_watch(world.ada, risk=risk)
    kept(world, watch, AWAY)
    with world.ada.as_staff():
        assert not AuditRun.objects.exists()
    watch = kept(world, watch, AWAY, is_touched=True)
    with world.ada.as_staff():
        assert AuditRun.objects.count() == 1
        Risk.objects.filter(pk=risk.pk).update(state="verified", verified_at=timezone.now())
    assert kept(world, watch, AWAY, is_touched=True).state == Watch.State.LANDED


def test_live_everywhere_and_still_seen_ends_without_closing(world: World) -> None:
    with world.ada.as_staff():
        risk = make_risk(world.ada, check_id=CHECK)
        run = make_run(world.ada, sprint=risk.sprint, state="done", scope=CHECK)
        watch = make_watch(world.ada, risk=risk, audit_number=run.number)
    assert kept(world, watch, LIVE).state == Watch.State.LANDED
    with world.ada.as_staff():
        assert not Evidence.objects.exists()


@pytest.mark.parametrize(("left", "state"), [(1, "watching"), (-1, "late")])
def test_after_half_an_hour_it_is_late(world: World, left: int, state: str) -> None:
    with world.ada.as_staff():
        until_at = timezone.now() + timedelta(seconds=left)
        watch = make_watch(world.ada, until_at=until_at)
    assert kept(world, watch, AWAY).state == state


def test_a_risk_that_is_closed_waits_for_the_last_resolver(world: World) -> None:
    with world.ada.as_staff():
        risk = make_risk(world.ada, check_id="dns.caa", state="verified")
        watch = make_watch(world.ada, risk=risk)
    watch = kept(world, watch, HALF)
    assert (watch.state, watch.filed_at is not None) == ("watching", True)
    assert kept(world, watch, LIVE).state == "landed"
    with world.ada.as_staff():
        assert ActivityEvent.objects.filter(verb="change_landed").count() == 1
        assert not Evidence.objects.exists(), "only mail records are evidence of D6.1"


# Beginning


def test_without_a_computed_change_there_is_nothing_to_watch(world: World) -> None:
    with world.ada.as_staff():
        risk = make_risk(world.ada, check_id=CHECK, fingerprint="0" * 64)
        with pytest.raises(NoChangeError, match="nothing to watch"):
            begin_watch(risk, by=world.ada.consultant)
        fields = {"check_id": CHECK, "fingerprint": "0" * 64}
        earlier = make_run(world.ada, sprint=risk.sprint, state="done")
        make_finding(world.ada, run=earlier, change=spf_change(world.ada), **fields)
        assert begin_watch(risk, by=world.ada.consultant).set == change_of(risk)
        newer = make_run(world.ada, sprint=risk.sprint, state="done")
        make_finding(world.ada, run=newer, **fields)
        assert change_of(risk) is None, "the newest look counts"


def test_a_late_watch_can_be_begun_again(world: World) -> None:
    with world.ada.as_staff():
        old = make_watch(world.ada, state="late")
        again = begin_watch(old.risk, by=world.ada.consultant)
    assert (again.pk != old.pk, again.state, again.change == old.change) == (True, "watching", True)


def test_a_sprint_that_is_deleted_takes_its_watches_along(world: World) -> None:
    with world.ada.as_staff():
        risk = make_watch(world.ada).risk
        purge(Root.SPRINT, risk.sprint_id, practice_id=risk.practice_id, by=world.ada.owner)
        assert not Watch.objects.exists()


def test_before_and_after_name_what_stays_in_both(world: World) -> None:
    with world.ada.as_staff():
        before, after = before_and_after(make_watch(world.ada).set)
    assert before.splitlines()[0] == "app.test TXT v=spf1 include:a.test ~all"
    assert after.splitlines()[0] == "app.test TXT v=spf1 include:a.test include:b.test ~all"
    assert before.splitlines()[1:] == after.splitlines()[1:]
