"""Every fault that a product of the lab can have, and the check that must find it."""

from __future__ import annotations

from tests.lab.catalogue_caching import CACHING
from tests.lab.catalogue_deploying import DEPLOYING
from tests.lab.catalogue_dns import DNS_DEPTH
from tests.lab.catalogue_edge import EDGE
from tests.lab.catalogue_leftovers import LEFTOVERS
from tests.lab.catalogue_mail import MAIL_TRANSPORT
from tests.lab.catalogue_mobile import MOBILE
from tests.lab.catalogue_perf import PERF
from tests.lab.catalogue_reliability import RELIABILITY
from tests.lab.fault import Fault, Find, fault


def dns(check: str, verdict: str = "fail") -> Find:
    return Find(f"dns.{check}", verdict, consent=0)


def mail(check: str, verdict: str = "fail") -> Find:
    return Find(f"email.{check}", verdict, consent=0)


def tls(check: str, host: str, verdict: str = "fail") -> Find:
    return Find(f"tls.{check}", verdict, host)


DNS = {
    "ns_single": fault("One name server only", dns("ns_count")),
    "ns_one_network": fault("All name servers in one network", dns("ns_diversity", "warn")),
    "ns_lame_refused": fault("A name server refuses the domain", dns("ns_lame")),
    "ns_lame_no_aa": fault("A name server answers without authority", dns("ns_lame")),
    "ns_lame_servfail": fault("A name server fails for the domain", dns("ns_lame")),
    "ns_silent": fault("A name server never answers", dns("ns_lame", "unknown")),
    "ns_udp_only": fault("A name server does not answer over TCP", dns("ns_tcp", "warn")),
    "ns_parent_disjoint": fault("The parent names quite other servers", dns("ns_parent_child")),
    "ns_parent_overlap": fault("The parent names one old server", dns("ns_parent_child", "warn")),
    "ns_all_dead": fault("No name server answers at all"),
    "soa_negative_ttl": fault("A typo is remembered for two days", dns("soa_values", "warn")),
    "soa_expire_short": fault("Secondaries give up after a day", dns("soa_values", "warn")),
    "apex_no_address": fault("Neither the domain nor www has an address", dns("apex_address")),
    "www_no_address": fault("www has no address", dns("apex_address", "warn")),
    "apex_cname": fault("The domain itself is an alias", dns("apex_cname")),
    "cname_conflict": fault("An alias with other records beside it", dns("cname_conflict")),
    "points_elsewhere": fault("The API points to somewhere undeclared", dns("points_to_expected")),
    "address_private": fault("The API has a private address", dns("address_private")),
    "wildcard_platform": fault("Every name leads to a platform", dns("wildcard", "warn")),
    "wildcard_own": fault("Every name leads to the product (harmless)"),
    "ttl_long": fault("A day of TTL the day before the switch", dns("ttl_cutover", "warn")),
    "caa_none": fault("No CAA record (harmless)"),
    "caa_forbids": fault("CAA names another issuer", dns("caa")),
    "caa_forbids_all": fault("CAA forbids every issuer", dns("caa")),
    "caa_critical": fault("CAA has an unknown critical tag", dns("caa")),
    "registration_10_days": fault("Registration ends in 10 days", dns("registration_expiry")),
    "registration_40_days": fault(
        "Registration ends in 40 days", dns("registration_expiry", "warn")
    ),
    "registration_on_hold": fault("Registration is on hold", dns("registration_expiry")),
    "registrar_unlocked": fault("Anybody may ask for a transfer", dns("registrar_lock", "warn")),
    "registry_without_dates": fault("The registry tells no date", dns("registration_expiry", "na")),
    "ds_orphan": fault("A DS record without a key", dns("dnssec_orphan_ds"), dns("dnssec")),
    "dnskey_published": fault("A key without a DS record (harmless)"),
}

