"""How an audit's findings enter the risk list: opened, seen again, closed, come back.

The audit looks and judges; this module only compares what it found with the list. The
engine never overwrites a person's numbers or words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F

from sprints.deciding import meet_checked
from sprints.impact import WEIGHT_OF_SEVERITY, Strength
from sprints.models.activity import record
from sprints.models.risk import Risk, RiskSighting
from sprints.models.sprint import Sprint
from sprints.reconsidering import reconsider

Word = RiskSighting.Word


@dataclass(frozen=True, slots=True)
class Trouble:
    """One finding that opens or refreshes a risk. `severity` is 0 to 3."""

    check_id: str
    fingerprint: str
    subject: str
    severity: int
    stage: int
    title: str
    plain_summary: str
    observed: str
    expected: str
    evidence: tuple[tuple[str, str], ...]
    remedy: str
    source: str
    is_confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    """What a run could and could not judge of one check, by subject."""

    judged: frozenset[str]
    unseen: frozenset[str] = frozenset()


@dataclass(slots=True)
class Absorbed:
    """What a run changed in the list; references in the order of the list."""

    opened: list[str] = field(default_factory=list)
    came_back: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    still: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, list[str]]:
        return {
            "opened": self.opened,
            "came_back": self.came_back,
            "closed": self.closed,
            "still": self.still,
        }


def absorb(
    sprint: Sprint,
    *,
    audit_number: int,
    at: datetime,
    troubles: Iterable[Trouble],
    looks: Mapping[str, Look],
) -> Absorbed:
    """Bring the risk list up to date with one run, inside the caller's transaction.

    Safe to run twice with the same run: a risk that already has this run's sighting is
    left alone. `looks` says per check id which subjects were judged; a risk closes only
    where its check was able to look.
    """
    Sprint.objects.select_for_update().get(pk=sprint.pk)
    by_print = {trouble.fingerprint: trouble for trouble in troubles}
    known = _known(sprint)
    done = set(
        RiskSighting.objects.filter(risk__sprint=sprint, audit_number=audit_number).values_list(
            "risk_id", flat=True
        )
    )
    absorbed, sightings = Absorbed(), []
    for trouble in by_print.values():
        risk = known.get(trouble.fingerprint)
        if risk is None:
            risk, word = _opened(sprint, trouble, at), Word.OPENED
        elif risk.pk in done:
            continue
        else:
            word = _seen_again(risk, trouble, at)
        _note(absorbed, word, risk.ref)
        sightings.append(_sighting(risk, audit_number, at, word, trouble.observed))
    for fingerprint, risk in known.items():
        is_watched = risk.is_unsettled or risk.state == Risk.State.ACCEPTED
        if fingerprint in by_print or risk.pk in done or not is_watched:
            continue
        said = _word_for_absent(risk, looks.get(risk.check_id))
        if said is None:
            continue
        if said == Word.GONE:
            _close(risk, at)
        _note(absorbed, said, risk.ref)
        sightings.append(_sighting(risk, audit_number, at, said, ""))
    RiskSighting.objects.bulk_create(sightings)
    reconsider(known.values())
    meet_checked(sprint, _passing(looks, by_print.values()))
    return absorbed


def _passing(looks: Mapping[str, Look], troubles: Iterable[Trouble]) -> list[str]:
    """The checks that looked everywhere they wanted to and found no trouble."""
    red = {trouble.check_id for trouble in troubles}
    return [name for name, look in looks.items() if look.judged and not look.unseen
            and name not in red]  # fmt: skip


def _known(sprint: Sprint) -> dict[str, Risk]:
    risks = Risk.objects.select_for_update().filter(sprint=sprint, fingerprint__isnull=False)
    return {str(risk.fingerprint): risk for risk in risks}


def next_number(sprint: Sprint) -> int:
    """The next reference of the sprint; never given twice, also after a deletion."""
    Sprint.objects.filter(pk=sprint.pk).update(risk_count=F("risk_count") + 1)
    sprint.refresh_from_db(fields=["risk_count"])
    return sprint.risk_count


def _opened(sprint: Sprint, trouble: Trouble, at: datetime) -> Risk:
    risk = Risk(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint=sprint,
        number=next_number(sprint),
        check_id=trouble.check_id,
        fingerprint=trouble.fingerprint,
        first_seen_at=at,
    )
    _refresh(risk, trouble, at)
    risk.save()
    return risk


def _refresh(risk: Risk, trouble: Trouble, at: datetime) -> None:
    """Take over what was met; what a person wrote stays."""
    if not risk.is_title_ours:
        risk.title, risk.plain_summary = trouble.title[:160], trouble.plain_summary[:280]
    if not risk.is_weight_ours:
        weight = WEIGHT_OF_SEVERITY[trouble.severity]
        risk.consequence, risk.likelihood = weight.consequence, weight.likelihood
        risk.recovery = weight.recovery
    risk.stage, risk.subject = trouble.stage, trouble.subject[:300]
    risk.observed, risk.expected = trouble.observed[:600], trouble.expected[:300]
    risk.evidence = [list(pair) for pair in trouble.evidence]
    risk.remedy, risk.check_source = trouble.remedy[:1000], trouble.source[:300]
    risk.strength = Strength.CONFIRMED if trouble.is_confirmed else Strength.SUSPECTED
    risk.seen_count, risk.last_seen_at = risk.seen_count + 1, at


def _seen_again(risk: Risk, trouble: Trouble, at: datetime) -> RiskSighting.Word:
    word = Word.SEEN
    _refresh(risk, trouble, at)
    if risk.state == Risk.State.VERIFIED:
        word = Word.CAME_BACK
        risk.state, risk.verified_at = Risk.State.OPEN, None
        risk.came_back_count += 1
    elif risk.state == Risk.State.FIXED:
        risk.state, risk.fixed_at = Risk.State.OPEN, None
    risk.row_version += 1
    risk.save()
    return word


def _word_for_absent(risk: Risk, look: Look | None) -> RiskSighting.Word | None:
    """What a run says about a risk that it did not find; None where it did not look."""
    if look is None:
        return None
    if risk.subject in look.judged and risk.subject not in look.unseen:
        return Word.GONE
    if look.unseen or not look.judged:
        return Word.UNKNOWN
    return Word.GONE


def _close(risk: Risk, at: datetime) -> None:
    risk.state, risk.verified_at = Risk.State.VERIFIED, at
    risk.fixed_at = risk.fixed_at or at
    risk.row_version += 1
    risk.save()


def _note(absorbed: Absorbed, word: RiskSighting.Word, ref: str) -> None:
    lists = {
        Word.OPENED: absorbed.opened,
        Word.CAME_BACK: absorbed.came_back,
        Word.GONE: absorbed.closed,
        Word.SEEN: absorbed.still,
    }
    if word in lists:
        lists[word].append(ref)


def _sighting(
    risk: Risk, audit_number: int, at: datetime, word: RiskSighting.Word, observed: str
) -> RiskSighting:
    return RiskSighting(
        practice_id=risk.practice_id,
        client_id=risk.client_id,
        risk=risk,
        audit_number=audit_number,
        at=at,
        word=word,
        observed=observed[:600],
    )


def tell(sprint: Sprint, audit_number: int, absorbed: Absorbed) -> None:
    """Write the run's outcome into the sprint's history."""
    record(sprint, "audit_finished", f"Audit {audit_number}", data=absorbed.as_data())
