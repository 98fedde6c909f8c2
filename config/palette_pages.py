"""The pages that the palette knows by name, and what can be done next in a sprint."""

from dataclasses import dataclass

from django.urls import reverse

from accounts.models import Practice, User
from config.next_step import NextStep
from config.portfolio_rows import portfolio_rows
from sprints.models import Sprint
from sprints.template import STAGES

# (name, address); the parameters are the practice's and the sprint's alone.
ACTS = (
    ("Risks", "sprints:risk-list"),
    ("Add a risk", "sprints:risk-create"),
    ("Ask the founder, read the answers", "sprints:request-list"),
    ("Audits: look now", "audits:run-list"),
    ("Performance: answer times", "audits:performance"),
    ("Recommend a decision", "sprints:decision-create"),
    ("Overview of the sprint", "sprint"),
    ("Add a risk from the library", "sprints:library-pick"),
    ("Import risks", "sprints:risk-import"),
    ("Decisions", "sprints:decision-list"),
    ("Links to share", "sprints:link-list"),
    ("Call view, for a shared screen", "sprints:call-view"),
    ("History", "sprints:history"),
)
PAGES = (
    ("My day and all sprints", "portfolio"),
    ("Inbox", "inbox"),
    ("Clients", "sprints:client-list"),
    ("Library of write-ups", "sprints:library"),
    ("Start a sprint for a domain", "quick-start"),
    ("People", "practice-people"),
)
OWNER_PAGES = (
    ("Practice settings", "practice-settings"),
    ("Finished work, to delete or to keep", "sprints:finished-work"),
)


@dataclass(frozen=True, slots=True)
class NextAct:
    """The one thing that a sprint waits for, and where it is done."""

    name: str
    url: str
    whose: str


def pages_of(practice: Practice, *, is_owner: bool) -> list[tuple[str, str]]:
    """(name, address) of the practice's pages, and of one's own account."""
    known = (*PAGES, *OWNER_PAGES) if is_owner else PAGES
    words = {"practice_slug": practice.slug}
    return [
        *((name, reverse(address, kwargs=words)) for name, address in known),
        ("Your account", reverse("account")),
    ]


def acts_of(practice: Practice, sprint: Sprint) -> list[tuple[str, str]]:
    """(name, address) of what can be done and read in the sprint."""
    words = {"practice_slug": practice.slug, "sprint_id": sprint.pk}
    acts = [(name, reverse(address, kwargs=words)) for name, address in ACTS]
    stages = [
        (
            f"Stage {stage.ordinal}: {stage.name}",
            reverse("sprints:stage", kwargs=words | {"ordinal": stage.ordinal}),
        )
        for stage in STAGES
    ]
    return [*acts, *stages]


def next_act(practice: Practice, sprint: Sprint, *, me: User) -> NextAct:
    """The sprint's next step with its address; `sprint` has project, client and lead loaded."""
    step = portfolio_rows(practice, [sprint], me=me)[0].next
    whose = ", ".join(part for part in (step.whose, step.until) if part)
    return NextAct(step.what, _url(step, practice, sprint), whose)


def _url(step: NextStep, practice: Practice, sprint: Sprint) -> str:
    words: dict[str, object] = {"practice_slug": practice.slug, "sprint_id": sprint.pk}
    if step.risk:
        return reverse("sprints:risk-detail", kwargs=words | {"number": step.risk})
    if step.stage:
        return reverse("sprints:stage", kwargs=words | {"ordinal": step.stage})
    return reverse("sprint", kwargs=words)
