"""The gatherers' own traps, against hosts of the lab that answer as the test says."""

import gzip
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from accounts.guard import Guard
from audits.gather import cors, http, http_indexing, http_redirects
from audits.gather.baseline import baselines, unchallenged
from audits.gather.hsts import gather_hsts, gather_scope
from audits.gather.site import Site
from audits.observations.cors import CorsProbe, PreflightSet
from audits.observations.hsts import HstsScope, HttpsState, TransportSecurity
from audits.observations.http import HomePage
from audits.observations.indexing import Indexing, PlatformTwins, Robots, Sitemap
from audits.observations.redirects import ChainEnd, DefaultHost, HostRedirects
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.target import Host, HostKind, Route, Target
from tests.lab import Lab
from tests.lab.faults import lab_target
from tests.lab.web import Request, Response, redirect, text

pytestmark = pytest.mark.lab

DOMAIN = "mine.test"
HOME = f"https://{DOMAIN}/"


@pytest.fixture
def mine(in_lab: Lab) -> Iterator[Lab]:
    """The lab with a healthy product of this test's own at mine.test."""
    in_lab.add_product(DOMAIN)
    yield in_lab
    in_lab.drop_product(DOMAIN)


@pytest.fixture
async def guard(mine: Lab) -> AsyncIterator[Guard]:
    async with Guard.from_settings() as made:
        yield made


@pytest.fixture
def target(mine: Lab) -> Target:
    hosts = (Host(DOMAIN), Host(f"www.{DOMAIN}"), Host(f"api.{DOMAIN}", HostKind.API))
    return replace(lab_target(DOMAIN), domain=DOMAIN, hosts=hosts, canonical_host=DOMAIN)


@pytest.fixture
def site(guard: Guard, target: Target) -> Site:
    return Site(target, guard)


def value[O](site: Site, kind: type[O]) -> O:
    """The observation of `kind` at mine.test."""
    sights = {sight.subject: sight.value for sight in site.seen.of(kind)}
    assert isinstance(sights[DOMAIN], kind), sights
    return sights[DOMAIN]


async def test_a_circle_that_ends_with_a_cookie_is_no_loop(mine: Lab, site: Site) -> None:
    def gate(request: Request) -> Response:
        if "seen=1" in request.header("cookie"):
            return Response(200, b"<h1>Welcome</h1>")
        return redirect(302, "/").having(("Set-Cookie", "seen=1; Secure"))

    mine.site(DOMAIN).swap("/", gate)
    chain = await http_redirects.walk(site, HOME)
    assert (chain.end, chain.is_cookie_gated) == (ChainEnd.ANSWERED, True)


async def test_a_circle_without_cookies_is_a_loop_after_one_round(mine: Lab, site: Site) -> None:
    mine.site(DOMAIN).swap("/", redirect(302, "/"))
    chain = await http_redirects.walk(site, HOME)
    assert chain.end is ChainEnd.LOOP
    assert site.guard.request_count == 1


async def test_a_growing_path_ends_after_ten_hops(mine: Lab, site: Site) -> None:
    def grow(request: Request) -> Response:
        return redirect(302, f"/?{request.target.partition('?')[2]}x")

    mine.site(DOMAIN).swap("/", grow)
    chain = await http_redirects.walk(site, HOME)
    assert chain.end is ChainEnd.TOO_LONG
    assert site.guard.request_count == http_redirects.MAX_HOPS + 1


@pytest.mark.parametrize(
    ("location", "end"),
    [
        ("https://login.example/", ChainEnd.LEFT),
        ("myapp://open", ChainEnd.LEFT),
        (f"https://{DOMAIN}:443/pricing", ChainEnd.ANSWERED),
        ("/pricing#top", ChainEnd.ANSWERED),
    ],
)
async def test_a_walk_stays_under_the_domain(
    mine: Lab, site: Site, location: str, end: ChainEnd
) -> None:
    mine.site(DOMAIN).swap("/", redirect(302, location))
    assert (await http_redirects.walk(site, HOME)).end is end


