"""What staff ask and what a founder answers."""

from typing import Any, Final

from django import forms

from sprints.models import Request
from sprints.requesting import FACTS, YES_OR_NO

KIND_WORDS: Final = (
    (Request.Kind.QUESTION, "A question, answered in words"),
    (Request.Kind.KEY, "A key, in a box that opens once"),
)

# `Any` below: arguments of Django's forms.


class QuestionForm(forms.Form):
    """A free question; about a fact, its answer is written into the project."""

    title = forms.CharField(
        label="What do you want to know?",
        max_length=160,
        error_messages={"required": "The question is still empty."},
    )
    why = forms.CharField(
        label="Why", required=False, max_length=280, help_text="One sentence that helps to answer."
    )
    field = forms.ChoiceField(
        label="Write the answer into",
        required=False,
        choices=[
            ("", "nothing: I read it myself"),
            *((name, words) for name, words in FACTS.items()),
        ],
    )
    kind = forms.ChoiceField(
        label="What comes back",
        choices=KIND_WORDS,
        widget=forms.RadioSelect,
        initial="question",
        error_messages={"required": "Choose what comes back: words, or a key in a box."},
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("kind") == Request.Kind.KEY and given.get("field"):
            self.add_error("field", "A key is written nowhere: it is read once out of its box.")
        return given


class AnswerForm(forms.Form):
    """The words of an answer, in the field that fits the question."""

    text = forms.CharField(label="Your answer", required=False, max_length=2000)

    def __init__(self, *args: Any, request: Request, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["text"]
        if request.kind != Request.Kind.QUESTION:
            field.label = "Anything we should know"
        if request.field == "launch_on":
            field.widget = forms.DateInput(attrs={"type": "date"})
        elif request.field in YES_OR_NO:
            choices = [("yes", "Yes"), ("no", "No")]
            self.fields["text"] = forms.ChoiceField(
                label="Your answer", required=False, choices=choices, widget=forms.RadioSelect
            )
        else:
            field.widget = forms.Textarea(attrs={"rows": 3})
