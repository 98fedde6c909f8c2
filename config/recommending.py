"""A consultant's recommendation while it is being written."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from accounts.access import TenantRequest
from accounts.models import User
from audits.catalogue import BY_ID
from config.client_decision import founder_card
from config.deciding_inputs import launch_computed, start_computed
from sprints.deciding import Chosen, Condition
from sprints.forms import people_of
from sprints.forms_decisions import (
    LAUNCH_WORDS,
    MOST_CONDITIONS,
    START_WORDS,
    ConditionForm,
    RecommendForm,
)
from sprints.mailing import first_name, founders_of
from sprints.models import Decision, Risk, Sprint, Stage
from sprints.moments import calendar_day
from sprints.outcome import WAYS_BACK, Computed, Sort, headed

PREFILLED_CONDITIONS = 4
# What becomes a condition by itself, and how it begins.
OFFERS = {Sort.FIRST: "Fixed and checked: ", Sort.UNSEEN: "Looked at and fine: ", Sort.ACCESS: ""}
USUAL_DAYS = timedelta(days=7)

# `Any` throughout: whatever a template reads.


class Asked:
    """The page's forms, and what follows from the sprint and from what is filled in."""

    def __init__(self, request: TenantRequest, sprint: Sprint) -> None:
        self.sprint, self.by, self.data = sprint, request.user, request.POST
        self.is_bound = request.method == "POST"
        self.refusal = ""
        given = (self.data or request.GET).get("kind", "")
        is_start = given == Decision.Kind.START
        self.kind = Decision.Kind.START if is_start else Decision.Kind.LAUNCH
        stages = Stage.objects.of(sprint.practice_id).filter(sprint=sprint).order_by("ordinal")
        self.stages = [
            (str(one.ordinal), one.name) for one in stages if one.state != Stage.State.DONE
        ]
        self.computed = self._computed()
        self.people = people_of(sprint.client)
        self.form = RecommendForm(
            self.data if self.is_bound else None,
            kind=self.kind,
            computed=self.computed.outcome,
            stages=self.stages,
            initial={"outcome": self.computed.outcome, "way_back": "noted"},
        )
        self.rows = self._rows()

    def _computed(self) -> Computed:
        ordinals = {ordinal for ordinal, _ in self.stages}
        listed = self.data.getlist("skipped") if isinstance(self.data, QueryDict) else []
        skipped = sorted(int(one) for one in listed if one in ordinals)
        if self.kind == Decision.Kind.LAUNCH:
            return launch_computed(self.sprint, skipped)
        way_back = self.data.get("way_back", "noted")
        return start_computed(self.sprint, way_back if way_back in WAYS_BACK else "none", skipped)

    def _rows(self) -> list[ConditionForm]:
        checks = self._checks()
        ours: dict[str, Any] = {"people": self.people, "checks": checks}
        if not self.is_bound:
            offers = self._offers(checks)
            starts: Sequence[dict[str, Any]] = [*offers, {}]
            return [
                ConditionForm(prefix=f"c{n}", initial=start, **ours)
                for n, start in enumerate(starts)
            ]
        given = self.data.get("rows", "1")
        count = min(int(given) if given.isdecimal() and len(given) < 3 else 1, MOST_CONDITIONS)  # noqa: PLR2004 - digits
        rows = [ConditionForm(self.data, prefix=f"c{n}", **ours) for n in range(max(count, 1))]
        if self.data.get("act") == "more" and len(rows) < MOST_CONDITIONS:
            rows.append(ConditionForm(prefix=f"c{len(rows)}", **ours))
        return rows

    def _checks(self) -> Mapping[str, str]:
        """The checks that could say it: those behind what is open."""
        risks = Risk.objects.of(self.sprint.practice_id).filter(sprint=self.sprint)
        ids = set(risks.exclude(check_id="").values_list("check_id", flat=True))
        ids |= {line.key for line in self.computed.lines if line.sort == Sort.UNSEEN}
        found = {name: BY_ID[name].title for name in ids if name in BY_ID}
        return dict(sorted(found.items(), key=lambda pair: pair[1]))

    def _offers(self, checks: Mapping[str, str]) -> list[dict[str, Any]]:
        """Conditions that follow from what is computed, to be changed at will."""
        today = timezone.localdate()
        due = self.sprint.project.launch_on or today + USUAL_DAYS
        lead = self.sprint.lead_id if self.sprint.lead_id in self.people else None
        risks = Risk.objects.of(self.sprint.practice_id).filter(sprint=self.sprint)
        by_ref = {risk.ref: risk for risk in risks.only("number", "check_id", "owner")}
        offers: dict[str, dict[str, Any]] = {}
        for line in self.computed.lines:
            if line.sort not in OFFERS or not line.is_shown or line.text in offers:
                continue
            risk = by_ref.get(line.key) if line.sort == Sort.FIRST else None
            whose = self._giver() if line.sort == Sort.ACCESS else None
            check = risk.check_id if risk else line.key
            offers[line.text] = {
                "text": f"{OFFERS[line.sort]}{line.text}",
                "check_id": check if check in checks else "",
                "owner": (risk.owner_id if risk else whose) or lead,
                "due_on": max(due, today),
            }
        return list(offers.values())[:PREFILLED_CONDITIONS]

    def _giver(self) -> int | None:
        """Access is the founder's to give, where it is clear which founder."""
        founders = founders_of(self.sprint)
        return founders[0].pk if len(founders) == 1 else None

    def is_valid(self) -> bool:
        is_good = self.form.is_valid()
        if self.data.get("outcome") == Decision.Outcome.CONDITIONAL:
            # Every row says what it lacks.
            valid = [row.is_valid() for row in self.rows]
            is_good = all(valid) and is_good
        return is_good

    def chosen(self) -> Chosen:
        return self.form.chosen(self._conditions())

    def _conditions(self) -> list[Condition]:
        if self.form.cleaned_data.get("outcome") != Decision.Outcome.CONDITIONAL:
            return []
        owners = {user.pk: user for user in User.objects.filter(pk__in=self.people)}
        found = [row.condition(owners) for row in self.rows if row.is_bound]
        return [one for one in found if one is not None]

    def kept_words(self) -> str:
        if founders_of(self.sprint):
            return "Your recommendation waits for the founder’s answer."
        return "Kept. The founder answers it when they join."

    def context(self) -> dict[str, Any]:
        words = START_WORDS if self.kind == Decision.Kind.START else LAUNCH_WORDS
        hidden = [line.text for line in self.computed.lines if not line.is_shown]
        return {
            "kind": self.kind,
            "is_launch": self.kind == Decision.Kind.LAUNCH,
            "computed": words[self.computed.outcome].replace(" below", ""),
            "reasons": headed(self.computed.lines, for_founder=False),
            "hidden": hidden,
            "form": self.form,
            "rows": self.rows,
            "may_add": len(self.rows) < MOST_CONDITIONS,
            "refusal": self.refusal,
            "preview": self._preview(),
        }

    def _preview(self) -> dict[str, Any]:
        """The founder's card from what is filled in by now."""
        is_whole = self.is_bound and self.is_valid()
        chosen = self.chosen() if is_whole else Chosen(outcome=self.computed.outcome)
        conditions = [
            {
                "text": one.text,
                "who": first_name(one.owner),
                "day": calendar_day(one.due_on, timezone.localdate()),
            }
            for one in chosen.conditions
        ]
        return founder_card(
            self.kind, chosen.outcome, self.computed.outcome, self.computed.lines, self.by
        ) | {
            "rationale": chosen.rationale,
            "change_words": chosen.change_words,
            "conditions": conditions,
        }
