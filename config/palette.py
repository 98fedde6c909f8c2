"""What the palette finds: sprints, risks, projects, clients, pages, and the next acts of a sprint.

Every kind is asked once, whatever it holds, and gives a few rows at most.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Case, Q, Value, When
from django.urls import reverse

from accounts.models import Client, Practice, User
from config.palette_pages import acts_of, next_act, pages_of
from sprints.domains import ascii_name, unicode_name
from sprints.models import Project, Risk, Sprint
from sprints.models.risk import OPEN_STATES, RiskQuerySet

MOST_HITS: Final = 20
MOST_OF_ONE_KIND: Final = 6
MAX_WORDS_CHARS: Final = 80
# One letter stands in nearly every title.
SHORTEST_WORD: Final = 2
NUMBER: Final = re.compile(r"(?:r-?)?0*([1-9][0-9]{0,6})\Z", re.IGNORECASE)
AT_WORK: Final = (Sprint.State.ACTIVE, Sprint.State.HANDOVER, Sprint.State.PAUSED)


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
    if not asked:
        return numbered(_without_words(seeker))
    met = NUMBER.match("".join(asked))
    return numbered(
        [
            ("Risks", _by_number(seeker, int(met[1])) if met else []),
            (_here(seeker), having(_acts(seeker), asked)),
            ("Pages", having(_pages(seeker), asked)),
            ("Sprints", _sprints(seeker, asked)),
            ("Risks", [] if met else _by_words(seeker, asked)),
            ("Clients", _clients(seeker, asked)),
            ("Projects", _projects(seeker, asked)),
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


def _without_words(seeker: Seeker) -> list[tuple[str, list[Hit]]]:
    """What one most likely wants from here before a word is typed."""
    first: list[Hit] = []
    if seeker.sprint is not None:
        step = next_act(seeker.practice, seeker.sprint, me=seeker.me)
        about = f"Next · {step.whose}" if step.whose else "Next"
        first = [Hit(step.name, step.url, about), *_acts(seeker)[: MOST_OF_ONE_KIND - 1]]
    latest = _sprints(seeker, [])
    return [(_here(seeker), first), ("Sprints", latest), ("Pages", _pages(seeker))]


def _here(seeker: Seeker) -> str:
    return f"In {seeker.sprint.project.name}" if seeker.sprint else ""


def _acts(seeker: Seeker) -> list[Hit]:
    if seeker.sprint is None:
        return []
    return [Hit(*one) for one in acts_of(seeker.practice, seeker.sprint)]


def _pages(seeker: Seeker) -> list[Hit]:
    return [Hit(*one) for one in pages_of(seeker.practice, is_owner=seeker.is_owner)]


def _sprints(seeker: Seeker, asked: Sequence[str]) -> list[Hit]:
    rows = Sprint.objects.of(seeker.practice).filter(
        archived_at=None, project__archived_at=None, client__archived_at=None
    )
    for word in asked:
        rows = rows.filter(_names("project__name", "client__name", "project__domain", word=word))
    at_work = Case(When(state__in=AT_WORK, then=Value(0)), default=Value(1))
    light = rows.select_related("project", "client").order_by(at_work, "-pk")
    return [
        Hit(
            f"{sprint.project.name}, sprint {sprint.number}",
            seeker.url("sprint", sprint_id=sprint.pk),
            f"{sprint.client.name} · {_readable(sprint.project.domain)}",
        )
        for sprint in light[:MOST_OF_ONE_KIND]
    ]


def _projects(seeker: Seeker, asked: Sequence[str]) -> list[Hit]:
    rows = Project.objects.of(seeker.practice).filter(archived_at=None, client__archived_at=None)
    for word in asked:
        rows = rows.filter(_names("name", "client__name", "domain", word=word))
    return [
        Hit(
            project.name,
            seeker.url("sprints:project-detail", project_id=project.pk),
            f"{project.client.name} · {_readable(project.domain)}",
        )
        for project in rows.select_related("client").order_by("-pk")[:MOST_OF_ONE_KIND]
    ]


def _clients(seeker: Seeker, asked: Sequence[str]) -> list[Hit]:
    rows = Client.objects.of(seeker.practice).filter(archived_at=None)
    for word in asked:
        rows = rows.filter(name__icontains=word)
    return [
        Hit(client.name, seeker.url("sprints:client-detail", client_id=client.pk))
        for client in rows.order_by("name")[:MOST_OF_ONE_KIND]
    ]


def _readable(domain: str) -> str:
    return unicode_name(domain) or domain


def _names(name: str, client: str, domain: str, *, word: str) -> Q:
    """A word of the names or the domain, which is stored in A-labels."""
    spelled = ascii_name(word) or word
    either = Q(**{f"{name}__icontains": word}) | Q(**{f"{client}__icontains": word})
    return either | Q(**{f"{domain}__icontains": spelled})


def _by_number(seeker: Seeker, number: int) -> list[Hit]:
    """R-012 of this sprint first, then of the newest ones."""
    rows = _risks(seeker).filter(number=number)
    here = seeker.sprint.pk if seeker.sprint else 0
    first = Case(When(sprint=here, then=Value(0)), default=Value(1))
    return _shown(seeker, rows.order_by(first, "-sprint")[:MOST_OF_ONE_KIND])


def _by_words(seeker: Seeker, asked: Sequence[str]) -> list[Hit]:
    """Those of this sprint by weight, whatever became of them, then open ones of other sprints."""
    if max(len(word) for word in asked) < SHORTEST_WORD:
        return []
    rows = _risks(seeker)
    for word in asked:
        rows = rows.filter(title__icontains=word)
    here: list[Hit] = []
    if seeker.sprint is not None:
        here = _shown(seeker, rows.filter(sprint=seeker.sprint).ranked()[:MOST_OF_ONE_KIND])
        rows = rows.exclude(sprint=seeker.sprint)
    # The newest, not the heaviest: so the search ends as soon as it has enough.
    others = rows.filter(state__in=OPEN_STATES).order_by("-pk")[:MOST_OF_ONE_KIND]
    return [*here, *_shown(seeker, others)][:MOST_OF_ONE_KIND]


def _risks(seeker: Seeker) -> RiskQuerySet:
    rows: RiskQuerySet = Risk.objects.of(seeker.practice)  # type: ignore[assignment]
    return rows.filter(sprint__archived_at=None, sprint__project__archived_at=None)


def _shown(seeker: Seeker, risks: RiskQuerySet) -> list[Hit]:
    light = risks.select_related("sprint__project").only(
        *("number", "title", "state", "sprint__project__name")
    )
    return [
        Hit(
            f"{risk.ref} {risk.title}",
            seeker.url("sprints:risk-detail", sprint_id=risk.sprint_id, number=risk.number),
            f"{risk.sprint.project.name} · {risk.get_state_display()}",
        )
        for risk in light
    ]
