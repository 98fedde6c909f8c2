"""What a person types into a write-up of the library."""

from typing import ClassVar

from django import forms

from sprints.forms import stage_field, weight_fields
from sprints.impact import Effort
from sprints.leaks import find_leak
from sprints.library import TAKEN, Values
from sprints.models import RiskTemplate

EFFORTS = ((Effort.S, "Small: an hour or two"), (Effort.M, "Medium: about a day"),
           (Effort.L, "Large: several days"))  # fmt: skip


class WriteUpForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    """One write-up; `seen` says which version was on the screen, and is empty for a new one."""

    USUAL: ClassVar[dict[str, int]] = {"consequence": 3, "likelihood": 4, "recovery": 2}

    seen = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)
    consequence, likelihood, recovery = weight_fields().values()
    stage = stage_field()
    effort = forms.TypedChoiceField(
        label="How much work it is",
        coerce=int,
        choices=EFFORTS,
        initial=Effort.M,
        error_messages={"required": "Choose how much work it is; a guess will do."},
    )

    class Meta:
        model = RiskTemplate
        fields = list(TAKEN)
        labels = {
            "plain_summary": "What users would notice",
            "remedy": "What to do about it",
            "revisit_when": "Think of it again when",
        }
        help_texts = {
            "title": "As you would say it to the founder: “Reset mails lead to localhost”.",
            "plain_summary": "The founder reads this. No client’s name: it is used again.",
            "remedy": "For the engineer who mends it.",
            "revisit_when": "Only for what can wait: the sign that it no longer can.",
        }
        error_messages = {
            "title": {"required": "It has no title yet, and a list shows nothing else at first."},
            "plain_summary": {
                "required": "It doesn’t say yet what users would notice. The founder reads this."
            },
        }
        widgets = {
            "plain_summary": forms.Textarea(attrs={"rows": 2}),
            "remedy": forms.Textarea(attrs={"rows": 3}),
            "revisit_when": forms.Textarea(attrs={"rows": 2}),
        }

    def clean_title(self) -> str:
        return " ".join(str(self.cleaned_data["title"]).split())

    def clean(self) -> None:
        for name in ("plain_summary", "remedy", "revisit_when"):
            leak = find_leak(str(self.cleaned_data.get(name, "")))
            if leak:
                self.add_error(
                    name,
                    f"This holds {leak.label}: {leak.masked}. It would go to every client who "
                    "gets this write-up, so nothing was kept. Take it out.",
                )

    @property
    def values(self) -> Values:
        return {name: self.cleaned_data[name] for name in TAKEN}

    def now_says(self, row: RiskTemplate) -> list[tuple[str, str]]:
        """What the row says otherwise than what was typed: (label, its words)."""
        told = []
        for name in TAKEN:
            field = self.fields[name]
            value = getattr(row, name)
            if str(value) == self.data.get(name, "").strip():
                continue
            choices = dict(getattr(field, "choices", ()) or ())
            label = field.label or name.replace("_", " ").capitalize()
            told.append((str(label), str(choices.get(value, value)) or "nothing"))
        return told
