"""Request ids, Retry-After, limits and previews."""

import pytest

from accounts.guard import Guard
from audits.catalogue import BY_ID
from audits.checks import reliability
from audits.evidenced import EVIDENCED
from audits.gather import reliability as looking
from audits.gather.site import Site
from audits.observations.answers import Answer
from audits.observations.reliability import ApiAnswers, Burst, Preview
from audits.verdicts import Verdict
from sprints.template import STAGES
from tests.audits.judging import only
from tests.lab.faults import lab_target
from tests.lab.product_api import as_json
from tests.lab.web import Response

URL = "https://api.app.test/v1/models"


def answer(status: int = 200, *headers: tuple[str, str]) -> Answer:
    return Answer(URL, status, headers)


@pytest.mark.parametrize("name", ["x-request-id", "traceparent", "x-correlation-id"])
def test_a_named_request_passes_and_an_edges_mark_does_not(name):
    named = ApiAnswers("api.app.test", (answer(200, (name, "a1")),))
    assert only(reliability.request_id, named).verdict == Verdict.PASS
    marked = ApiAnswers("api.app.test", (answer(200, ("cf-ray", "a1")),))
    assert only(reliability.request_id, marked).verdict == Verdict.WARN


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ((answer(),), Verdict.NA),
        ((answer(429, ("retry-after", "5")),), Verdict.PASS),
        ((answer(429),), Verdict.WARN),
        ((answer(503),), Verdict.WARN),
    ],
)
def test_who_is_turned_away_is_told_when_to_come_back(answers, verdict):
    assert only(reliability.retry_after, ApiAnswers("api.app.test", answers)).verdict == verdict


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (Burst(URL, (200,) * 4 + (429,), 2000, (), True), Verdict.PASS),
        (Burst(URL, (200,) * 20, 9500), Verdict.WARN),
        (Burst(URL, (200,) * 20, 9500, ("ratelimit-limit",)), Verdict.PASS),
        (Burst(URL, (200, 403), 500, (), False, "Cloudflare"), Verdict.PASS),
        (Burst(URL, (200,) * 10, 4500), Verdict.WARN),
        (Burst(URL, (200,) * 9, 4000), Verdict.UNKNOWN),
        (Burst(URL, (), 0), Verdict.UNKNOWN),
    ],
)
def test_a_limit_shows_by_a_refusal_a_field_or_a_filter(seen, verdict):
    assert only(reliability.rate_limit, seen).verdict == verdict


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (Preview("p.test", 200, True, False), Verdict.WARN),
        (Preview("p.test", 200, True, True), Verdict.PASS),
        (Preview("p.test", 401, False, False), Verdict.PASS),
        (Preview("p.test", 200, True, False, leads_to_sign_in=True), Verdict.PASS),
        (Preview("p.test", 404, True, False), Verdict.PASS),
        (Preview("p.test", 500, True, False), Verdict.INFO),
    ],
)
def test_a_preview_is_closed_or_hidden(seen, verdict):
    assert only(reliability.preview_exposed, seen).verdict == verdict


@pytest.mark.lab
@pytest.mark.parametrize(("limit", "count"), [(5, 6), (99, looking.MAX_BURST)])
async def test_a_burst_stops_at_the_first_refusal(in_lab, monkeypatch, limit, count):
    monkeypatch.setattr(looking, "BETWEEN_SECONDS", 0)
    product = in_lab.web.sites["api.previews.test"]
    came: list[str] = []

    def limited(request) -> Response:
        came.append(request.path)
        # One request is the look before the burst.
        return as_json({}, 429) if len(came) - 1 > limit else as_json({})

    product.swap("/v1/models", limited)
    try:
        async with Guard.from_settings() as guard:
            site = Site(lab_target("previews.test"), guard, consent=3)
            await looking.gather_burst(site)
    finally:
        product.restore("/v1/models")
    burst = next(iter(site.seen.of(Burst))).value
    assert len(burst.statuses) == count
    assert len(came) == count + 1


@pytest.mark.lab
async def test_without_the_founders_consent_no_burst_is_sent(in_lab):
    async with Guard.from_settings() as guard:
        site = Site(lab_target("previews.test"), guard, consent=2)
        await looking.FAMILIES[0].gather(site)
    assert not site.seen.has(Burst)


def test_what_cannot_be_seen_from_outside_has_its_stage_item():
    keys = {item.key for stage in STAGES for item in stage.items}
    assert set(EVIDENCED.values()) <= keys
    assert not set(EVIDENCED) & set(BY_ID)
