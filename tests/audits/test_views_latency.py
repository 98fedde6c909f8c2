"""The page Performance: begin, follow, read; and what a founder sees of it."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from audits.charts import LEFT, RIGHT, distribution, milliseconds, phases, rows, scale_end
from audits.latency_models import LatencyRun
from audits.performance import fixes, headline
from audits.tasks import measure_latency
from tests.audits.factories import make_finding, make_latency, make_run, route_times
from tests.factories import World
from tests.sprints.factories import make_risk, make_sprint

database = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bells(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    rung: list[tuple[Any, ...]] = []
    monkeypatch.setattr(measure_latency, "apply_async", lambda args, **_: rung.append(args))
    return rung


@pytest.fixture
def browser(world: World) -> Browser:
    browser = Browser()
    browser.force_login(world.ada.consultant)
    return browser


def sprint_of(world: World):
    with world.ada.as_staff():
        return make_sprint(world.ada)


def address(world: World, sprint, name: str = "performance") -> str:
    words = {"practice_slug": world.ada.practice.slug, "sprint_id": sprint.pk}
    return reverse(f"audits:{name}", kwargs=words)


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


@database
def test_an_empty_page_says_what_measuring_takes(world: World, browser: Browser):
    text = text_of(browser.get(address(world, sprint_of(world))))
    assert "Nothing measured yet" in text
    assert "two to four minutes" in text
    assert "every 2s" not in text


@database
def test_two_clicks_begin_one_baseline_with_the_limits_typed(
    world: World, browser: Browser, django_capture_on_commit_callbacks, bells
):
    sprint = sprint_of(world)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            browser.post(address(world, sprint), {"target_ms": 250, "alert_ms": 400})
    with world.ada.as_staff():
        run = LatencyRun.objects.get()
    assert (run.target_ms, run.alert_ms) == (250, 400)
    assert bells == [(run.pk,)]
    text = text_of(browser.get(address(world, sprint)))
    assert 'hx-trigger="every 2s"' in text
    assert "Waiting for a free worker" in text


@database
def test_limits_that_leave_no_room_are_refused_with_a_sentence(world: World, browser: Browser):
    answer = browser.post(address(world, sprint_of(world)), {"target_ms": 500, "alert_ms": 300})
    assert answer.status_code == 422
    assert "300 ms lies below the aim of 500 ms" in text_of(answer)


@database
def test_a_product_is_not_measured_without_end(world: World, browser: Browser):
    sprint = sprint_of(world)
    with world.ada.as_staff():
        for _ in range(3):
            make_latency(world.ada, sprint=sprint, domain=sprint.project.domain)
    answer = browser.post(address(world, sprint), {"target_ms": 300, "alert_ms": 500}, follow=True)
    assert "most that one product should bear" in text_of(answer)
    with world.ada.as_staff():
        assert LatencyRun.objects.count() == 3


@database
def test_a_finished_baseline_shows_charts_and_what_changed(world: World, browser: Browser):
    sprint = sprint_of(world)
    with world.ada.as_staff():
        make_latency(world.ada, sprint=sprint)
        slower = {"https://api.app.test/": route_times(range(200, 260))}
        make_latency(world.ada, sprint=sprint, routes=slower)
    text = text_of(browser.get(address(world, sprint)))
    assert "up from 129 ms" in text
    assert 'class="before"' in text
    assert "60 answers from 200 to 259 ms" in text
    assert "aim 300 ms" in text


@database
def test_while_measuring_the_fragment_tells_how_far_it_is(world: World, browser: Browser):
    sprint = sprint_of(world)
    with world.ada.as_staff():
        make_latency(
            world.ada, sprint=sprint, state="running", started_at="2026-11-24T12:00Z",
            wanted_count=240, sample_count=96, routes={},
        )  # fmt: skip
    text = text_of(browser.get(address(world, sprint, "performance-progress")))
    assert "96 of 240 requests made" in text
    assert text.startswith("<div")


@database
def test_fixes_are_ordered_and_know_their_risks(world: World):
    sprint = sprint_of(world)
    with world.ada.as_staff():
        run = make_run(world.ada, sprint=sprint, state="done")
        more = {"run": run, "cause": "slow"}
        make_finding(world.ada, **more, check_id="perf.quick", severity=2)
        worst = make_finding(world.ada, **more, check_id="cache.personalised_public", severity=0)
        make_finding(world.ada, **more, check_id="perf.quick", severity=2, subject="other.test")
        make_finding(world.ada, **more, check_id="dns.caa", severity=0)
        make_finding(world.ada, **more, check_id="perf.http3", severity=4, verdict="info")
        risk = make_risk(world.ada, sprint=sprint, fingerprint=worst.fingerprint)
        found = fixes(sprint, None)
    assert [one["title"] for one in found] == [
        "One person may be handed another person's session",
        "The app takes long to answer",
    ]
    assert found[0]["risks"] == [risk]
    assert found[1]["places"] == ["app.test", "other.test"]


@database
def test_a_founder_reads_one_sentence_and_no_figures_of_ours(world: World):
    sprint = sprint_of(world)
    founder = Browser()
    founder.force_login(world.ada.founder)
    here = reverse("client-performance", kwargs={"sprint_id": sprint.pk})
    assert "Not measured yet" in text_of(founder.get(here))
    with world.ada.as_staff():
        run = make_latency(world.ada, sprint=sprint)
        said = headline(run)
    text = text_of(founder.get(here))
    assert said == (
        "api.app.test/ answers within 156 ms for 95 of 100 requests, which is within the 300 ms "
        "that we aim for."
    )
    assert said in text
    assert "perf." not in text
    assert "<form" not in text.partition("<main")[2].partition("</main>")[0]


def test_a_straggler_does_not_press_the_rest_into_one_bar():
    chart = distribution([100.0] * 59 + [9000.0], limits_ms=(300, 500), p95_ms=100)
    assert chart.beyond == 1
    assert scale_end([100.0] * 59 + [9000.0], (300, 500)) == 600
    assert [mark.text for mark in chart.limits] == ["300 ms", "500 ms"]


@pytest.mark.parametrize("values", [[], [0.0], [1.0] * 60, [0.1, 1e6]])
def test_every_bar_lies_on_the_canvas(values):
    chart = distribution(values, limits_ms=(300, 500), before=values, bound_ms=(1, 2))
    for bar in chart.bars:
        assert bar.x >= LEFT
        assert bar.x + bar.width <= RIGHT
        assert bar.height >= 0
    assert len({tick.text for tick in chart.ticks}) == len(chart.ticks)


def test_phases_fill_the_width_and_rows_share_a_scale():
    bar = phases("now", [("dns", 25.0), ("server", 75.0)], longest_ms=200.0)
    assert [box.width for box in bar.boxes] == [80.0, 240.0]
    made, limit = rows([(0.5, 0.4, 0.6), (2.0, None, None)], limit_ms=1.0)
    assert [row.is_over for row in made] == [False, True]
    assert made[0].width < limit < made[1].width
    assert [row.is_bounded for row in made] == [True, False]


@pytest.mark.parametrize(("value", "text"), [(0, "0 ms"), (999, "999 ms"), (1400, "1.4 s")])
def test_times_are_short(value, text):
    assert milliseconds(value) == text
