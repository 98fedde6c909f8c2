"""What the palette finds: sprints, risks, projects, clients, pages, and the next acts of a sprint.

Every kind is asked once, whatever it holds, and gives a few rows at most.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from django.db.models import Q
from django.urls import reverse

from accounts.models import Practice, User
from config.palette_known import Known, holds, known_to
from config.palette_pages import acts_of, next_act, pages_of
from sprints.models import Risk, Sprint
from sprints.models.risk import OPEN_STATES, RiskQuerySet

MOST_HITS: Final = 20
MOST_OF_ONE_KIND: Final = 6
# Of risks that may belong to archived sprints, which are left out.
MOST_READ: Final = 40
MAX_WORDS_CHARS: Final = 80
# One letter stands in nearly every title.
SHORTEST_WORD: Final = 2
NUMBER: Final = re.compile(r"(?:r-?)?0*([1-9][0-9]{0,6})\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hit:
    """One place to go; `number` counts over all groups, for the page's ids."""

    name: str
    url: str
    about: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Seeker:
    """Who looks, in which practice, and from which of its sprints."""

    practice: Practice
    me: User
    is_owner: bool
    sprint: Sprint | None = None

    # `object`: the parameters of an address.
    def url(self, name: str, **words: object) -> str:
        return reverse(name, kwargs={"practice_slug": self.practice.slug, **words})


def found(seeker: Seeker, words: str) -> list[Group]:
    """At most MOST_HITS places that hold every one of the words, the likeliest first."""
    asked = words.casefold().split()
    known = known_to(seeker.practice)
    if not asked:
        return numbered(_without_words(seeker, known))
    met = NUMBER.match("".join(asked))
    return numbered(
        [
            ("Risks", _by_number(seeker, known, int(met[1])) if met else []),
            (_here(seeker), having(_acts(seeker), asked)),
            ("Pages", having(_pages(seeker), asked)),
            ("Sprints", _sprints(seeker, known, asked)),
            ("Risks", [] if met else _by_words(seeker, known, asked)),
            ("Clients", _clients(seeker, known, asked)),
            ("Projects", _projects(seeker, known, asked)),
        ]
    )


def numbered(groups: Iterable[tuple[str, Sequence[Hit]]]) -> list[Group]:
    """The groups that hold something, cut at MOST_HITS, each hit with its number."""
    count, kept = 0, []
    for title, hits in groups:
        taken = hits[: min(MOST_HITS - count, len(hits))]
        if taken:
            numbers = range(count + 1, count + 1 + len(taken))
            rows = tuple(replace(hit, number=n) for hit, n in zip(taken, numbers, strict=True))
            kept.append(Group(title, rows))
            count += len(taken)
    return kept


def having(hits: Iterable[Hit], asked: Sequence[str]) -> list[Hit]:
    """The hits in whose name each word begins a word."""

    def has(hit: Hit) -> bool:
        said = re.findall(r"\w+", hit.name.casefold())
        return all(any(one.startswith(word) for one in said) for word in asked)

    return [hit for hit in hits if has(hit)][:MOST_OF_ONE_KIND]


def _without_words(seeker: Seeker, known: Known) -> list[tuple[str, list[Hit]]]:
    """What one most likely wants from here before a word is typed."""
    first: list[Hit] = []
    if seeker.sprint is not None:
        step = next_act(seeker.practice, seeker.sprint, me=seeker.me)
        about = f"Next · {step.whose}" if step.whose else "Next"
        first = [Hit(step.name, step.url, about), *_acts(seeker)[: MOST_OF_ONE_KIND - 1]]
    latest = _sprints(seeker, known, [])
    return [(_here(seeker), first), ("Sprints", latest), ("Pages", _pages(seeker))]


def _here(seeker: Seeker) -> str:
    return f"In {seeker.sprint.project.name}" if seeker.sprint else ""


def _acts(seeker: Seeker) -> list[Hit]:
    if seeker.sprint is None:
        return []
    return [Hit(*one) for one in acts_of(seeker.practice, seeker.sprint)]


def _pages(seeker: Seeker) -> list[Hit]:
    return [Hit(*one) for one in pages_of(seeker.practice, is_owner=seeker.is_owner)]


def _sprints(seeker: Seeker, known: Known, asked: Sequence[str]) -> list[Hit]:
    return [
        Hit(
            f"{known.projects[one.project].name}, sprint {one.number}",
            seeker.url("sprint", sprint_id=one.pk),
            known.about(one.project),
        )
        for one in islice(
            (one for one in known.sprints if known.projects[one.project].has(asked)),
            MOST_OF_ONE_KIND,
        )
    ]


def _projects(seeker: Seeker, known: Known, asked: Sequence[str]) -> list[Hit]:
    return [
        Hit(
            project.name,
            seeker.url("sprints:project-detail", project_id=pk),
            known.about(pk),
        )
        for pk, project in islice(
            ((pk, one) for pk, one in known.projects.items() if one.has(asked)), MOST_OF_ONE_KIND
        )
    ]


def _clients(seeker: Seeker, known: Known, asked: Sequence[str]) -> list[Hit]:
    named = ((pk, name) for pk, name in known.clients.items() if holds(name.casefold(), asked))
    return [
        Hit(name, seeker.url("sprints:client-detail", client_id=pk))
        for pk, name in islice(named, MOST_OF_ONE_KIND)
    ]


def _by_number(seeker: Seeker, known: Known, number: int) -> list[Hit]:
    """R-012 of this sprint first, then of the newest ones."""
    rows = _risks(seeker).filter(number=number)
    here = seeker.sprint.pk if seeker.sprint else 0
    ours = list(rows.filter(sprint=here))
    others = rows.exclude(sprint=here).order_by("-sprint")[:MOST_READ]
    return _shown(seeker, known, [*ours, *others])


def _by_words(seeker: Seeker, known: Known, asked: Sequence[str]) -> list[Hit]:
    """Those of this sprint by weight, whatever became of them, then open ones of other sprints."""
    if max(len(word) for word in asked) < SHORTEST_WORD:
        return []
    rows = _risks(seeker).filter(*(Q(title__icontains=word) for word in asked))
    here = seeker.sprint.pk if seeker.sprint else 0
    ours = list(rows.filter(sprint=here).ranked()[:MOST_OF_ONE_KIND])
    if len(ours) == MOST_OF_ONE_KIND:
        return _shown(seeker, known, ours)
    # In no order: so the search ends as soon as it has enough.
    others = rows.exclude(sprint=here).filter(state__in=OPEN_STATES).order_by()[:MOST_READ]
    heaviest = sorted(others, key=lambda one: (-one.score, one.pk))
    return _shown(seeker, known, [*ours, *heaviest])


def _risks(seeker: Seeker) -> RiskQuerySet:
    rows: RiskQuerySet = Risk.objects.of(seeker.practice)  # type: ignore[assignment]
    return rows.only("sprint", "number", "title", "state", "score")


def _shown(seeker: Seeker, known: Known, risks: Iterable[Risk]) -> list[Hit]:
    """The first few of the risks, without those of archived sprints."""
    names = known.names_of_sprints
    return [
        Hit(
            f"{risk.ref} {risk.title}",
            seeker.url("sprints:risk-detail", sprint_id=risk.sprint_id, number=risk.number),
            f"{names[risk.sprint_id]} · {risk.get_state_display()}",
        )
        for risk in islice((one for one in risks if one.sprint_id in names), MOST_OF_ONE_KIND)
    ]
