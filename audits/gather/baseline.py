"""What a host says to paths that can't exist, and whether it lets us look at all.

Many single-page apps answer 200 and their start page to everything: a path probe is
believed only where its answer differs from the host's own baseline.
"""

import secrets
from dataclasses import dataclass

from accounts.guard.exchange import Exchange
from audits.gather.site import Site
from audits.observations.answers import host_of
from audits.observations.challenges import challenger
from audits.observations.seen import FailureKind, GatherFailure
from audits.observations.similarity import is_alike, simhash

LENGTH_SLACK = 0.05


@dataclass(frozen=True, slots=True)
class Absence:
    """The answer to one path that can't exist."""

    status: int
    media_type: str
    length_bytes: int
    simhash: int


@dataclass(frozen=True, slots=True)
class HostBaseline:
    """How `host` says "not there": once to a bare random path, once to one with an extension."""

    host: str
    bare: Absence
    extended: Absence

    @property
    def is_catch_all(self) -> bool:
        """True where a path that can't exist is answered as if it did."""
        return self.bare.status < 300 or self.extended.status < 300  # noqa: PLR2004 - RFC 9110

    def looks_like_baseline(self, exchange: Exchange) -> bool:
        """True where `exchange` is only the host's way of saying "not there"."""
        answer = absence_of(exchange)
        return any(_same(answer, known) for known in (self.bare, self.extended))


async def baselines(
    site: Site, host: str, *, extension: str = "json"
) -> HostBaseline | GatherFailure:
    """Both soft-404 baselines of `host` over https, asked once per look and extension.

    A host that can't be asked, or challenges us, is a `GatherFailure`; then no path of it
    may be judged.
    """
    blocked = await challenge_of(site, host)
    if blocked is not None:
        return blocked
    key = ("baseline", host, extension)
    return await site.once(key, lambda: _gather(site, host, extension))


async def challenge_of(site: Site, host: str) -> GatherFailure | None:
    """Why nothing of `host` may be judged: it showed us a challenge; None if it didn't.

    Looks at the host's start page (one exchange per look) and at what later requests met.
    """
    first = unchallenged(site, await site.page(f"https://{host}/"))
    if isinstance(first, GatherFailure) and first.kind is FailureKind.BLOCKED:
        return first
    return site.blocked_hosts.get(host)


def unchallenged(site: Site, looked: Exchange | GatherFailure) -> Exchange | GatherFailure:
    """`looked` itself, or a `GatherFailure` (blocked) where it is a bot filter's challenge.

    Put every exchange through this before judging it; a challenge is remembered for its
    host until the end of the look.
    """
    if isinstance(looked, GatherFailure):
        return looked
    vendor = challenger(looked.status, looked.headers, looked.body)
    if not vendor:
        return looked
    host = host_of(looked.url)
    return site.blocked_hosts.setdefault(host, _blocked(host, vendor, looked.status))


def absence_of(exchange: Exchange) -> Absence:
    """The facts of an answer by which two answers are compared."""
    media_type = (exchange.header("content-type") or "").partition(";")[0].strip().lower()
    return Absence(exchange.status, media_type, len(exchange.body), simhash(exchange.text))


def _same(one: Absence, other: Absence) -> bool:
    if one.status != other.status or one.media_type != other.media_type:
        return False
    slack = max(64, int(other.length_bytes * LENGTH_SLACK))
    is_as_long = abs(one.length_bytes - other.length_bytes) <= slack
    return is_alike(one.simhash, other.simhash) or (is_as_long and not other.simhash)


async def _gather(site: Site, host: str, extension: str) -> HostBaseline | GatherFailure:
    answers: list[Absence] = []
    for path in (site.absent_path, f"/{secrets.token_hex(10)}.{extension}"):
        looked = unchallenged(site, await site.hop(f"https://{host}{path}"))
        if isinstance(looked, GatherFailure):
            return looked
        answers.append(absence_of(looked))
    return HostBaseline(host, answers[0], answers[1])


def _blocked(host: str, vendor: str, status: int) -> GatherFailure:
    return GatherFailure(
        FailureKind.BLOCKED,
        f"{host} answered {status} with a challenge of {vendor}'s bot filter, so its pages "
        "could not be looked at. Let the audit's addresses through there and run it again.",
    )
