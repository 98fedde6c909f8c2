"""Whether a sprint may launch, from its risks and its last whole audit."""

from collections.abc import Iterable
from typing import Any

from audits.catalogue import BY_ID
from audits.models import WHOLE, AuditRun
from audits.verdicts import Severity
from sprints.launch import LaunchAnswer, Unseen, Weighed, answer_launch
from sprints.models import Risk, Sprint


def last_whole_run(sprint: Sprint) -> AuditRun | None:
    """The newest finished run of the whole catalogue."""
    runs = AuditRun.objects.of(sprint.practice_id).filter(sprint=sprint, scope=WHOLE)
    return runs.filter(state=AuditRun.State.DONE).order_by("-number").first()


def answer_of(risks: Iterable[Risk], run: AuditRun | None) -> LaunchAnswer:
    """The computed answer; `risks` in the order of the list."""
    weighed = [
        Weighed(
            ref=risk.ref,
            title=risk.title,
            band=risk.band,
            is_unsettled=risk.is_unsettled,
            is_accepted=risk.state == Risk.State.ACCEPTED,
        )
        for risk in risks
        if risk.outside_accepted_at is None
    ]
    unseen = unseen_of(run.coverage) if run else []
    return answer_launch(weighed, unseen, has_audit=run is not None)


# `Any` below: the coverage as JSON.


def unseen_of(coverage: dict[str, Any]) -> list[Unseen]:
    """The checks that could stop a launch alone and could not look."""
    return [
        Unseen(check_id=name, title=BY_ID[name].title, is_blocked=kind == "blocked")
        for kind in ("blocked", "unknown")
        for name in coverage.get(kind, ())
        if name in BY_ID and BY_ID[name].severity == Severity.S0
    ]


def coverage_sentence(coverage: dict[str, Any]) -> str:
    """`89 of 96 checks ran; 5 were stopped by the site’s own firewall, 2 got no answer.`"""
    total = coverage.get("total", 0)
    if not total:
        return ""
    kinds = (
        (
            "blocked",
            "was stopped by the site’s own firewall",
            "were stopped by the site’s own firewall",
        ),
        ("unknown", "got no answer", "got no answer"),
        ("not_consented", "waits for consent", "wait for consent"),
    )
    counts = [(len(coverage.get(name, ())), one, many) for name, one, many in kinds]
    missing = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
    if not missing:
        return f"All {total} checks ran."
    return f"{coverage.get('ran', 0)} of {total} checks ran; {', '.join(missing)}."