async def test_a_challenge_met_later_blocks_the_host(mine: Lab, site: Site) -> None:
    challenge = Response(403, b"no", headers=(("cf-mitigated", "challenge"),))
    mine.site(DOMAIN).swap("/pricing", challenge)
    looked = unchallenged(site, await site.page(f"{HOME}pricing"))
    assert isinstance(looked, GatherFailure)
    found = await baselines(site, DOMAIN)
    assert isinstance(found, GatherFailure)
    assert found.kind is FailureKind.BLOCKED


async def test_an_apps_own_403_is_no_challenge(mine: Lab, site: Site) -> None:
    mine.site(DOMAIN).swap("/", Response(403, b"<h1>Forbidden</h1>"))
    await http.gather_homes(site)
    home = value(site, HomePage)
    assert home.answer is not None
    assert home.answer.status == 403
    assert site.blocked_hosts == {}


async def test_two_hosts_that_lead_to_one_page_are_one_observation(site: Site) -> None:
    await http.gather_homes(site)
    homes = sorted(home.host for home in site.seen.values(HomePage))
    assert homes == [f"api.{DOMAIN}", DOMAIN]


async def test_www_that_mirrors_the_main_page_is_not_judged_twice(mine: Lab, site: Site) -> None:
    mine.plant(DOMAIN, "www_and_apex")
    await http.gather_homes(site)
    assert f"www.{DOMAIN}" not in {home.host for home in site.seen.values(HomePage)}


async def test_www_with_a_page_of_its_own_is_judged(mine: Lab, site: Site) -> None:
    mine.site(f"www.{DOMAIN}").swap("/", "<h1>Quite another page about quite other things</h1>")
    await http.gather_homes(site)
    assert f"www.{DOMAIN}" in {home.host for home in site.seen.values(HomePage)}


async def test_a_page_at_a_login_service_is_not_judged_as_ours(mine: Lab, site: Site) -> None:
    mine.site(DOMAIN).swap("/", redirect(302, "https://brightchat.test/login"))
    await http.gather_homes(site)
    home = value(site, HomePage)
    assert home.host == DOMAIN
    assert home.is_elsewhere


async def test_no_observation_holds_a_cookies_value(mine: Lab, site: Site) -> None:
    page = Response(200, b"<a href='/login'>in</a>", headers=(("Set-Cookie", "sid=topsecret"),))
    mine.site(DOMAIN).swap("/", page)
    await http.gather_homes(site)
    home = value(site, HomePage)
    assert "sid" in {item.cookie.name for item in home.cookies}
    assert "__Host-session" in {item.cookie.name for item in home.cookies}
    assert "topsecret" not in repr(site.seen)


async def test_hsts_is_read_from_each_https_answer_of_the_host(mine: Lab, site: Site) -> None:
    mine.site(DOMAIN).swap("/", redirect(307, "/pricing"))
    await gather_hsts(site)
    seen = value(site, TransportSecurity)
    assert [(s.url, s.status, bool(s.values)) for s in seen.https] == [
        (HOME, 307, False),
        (f"{HOME}pricing", 200, True),
    ]


async def test_every_known_host_has_a_state(site: Site) -> None:
    extra = (Host(f"nowhere.{DOMAIN}", HostKind.OTHER),)
    site.target = replace(site.target, hosts=site.target.hosts + extra)
    await gather_scope(site)
    scope = site.seen.values(HstsScope)[0]
    states = {host.host: host.state for host in scope.hosts}
    assert states[DOMAIN] is HttpsState.VALID
    assert states[f"nowhere.{DOMAIN}"] is HttpsState.NO_NAME
    assert scope.first_http_hop == HOME


async def test_a_strange_host_name_is_asked_at_the_apps_own_address(site: Site) -> None:
    await http_redirects.gather_default_host(site)
    seen = value(site, DefaultHost)
    assert seen.address
    assert not seen.is_app


async def test_a_host_without_declared_hosts_is_the_main_host(guard: Guard) -> None:
    site = Site(Target(DOMAIN), guard)
    await http_redirects.gather_redirects(site)
    assert value(site, HostRedirects).host == DOMAIN


