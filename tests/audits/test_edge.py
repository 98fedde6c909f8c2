"""Edges, the server behind them, apps' way in, forgotten names and open admin pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.checks import edge
from audits.observations.edge import (
    LAB_EDGE,
    AdminDoor,
    AdminDoors,
    AppReach,
    EdgeAnswer,
    MailNames,
    OriginDoor,
    Proxying,
    Subdomains,
    admin_product,
    edge_of,
)
from audits.verdicts import Severity, Verdict
from tests.audits.judging import every, only
from tests.lab.product_edge import DJANGO, WORDPRESS

API = "https://api.app.test/v1/models"
URL = "https://app.test/admin/"


@pytest.mark.parametrize(
    ("addresses", "chain", "name"),
    [
        (("104.16.1.2",), (), "Cloudflare"),
        (("2606:4700::1",), (), "Cloudflare"),
        (("104.15.255.255",), (), ""),
        (("151.101.1.1",), (), "Fastly"),
        ((), ("d111.cloudfront.net",), "Amazon CloudFront"),
        (("127.20.0.1",), (), LAB_EDGE),
        (("127.21.0.1",), (), ""),
        (("no address",), (), ""),
        ((), (), ""),
    ],
)
def test_an_edge_is_known_by_its_networks_and_aliases(addresses, chain, name):
    assert edge_of(addresses, chain) == name


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (Proxying("a.test", "Cloudflare"), Verdict.PASS),
        (Proxying("a.test", "Cloudflare", "Cloudflare"), Verdict.PASS),
        (Proxying("a.test", "", "Cloudflare"), Verdict.WARN),
        (Proxying("a.test", "Fastly", "Cloudflare"), Verdict.WARN),
        (Proxying("a.test", ""), Verdict.INFO),
        (Proxying("a.test", "", named_by_headers=("Cloudflare",)), Verdict.INFO),
    ],
)
def test_only_a_declared_edge_is_missed(seen, verdict):
    assert only(edge.proxied, seen).verdict == verdict
    assert only(edge.bot_ddos, seen).verdict == Verdict.INFO


def test_mail_behind_an_edge_is_named_server_by_server():
    seen = MailNames("a.test", (("mx1.a.test", "Cloudflare"), ("mx2.a.test", "")))
    assert [one.verdict for one in every(edge.mail_not_proxied, seen)] == [Verdict.FAIL]
    past = MailNames("a.test", (("mx2.a.test", ""),))
    assert only(edge.mail_not_proxied, past).verdict == Verdict.PASS
    assert only(edge.mail_not_proxied, MailNames("a.test")).verdict == Verdict.NA


def test_a_server_that_answers_past_its_edge_is_named_with_how_it_is_known():
    tried = (("192.0.2.1", "direct.a.test"),)
    result = only(edge.origin_exposed, OriginDoor("a.test", "Cloudflare", tried, tried))
    assert (result.verdict, result.severity) == (Verdict.WARN, Severity.S2)
    assert "direct.a.test" in result.message
    assert only(edge.origin_exposed, OriginDoor("a.test", "Fastly", tried)).verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (EdgeAnswer("a.test", "Cloudflare"), Verdict.PASS),
        (EdgeAnswer("a.test", ""), Verdict.NA),
        (EdgeAnswer("a.test", "Cloudflare", 526), Verdict.FAIL),
        (EdgeAnswer("a.test", "", 521), Verdict.FAIL),
        (EdgeAnswer("a.test", "Cloudflare", is_looping=True), Verdict.FAIL),
    ],
)
def test_an_edge_that_cannot_reach_the_server_says_so(seen, verdict):
    assert only(edge.ssl_mode, seen).verdict == verdict


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (AppReach(API, 200, (), ("an iPhone app",)), Verdict.PASS),
        (AppReach(API, 200, (("an iPhone app", "403"),), ("an iPhone app",)), Verdict.FAIL),
        (AppReach(API, 200), Verdict.UNKNOWN),
    ],
)
def test_apps_are_let_through(seen, verdict):
    assert only(edge.app_reach, seen).verdict == verdict


def test_each_name_that_nobody_declared_is_a_finding_of_its_own():
    seen = Subdomains("a.test", (("dev.a.test", "x.vercel.app"), ("old.a.test", "192.0.2.1")), 9)
    results = every(edge.subdomain_map, seen)
    assert [(one.verdict, one.subject) for one in results] == [
        (Verdict.WARN, "dev.a.test"),
        (Verdict.WARN, "old.a.test"),
    ]
    assert only(edge.subdomain_map, Subdomains("a.test", asked=9)).verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("html", "found"),
    [
        (DJANGO, ("Django’s admin", False)),
        (WORDPRESS, ("WordPress’s admin", True)),
        (
            "<title>Log in | Django administration</title><input type=password>",
            ("Django’s admin", True),
        ),
        (
            "<title>phpMyAdmin</title><input type='password' name='pma_password'>",
            ("phpMyAdmin", True),
        ),
        ("<p>How we secured our Django administration</p>", ("", False)),
        ("<title>Sign in</title><input type='password'>", ("", False)),
        ("", ("", False)),
    ],
)
def test_an_admin_page_is_told_by_its_own_marks(html, found):
    assert admin_product(html) == found


def test_an_open_admin_page_stops_the_launch_and_a_login_warns():
    doors = (AdminDoor(URL, "Django’s admin", False), AdminDoor(URL, "phpMyAdmin", True))
    results = every(edge.admin_exposed, AdminDoors("a.test", doors, 4))
    assert [one.verdict for one in results] == [Verdict.FAIL, Verdict.WARN]
    assert edge.admin_exposed.severity is Severity.S0
    assert only(edge.admin_exposed, AdminDoors("a.test", (), 4)).verdict == Verdict.PASS


@given(st.text(max_size=400))
def test_no_page_of_a_stranger_breaks_the_reading(html):
    admin_product(html)
    edge_of((html,), (html,))