MAIL = {
    "mx_missing": fault("No mail server", mail("mx", "warn")),
    "mx_dangling": fault("Mail servers that do not exist", mail("mx"), dns("dangling_mx_srv")),
    "mx_cname": fault(
        "The mail server's name is an alias",
        mail("mx_cname_ip"),
    ),
    "mx_ip": fault(
        "The mail server is given as an address",
        mail("mx_cname_ip"),
    ),
    "mx_null_mixed": fault("A null MX beside a real one", mail("null_mx")),
    "mx_google": fault("Mail at a vendor that SPF does not admit", mail("spf_vendor", "warn")),
    "spf_missing": fault("No SPF record", mail("spf_present")),
    "spf_two": fault("Two SPF records", mail("spf_multiple")),
    "spf_plus_all": fault("SPF lets everybody send", mail("spf_all")),
    "spf_neutral_all": fault("SPF has no opinion", mail("spf_all", "warn")),
    "spf_syntax_after_all": fault("An SPF error after `all`", mail("spf_syntax")),
    "spf_lookups_9": fault("SPF with 9 lookups (harmless)"),
    "spf_lookups_10": fault("SPF with 10 lookups", mail("spf_lookup_limit", "warn")),
    "spf_lookups_11": fault("SPF with 11 lookups", mail("spf_lookup_limit")),
    "spf_void_lookups": fault("SPF asks for three empty names", mail("spf_void_limit")),
    "spf_ptr": fault("SPF uses ptr", mail("spf_ptr", "warn")),
    "spf_large": fault("SPF longer than 450 bytes", mail("spf_size", "warn")),
    "spf_two_strings": fault("One SPF record in two strings (harmless)"),
    "dkim_missing": fault("The declared DKIM selector has no key", mail("dkim_present")),
    "dkim_512": fault("A DKIM key of 512 bits", mail("dkim_key")),
    "dkim_1024": fault("A DKIM key of 1024 bits", mail("dkim_key", "warn")),
    "dkim_testing": fault("DKIM in testing mode", mail("dkim_key", "warn")),
    "dkim_unparsable": fault("A DKIM key cut short", mail("dkim_key")),
    "dkim_revoked": fault("An old DKIM selector, revoked (harmless)"),
    "dkim_alias": fault("The key stands at a vendor, behind an alias (harmless)"),
    "parked": fault("A domain that sends nothing and says so (harmless)"),
    "notify_identity": fault("A second sending name, DMARC from above (harmless)"),
    "dmarc_missing": fault("No DMARC record", mail("dmarc_present")),
    "dmarc_two": fault("Two DMARC records", mail("dmarc_multiple")),
    "dmarc_lower_version": fault("DMARC with v=dmarc1", mail("dmarc_syntax")),
    "dmarc_unknown_policy": fault("DMARC with p=quarantined", mail("dmarc_syntax", "warn")),
    "dmarc_no_rua": fault("DMARC without a mailbox", mail("dmarc_rua", "warn")),
    "dmarc_rua_unauthorised": fault("DMARC reports nobody may take", mail("dmarc_rua")),
    "dmarc_rua_authorised": fault("DMARC reports at a service (harmless)"),
    "dmarc_policy_none": fault("DMARC asks for nothing yet (harmless on day 0)"),
    "dmarc_pct": fault("DMARC with pct, which means nothing now", mail("dmarc_policy", "warn")),
}

TLS = {
    "cert_expired": fault("An expired certificate", tls("expiry", "admin")),
    "cert_expires_in_5_days": fault("Expires in 5 days", tls("expiry", "shop")),
    "cert_ageing": fault("Less than a third of its life left", tls("expiry", "docs", "warn")),
    "cert_wrong_name": fault("Somebody else's certificate", tls("hostname", "help")),
    "cert_self_signed": fault("A self-signed certificate", tls("chain_valid", "tools")),
    "chain_incomplete": fault("The intermediate is missing", tls("chain_complete", "status")),
    "cert_long_life": fault("A certificate for 398 days", tls("lifetime", "files", "warn")),
    "cert_rsa_1024": fault("An RSA key of 1024 bits", tls("key", "small")),
    "cert_sha1": fault("Signed with SHA-1", tls("key", "old-hash")),
    "must_staple": fault("Must-staple without a staple", tls("must_staple", "staple")),
    "tls_old": fault("TLS 1.0 is accepted", tls("min_version", "legacy")),
    "tls_only_10": fault("Nothing but TLS 1.0", tls("min_version", "ancient")),
    "tls_no_13": fault("No TLS 1.3", tls("tls13", "no13", "warn")),
    "tls_static_rsa": fault("Only static RSA", tls("weak_cipher", "static", "warn")),
    "tls_cbc_only": fault("Only CBC suites (for the record)"),
    "tls_null": fault("Suites that encrypt nothing", tls("weak_cipher", "null")),
    "tls_no_h2": fault("No HTTP/2", tls("alpn_h2", "h1", "warn")),
    "no_https": fault("No HTTPS on one host", tls("reachable", "plain")),
    "https_hangs_up": fault("HTTPS hangs up", tls("reachable", "hangup")),
    "two_certificates": fault("Two addresses, two certificates", tls("multi_ip", "twin", "warn")),
    "port_80_closed": fault("Port 80 is closed (harmless)"),
    "main_no_https": fault("The product has no HTTPS", Find("tls.reachable")),
    "main_cert_expired": fault("The product's certificate expired", Find("tls.expiry")),
    "garbage_tls": fault("Something answers that is no TLS", Find("tls.reachable")),
}

