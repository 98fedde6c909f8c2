"""What a consultant proposes: a date to live with a risk, a yes with its conditions."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone

from accounts.models import User
from sprints.accepting import REASONS, Proposal, chip_days, latest_day
from sprints.deciding import BETTER_REASONS, Chosen, Condition
from sprints.models import Acceptance, Decision, Risk
from sprints.moments import calendar_day
from sprints.outcome import CONDITIONAL, GO, WAYS_BACK, is_better
from sprints.withholding import refuse_key

OTHER_DAY: Final = "other"
MOST_CONDITIONS: Final = 8


def joined(prepared: Mapping[str, str], key: str, words: str) -> str:
    """The prepared reason and what was added to it, as sentences."""
    said = [prepared.get(key, ""), words.strip()]
    return " ".join(f"{part.rstrip('.')}." for part in said if part)


class DayInput(forms.DateInput):
    input_type = "date"

    # `Any`: the attributes of an element.
    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class ProposalForm(forms.Form):
    """Until when the founder is asked to live with a risk, and why."""

    reason = forms.ChoiceField(
        label="Why it may stay for now", widget=forms.RadioSelect, choices=REASONS,
        error_messages={"required": "The founder decides by a reason: choose one."},
    )  # fmt: skip
    words = forms.CharField(
        label="In your words", required=False, max_length=280,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The founder reads this with the reason above.",
    )  # fmt: skip
    until = forms.ChoiceField(
        label="Until", widget=forms.RadioSelect,
        error_messages={"required": "Choose until which day you would live with it."},
    )  # fmt: skip
    other_day = forms.DateField(label="Another day", required=False, widget=DayInput)
    treatment = forms.ChoiceField(
        label="What happens with it", choices=Acceptance.Treatment, initial="accept",
        error_messages={"required": "Choose what happens with it until then."},
    )  # fmt: skip
    control = forms.CharField(
        label="What keeps it small", required=False, max_length=400,
        help_text="For instance: “An alert rings when it happens.”",
    )  # fmt: skip
    conditions = forms.CharField(
        label="Only as long as", required=False, max_length=800,
        widget=forms.Textarea(attrs={"rows": 2}), help_text="One a line.",
    )  # fmt: skip

    # `Any`: Django's own arguments of a form.
    def __init__(self, *args: Any, risk: Risk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        last = latest_day(risk.band, today)
        chips = [
            (str(days), f"{days} days, until {calendar_day(today + timedelta(days=days), today)}")
            for days in chip_days(risk.band)
        ]
        self.fields["until"].choices = [*chips, (OTHER_DAY, "Another day")]  # type: ignore[attr-defined]
        self.fields["until"].initial = chips[0][0]
        self.fields["until"].help_text = (
            f"A risk like this ({risk.band.words}) may stay until "
            f"{calendar_day(last, today)} at the latest."
        )
        self.fields["other_day"].widget.attrs |= {
            "min": (today + timedelta(days=1)).isoformat(),
            "max": last.isoformat(),
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("until") == OTHER_DAY and not given.get("other_day"):
            self.add_error("other_day", "No day is given. An acceptance always ends on one.")
        return given

    def proposal(self) -> Proposal:
        given = self.cleaned_data
        is_other = given["until"] == OTHER_DAY
        expires_on = given["other_day"] if is_other else _in_days(int(given["until"]))
        lines = tuple(line.strip()[:200] for line in given["conditions"].splitlines())
        return Proposal(
            rationale=joined(dict(REASONS), given["reason"], given["words"]),
            expires_on=expires_on,
            treatment=given["treatment"],
            control=given["control"],
            conditions=tuple(line for line in lines if line),
        )


def _in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


class ConditionForm(forms.Form):
    """One row of "yes, if"."""

    text = forms.CharField(label="What must hold", required=False, max_length=280)
    check_id = forms.ChoiceField(label="Seen by", required=False)
    owner = forms.ChoiceField(label="Who", required=False)
    due_on = forms.DateField(label="By", required=False, widget=DayInput)

    # `Any`: Django's own arguments of a form.
    def __init__(
        self, *args: Any, people: Mapping[int, str], checks: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.checks = checks
        given = [("", "A person, by hand"), *checks.items()]
        self.fields["check_id"].choices = given  # type: ignore[attr-defined]
        named = [("", "Choose"), *((str(pk), name) for pk, name in people.items())]
        self.fields["owner"].choices = named  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.is_blank(given):
            return given
        if not given.get("owner"):
            self.add_error("owner", "Nobody is named. A condition without a person stays undone.")
        if not given.get("due_on") and "due_on" not in self.errors:
            self.add_error("due_on", "No day is given. Choose the day by which it must hold.")
        elif given.get("due_on") and given["due_on"] < timezone.localdate():
            self.add_error("due_on", "This day has passed. Choose today or a later one.")
        return given

    def is_blank(self, given: Mapping[str, Any]) -> bool:
        return not given.get("text") and not given.get("check_id")

    def condition(self, owners: Mapping[int, User]) -> Condition | None:
        given = self.cleaned_data
        if self.is_blank(given):
            return None
        return Condition(
            text=given["text"] or f"{self.checks[given['check_id']]}: checked and fine",
            owner=owners[int(given["owner"])],
            due_on=given["due_on"],
            check_id=given["check_id"],
        )


class RecommendForm(forms.Form):
    """What is recommended, beside what is computed."""

    outcome = forms.ChoiceField(
        label="You recommend", widget=forms.RadioSelect,
        error_messages={"required": "Choose what you recommend; the founder answers to that."},
    )  # fmt: skip
    reason = forms.ChoiceField(
        label="Why better than computed", required=False, widget=forms.RadioSelect,
        choices=BETTER_REASONS,
    )  # fmt: skip
    words = forms.CharField(
        label="In your words", required=False, max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}), help_text="The founder reads it first.",
    )  # fmt: skip
    change_words = forms.CharField(
        label="What would change it", required=False, max_length=400,
        help_text="For instance: “If the payment test fails again, we wait.”",
    )  # fmt: skip
    skipped = forms.MultipleChoiceField(
        label="Stages left out of this sprint", required=False,
        widget=forms.CheckboxSelectMultiple, help_text="The founder’s yes counts for these too.",
    )  # fmt: skip
    way_back = forms.ChoiceField(
        label="The way back from what you touch", widget=forms.RadioSelect,
        choices=list(WAYS_BACK.items()),
        error_messages={"required": "Choose how you would get back, should the work go wrong."},
    )  # fmt: skip

    # `Any`: Django's own arguments of a form.
    def __init__(
        self, *args: Any, kind: str, computed: str, stages: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.computed = computed
        is_start = kind == Decision.Kind.START
        words = START_WORDS if is_start else LAUNCH_WORDS
        self.fields["outcome"].choices = list(words.items())  # type: ignore[attr-defined]
        self.fields["skipped"].choices = stages  # type: ignore[attr-defined]
        if not stages:
            del self.fields["skipped"]
        if not is_start:
            del self.fields["way_back"]
        if computed == GO:
            del self.fields["reason"]
        else:
            said = words[computed].split(" the conditions")[0].rstrip(",")
            self.fields["reason"].help_text = f"Only where you say more than “{said}”."

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        outcome = given.get("outcome")
        is_more = bool(outcome) and is_better(str(outcome), self.computed)
        if is_more and "reason" not in self.errors and not given.get("reason"):
            self.add_error(
                "reason",
                "This is better than what is computed. Choose why; the founder reads both.",
            )
        return given

    def chosen(self, conditions: Sequence[Condition]) -> Chosen:
        given = self.cleaned_data
        outcome = given["outcome"]
        prepared = dict(BETTER_REASONS) if is_better(outcome, self.computed) else {}
        return Chosen(
            outcome=outcome,
            rationale=joined(prepared, given.get("reason", ""), given["words"]),
            change_words=given["change_words"],
            conditions=conditions if outcome == CONDITIONAL else (),
            skipped=[int(ordinal) for ordinal in given.get("skipped", ())],
        )


LAUNCH_WORDS: Final = {
    "go": "Yes, launch",
    "conditional_go": "Yes, if the conditions below hold",
    "no_go": "Not yet",
}
START_WORDS: Final = {
    "go": "Yes, work can start",
    "conditional_go": "Yes, if the conditions below hold",
    "no_go": "Not yet",
}


class TalkForm(forms.Form):
    """A founder's words when they want to talk first."""

    words = forms.CharField(
        label="What you want to talk about", required=False, max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}), validators=[refuse_key],
    )  # fmt: skip
