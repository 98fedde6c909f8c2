"""The tried mails as a page shows them: one card for each kind, live until it has come."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from audits.checks import email_arrival
from audits.checks.email_arrival import seconds
from audits.mail_models import GIVEN_UP_AFTER, MailTest
from audits.mail_tests import address_of
from audits.observations.mail_arrival import MAIL_OF_KIND, ON_TIME, MailKind, TriedMail
from audits.observations.mail_stored import arrival_of
from audits.verdicts import Check, Result, Verdict
from sprints.models import Sprint

# What to do in the app, and what its mail is called.
TITLES: Final = {
    MailKind.SIGN_UP: ("Sign-up", "Sign up in your app as a new user with this address."),
    MailKind.MAGIC_LINK: ("Magic link", "Ask your app for a sign-in link to this address."),
    MailKind.CODE: ("Sign-in code", "Ask your app for a sign-in code to this address."),
    MailKind.RESET: (
        "Password reset",
        "Ask your app to reset the password of this address. It may need an account first: sign "
        "up with it, then ask.",
    ),
    MailKind.OTHER: ("Another mail", "Make your app send any other mail to this address."),
}
GOOD: Final = frozenset({Verdict.PASS, Verdict.INFO})

# `Any` throughout: whatever a template reads.
type UrlOf = Callable[[str, MailTest], str]


def cards(
    sprint: Sprint, url_of: UrlOf, *, may_act: bool, with_details: bool
) -> list[dict[str, Any]]:
    """A card for each kind, with its last test."""
    last: dict[str, MailTest] = {}
    tests = MailTest.objects.of(sprint.practice_id).filter(sprint=sprint)
    for test in tests.order_by("started_at", "pk").prefetch_related("arrivals"):
        last[test.kind] = test
    return [
        card(MailKind(kind), last.get(kind), url_of, may_act=may_act, with_details=with_details)
        for kind in MailKind
    ]


def card(
    kind: MailKind, test: MailTest | None, url_of: UrlOf, *, may_act: bool, with_details: bool
) -> dict[str, Any]:
    title, step = TITLES[kind]
    made: dict[str, Any] = {
        "kind": kind.value, "title": title, "step": step, "may_act": may_act,
        "mail": MAIL_OF_KIND[kind], "state": "none",
    }  # fmt: skip
    if test is None:
        return made
    made |= {"test": test, "state": state_of(test)}
    if made["state"] in {"open", "waiting"}:
        made |= {
            "address": address_of(test),
            "poll_url": url_of("progress", test),
            "press_url": url_of("press", test),
            "waited": waited(test, timezone.now()),
            "is_slow": bool(test.asked_at and timezone.now() - test.asked_at > ON_TIME),
        }
    if made["state"] == "arrived":
        made |= arrived(test, with_details=with_details)
    if made["state"] == "never":
        tried = TriedMail(kind, None, GIVEN_UP_AFTER)
        made["lines"] = lines_of(tried, with_details=with_details)
    return made


def state_of(test: MailTest) -> str:
    """none, open (address given out), waiting (pressed), arrived, never, over."""
    if test.arrived_at is not None:
        return "arrived" if list(test.arrivals.all()) else "over"
    if test.given_up_at is not None:
        return "never"
    if not test.is_open:
        return "over"
    if test.asked_at is None:
        return "open"
    return "never" if timezone.now() - test.asked_at > GIVEN_UP_AFTER else "waiting"


def waited(test: MailTest, now: datetime) -> str:
    if test.asked_at is None:
        return ""
    passed = int((now - test.asked_at) / timedelta(seconds=1))
    return f"{passed} s" if passed < ON_TIME.total_seconds() else f"{passed // 60} min"


def arrived(test: MailTest, *, with_details: bool) -> dict[str, Any]:
    """When it came and what is wrong with it; headers for staff alone."""
    row = max(test.arrivals.all(), key=lambda one: one.received_at)
    arrival = arrival_of(row.facts)
    lines = lines_of(TriedMail(MailKind(test.kind), arrival), with_details=with_details)
    return {
        "received_at": row.received_at,
        "took": seconds(arrival.took) if arrival.took is not None else "",
        "signed_by": arrival.aligned_signature.domain if arrival.aligned_signature else "",
        "author": arrival.author,
        "lines": lines,
        "is_good": all(line["tone"] != "bad" for line in lines),
        "headers": row.headers if with_details else (),
    }


def lines_of(tried: TriedMail, *, with_details: bool) -> list[dict[str, Any]]:
    """What the checks say of it, the troubles first, in a founder's words."""
    made = []
    for rule in email_arrival.CHECKS:
        judged = rule.judge(tried)
        for result in [judged] if isinstance(judged, Result) else judged:
            if result.verdict != Verdict.NA and result.cause != "no_mail":
                made.append(line_of(rule, result, with_details=with_details))
    return sorted(made, key=lambda line: ("bad", "unknown", "good").index(line["tone"]))


def line_of(rule: Check[TriedMail], result: Result, *, with_details: bool) -> dict[str, Any]:
    is_bad = result.verdict in {Verdict.FAIL, Verdict.WARN}
    tone = "bad" if is_bad else "good" if result.verdict in GOOD else "unknown"
    return {
        "tone": tone,
        "text": (result.trouble or rule.trouble) if is_bad else result.message,
        "impact": rule.impact if is_bad else "",
        "remedy": (result.remedy or rule.remedy) if is_bad else "",
        "said": result.message if is_bad else "",
        "evidence": [[one.label, one.value] for one in result.evidence] if with_details else (),
    }


def is_on() -> bool:
    return bool(settings.RECEIVE_MAIL_DOMAIN)