HTTP = {
    "home_500": fault("The home page fails", Find("http.home_ok")),
    "shell_dead": fault("An empty shell whose script is gone", Find("http.home_ok")),
    "http_serves_app": fault("The app answers over plain http", Find("http.https_redirect")),
    "redirect_temporary": fault(
        "http leads to https with a 302",
        Find("http.https_redirect", "warn"),
        Find("http.redirect_permanent", "warn"),
    ),
    "redirect_order": fault("The first hop changes the host", Find("http.redirect_order", "warn")),
    "www_and_apex": fault("www and the domain both answer", Find("http.www_consistency")),
    "redirect_drops_path": fault("The redirect forgets the path", Find("http.redirect_path")),
    "redirect_three": fault("Three hops to the page", Find("http.redirect_length", "warn")),
    "redirect_long": fault("Four hops to the page", Find("http.redirect_length")),
    "redirect_loop": fault("https leads back to http", Find("http.redirect_loop")),
    "api_redirects_post": fault("The API redirects a POST", Find("http.redirect_method")),
    "main_any_host": fault("The server is whoever you ask for", Find("http.default_host", "warn")),
    "hsts_missing": fault("No HSTS", Find("http.hsts", "warn")),
    "hsts_short": fault("HSTS for a month", Find("http.hsts", "warn")),
    "hsts_zero": fault("HSTS switched off", Find("http.hsts")),
    "hsts_http_only": fault("HSTS only over http", Find("http.hsts")),
    "hsts_own_host": fault("HSTS for the host alone (harmless)"),
    "hsts_preload_unmet": fault("preload without its rules", Find("http.hsts_preload", "warn")),
    "mixed_script": fault("A script over http", Find("http.mixed_active")),
    "mixed_fetch": fault("A request over http in a chunk", Find("http.mixed_active")),
    "mixed_image": fault("An image over http", Find("http.mixed_passive", "warn")),
    "mixed_script_upgraded": fault(
        "A script over http that the policy upgrades", Find("http.mixed_active", "warn")
    ),
    "noindex_meta": fault("The page asks not to be found", Find("seo.noindex_prod")),
    "noindex_header": fault("A header asks not to be found", Find("seo.noindex_prod")),
    "robots_disallow": fault("robots.txt forbids everything", Find("seo.noindex_prod")),
    "robots_html": fault("robots.txt is a web page", Find("seo.robots")),
    "robots_500": fault("robots.txt fails", Find("seo.robots")),
    "canonical_preview": fault("The canonical address is a preview", Find("seo.canonical")),
    "canonical_missing": fault("No canonical address", Find("seo.canonical", "warn")),
    "sitemap_dead": fault("The sitemap lists dead pages", Find("seo.sitemap", "warn")),
}

HEADERS = {
    "csp_missing": fault("No content security policy (for the record)", Find("hdr.csp", "info")),
    "csp_unsafe_inline": fault("The policy admits inline code", Find("hdr.csp", "warn")),
    "csp_report_only": fault("The policy only reports", Find("hdr.csp", "warn")),
    "csp_nonce": fault("unsafe-inline beside a nonce (harmless)"),
    "frame_missing": fault("Anybody may frame the app", Find("hdr.frame", "warn")),
    "frame_allowall": fault("X-Frame-Options: ALLOWALL", Find("hdr.frame")),
    "nosniff_missing": fault("No nosniff", Find("hdr.nosniff", "warn")),
    "referrer_unsafe": fault("Whole addresses leak to others", Find("hdr.referrer")),
    "server_leak": fault("Headers name a server long out of care", Find("hdr.leak", "warn")),
    "inline_script": fault("An inline script (for the record)"),
    "cookie_bare": fault("A session cookie without Secure, HttpOnly", Find("cookie.flags")),
    "cookie_none_insecure": fault("SameSite=None without Secure", Find("cookie.flags")),
    "cookie_no_samesite": fault("A session without SameSite", Find("cookie.flags", "warn")),
    "cookie_domain": fault("A session for every subdomain", Find("cookie.domain", "warn")),
    "cors_reflect": fault("Any origin may read with cookies", Find("cors.reflect_credentials")),
    "cors_null": fault("Origin null may read with cookies", Find("cors.null_origin")),
    "cors_suffix": fault("Look-alike origins are let in", Find("cors.suffix_match")),
    "cors_star_public": fault("Anybody may read, without cookies (harmless)"),
    "cors_star_credentials": fault("`*` with credentials", Find("cors.star_credentials")),
    "cors_no_vary": fault("The origin is echoed without Vary", Find("cors.vary")),
    "preflight_401": fault("The preflight asks for a token", Find("cors.preflight")),
    "preflight_no_headers": fault("The preflight names no headers", Find("cors.preflight")),
}

