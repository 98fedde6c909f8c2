"""Sorting, showing and leaving outside: what staff decide about a risk with one press."""

from django import forms

from sprints.forms import EDITS as WRITTEN
from sprints.forms import RiskForm
from sprints.models import Risk
from sprints.outside import OFFER_LENGTH, offer, take_back, why_not_offered
from sprints.sharing import hide, share, why_not_hidden, why_not_shared
from sprints.triage import WORDS, Word, triaged, word_of

TAKE_BACK = "take_back"


class TriageForm(RiskForm):
    """One of the three words."""

    word = forms.ChoiceField(
        choices=[(word.value, text) for word, text in WORDS.items()],
        error_messages={"required": "Choose one of the three words."},
    )

    def clean_word(self) -> Word:
        word = Word(self.cleaned_data["word"])
        if word_of(self.instance.score) == word:
            raise forms.ValidationError(f"{self.instance.ref} stands there already: {WORDS[word]}.")
        return word

    def keep(self, risk: Risk) -> None:
        weight = triaged(risk.weight, self.cleaned_data["word"])
        risk.weigh(weight, by=self.by, seen_version=self.version, reason="triage")


class AudienceForm(RiskForm):
    """Staff only, or the client too."""

    to = forms.ChoiceField(
        choices=[("client", "the client too"), ("internal", "staff only")],
        error_messages={"required": "Choose who sees it: the client too, or staff only."},
    )

    def clean_to(self) -> str:
        to = str(self.cleaned_data["to"])
        why = why_not_shared(self.instance) if to == "client" else why_not_hidden(self.instance)
        if why:
            raise forms.ValidationError(why)
        return to

    def keep(self, risk: Risk) -> None:
        act = share if self.cleaned_data["to"] == "client" else hide
        act(risk, by=self.by, seen_version=self.version)


class OutsideForm(RiskForm):
    """The sentence with which a risk is offered to lie outside, or its taking back."""

    words = forms.CharField(
        label="Why it lies outside, and what you offer",
        help_text="The founder reads it: “Two more regions are a project of their own; we plan "
        "it with you in January, about three days.”",
        max_length=OFFER_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    act = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> None:
        said, risk = self.cleaned_data, self.instance
        if said.get("act") == TAKE_BACK:
            if risk.outside_offered_at is None:
                raise forms.ValidationError(f"{risk.ref} was never offered to lie outside.")
            return
        if why := why_not_offered(risk):
            raise forms.ValidationError(why)
        if not said.get("words"):
            self.add_error(
                "words",
                "The founder agrees to a sentence, and there is none yet. Write why it lies "
                "outside and what you offer.",
            )
        elif said["words"] == risk.outside_offer:
            self.add_error("words", "It is offered with these words already.")

    def keep(self, risk: Risk) -> None:
        if self.cleaned_data["act"] == TAKE_BACK:
            take_back(risk, by=self.by, seen_version=self.version)
        else:
            offer(risk, self.cleaned_data["words"], by=self.by, seen_version=self.version)


EDITS: dict[str, type[RiskForm]] = WRITTEN | {
    "triage": TriageForm,
    "audience": AudienceForm,
    "outside": OutsideForm,
}
