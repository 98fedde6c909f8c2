"""The app's own mails, tried for real: who vouches for them, where they lead. Stage 6.

Source: RFC 9989 (DMARC), RFC 7208 (SPF), RFC 6376 (DKIM), RFC 8058 (one click).
"""

from collections.abc import Iterator
from datetime import timedelta

from audits.observations.mail_arrival import (
    ON_TIME,
    Arrival,
    LinkFault,
    LinkHost,
    Signature,
    Signed,
    TriedMail,
)
from audits.observations.spf_result import SpfResult
from audits.verdicts import Consent, Evidence, Result, Severity, Verdict, check

MAX_SHOWN = 6
WORDS_OF_FAULT = {
    LinkFault.LOCAL: "lead to a machine that only its developer reaches",
    LinkFault.ADDRESS: "lead to a bare address instead of a name",
    LinkFault.STAGING: "lead to a test environment",
    LinkFault.PLAIN: "are not encrypted (http)",
    LinkFault.DEAD: "lead to a host that doesn't answer",
    LinkFault.TLS: "lead to a host whose certificate isn't valid",
}
TROUBLE_OF_FAULT = {
    LinkFault.LOCAL: "Links in your mail lead to a developer's machine",
    LinkFault.ADDRESS: "Links in your mail lead to a bare address",
    LinkFault.STAGING: "Links in your mail lead to a test environment",
    LinkFault.PLAIN: "Links in your mail are not encrypted",
    LinkFault.DEAD: "Links in your mail lead nowhere",
    LinkFault.TLS: "Links in your mail end in a certificate warning",
}
REMEDY_OF_FAULT = {
    LinkFault.DEAD: "Point the links at a host that answers. Where a mail service rewrites links, "
    "finish its tracking domain: the CNAME record, then its certificate.",
    LinkFault.TLS: "Order a certificate for this very host. Where a mail service rewrites links, "
    "switch on HTTPS for its tracking domain, or switch click tracking off.",
}


@check(
    id="email.roundtrip_auth",
    title="The app's mail arrives within a minute, and its domain vouches for it",
    stage=6,
    item="6.4",
    severity=Severity.S0,
    consent=Consent.L0,
    needs=TriedMail,
    source="RFC 9989 section 4.4; RFC 7208 section 2.6; RFC 6376 section 6; RFC 3207",
    remedy="Let the mail service sign with the app's own domain (its DKIM records), and list "
    "the service in SPF. Then try the mail once more.",
    trouble="The app's mail isn't vouched for by its own domain",
    impact="Sign-in links and codes land in spam or don't come at all, so people can't get in.",
)
def roundtrip_auth(tried: TriedMail) -> Iterator[Result]:
    arrival = tried.arrival
    if arrival is None:
        minutes = tried.waited // timedelta(minutes=1)
        message = f"The {tried.subject} was asked for; nothing came within {minutes} minutes."
        yield Result(Verdict.FAIL, message, cause="not_arrived",
                     trouble="The app's mail never came",
                     remedy="Look into the mail service's log for this address: was the mail "
                     "handed over, and what did the receiver answer?")  # fmt: skip
        return
    troubles = [one for one in (vouched(arrival), in_tls(arrival), in_time(arrival)) if one]
    yield from troubles
    if not troubles:
        yield Result(Verdict.PASS, passed(arrival), evidence=seen(arrival))


def vouched(arrival: Arrival) -> Result | None:
    """What is wrong with the proof of origin, None where it holds."""
    if not arrival.author:
        message = "The mail has not exactly one author in its From line."
        return Result(Verdict.FAIL, message, cause="no_author", evidence=seen(arrival))
    if arrival.is_proved is None:
        message = f"The name servers of {arrival.author} or of who signed gave no answer."
        return Result(Verdict.UNKNOWN, message, cause="silent", evidence=seen(arrival))
    if not arrival.is_proved:
        message = f"Nothing proves that {arrival.author} sent this mail: {why_not(arrival)}."
        return Result(Verdict.FAIL, message, cause="not_aligned", evidence=seen(arrival))
    if arrival.has_policy is False:
        message = f"{arrival.author} vouches for the mail, but has no DMARC record that says so."
        return Result(Verdict.WARN, message, cause="no_dmarc", evidence=seen(arrival),
                      trouble="The app's mail is vouched for, but no DMARC record asks for it",
                      remedy="Publish a DMARC record for the domain.")  # fmt: skip
    return None


def in_tls(arrival: Arrival) -> Result | None:
    if arrival.is_tls or not arrival.is_tls_offered:
        return None
    message = f"{arrival.connected_from} sent the mail in the clear though TLS was offered."
    return Result(Verdict.FAIL, message, severity=Severity.S2, cause="no_tls",
                  trouble="The app's mail travels without encryption",
                  remedy="Switch on TLS for outgoing mail in the service or server that sends.",
                  evidence=seen(arrival))  # fmt: skip


def in_time(arrival: Arrival) -> Result | None:
    if arrival.took is None or arrival.took <= ON_TIME:
        return None
    message = f"The mail took {seconds(arrival.took)}; {seconds(ON_TIME)} is what people wait."
    return Result(Verdict.FAIL, message, severity=Severity.S1, cause="late",
                  trouble="The app's mail comes too late",
                  remedy="Send it at once instead of from a queue that waits, and ask the mail "
                  "service for a sending pool without delay.",
                  evidence=seen(arrival))  # fmt: skip


