"""What a person types into a risk."""

from typing import Any, ClassVar, Final, cast

from django import forms
from django.db.models import Q

from accounts.models import Client, ClientMembership, Membership, MemberStatus, User
from accounts.roles import Role
from sprints.impact import CONSEQUENCE_WORDS, LIKELIHOOD_WORDS, RECOVERY_WORDS, Weight
from sprints.models import Risk
from sprints.models.risk import ALONE_REASONS, REASONS
from sprints.template import STAGES
from sprints.withholding import refuse_key

# Said where a page sends no word of which state of the row was on the screen.
RELOAD: Final = "The page was sent without its version. Load it again, then press once more."


def people_of(client: Client) -> "dict[int, str]":
    """Who may own a risk of this client: the practice's staff, then its founders."""
    staff = Membership.objects.of(client.practice_id).filter(status=MemberStatus.ACTIVE)
    founders = ClientMembership.objects.of(client.practice_id).of_client(client)
    founders = founders.filter(status=MemberStatus.ACTIVE, role=Role.FOUNDER)
    rows = [
        *staff.order_by("pk").values_list("user_id", "user__name", "user__email"),
        *founders.order_by("pk").values_list("user_id", "user__name", "user__email"),
    ]
    return {pk: name or email for pk, name, email in rows}


class RiskForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    """One edit of a risk. `row_version` says which state of the row was on the screen."""

    # After a conflict: what the row says by now.
    now_says = ""
    row_version = forms.IntegerField(
        min_value=1, widget=forms.HiddenInput, error_messages={"required": RELOAD}
    )

    class Meta:
        model = Risk
        fields: ClassVar[list[str]] = []

    # `Any`: Django's own arguments of a form.
    def __init__(
        self, *args: Any, by: User, people: dict[int, str] | None = None, **kwargs: Any
    ) -> None:
        """`people` are those of `people_of`, where the page has asked for them already."""
        kwargs.setdefault("auto_id", f"{type(self).__name__.removesuffix('Form').lower()}-%s")
        super().__init__(*args, **kwargs)
        self.by, self.known_people = by, people
        self.fields["row_version"].initial = self.instance.row_version

    @property
    def version(self) -> int:
        return int(self.cleaned_data["row_version"])

    def keep(self, risk: Risk) -> None:
        """Write the cleaned values into `risk`; raises StaleRiskError."""


def weight_fields() -> dict[str, forms.TypedChoiceField]:
    """Consequence, likelihood and recovery, each number with its words."""
    words = {
        "consequence": (
            "What it does to the launch",
            CONSEQUENCE_WORDS,
            "Choose what it does to the launch; a guess can be changed later.",
        ),
        "likelihood": ("How likely", LIKELIHOOD_WORDS, "Choose how likely it is to be met."),
        "recovery": (
            "How it is noticed and undone",
            RECOVERY_WORDS,
            "Choose how it would be noticed and undone.",
        ),
    }
    return {
        name: forms.TypedChoiceField(
            label=label,
            coerce=int,
            choices=[(number, f"{number} · {text}") for number, text in meant.items()],
            error_messages={"required": missing},
        )
        for name, (label, meant, missing) in words.items()
    }


def stage_field() -> forms.TypedChoiceField:
    """One of the seven stages."""
    return forms.TypedChoiceField(
        coerce=int,
        choices=[(stage.ordinal, f"{stage.ordinal} {stage.name}") for stage in STAGES],
        error_messages={"required": "Choose the stage in which it is mended."},
    )


class TitleForm(RiskForm):
    class Meta(RiskForm.Meta):
        fields = ["title"]
        error_messages = {"title": {"required": "A risk needs its title. Say what is wrong."}}
        widgets = {"title": forms.Textarea(attrs={"data-key": "e", "rows": 1})}

    def clean_title(self) -> str:
        return " ".join(str(self.cleaned_data["title"]).split())

    def keep(self, risk: Risk) -> None:
        risk.rename(self.cleaned_data["title"], by=self.by, seen_version=self.version)


class WhyForm(RiskForm):
    class Meta(RiskForm.Meta):
        fields = ["plain_summary"]
        labels = {"plain_summary": "What users would notice"}
        widgets = {"plain_summary": forms.Textarea(attrs={"rows": 2})}

    def keep(self, risk: Risk) -> None:
        risk.explain(self.cleaned_data["plain_summary"], by=self.by, seen_version=self.version)


class WeightForm(RiskForm):
    consequence, likelihood, recovery = weight_fields().values()

    class Meta(RiskForm.Meta):
        fields = ["consequence", "likelihood", "recovery"]

    def keep(self, risk: Risk) -> None:
        said = self.cleaned_data
        weight = Weight(said["consequence"], said["likelihood"], said["recovery"])
        risk.weigh(weight, by=self.by, seen_version=self.version)


