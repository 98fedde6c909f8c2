"""Links for people without an account: a report to read, some risks for one named helper.

Whoever holds the 256 bits of the address sees what the link shows, until its day or until it
is taken back. Only the hash is kept: a lost link is made anew, never looked up.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, token_hash
from sprints.bundling import MOST_RISKS, Part, Reader, bundle, order_of
from sprints.models import Risk, ShareLink, Sprint
from sprints.models.activity import record
from sprints.models.risk import RiskQuerySet

Kind = ShareLink.Kind
HELPER_LIFETIME: Final = timedelta(days=7)
REPORT_LIFETIME: Final = timedelta(days=14)
TOKEN_BYTES: Final = 32


class LinkRefusedError(Exception):
    """It can't be done; the text is a sentence for the person."""


def url_of(link: ShareLink, token: str) -> str:
    name = "helper" if link.kind == Kind.HELPER else "report"
    return f"{settings.PUBLIC_URL}{reverse(name, kwargs={'token': token})}"


def shareable(sprint: Sprint) -> RiskQuerySet:
    """The risks that a link may show: those that the client sees, in plain words, ranked."""
    risks: RiskQuerySet = Risk.objects.of(sprint.practice_id)  # type: ignore[assignment]
    seen = risks.filter(sprint=sprint, is_internal=False).exclude(plain_summary="")
    return seen.select_related("owner").ranked()


def open_helper_link(
    sprint: Sprint, *, name: str, numbers: Sequence[int], by: User
) -> tuple[ShareLink, str]:
    """A link for one named helper to some risks, and its token; raises `LinkRefusedError`."""
    if not name.strip():
        raise LinkRefusedError("Say for whom the link is: their comments carry that name.")
    wanted = sorted(set(numbers))
    if not 0 < len(wanted) <= MOST_RISKS:
        raise LinkRefusedError(
            f"{len(wanted)} risks are chosen; a link takes from 1 to {MOST_RISKS}. "
            "Give more helpers a link each, or make a second one later."
        )
    known = set(
        shareable(sprint).unsettled().filter(number__in=wanted).values_list("number", flat=True)
    )
    if known != set(wanted):
        missing = ", ".join(f"R-{number:03}" for number in wanted if number not in known)
        raise LinkRefusedError(
            f"{missing} can’t be shared: only an open risk that the client sees, with a sentence "
            "in plain words. Show it to the client first, or leave it out."
        )
    return _make(
        sprint, Kind.HELPER, HELPER_LIFETIME, by, name=name.strip()[:80], risk_numbers=wanted
    )


# `Any`: the report's facts as JSON.
def open_report_link(
    sprint: Sprint, *, snapshot: dict[str, Any], by: User
) -> tuple[ShareLink, str]:
    """A link to the report as it is now, and its token."""
    return _make(sprint, Kind.REPORT, REPORT_LIFETIME, by, snapshot=snapshot)


# `Any`: fields of the link.
def _make(
    sprint: Sprint, kind: Kind, lifetime: timedelta, by: User, **fields: Any
) -> tuple[ShareLink, str]:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ShareLink.objects.create(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint=sprint,
        kind=kind,
        token_hash=token_hash(token),
        created_by=by,
        expires_at=timezone.now() + lifetime,
        **fields,
    )
    record(sprint, "link_made", words_of_link(link), actor=by, data={"link": link.pk})
    return link, token


def revoke(link: ShareLink, *, by: User) -> None:
    """Take it back; from now on it answers as if it had never been."""
    alive = ShareLink.objects.of(link.practice_id).filter(pk=link.pk, revoked_at=None)
    if not alive.update(revoked_at=timezone.now()):
        raise LinkRefusedError("This link was taken back already; it opens nothing.")
    record(link.sprint, "link_revoked", words_of_link(link), actor=by, data={"link": link.pk})


def words_of_link(link: ShareLink) -> str:
    """`the report’s link`, `the link for Sam`."""
    return f"the link for {link.name}" if link.kind == Kind.HELPER else "the report’s link"


def is_alive(link: ShareLink) -> bool:
    return link.revoked_at is None and link.expires_at > timezone.now()


def note_opening(token: str) -> None:
    _call("SELECT link_opened(%s)", token_hash(token))


def helper_comments(token: str, number: int, text: str) -> bool:
    """The helper's words below a risk of the link; False where the link has no such risk."""
    return bool(_call("SELECT helper_comment(%s, %s, %s)", token_hash(token), number, text))


def helper_fixes(token: str, number: int) -> bool:
    """Say that a risk of the link is fixed; False where it is none, or not open."""
    return bool(_call("SELECT helper_fixed(%s, %s)", token_hash(token), number))


def _call(statement: str, *values: str | int) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return row[0] if row else None


def bundle_of(risks: Sequence[Risk], *, domain: str, reader: Reader) -> str:
    """One text for the risks."""
    return bundle([part_of(risk) for risk in risks], domain=domain, reader=reader)


def in_order_of_work(risks: Iterable[Risk]) -> list[Risk]:
    """The risks as their bundle orders them."""
    return sorted(risks, key=lambda risk: order_of(part_of(risk)))


def part_of(risk: Risk) -> Part:
    return Part(
        number=risk.number,
        title=risk.title,
        why=risk.plain_summary,
        subject=risk.subject,
        observed=risk.observed,
        expected=risk.expected,
        remedy=risk.remedy,
        check_id=risk.check_id,
        stage=risk.stage,
    )