def passed(arrival: Arrival) -> str:
    signature = arrival.aligned_signature
    by = f"{signature.domain} signed it" if signature else f"{arrival.spf_domain} lists its sender"
    when = f" It took {seconds(arrival.took)}." if arrival.took is not None else ""
    return f"{arrival.author} vouches for the mail: {by}.{when}"


def why_not(arrival: Arrival) -> str:
    """In one clause: who signed, and whom SPF stands for."""
    right = [one.domain for one in arrival.signatures if one.outcome == Signed.PASS]
    if right:
        signed = f"it is signed by {right[0]}, which is another domain"
    elif arrival.signatures:
        signed = f"the signature of {arrival.signatures[0].domain} fails"
    else:
        signed = "it carries no signature"
    if arrival.spf != SpfResult.PASS:
        return f"{signed}, and SPF of {arrival.spf_domain or 'its sender'} says {arrival.spf}"
    return f"{signed}, and SPF passes for {arrival.spf_domain} only"


def seen(arrival: Arrival) -> tuple[Evidence, ...]:
    """The facts, short, for whoever mends it."""
    made = [
        Evidence("From", arrival.author or "none"),
        Evidence("SPF", f"{arrival.spf} for {arrival.spf_domain}, {fit(arrival.is_spf_aligned)}"),
        *(Evidence("DKIM", shown(one)) for one in arrival.signatures[:MAX_SHOWN]),
        Evidence("DMARC", arrival.policy or "no record"),
        Evidence("Connection", f"{arrival.connected_from} {arrival.tls_version or 'without TLS'}"),
    ]
    return tuple(made)


def shown(one: Signature) -> str:
    reason = f" ({one.reason})" if one.reason else ""
    return f"{one.outcome} by {one.domain}, selector {one.selector}, {fit(one.is_aligned)}{reason}"


def fit(is_aligned: bool | None) -> str:
    return {True: "aligned", False: "not aligned", None: "alignment not known"}[is_aligned]


def seconds(took: timedelta) -> str:
    return f"{max(took.total_seconds(), 0):.0f} s"


@check(
    id="email.link_hosts",
    title="Links in the app's mail lead to safe hosts that answer",
    stage=6,
    item="6.5",
    severity=Severity.S0,
    consent=Consent.L0,
    needs=TriedMail,
    source="RFC 9110 section 4.2.2 (https); RFC 9525 (names in certificates)",
    remedy="Set the app's base address for mails to the live host with https.",
    trouble="Links in your mail lead to the wrong place",
    impact="People who press the link in a mail don't reach the app.",
)
def link_hosts(tried: TriedMail) -> Iterator[Result]:
    arrival = tried.arrival
    if arrival is None:
        yield Result(Verdict.UNKNOWN, "No mail came, so its links are not known.", cause="no_mail")
    elif not arrival.are_links_read:
        message = "The mail is nested too deeply to be read."
        yield Result(Verdict.UNKNOWN, message, cause="unread")
    elif not arrival.links:
        yield Result(Verdict.NA, "The mail holds no links.", cause="no_links")
    else:
        yield from judged_links(arrival.links)


def judged_links(links: tuple[LinkHost, ...]) -> Iterator[Result]:
    met = [fault for fault in WORDS_OF_FAULT if any(one.fault == fault for one in links)]
    for fault in met:
        hosts = [one for one in links if one.fault == fault]
        names = ", ".join(dict.fromkeys(one.name for one in hosts[:MAX_SHOWN]))
        yield Result(
            Verdict.FAIL,
            f"Links {WORDS_OF_FAULT[fault]}: {names}.",
            cause=str(fault),
            trouble=TROUBLE_OF_FAULT[fault],
            remedy=REMEDY_OF_FAULT.get(fault, ""),
            evidence=tuple(Evidence(one.name, one.said or str(fault)) for one in hosts[:MAX_SHOWN]),
        )
    silent = [one for one in links if one.fault == LinkFault.UNKNOWN]
    if silent and not met:
        message = f"{silent[0].name} gave no answer, so that link is not known: {silent[0].said}"
        yield Result(Verdict.UNKNOWN, message[:300], cause="silent")
    elif not met:
        names = ", ".join(dict.fromkeys(one.name for one in links[:MAX_SHOWN]))
        yield Result(Verdict.PASS, f"Links lead to {names}, with https and valid certificates.")


@check(
    id="email.unsubscribe",
    title="Bulk mail can be left in one click",
    stage=6,
    item="6.10",
    severity=Severity.S3,
    consent=Consent.L0,
    needs=TriedMail,
    source="RFC 8058 section 3; Gmail and Yahoo, sender rules of 2024",
    remedy="Add List-Unsubscribe with an https address and "
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click; sign both.",
    trouble="Bulk mail can't be left in one click",
    impact="Who can't leave presses “spam”, and then sign-in mails suffer too.",
)
def unsubscribe(tried: TriedMail) -> Result:
    arrival = tried.arrival
    if arrival is None or not arrival.is_bulk:
        message = f"The {tried.subject} is sent to one person; that needs no way to leave."
        if arrival is None:
            message = "No mail came, so there is nothing to look at."
        return Result(Verdict.NA, message, cause="not_bulk")
    if arrival.has_one_click:
        return Result(Verdict.PASS, "List-Unsubscribe and List-Unsubscribe-Post stand there.")
    met = "only List-Unsubscribe" if arrival.has_unsubscribe else "neither header"
    message = f"This bulk mail has {met}; leaving in one click needs both."
    return Result(Verdict.WARN, message, cause="no_one_click")


CHECKS = (roundtrip_auth, link_hosts, unsubscribe)
