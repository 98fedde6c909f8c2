"""The latency baseline: what its samples may say, and the job that takes them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.tenancy.scope import Actor, Scope, bound
from audits import latency, tasks
from audits.checks import perf_baseline
from audits.engine import judge
from audits.gather.latency import MAX_ROUTES, NOT_TIMED, routes_of
from audits.latency_models import MAX_ATTEMPTS, LatencyRun
from audits.models import AuditRun, Finding
from audits.observations.latency import RouteTimes, pack, server_ms, unpack
from audits.observations.perf import Sample
from audits.observations.seen import Observations
from audits.observations.target import Host, Route, Target
from audits.runs import looks_of
from audits.verdicts import Consent, Severity, Verdict
from sprints.models import Risk, StageItem
from tests.audits.factories import make_latency, make_run
from tests.audits.judging import only
from tests.factories import World
from tests.lab import Lab
from tests.sprints.factories import make_project, make_route, make_sprint

URL = "https://api.bright.test/v1"


def answers(*waits_ms: float, **more) -> tuple[Sample, ...]:
    """Answers whose server took this long; the way there takes 30 ms and a round trip of 10."""
    return tuple(
        Sample(200, 0, 10, 20, wait + 10, wait + 40, **more) for wait in map(float, waits_ms)
    )


def times(*samples: Sample, **more: Any) -> RouteTimes:  # Any: the fields of RouteTimes
    given: dict[str, Any] = {"is_page": False, "cold": Sample(200, total_ms=100)} | more
    return RouteTimes(URL, samples=samples, **given)


def sixty(low: float, high: float) -> tuple[Sample, ...]:
    """Sixty answers whose 54th took `low` and whose 60th `high`."""
    return answers(*[low] * 54, *[high] * 6)


@pytest.mark.parametrize(
    ("samples", "verdict", "severity"),
    [
        (sixty(100, 300), "pass", None),
        (sixty(100, 301), "warn", None),
        (sixty(300, 900), "warn", None),
        (sixty(301, 900), "fail", Severity.S2),
        (sixty(500, 900), "fail", Severity.S2),
        (sixty(501, 900), "fail", Severity.S1),
        (answers(*[100] * 58), "info", None),
        (answers(*[301] * 20), "warn", None),
        (answers(*[100] * 19), "unknown", None),
        ((), "unknown", None),
        (tuple(replace(one, status=401) for one in sixty(1, 1)), "unknown", None),
    ],
)
def test_p95_is_judged_by_the_bounds_that_its_sample_bears(samples, verdict, severity):
    result = only(perf_baseline.api_p95, times(*samples))
    assert (result.verdict, result.severity) == (verdict, severity)


def test_a_projects_own_target_is_what_counts():
    assert only(perf_baseline.api_p95, times(*sixty(100, 301), target_ms=400)).verdict == "pass"


def test_the_way_to_the_server_is_not_the_servers_time():
    assert server_ms(answers(70)[0]) == 70
    assert server_ms(Sample(200, connect_ms=90, first_byte_ms=20, total_ms=110)) == 0


def test_answers_from_a_cache_are_counted_apart():
    seen = times(*sixty(100, 200), *answers(1, 1, is_cached=True))
    result = only(perf_baseline.api_p95, seen)
    assert seen.cached_count == 2
    assert result.evidence[0].value == "60 of 62 answers, 2 from a cache"


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(760, 770, "pass"), (760, 771, "warn"), (1770, 3000, "warn"), (1771, 3000, "fail")],
)
def test_a_page_is_judged_by_its_first_byte_with_the_way_there(low, high, verdict):
    """The factory's way there takes 30 ms, and its first byte one round trip more."""
    samples = tuple(replace(one, first_byte_ms=one.first_byte_ms - 10) for one in sixty(low, high))
    seen = times(*samples, is_page=True)
    assert only(perf_baseline.ttfb_p95, seen).verdict == verdict
    assert only(perf_baseline.api_p95, seen).verdict == Verdict.NA


