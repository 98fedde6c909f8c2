"""Is the right thing in front of everything, and nothing open beside it. Stage 2.

Source: the edges' published networks; Cloudflare's documentation of 52x answers.
"""

from collections.abc import Iterator

from audits.observations.answers import shown_url
from audits.observations.edge import (
    AdminDoors,
    AppReach,
    EdgeAnswer,
    MailNames,
    OriginDoor,
    Proxying,
    Subdomains,
)
from audits.verdicts import Confidence, Consent, Evidence, Result, Severity, Verdict, check

MAX_SHOWN = 8


@check(
    id="edge.proxied",
    title="The edge stands in front where it should",
    stage=2,
    item="2.1",
    severity=Severity.S2,
    needs=Proxying,
    source="Cloudflare and Fastly, published networks",
    remedy="Switch the host's record to proxied at the edge, or take the edge out of the facts.",
    trouble="The edge that was meant to protect the app isn't in front of it",
    impact="Attacks and peaks of traffic reach the server itself.",
)
def proxied(seen: Proxying) -> Result:
    if seen.expected and seen.edge != seen.expected:
        met = f"{seen.edge} stands there" if seen.edge else "its addresses are no edge's"
        message = f"{seen.host} should stand behind {seen.expected}, but {met}."
        return Result(Verdict.WARN, message, cause="not_in_front")
    if seen.edge:
        return Result(Verdict.PASS, f"{seen.edge} stands in front of {seen.host}.")
    more = f" Its answers name {seen.named_by_headers[0]}." if seen.named_by_headers else ""
    message = f"No known edge stands in front of {seen.host} by its addresses.{more}"
    return Result(Verdict.INFO, message, cause="none")


@check(
    id="edge.bot_ddos",
    title="Protection from floods can't be seen from outside",
    stage=2,
    item="",
    severity=Severity.S4,
    needs=Proxying,
    source="Cloudflare, DDoS and bot settings",
    remedy="Look at the edge's own settings and keep a picture of them as evidence of item 2.5.",
    trouble="",
    impact="Whether a flood of requests is stopped shows only when one comes.",
)
def bot_ddos(seen: Proxying) -> Result:
    edge = seen.edge or next(iter(seen.named_by_headers), "")
    if not edge:
        message = f"Nothing stands in front of {seen.host} that could stop a flood."
        return Result(Verdict.INFO, message, cause="none")
    message = f"{edge} stands in front of {seen.host}; what it stops is for its settings to show."
    return Result(Verdict.INFO, message, cause="unseen")


@check(
    id="edge.mail_not_proxied",
    title="Mail goes past the edge",
    stage=2,
    item="2.1",
    severity=Severity.S1,
    consent=Consent.L0,
    needs=MailNames,
    source="Cloudflare, proxied records carry HTTP only",
    remedy="Set the mail server's record to DNS only (grey), so that mail reaches the server.",
    trouble="Mail runs into the edge, which carries only web pages",
    impact="Replies, and mail to the domain, never arrive.",
)
def mail_not_proxied(seen: MailNames) -> Iterator[Result]:
    if not seen.servers:
        message = f"{seen.domain} names no mail server of its own."
        yield Result(Verdict.NA, message, cause="no_server")
    behind = [(name, edge) for name, edge in seen.servers if edge]
    for name, edge in behind:
        message = f"The mail server {name} leads to {edge}, which doesn't carry mail."
        yield Result(Verdict.FAIL, message, cause="proxied")
    if seen.servers and not behind:
        yield Result(Verdict.PASS, "The mail servers lead past the edge.")


@check(
    id="edge.origin_exposed",
    title="The server behind the edge doesn't answer strangers",
    stage=2,
    item="2.5",
    severity=Severity.S2,
    needs=OriginDoor,
    source="Cloudflare, protecting the origin server",
    remedy="Let only the edge's networks reach the server, or connect it by a tunnel.",
    trouble="The server can be reached past its protection",
    impact="Whoever finds the address attacks the server although the edge is on.",
)
def origin_exposed(seen: OriginDoor) -> Result:
    if not seen.answering:
        message = f"None of {len(seen.tried)} known addresses shows the app past {seen.edge}."
        return Result(Verdict.PASS, message)
    address, how = seen.answering[0]
    return Result(
        Verdict.WARN,
        f"{address}, known from {how}, shows the app past {seen.edge}.",
        cause="answers",
        severity=Severity.S2,
        evidence=tuple(Evidence(how, where) for where, how in seen.answering),
    )