async def test_a_sitemap_index_is_followed_and_a_gz_file_unpacked(mine: Lab, site: Site) -> None:
    index = f"<sitemapindex><sitemap><loc>{HOME}pages.xml.gz</loc></sitemap></sitemapindex>"
    pages = f"<urlset><url><loc>{HOME}gone</loc></url><url><loc>{HOME}</loc></url></urlset>"
    packed = Response(200, gzip.compress(pages.encode()), "application/gzip", is_plain=True)
    mine.site(DOMAIN).swap("/sitemap.xml", text(index, content_type="application/xml"))
    mine.site(DOMAIN).swap("/pages.xml.gz", packed)
    await http_indexing.gather_indexing(site)
    seen = value(site, Sitemap)
    assert seen.is_declared
    assert {item.url: item.status for item in seen.sample} == {f"{HOME}gone": 404, HOME: 200}


async def test_a_broken_archive_is_no_sitemap(mine: Lab, site: Site) -> None:
    mine.site(DOMAIN).swap("/sitemap.xml", Response(200, b"\x1f\x8bnonsense", is_plain=True))
    await http_indexing.gather_indexing(site)
    assert not value(site, Sitemap).is_xml


async def test_what_search_engines_meet_is_gathered(mine: Lab, site: Site) -> None:
    page = Response(200, b"<meta name=robots content=noindex>").having(("X-Robots-Tag", "none"))
    mine.site(DOMAIN).swap("/", page)
    await http_indexing.gather_indexing(site)
    seen = value(site, Indexing)
    assert seen.robots_metas == (("robots", "noindex"),)
    assert "none" in seen.robots_tags
    assert value(site, Robots).has_rules


async def test_a_platform_address_is_compared_with_the_page(
    mine: Lab, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_indexing, "PLATFORM_SUFFIXES", (f"app.{DOMAIN}",))
    await http_indexing.gather_indexing(site)
    (twin,) = value(site, PlatformTwins).twins
    assert (twin.host, twin.status, twin.is_same_page) == (f"app.{DOMAIN}", 200, True)


async def test_only_routes_that_pages_call_are_asked(guard: Guard, target: Target) -> None:
    routes = (
        Route(f"https://{DOMAIN}/"),
        Route(f"https://api.{DOMAIN}/healthz"),
        Route(f"https://api.{DOMAIN}/v1/models"),
    )
    site = Site(replace(target, routes=routes), guard)
    assert [called.route.url for called in cors.called_routes(site)] == [routes[2].url]
    bare = Site(replace(target, routes=()), guard)
    (guessed,) = cors.called_routes(bare)
    assert (guessed.route.url, guessed.is_declared) == (f"https://api.{DOMAIN}/", False)


async def test_without_an_api_nothing_is_asked(guard: Guard) -> None:
    site = Site(Target(DOMAIN, hosts=(Host(DOMAIN),)), guard)
    await cors.gather_preflights(site)
    await cors.gather_probes(site)
    kinds = {sight.wanted: sight.value.kind for sight in site.seen.sights}
    assert kinds == dict.fromkeys((PreflightSet, CorsProbe), FailureKind.NOT_APPLICABLE)
    assert guard.request_count == 0


async def test_a_challenged_call_blocks_the_api_rather_than_failing_it(
    mine: Lab, site: Site
) -> None:
    challenge = Response(403, b"no", headers=(("cf-mitigated", "challenge"),))
    for path in ("/v1/models", "/v1/chat"):
        mine.site(f"api.{DOMAIN}").swap(path, challenge)
    await cors.gather_preflights(site)
    await cors.gather_probes(site)
    kinds = {sight.value.kind for sight in site.seen.sights}
    assert kinds == {FailureKind.BLOCKED}


async def test_only_get_and_options_are_sent(mine: Lab, site: Site) -> None:
    for family in (*http_redirects.FAMILIES, *http.FAMILIES, *cors.FAMILIES):
        await family.gather(site)
    methods = {line.split()[0] for host in site.target.host_names() for line in mine.requests[host]}
    assert methods <= {"GET", "OPTIONS"}
