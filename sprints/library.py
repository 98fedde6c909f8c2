"""Write-ups that are used again: the practice's own, and what needn't be built yet."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Practice, User
from sprints.absorb import next_number
from sprints.dont_overbuild import DONT_OVERBUILD, WriteUp
from sprints.impact import Strength
from sprints.models import Risk, RiskTemplate, Sprint
from sprints.models.activity import record

OWN = "own-"
TAKEN = (
    *("title", "plain_summary", "remedy", "revisit_when", "stage"),
    *("consequence", "likelihood", "recovery", "effort"),
)


def write_ups(practice: Practice, words: str = "") -> tuple[list[WriteUp], list[WriteUp]]:
    """The practice's own, then those of “don't overbuild”, as far as they hold the words."""
    rows = RiskTemplate.objects.of(practice).filter(archived_at=None)
    own = [
        WriteUp(
            f"{OWN}{row.pk}", version=row.version, **{name: getattr(row, name) for name in TAKEN}
        )
        for row in rows
    ]
    return [one for one in own if one.has(words)], [one for one in DONT_OVERBUILD if one.has(words)]


def put_on_list(sprint: Sprint, one: WriteUp, *, by: User) -> Risk:
    """A risk from the write-up. Raises ValueError where an open one has its title already."""
    Sprint.objects.select_for_update().get(pk=sprint.pk)
    here = Risk.objects.filter(practice=sprint.practice_id, sprint=sprint)
    same = here.unsettled().filter(title=one.title).first()
    if same is not None:
        raise ValueError(f"“{one.title}” is on the list already, as {same.ref}.")
    risk = Risk.objects.create(
        practice_id=sprint.practice_id,
        client_id=sprint.client_id,
        sprint=sprint,
        number=next_number(sprint),
        source=Risk.Source.LIBRARY,
        strength=Strength.REPORTED,
        is_title_ours=True,
        is_weight_ours=True,
        **{name: getattr(one, name) for name in TAKEN},
    )
    if one.key.startswith(OWN):
        own = RiskTemplate.objects.filter(practice=sprint.practice_id, pk=one.key.removeprefix(OWN))
        own.update(times_used=F("times_used") + 1)
    record(sprint, "risk_created", risk.ref, actor=by, is_internal=not risk.plain_summary)
    return risk


def keep(risk: Risk, *, by: User) -> RiskTemplate:
    """Save the risk's words into the library; the same title becomes its next version.

    Raises ValueError with a sentence.
    """
    if not risk.plain_summary:
        raise ValueError(f"{risk.ref} doesn’t say yet what users would notice. Write that first.")
    values = {name: getattr(risk, name) for name in TAKEN}
    rows = RiskTemplate.objects.filter(practice=risk.practice_id, archived_at=None)
    known = rows.select_for_update().filter(title=risk.title).first()
    if known is not None and all(getattr(known, name) == values[name] for name in TAKEN):
        raise ValueError(f"The library says this already, as version {known.version}.")
    changed = {"changed_by": by, "changed_at": timezone.now()}
    if known is not None:
        rows.filter(pk=known.pk).update(version=F("version") + 1, **values, **changed)
        known.refresh_from_db()
        return known
    try:
        with transaction.atomic():
            return RiskTemplate.objects.create(practice_id=risk.practice_id, **values, **changed)
    except IntegrityError as error:
        raise ValueError("Somebody saved the same title this very moment.") from error


def archive(template: RiskTemplate, *, by: User) -> None:
    """Offer it no more. Raises ValueError where that was done already."""
    rows = RiskTemplate.objects.filter(pk=template.pk, practice=template.practice_id)
    now = timezone.now()
    if not rows.filter(archived_at=None).update(archived_at=now, changed_by=by, changed_at=now):
        raise ValueError(f"“{template.title}” is archived already.")
