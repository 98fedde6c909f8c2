"""Which results of a run are asked for, as it stands in the address. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlencode

VERDICTS_OF = {
    "wrong": frozenset({"fail", "warn"}),
    "unseen": frozenset({"unknown", "blocked"}),
    "passes": frozenset({"pass", "info"}),
    "all": frozenset({"fail", "warn", "unknown", "blocked", "pass", "info", "na"}),
}
LABELS = {
    "wrong": "What is wrong",
    "unseen": "Could not look",
    "passes": "Passes",
    "all": "All",
}
MAX_WORDS_CHARS = 80
MAX_FAMILY_CHARS = 20


class Listed(Protocol):
    """What a filter looks at."""

    @property
    def verdict(self) -> str: ...
    @property
    def check(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def message(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """`show` is wrong, unseen, passes or all; an empty family or text means: not asked."""

    show: str = "all"
    family: str = ""
    words: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str], *, fallback: str) -> "ResultFilter":
        """The filter of an address; what makes no sense in it is left out."""
        show = query.get("show", fallback)
        return cls(
            show=show if show in VERDICTS_OF else fallback,
            family=query.get("family", "").strip()[:MAX_FAMILY_CHARS],
            words=query.get("q", "").strip()[:MAX_WORDS_CHARS],
        )

    @property
    def query(self) -> str:
        """The filter as it stands in an address."""
        given = {"show": self.show, "family": self.family, "q": self.words}
        return f"?{urlencode({name: value for name, value in given.items() if value})}"

    def admits(self, result: Listed) -> bool:
        """Whether the result is asked for."""
        if result.verdict not in VERDICTS_OF[self.show]:
            return False
        if self.family and result.check.partition(".")[0] != self.family:
            return False
        text = " ".join((result.title, result.check, result.subject, result.message)).casefold()
        return all(word in text for word in self.words.casefold().split())


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter to press, with how many it would show."""

    label: str
    query: str
    count: int
    is_pressed: bool


def chips(asked: ResultFilter, results: Iterable[Listed]) -> list[Chip]:
    """One for each group of verdicts that has rows, and for all."""
    listed = list(results)
    made = []
    for show, label in LABELS.items():
        offer = replace(asked, show=show)
        count = sum(offer.admits(result) for result in listed)
        if count or show in {asked.show, "all"}:
            made.append(Chip(label, offer.query, count, show == asked.show))
    return made
