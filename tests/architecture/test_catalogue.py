"""The catalogue is whole: every check is listed once, says what it must, and can be gathered."""

import ast
import importlib
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import audits.checks
from audits.catalogue import BY_ID, CATALOGUE, STAGES
from audits.gather.families import FAMILIES
from audits.verdicts import Check, Severity
from sprints.template import STAGES as TEMPLATE

KEYS = {item.key for stage in TEMPLATE for item in stage.items}
NAMES = """
dns.domain_exists dns.registration_expiry dns.registrar_lock dns.ns_count dns.ns_parent_child
dns.ns_lame dns.ns_tcp dns.ns_diversity dns.soa_serial dns.soa_values dns.apex_address
dns.apex_cname dns.cname_conflict dns.points_to_expected dns.address_private dns.ipv6
dns.wildcard dns.ttl_cutover dns.caa tls.reachable tls.chain_valid tls.chain_complete
tls.hostname tls.expiry tls.lifetime tls.min_version tls.tls13 tls.weak_cipher tls.key tls.ats
tls.multi_ip tls.all_hosts tls.must_staple tls.alpn_h2 tls.pq http.home_ok http.https_redirect
http.redirect_order http.www_consistency http.redirect_permanent http.redirect_method
http.redirect_path http.redirect_length http.redirect_loop http.default_host http.hsts
http.hsts_subdomain_risk http.hsts_preload http.mixed_active http.mixed_passive seo.noindex_prod
seo.robots seo.canonical seo.sitemap seo.duplicate_hosts hdr.csp hdr.frame hdr.nosniff
hdr.referrer hdr.permissions hdr.coop hdr.leak hdr.sri cookie.flags cookie.domain cors.preflight
cors.reflect_credentials cors.null_origin cors.suffix_match cors.star_credentials cors.vary
sec.js_secret sec.env_file sec.git_dir sec.source_map sec.debug_page app.localhost_links
app.staging_links app.undefined_config email.mx email.spf_present email.spf_multiple
email.spf_syntax email.spf_lookup_limit email.spf_void_limit email.spf_all email.spf_ptr
email.spf_size email.spf_vendor email.dkim_present email.dkim_key email.dmarc_present
email.dmarc_multiple email.dmarc_syntax email.dmarc_policy email.dmarc_rua email.dmarc_alignment
"""
NAMED_IN_THE_ISSUE = frozenset(NAMES.split())


def written() -> list[Check[Any]]:  # Any: rules of every observation type
    """Every `Check` that a family module defines."""
    modules = (
        importlib.import_module(f"audits.checks.{found.name}")
        for found in pkgutil.iter_modules(audits.checks.__path__)
    )
    return [value for module in modules for value in vars(module).values() if type(value) is Check]


def test_every_check_that_is_written_is_in_the_catalogue():
    assert {rule.id for rule in written()} == set(BY_ID)


def test_no_id_stands_twice():
    assert len(BY_ID) == len(CATALOGUE)


def test_every_check_that_the_issue_names_exists():
    assert not NAMED_IN_THE_ISSUE - set(BY_ID)


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.id)
def test_a_check_says_what_a_reader_needs(rule):
    assert rule.title
    assert rule.source
    assert rule.remedy
    assert rule.impact
    assert rule.stage in STAGES
    assert rule.trouble or rule.severity == Severity.S4
    assert len(rule.trouble) <= 160
    assert len(rule.impact) <= 280
    assert not rule.item or rule.item in KEYS, rule.item


def test_every_type_that_a_check_needs_is_gathered_by_exactly_one_family():
    provided = [kind for family in FAMILIES for kind in family.provides]
    assert {rule.needs for rule in CATALOGUE} <= set(provided)
    assert len(provided) == len(set(provided))


def test_no_trouble_or_impact_scares_blames_or_praises():
    forbidden = ("verdict", "waive", "fingerprint", "!", "S0", "you failed", "great")
    for rule in CATALOGUE:
        text = f"{rule.trouble} {rule.impact}"
        assert not [word for word in forbidden if word in text], rule.id


def test_a_family_ends_in_its_tuple_of_checks():
    for path in Path(audits.checks.__path__[0]).glob("*.py"):
        tree = ast.parse(path.read_text())
        names = [
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        assert path.name == "__init__.py" or names[-1] == "CHECKS", path.name