@check(
    id="edge.ssl_mode",
    title="The edge reaches the server over https",
    stage=2,
    item="2.2",
    severity=Severity.S0,
    needs=EdgeAnswer,
    source="Cloudflare, encryption modes and 52x errors",
    remedy="Set the edge's encryption to Full (strict) and give the server a valid certificate.",
    trouble="The edge can't reach the app",
    impact="Nobody gets in: people see an error of the edge, or a page that never stops loading.",
)
def ssl_mode(seen: EdgeAnswer) -> Result:
    if seen.is_looping:
        message = f"{seen.host} redirects without end behind {seen.edge} (as in Flexible mode)."
        return Result(Verdict.FAIL, message, cause="loop")
    if seen.status:
        who = seen.edge or "the edge"
        message = f"{seen.host} answers {seen.status}: {who} can't reach the server."
        return Result(Verdict.FAIL, message, cause="status_52x")
    if not seen.edge:
        return Result(Verdict.NA, f"No edge stands in front of {seen.host}.", cause="no_edge")
    return Result(Verdict.PASS, f"{seen.edge} reaches the server.")


@check(
    id="edge.app_reach",
    title="Apps are let through, not only browsers",
    stage=2,
    item="2.5",
    severity=Severity.S0,
    needs=AppReach,
    source="Cloudflare, bot settings and API traffic",
    remedy="Make a rule that lets the API's addresses through without a challenge; it has its own "
    "sign-in.",
    trouble="The protection locks the app's own users out",
    impact="The phone app can't load anything, while the website works.",
)
def app_reach(seen: AppReach) -> Result:
    if not seen.asked:
        return Result(Verdict.UNKNOWN, "No client's question was answered.", cause="no_answer")
    if not seen.refused:
        return Result(Verdict.PASS, f"{' and '.join(seen.asked)} are let through.")
    who, met = seen.refused[0]
    return Result(
        Verdict.FAIL,
        f"{shown_url(seen.url)} answers {seen.plain_status} to us and {met} to {who}.",
        cause="refused",
        evidence=tuple(Evidence(client, words) for client, words in seen.refused),
        confidence=Confidence.PROBABLE,
    )


@check(
    id="edge.subdomain_map",
    title="Every name is wanted and written down",
    stage=2,
    item="2.4",
    severity=Severity.S2,
    needs=Subdomains,
    source="RFC 1034 section 3.1; OWASP ASVS 5.0 section 13.4",
    remedy="Declare the name with its purpose, or delete its record.",
    trouble="A name leads somewhere and nobody has said why",
    impact="Forgotten names are taken over or show old versions under your domain.",
)
def subdomain_map(seen: Subdomains) -> Iterator[Result]:
    if not seen.unknown:
        more = " Any name answers here (a wildcard)." if seen.has_wildcard else ""
        yield Result(Verdict.PASS, f"None of {seen.asked} usual names leads elsewhere.{more}")
    for name, where in seen.unknown[:MAX_SHOWN]:
        message = f"{name} leads to {where} and is not among the hosts that should exist."
        yield Result(Verdict.WARN, message, subject=name, cause="undeclared")


@check(
    id="edge.admin_exposed",
    title="Admin pages aren't open to the world",
    stage=2,
    item="2.5",
    severity=Severity.S0,
    consent=Consent.L2,
    needs=AdminDoors,
    source="OWASP ASVS 5.0 section 13.4",
    remedy="Put the admin pages behind your sign-in service or a list of networks.",
    trouble="Admin pages are open without signing in",
    impact="Whoever finds them can read and change everything.",
)
def admin_exposed(seen: AdminDoors) -> Iterator[Result]:
    if not seen.doors:
        yield Result(Verdict.PASS, f"No admin page was met at {seen.asked} usual addresses.")
    for door in seen.doors:
        url = shown_url(door.url)
        if door.asks_to_sign_in:
            message = f"The whole world can try passwords at {door.product} ({url})."
            trouble = "The whole world can try passwords at an admin page"
            yield Result(
                Verdict.WARN,
                message,
                subject=url,
                cause="login",
                trouble=trouble,
                severity=Severity.S2,
            )
        else:
            message = f"{door.product} at {url} opens without signing in."
            yield Result(Verdict.FAIL, message, subject=url, cause="open")


CHECKS = (
    proxied,
    bot_ddos,
    mail_not_proxied,
    origin_exposed,
    ssl_mode,
    app_reach,
    subdomain_map,
    admin_exposed,
)