@pytest.mark.parametrize(
    ("cold_ms", "idle", "verdict"),
    [
        (3000, None, "pass"),
        (3001, None, "warn"),
        (3001, 15, "warn"),
        (3001, 14.9, "na"),
        (None, None, "unknown"),
    ],
)
def test_a_cold_start_needs_a_pause_before_it(cold_ms, idle, verdict):
    cold = None if cold_ms is None else Sample(200, total_ms=cold_ms)
    seen = times(*answers(1), cold=cold, idle_minutes=idle)
    assert only(perf_baseline.cold_start, seen).verdict == verdict


def mixed(good: int, **bad: int) -> RouteTimes:
    failed = [Sample(int(name[1:])) for name, count in bad.items() for _ in range(count)]
    return times(*answers(*[10] * good), *failed)


@pytest.mark.parametrize(
    ("seen", "verdict", "severity"),
    [
        (mixed(60), "pass", None),
        (mixed(199, s503=1), "pass", None),
        (mixed(59, s0=1), "warn", None),
        (mixed(49, s503=1), "warn", None),
        (mixed(58, s503=2), "fail", Severity.S1),
        (mixed(40, s0=10), "fail", Severity.S1),
        (mixed(39, s0=10), "fail", Severity.S0),
        (mixed(20, s429=1), "blocked", None),
        (mixed(20, s429=1, s500=1), "fail", Severity.S1),
        (mixed(60, s404=3), "pass", None),
        (times(), "unknown", None),
    ],
)
def test_errors_are_counted_and_a_429_is_no_error(seen, verdict, severity):
    result = only(perf_baseline.error_rate, seen)
    assert (result.verdict, result.severity) == (verdict, severity)


def test_a_sample_survives_its_short_form():
    sample = Sample(200, 1.5, 2.5, 3.5, 4.5, 12.5, is_cached=True)
    assert unpack(pack(sample)) == sample


def test_the_start_page_comes_first_and_four_routes_are_enough():
    routes = tuple(Route(f"https://api.b.test/{n}") for n in range(9))
    target = Target("b.test", (Host("b.test"),), routes=(Route("https://b.test"), *routes))
    found = routes_of(target)
    assert found[0] == "https://b.test/"
    assert len(found) == MAX_ROUTES


@pytest.mark.parametrize(
    ("statuses", "stopped"),
    [
        ([200, 429], "rate_limit"),
        ([200, 0, 0, 0, 0, 0], "errors"),
        ([0, 0, 0, 0, 0, 200], ""),
        ([200, 0, 0, 0, 0], ""),
    ],
)
def test_a_route_that_refuses_or_is_gone_is_left_alone(statuses, stopped):
    route = {
        "url": URL,
        "stopped": "",
        "samples": [[status, 0, 0, 0, 0, 0, 0] for status in statuses],
    }
    latency._rest_where_due({URL: route})
    assert route["stopped"] == stopped


def test_routes_take_turns():
    routes = {
        url: {"url": url, "stopped": stopped, "samples": [[]] * done}
        for url, done, stopped in (("a", 0, ""), ("b", 2, ""), ("c", 0, "errors"))
    }
    assert latency._plan(routes, 3) == ["a", "b", "a", "a"]
    assert len(latency._plan(routes, 60)) == latency.BATCH


database = pytest.mark.django_db(transaction=True, databases=["default", "ops"])


def bright_sprint(world: World):
    project = make_project(world.ada, domain="brightchat.test")
    make_route(world.ada, project=project, url="https://api.brightchat.test/v1/models")
    return make_sprint(world.ada, project=project)


def measure(world: World, run_id: int, **more) -> None:
    with bound(Scope(world.ada.practice.pk, Actor.SYSTEM)):
        latency.measure(run_id, pace=timedelta(0), **more)


@database
@pytest.mark.lab
def test_a_baseline_is_measured_judged_and_brought_into_the_list(world: World, in_lab: Lab):
    with world.ada.as_staff():
        sprint = bright_sprint(world)
        run, is_new = latency.begin(sprint, by=world.ada.consultant, target_ms=1, alert_ms=9999)
        again, is_second_new = latency.begin(sprint, by=world.ada.owner)
    assert (is_new, is_second_new, run) == (True, False, again)
    measure(world, run.pk, count=20)
    measure(world, run.pk, count=20)
    with world.ada.as_staff():
        run.refresh_from_db()
        assert (run.state, run.attempts, run.sample_count) == ("done", 1, 40)
        page, api = run.times()
        assert (page.is_page, api.is_page) == (True, False)
        assert len(page.good) == len(api.good) == 20
        assert run.audit_number is not None
        audit = AuditRun.objects.get(number=run.audit_number)
        assert {f.check_id for f in Finding.objects.filter(run=audit)} == {
            rule.id for rule in perf_baseline.CHECKS
        }
        assert Risk.objects.filter(check_id="perf.api_p95").exists()
        assert StageItem.objects.get(stage__sprint=sprint, key="4.4").verdict == Verdict.WARN