EXPOSURE = {
    "js_openai_key": fault("An OpenAI key in a chunk", Find("sec.js_secret")),
    "js_service_role": fault("The Supabase service key in a chunk", Find("sec.js_secret")),
    "js_gemini_key": fault("A billable Google key in a chunk", Find("sec.js_secret")),
    "next_data_stripe_secret": fault("A Stripe secret in __NEXT_DATA__", Find("sec.js_secret")),
    "js_placeholder_key": fault("A sample key in a hint (harmless)"),
    "env_file": fault("/.env is served", Find("sec.env_file", consent=2)),
    "git_dir": fault("/.git is served", Find("sec.git_dir", consent=2)),
    "source_map": fault("Source maps are served", Find("sec.source_map", "warn")),
    "map_comment_only": fault("A chunk names a map that is not served (harmless)"),
    "dotfiles_forbidden": fault("403 for everything with a dot (harmless)"),
    "source_map_secret": fault("A source map with a key", Find("sec.source_map")),
    "debug_page": fault("The API shows its debug page", Find("sec.debug_page")),
    "article_about_leaks": fault("A page that writes about leaks (harmless)"),
    "localhost_api": fault("A request to localhost in a chunk", Find("app.localhost_links")),
    "localhost_dev_branch": fault(
        "localhost behind a condition", Find("app.localhost_links", "warn")
    ),
    "staging_callback": fault("Sign-in returns to a preview", Find("app.staging_links")),
    "staging_api": fault("A request to a preview host", Find("app.staging_links")),
    "staging_image": fault("An image from staging", Find("app.staging_links", "warn")),
    "undefined_url": fault("`undefined` in an address", Find("app.undefined_config")),
}

TEMPERS = {
    "spa_catch_all": fault("Every path answers with the home page", Find("seo.robots")),
    "challenged": fault("A challenge before everything", Find("http.home_ok", "blocked")),
    "slow": fault("Every page takes 8 seconds"),
    "silent": fault("Accepts and never answers", Find("http.home_ok", "unknown")),
    **{
        name: fault(words)
        for name, words in {
            "endless_body": "A body without an end",
            "dripping_body": "A byte at a time",
            "dripping_headers": "A header at a time",
            "gzip_bomb": "A compression bomb",
            "double_gzip_bomb": "A bomb in a bomb",
            "header_flood": "Five thousand headers",
            "garbage_http": "No HTTP at all",
            "lying_length": "Less than was promised",
            "redirects_to_itself": "Redirects to itself",
            "redirects_for_ever": "Redirects without an end",
            "redirects_to_metadata": "Redirects to a cloud's metadata",
            "redirects_to_localhost": "Redirects to localhost",
            "redirects_to_loopback": "Redirects to loopback of IPv6",
            "redirects_to_number": "Redirects to loopback in disguise",
            "redirects_to_odd_port": "Redirects to a port that is no web port",
            "redirects_to_file": "Redirects to a file",
            "redirects_to_private": "Redirects into a private network",
        }.items()
    },
}

CATALOGUE: dict[str, Fault] = {
    **DNS,
    **DNS_DEPTH,
    **MAIL,
    **TLS,
    **HTTP,
    **HEADERS,
    **EXPOSURE,
    **CACHING,
    **MOBILE,
    **PERF,
    **MAIL_TRANSPORT,
    **LEFTOVERS,
    **DEPLOYING,
    **EDGE,
    **RELIABILITY,
    **TEMPERS,
}
