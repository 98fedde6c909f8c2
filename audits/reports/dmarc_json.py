"""One DMARC tree walk as plain JSON values."""

from collections.abc import Iterator
from typing import Any

from audits.observations.dmarc_walk import DmarcWalk, WalkStep
from audits.observations.spf_macro import clip_term

KEYS = (
    "queried", "organizational_domain", "record_domain", "record", "policy", "errors"
)  # fmt: skip


def walk_as_json(walk: DmarcWalk, *, is_existing: bool | None) -> dict[str, Any]:  # Any: JSON
    """The policy for `walk.domain`. `is_existing` None: it could not be found out, which
    counts as existing and is named among the errors."""
    step = walk.applied
    effective = walk.effective(is_existing=is_existing is not False)
    return {
        "queried": list(walk.queried),
        "organizational_domain": walk.organizational_domain,
        "record_domain": step.domain if step else None,
        "record": step.record.text if step and step.record else None,
        "policy": str(effective.policy) if effective else None,
        "errors": [*_errors(walk), *_unsure(walk, is_existing=is_existing)],
    }


def _errors(walk: DmarcWalk) -> Iterator[dict[str, str]]:
    for step in walk.steps:
        yield from _at(step)
    found = walk.applied
    if found is None or found.record is None:
        return
    for problem in found.record.problems:
        if problem.code == "p_not_second":
            continue  # right by RFC 9989; only readers of RFC 7489 mind
        yield _error(found.queried, problem.code, problem.met, problem.message)
    if not found.record.is_applied:
        message = "The record has no valid policy and no valid rua, so receivers apply no DMARC."
        yield _error(found.queried, "no_effect", "p", message)


def _at(step: WalkStep) -> Iterator[dict[str, str]]:
    if not step.is_known:
        message = f"Nobody answered for {step.queried} ({clip_term(step.reason)})."
        yield _error(step.queried, "dns_error", step.queried, message)
    if len(step.texts) > 1:
        message = f"{step.queried} has {len(step.texts)} DMARC records; all are discarded."
        yield _error(step.queried, "multiple_records", step.queried, message)
    for text in step.near_misses if not step.texts else ():
        message = "This text only looks like a DMARC record: it does not begin with v=DMARC1."
        yield _error(step.queried, "near_miss", clip_term(text), message)


def _unsure(walk: DmarcWalk, *, is_existing: bool | None) -> Iterator[dict[str, str]]:
    if is_existing is None:
        message = f"Whether {walk.domain} exists could not be found out; it is taken as existing."
        yield _error(walk.domain, "dns_error", walk.domain, message)


def _error(queried: str, code: str, term: str, message: str) -> dict[str, str]:
    return {"domain": queried, "code": code, "term": term, "message": message}