class OwnerForm(RiskForm):
    class Meta(RiskForm.Meta):
        fields = ["owner"]
        widgets = {"owner": forms.Select(attrs={"data-key": "a"})}

    # `Any`: as above.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[User]", self.fields["owner"])
        people = self.known_people
        if people is None:
            people = people_of(self.instance.client)
        field.queryset = User.objects.filter(Q(pk__in=people) | Q(pk=self.instance.owner_id))
        field.widget.choices = [("", "Nobody yet"), *people.items()]

    def keep(self, risk: Risk) -> None:
        risk.give(self.cleaned_data["owner"], by=self.by, seen_version=self.version)


class DueForm(RiskForm):
    class Meta(RiskForm.Meta):
        fields = ["due_on"]
        widgets = {"due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def keep(self, risk: Risk) -> None:
        risk.promise(self.cleaned_data["due_on"], by=self.by, seen_version=self.version)


class MoveForm(RiskForm):
    """The next state, of those that a person may give."""

    to = forms.ChoiceField(
        label="Status",
        widget=forms.Select(attrs={"data-key": "s"}),
        error_messages={"required": "Choose the status that it has now."},
    )

    # `Any`: as above.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        risk = self.instance
        states = (risk.state, *(to for to in risk.moves if to != Risk.State.INVALID))
        field = cast("forms.ChoiceField", self.fields["to"])
        field.choices = [(state, str(Risk.State(state).label).capitalize()) for state in states]
        field.initial = risk.state

    def clean_to(self) -> str:
        to = str(self.cleaned_data["to"])
        if to == self.instance.state:
            raise forms.ValidationError(f"It is {self.instance.get_state_display()} already.")
        return to

    def keep(self, risk: Risk) -> None:
        risk.move(self.cleaned_data["to"], by=self.by, seen_version=self.version)


class DismissForm(RiskForm):
    """Not a risk, for one of the prepared reasons."""

    reason = forms.ChoiceField(
        label="Why it is none",
        choices=REASONS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why it is none; the history tells it to others."},
    )
    note = forms.CharField(
        label="In your words", max_length=200, required=False, validators=[refuse_key]
    )

    def clean(self) -> None:
        if Risk.State.INVALID not in self.instance.moves:
            raise forms.ValidationError(
                f"{self.instance.ref} is {self.instance.get_state_display()}; only an open risk "
                "can be called none."
            )

    def keep(self, risk: Risk) -> None:
        said = self.cleaned_data
        reason = dict(REASONS)[said["reason"]]
        if said["note"]:
            reason = f"{reason} ({said['note']})"
        risk.move(Risk.State.INVALID, by=self.by, seen_version=self.version, reason=reason)


class CheckedForm(RiskForm):
    """Somebody has looked, where no check can."""

    reason = forms.ChoiceField(
        label="You fixed it yourself. Why is that enough?",
        choices=[("", "Choose a reason"), *ALONE_REASONS],
        required=False,
    )

    # `Any`: as above.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.needs_reason(self.by):
            del self.fields["reason"]

    def clean(self) -> None:
        risk = self.instance
        if not risk.waits_for_a_person:
            raise forms.ValidationError(
                f"{risk.ref} is {risk.get_state_display()}; a person checks only what is fixed "
                "and no check can see."
            )
        if risk.needs_reason(self.by) and not self.cleaned_data.get("reason"):
            self.add_error(
                "reason",
                f"Nobody else is known to have fixed {risk.ref}. Whoever reads the history wants "
                "to know why one person was enough: choose a reason, or ask a colleague.",
            )

    def keep(self, risk: Risk) -> None:
        reason = dict(ALONE_REASONS).get(self.cleaned_data.get("reason", ""), "")
        risk.check_by_hand(by=self.by, seen_version=self.version, reason=reason)


EDITS: dict[str, type[RiskForm]] = {
    "title": TitleForm,
    "why": WhyForm,
    "weight": WeightForm,
    "owner": OwnerForm,
    "due": DueForm,
    "status": MoveForm,
    "dismiss": DismissForm,
    "checked": CheckedForm,
}


class NewRiskForm(forms.ModelForm):  # type: ignore[type-arg]  # as above
    """A risk that a person has seen."""

    USUAL_WEIGHT: ClassVar[dict[str, int]] = {"consequence": 3, "likelihood": 4, "recovery": 2}

    consequence, likelihood, recovery = weight_fields().values()
    stage = stage_field()

    class Meta:
        model = Risk
        fields = [
            *("title", "plain_summary", "stage", "remedy"),
            *("consequence", "likelihood", "recovery"),
        ]
        labels = {"plain_summary": "What users would notice", "remedy": "What to do about it"}
        error_messages = {"title": {"required": "It has no title yet. Say what is wrong."}}
        help_texts = {
            "title": "As you would say it to the founder: “Reset mails lead to localhost”.",
            "plain_summary": "The founder sees the risk once this is filled in.",
            "remedy": "For the engineer who mends it.",
        }
        widgets = {
            "plain_summary": forms.Textarea(attrs={"rows": 2}),
            "remedy": forms.Textarea(attrs={"rows": 3}),
        }
