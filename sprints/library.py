"""Write-ups that are used again: the practice's own, and what needn't be built yet."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Practice, User
from sprints.absorb import next_number
from sprints.dont_overbuild import DONT_OVERBUILD, WriteUp
from sprints.impact import Strength
from sprints.models import Risk, RiskTemplate, Sprint
from sprints.models.activity import record

# `Any`: the values of a write-up's fields, by their names.
type Values = dict[str, Any]

OWN = "own-"
TAKEN = (
    *("title", "plain_summary", "remedy", "revisit_when", "stage"),
    *("consequence", "likelihood", "recovery", "effort"),
)


class TitleTakenError(ValueError):
    """Another write-up that is in use has this title."""

    def __init__(self, title: str) -> None:
        super().__init__(
            f"The library has a write-up called “{title}” already. Two of the same name can’t be "
            "told apart when you add a risk: change one of the titles."
        )


class StaleWriteUpError(Exception):
    """Somebody changed or retired it since it was read; `now` is how it stands."""

    def __init__(self, now: RiskTemplate) -> None:
        self.now = now
        super().__init__(str(now))


def write_ups(practice: Practice, words: str = "") -> tuple[list[WriteUp], list[WriteUp]]:
    """The practice's own, then those of “don't overbuild” of which it has no copy, as far as
    they hold the words."""
    rows = RiskTemplate.objects.of(practice).filter(archived_at=None)
    own = [
        WriteUp(
            f"{OWN}{row.pk}", version=row.version, **{name: getattr(row, name) for name in TAKEN}
        )
        for row in rows
    ]
    copied = {one.title for one in own}
    built_in = [one for one in DONT_OVERBUILD if one.title not in copied]
    return [one for one in own if one.has(words)], [one for one in built_in if one.has(words)]


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
    values: Values = {name: getattr(risk, name) for name in TAKEN}
    rows = RiskTemplate.objects.filter(practice=risk.practice_id, archived_at=None)
    known = rows.select_for_update().filter(title=risk.title).first()
    if known is None:
        return write(risk.practice_id, values, by=by)
    if said_by(known) == values:
        raise ValueError(f"The library says this already, as version {known.version}.")
    _become(known, values, by)
    return known


def write(practice_id: int, values: Values, *, by: User) -> RiskTemplate:
    """A write-up of its own. Raises TitleTakenError."""
    rows = RiskTemplate.objects.filter(practice=practice_id, archived_at=None)
    if rows.filter(title=values["title"]).exists():
        raise TitleTakenError(values["title"])
    made = {"changed_by": by, "changed_at": timezone.now()}
    try:
        with transaction.atomic():
            return RiskTemplate.objects.create(practice_id=practice_id, **values, **made)
    except IntegrityError as error:
        raise TitleTakenError(values["title"]) from error


def change(template: RiskTemplate, values: Values, *, by: User, seen: str) -> RiskTemplate:
    """The next version; what the write-up said before stays in `earlier`.

    `seen` is `RiskTemplate.seen` as it was on the screen. A retired one is offered again.
    Raises StaleWriteUpError with the row as it is now, TitleTakenError, or ValueError.
    """
    held = RiskTemplate.objects.select_for_update().get(pk=template.pk)
    if held.seen != seen:
        raise StaleWriteUpError(held)
    if said_by(held) == values and held.archived_at is None:
        raise ValueError("Nothing is different yet, so there is no new version to keep.")
    _refuse_same_title(held, str(values["title"]))
    _become(held, values, by)
    return held


def archive(template: RiskTemplate, *, by: User) -> None:
    """Offer it no more. Raises ValueError where that was done already."""
    rows = RiskTemplate.objects.filter(pk=template.pk, practice=template.practice_id)
    now = timezone.now()
    if not rows.filter(archived_at=None).update(archived_at=now, changed_by=by, changed_at=now):
        raise ValueError(f"“{template.title}” is retired already.")


def offer_again(template: RiskTemplate, *, by: User) -> None:
    """Take a retired one back as it was. Raises ValueError with a sentence."""
    held = RiskTemplate.objects.select_for_update().get(pk=template.pk)
    if held.archived_at is None:
        raise ValueError(f"“{held.title}” is in the library already.")
    _refuse_same_title(held, held.title)
    held.archived_at, held.changed_by, held.changed_at = None, by, timezone.now()
    held.save(update_fields=["archived_at", "changed_by", "changed_at"])


def said_by(template: RiskTemplate) -> Values:
    """Its fields, as a list takes them."""
    return {name: getattr(template, name) for name in TAKEN}


def _refuse_same_title(template: RiskTemplate, title: str) -> None:
    rows = RiskTemplate.objects.filter(practice=template.practice_id, archived_at=None)
    if rows.filter(title=title).exclude(pk=template.pk).exists():
        raise TitleTakenError(title)


def _become(held: RiskTemplate, values: Values, by: User) -> None:
    now = timezone.now()
    before = {"version": held.version, "until": now.isoformat(), **said_by(held)}
    held.earlier = [*held.earlier, before]
    for name, value in values.items():
        setattr(held, name, value)
    held.version += 1
    held.archived_at, held.changed_by, held.changed_at = None, by, now
    held.save()
