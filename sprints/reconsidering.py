"""When an acceptance ends without a person: the risk changed, or its day has passed."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from sprints.accepting import (
    ACCEPTABLE,
    ALIVE,
    FIRST_REMINDER_DAYS,
    LAST_REMINDER_DAYS,
    digest_of,
    end,
    held,
    tell,
)
from sprints.impact import BAND_ORDER, Band
from sprints.mailing import to_people
from sprints.models import Acceptance, Risk
from sprints.moments import calendar_day
from sprints.outside import reconsider_outside


def reconsider(risks: Iterable[Risk]) -> None:
    """End what was proposed, accepted or left outside for risks that are not what they were."""
    by_pk = {risk.pk: risk for risk in risks}
    reconsider_outside(by_pk.values())
    rows = Acceptance.objects.filter(risk__in=by_pk, state__in=ALIVE).select_for_update()
    for one in rows.order_by("pk"):
        one.risk = by_pk[one.risk_id]
        why = _why_over(one)
        if why and one.state == Acceptance.State.PROPOSED:
            end(one, Acceptance.State.WITHDRAWN, why)
            tell(one, "acceptance_outdated", None, reason=why)
        elif why:
            _void(one, why)


def _why_over(one: Acceptance) -> str:
    risk = one.risk
    if risk.state == Risk.State.VERIFIED:
        return "It is fixed and checked."
    if one.state == Acceptance.State.PROPOSED and risk.state not in ACCEPTABLE:
        return f"It is {risk.get_state_display()}."
    if BAND_ORDER.index(risk.band) < BAND_ORDER.index(Band(one.band_at)):
        return "It weighs more than when the date was agreed."
    if digest_of(risk) != one.risk_sha256:
        return "It is not what it was when the date was agreed."
    return ""


def _void(one: Acceptance, why: str) -> None:
    end(one, Acceptance.State.VOIDED, why)
    tell(one, "acceptance_voided", None, reason=why)
    if one.risk.state != Risk.State.VERIFIED:
        people = {one.decider, one.risk.sprint.lead or one.proposer}
        key = f"acceptance-voided:{one.pk}"
        to_people("acceptance_over", one.risk.sprint, people, key=key, risk=one.risk.title, why=why)


def is_over() -> Q:
    """The acceptances whose day has passed."""
    return Q(state=Acceptance.State.ACCEPTED, expires_on__lt=timezone.localdate())


def is_near() -> Q:
    """The acceptances of which founder and lead are to be reminded now."""
    today = timezone.localdate()
    last = Q(expires_on__lte=today + timedelta(days=LAST_REMINDER_DAYS))
    first = Q(expires_on__lte=today + timedelta(days=FIRST_REMINDER_DAYS), reminded_days=None)
    unsaid = Q(reminded_days=None) | Q(reminded_days__gt=LAST_REMINDER_DAYS)
    return Q(state=Acceptance.State.ACCEPTED, expires_on__gte=today) & (first | (last & unsaid))


def expire(acceptance_id: int) -> None:
    """The day has passed: the risk is open again. Twice does no harm."""
    found = _held_where(acceptance_id, is_over())
    if found is None:
        return
    end(found, Acceptance.State.EXPIRED, "Its day has passed.")
    tell(found, "acceptance_expired", None)


def remind(acceptance_id: int) -> None:
    """One mail each to founder and lead, seven days and one day before."""
    found = _held_where(acceptance_id, is_near())
    if found is None:
        return
    today = timezone.localdate()
    days = (found.expires_on - today).days
    step = LAST_REMINDER_DAYS if days <= LAST_REMINDER_DAYS else FIRST_REMINDER_DAYS
    found.reminded_days = step
    found.save(update_fields=["reminded_days"])
    people = {found.decider, found.risk.sprint.lead or found.proposer}
    day = calendar_day(found.expires_on, today)
    key = f"acceptance-ends:{found.pk}:{step}"
    to_people("acceptance_ends", found.risk.sprint, people, key=key, risk=found.risk.title, day=day)


def _held_where(acceptance_id: int, condition: Q) -> Acceptance | None:
    """The locked acceptance, if the condition still holds for it."""
    found = Acceptance.objects.filter(pk=acceptance_id).first()
    if found is None:
        return None
    locked = held(found)
    return locked if Acceptance.objects.filter(condition, pk=locked.pk).exists() else None
