"""What a decision rests on, read from the sprint, its requests and its last whole audit."""

from collections.abc import Sequence

from django.utils import timezone

from audits.catalogue import BY_ID
from config.launching import answer_of, last_whole_run
from sprints.launch import Answer
from sprints.listing import risks_of
from sprints.models import Consent, Decision, ProjectHost, Request, Risk, Sprint, Stage
from sprints.moments import calendar_day
from sprints.outcome import WAYS_BACK, Computed, Line, Sort, lines_of

# What was asked for and has not come.
MISSING = (Request.State.SENT, Request.State.NOT_FOUND)


def computed_now(decision: Decision) -> Computed:
    """What the decision would rest on at this moment."""
    skipped = [int(ordinal) for ordinal in decision.skipped_stages]
    if decision.kind == Decision.Kind.LAUNCH:
        return launch_computed(decision.sprint, skipped)
    sorts = (Sort.WAY_BACK, Sort.NO_WAY_BACK)
    ways = [line.key for line in lines_of(decision.inputs) if line.sort in sorts]
    return start_computed(decision.sprint, ways[0] if ways else "none", skipped)


def start_computed(sprint: Sprint, way_back: str, skipped: Sequence[int] = ()) -> Computed:
    """Whether work can start: access, consent, scope, a way back. Open risks don't count:
    mending them is the sprint."""
    lines = [*access_lines(sprint), *consent_lines(sprint), scope_line(sprint)]
    sort = Sort.NO_WAY_BACK if way_back == "none" else Sort.WAY_BACK
    lines.append(Line(sort, way_back, WAYS_BACK[way_back]))
    return Computed(Decision.Kind.START, (*lines, *skipped_lines(sprint, skipped)))


def access_lines(sprint: Sprint) -> list[Line]:
    asked = Request.objects.of(sprint.practice_id).filter(sprint=sprint, state__in=MISSING)
    kinds = (Request.Kind.ACCESS, Request.Kind.KEY)
    lines = [Line(Sort.ACCESS, f"{one.pk}", one.title) for one in asked.filter(kind__in=kinds)]
    return lines or [Line(Sort.ACCESS_GIVEN, "access", "Nothing that we asked for is missing.")]


def consent_lines(sprint: Sprint) -> list[Line]:
    """A consent that was taken back and not given again; public looks need none."""
    given = Consent.objects.of(sprint.practice_id).filter(project=sprint.project_id)
    levels = {(one.domain, one.level): False for one in given}
    for one in given:
        levels[one.domain, one.level] |= one.withdrawn_at is None
    lines = [
        Line(Sort.CONSENT_GONE, f"{domain}:{level}", f"The deeper look at {domain}")
        for (domain, level), holds in sorted(levels.items())
        if not holds
    ]
    held = "The deeper look is agreed." if levels else "We look as any visitor could."
    return lines or [Line(Sort.CONSENT_HELD, "consent", held)]


def scope_line(sprint: Sprint) -> Line:
    """The hosts that we may touch, as they are declared."""
    if sprint.project.archived_at or not sprint.project.domain:
        return Line(Sort.SCOPE_OPEN, "scope", "No address is declared yet.")
    declared = ProjectHost.objects.of(sprint.practice_id).filter(project=sprint.project_id)
    names = list(dict.fromkeys([sprint.project.domain, *declared.values_list("name", flat=True)]))
    shown = ", ".join(names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 - as shown above
    return Line(Sort.SCOPE, "scope", f"{shown}{more}")


def launch_computed(sprint: Sprint, skipped: Sequence[int] = ()) -> Computed:
    """Whether the product may launch, with everything that the answer rests on."""
    risks, run = list(risks_of(sprint)), last_whole_run(sprint)
    answer = answer_of(risks, run)
    by_ref = {risk.ref: risk for risk in risks}
    lines = [risk_line(Sort.STOPS, by_ref[one.ref]) for one in answer.blocking]
    lines += [risk_line(Sort.FIRST, by_ref[one.ref]) for one in answer.conditions]
    if answer.answer == Answer.NOT_KNOWN or run is None:
        lines.append(Line(Sort.NOT_LOOKED, "audit", "No audit has looked at everything yet."))
    lines += [Line(Sort.UNSEEN, one.check_id, one.title) for one in answer.unseen]
    names = run.coverage.get("not_consented", ()) if run else ()
    lines += missed_lines(names)
    lines += [risk_line(Sort.ACCEPTED, by_ref[one.ref]) for one in answer.accepted]
    return Computed(Decision.Kind.LAUNCH, (*lines, *skipped_lines(sprint, skipped)))


def missed_lines(names: Sequence[str]) -> list[Line]:
    """The trouble that nobody looked for, because the deeper look was not agreed."""
    known = {name: BY_ID[name].trouble for name in names if name in BY_ID}
    return [Line(Sort.CONSENT, name, known.get(name, name)) for name in names]


def risk_line(sort: Sort, risk: Risk) -> Line:
    """A founder reads it where the risk is theirs to see."""
    is_shown = not risk.is_internal and bool(risk.plain_summary)
    text = risk.title
    if sort == Sort.ACCEPTED and risk.accepted_until:
        text += f", until {calendar_day(risk.accepted_until, timezone.localdate())}"
    return Line(sort, risk.ref, text, is_shown)


def skipped_lines(sprint: Sprint, skipped: Sequence[int]) -> list[Line]:
    stages = Stage.objects.of(sprint.practice_id).filter(sprint=sprint, ordinal__in=skipped)
    return [Line(Sort.SKIPPED, f"{stage.ordinal}", stage.name) for stage in stages]
