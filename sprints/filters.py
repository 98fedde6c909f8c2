"""Which lines of the risk list are asked for, as it stands in the address. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from sprints.impact import Band

# Which band the answer to the launch names: what stops it, then what to fix or accept first.
BAND_OF_SHOW = {"stops": Band.CRITICAL, "first": Band.HIGH}
BAND_CHIPS = {"stops": "Stops the launch", "first": "Fix or accept first"}
# Offered where there are some.
SPECIAL_CHIPS = {"internal": "Staff only", "outside": "Outside this sprint"}
SHOWS = ("open", "mine", "stops", "first", "internal", "outside", "all")
LAST_STAGE = 7
MAX_WORDS_CHARS = 80
MAX_DIGITS = 9


class Listed(Protocol):
    """What a filter looks at."""

    title: str
    plain_summary: str
    subject: str
    check_id: str
    stage: int
    owner_id: int | None
    is_internal: bool
    outside_accepted_at: datetime | None

    @property
    def ref(self) -> str: ...

    @property
    def is_unsettled(self) -> bool: ...

    @property
    def band(self) -> Band: ...


@dataclass(frozen=True, slots=True)
class RiskFilter:
    """`show` is open, mine (open and my own), stops, first (see above), internal (staff only),
    outside (agreed to lie outside the sprint) or all; zero and empty mean: not asked."""

    show: str = "open"
    owner: int = 0
    stage: int = 0
    words: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "RiskFilter":
        """The filter of an address; what makes no sense in it is left out."""
        show = query.get("show", "open")
        stage = _number(query.get("stage", ""))
        return cls(
            show=show if show in SHOWS else "open",
            owner=_number(query.get("owner", "")),
            stage=stage if stage <= LAST_STAGE else 0,
            words=query.get("q", "").strip()[:MAX_WORDS_CHARS],
        )

    @property
    def query(self) -> str:
        """The filter as it stands in an address: `?show=mine&stage=6`, or nothing."""
        given = {"owner": self.owner, "stage": self.stage, "q": self.words}
        asked = {name: value for name, value in given.items() if value}
        if self.show != "open":
            asked = {"show": self.show} | asked
        return f"?{urlencode(asked)}" if asked else ""

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for anything but the open risks."""
        return self != RiskFilter()

    def showing(self, show: str, *, owner: int = 0) -> "RiskFilter":
        """The same with another chip pressed."""
        return replace(self, show=show, owner=owner)

    def admits(self, risk: Listed, *, me: int) -> bool:
        """Whether the risk is asked for; `me` is who asks."""
        return (
            self._is_shown(risk, me)
            and self.owner in (0, risk.owner_id)
            and self.stage in (0, risk.stage)
            and (not self.words or self._has_words(risk))
        )

    def _is_shown(self, risk: Listed, me: int) -> bool:
        if self.show == "all":
            return True
        is_outside = risk.outside_accepted_at is not None
        if not risk.is_unsettled or is_outside != (self.show == "outside"):
            return False
        if self.show == "mine":
            return risk.owner_id == me
        if self.show == "internal":
            return risk.is_internal
        return self.show not in BAND_OF_SHOW or risk.band == BAND_OF_SHOW[self.show]

    def _has_words(self, risk: Listed) -> bool:
        text = " ".join((risk.ref, risk.title, risk.plain_summary, risk.subject, risk.check_id))
        return all(word in text.casefold() for word in self.words.casefold().split())


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter to press, with how many it would show."""

    label: str
    query: str
    count: int
    is_pressed: bool


def chips(
    asked: RiskFilter, risks: Iterable[Listed], *, me: int, people: Mapping[int, str]
) -> list[Chip]:
    """Open, mine, one for each other owner of an open risk, all; what the answer to the
    launch names only where it is asked for or stops the launch."""
    listed = list(risks)
    owners = {risk.owner_id for risk in listed if risk.is_unsettled} - {None, me}
    offers = [("Open", asked.showing("open")), ("Mine", asked.showing("mine"))]
    offers += [
        (words, asked.showing(show))
        for show, words in BAND_CHIPS.items()
        if show == asked.show or (show == "stops" and _stops(listed))
    ]
    offers += [
        (name.split()[0], asked.showing("open", owner=owner))
        for owner, name in people.items()
        if owner in owners
    ]
    offers += [
        (words, asked.showing(show))
        for show, words in SPECIAL_CHIPS.items()
        if show == asked.show or _admits_any(asked.showing(show), listed, me)
    ]
    offers.append(("All", asked.showing("all")))
    return [
        Chip(
            label=label,
            query=offer.query,
            count=sum(offer.admits(risk, me=me) for risk in listed),
            is_pressed=offer == asked,
        )
        for label, offer in offers
    ]


def _admits_any(asked: RiskFilter, risks: list[Listed], me: int) -> bool:
    return any(asked.admits(risk, me=me) for risk in risks)


def _stops(risks: list[Listed]) -> bool:
    return any(risk.is_unsettled and risk.band == Band.CRITICAL for risk in risks)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else 0