@database
def test_a_worker_goes_on_where_a_dead_one_left_and_gives_up_after_three(world: World):
    with world.ada.as_staff():
        run = make_latency(world.ada, state="queued", routes={}, sample_count=0)
        first = LatencyRun.objects.claim(run.pk)
        assert first is not None
        assert LatencyRun.objects.claim(run.pk) is None
        late = timezone.now() - timedelta(seconds=1)
        LatencyRun.objects.update(lease_until=late)
        second = LatencyRun.objects.claim(run.pk)
        assert second is not None
        assert second.attempts == 2
        assert not first.tell({})
        assert second.tell({})
        LatencyRun.objects.update(lease_until=late, attempts=MAX_ATTEMPTS)
    measure(world, run.pk)
    with world.ada.as_staff():
        run.refresh_from_db()
    assert (run.state, run.trouble) == ("failed", latency.DIED_TOO_OFTEN)


@database
@pytest.mark.lab
def test_a_slow_product_is_measured_in_several_sittings(world: World, in_lab: Lab, monkeypatch):
    with world.ada.as_staff():
        sprint = bright_sprint(world)
        run = make_latency(world.ada, sprint=sprint, state="queued", routes={}, sample_count=0)
    monkeypatch.setattr(latency, "SITTING", timedelta(0))
    measure(world, run.pk, count=1)
    with world.ada.as_staff():
        run.refresh_from_db()
    assert (run.state, run.attempts, run.sample_count) == ("queued", 0, 0)
    assert len(run.routes) == 2
    monkeypatch.setattr(latency, "LONGEST", timedelta(0))
    measure(world, run.pk, count=1)
    with world.ada.as_staff():
        run.refresh_from_db()
    assert (run.state, run.trouble) == ("failed", latency.NOT_ANSWERED)


@database
def test_a_baseline_without_any_sample_says_so(world: World):
    with world.ada.as_staff():
        run = make_latency(world.ada, state="running", attempts=1, routes={})
    latency.keep(run, {})
    with world.ada.as_staff():
        run.refresh_from_db()
    assert (run.state, run.trouble) == ("failed", latency.NOT_ANSWERED)


@database
def test_one_product_bears_three_baselines_an_hour(world: World):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
        assert latency.refusal(sprint) == ""
        for _ in range(latency.RUNS_OF_DOMAIN_PER_HOUR):
            make_latency(world.ada, sprint=sprint, domain=sprint.project.domain)
        assert "within an hour" in latency.refusal(sprint)


@database
def test_no_baseline_begins_while_an_audit_asks(world: World):
    with world.ada.as_staff():
        sprint = make_sprint(world.ada)
        make_run(world.ada, sprint=sprint)
        assert "audit" in latency.refusal(sprint)


@database
def test_the_sweep_rings_for_a_baseline_whose_bell_was_lost(world: World, monkeypatch):
    with world.ada.as_staff():
        old = timezone.now() - timedelta(minutes=1)
        run = make_latency(world.ada, state="queued", requested_at=old)
        make_latency(world.ada)
    rung: list[tuple[int, ...]] = []
    monkeypatch.setattr(tasks.measure_latency, "apply_async", lambda args, **_: rung.append(args))
    tasks.sweep_looks()
    assert rung == [(run.pk,)]


def test_an_audit_says_nothing_about_what_the_baseline_measures():
    seen = Observations()
    seen.miss(RouteTimes, NOT_TIMED, subject="b.test")
    rows = judge(perf_baseline.api_p95, seen, granted=Consent.L1, domain="b.test")
    assert [row.result.verdict for row in rows] == [Verdict.NA]
    assert looks_of(rows) == {}
