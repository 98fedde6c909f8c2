"""What a person says of an item of a stage, and what shows it."""

from typing import Any, ClassVar

from django import forms

from sprints.evidencing import SEND_BACK_REASONS, Given, has_evidence
from sprints.finishing import Carried
from sprints.leaks import find_leak
from sprints.models import ItemRun, Risk, Stage, StageItem
from sprints.models.comment import Audience
from sprints.overriding import REASONS, WORDS
from sprints.receiving import MOST_FILE_BYTES
from sprints.submitting import CHANGE_REASONS
from sprints.template import ItemPart
from sprints.withholding import refuse_key

MEGABYTE = 1024 * 1024
TOO_LARGE = (
    f"The file is larger than {MOST_FILE_BYTES // MEGABYTE} MB, so nothing of it was kept. "
    "Make it smaller, or hand in a link to where it lies."
)


class HandForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    """That something is delivered or done by hand, with what shows it."""

    class Meta:
        model = StageItem
        fields: ClassVar[list[str]] = ["hand_note"]

    # `Any`: Django's own arguments of a form.
    def __init__(self, *args: Any, found: Carried, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = found
        note = self.fields["hand_note"]
        note.required = not has_evidence(found.item)
        note.error_messages["required"] = (
            "Nothing is said yet. Whoever reads the stage later wants to see it for themselves: "
            "give a link or a sentence."
        )

    def clean_hand_note(self) -> str:
        note = str(self.cleaned_data["hand_note"])
        leak = find_leak(note)
        if leak:
            raise forms.ValidationError(
                f"This holds {leak.label}: {leak.masked}. Take it out; nothing was kept."
            )
        return note

    def clean(self) -> None:
        if not self.found.takes_a_hand:
            raise forms.ValidationError(
                f"{self.found.item} is settled already, or a look at it comes first. "
                "Open the stage again to see how it stands."
            )


class ReasonForm(forms.Form):
    """A prepared reason, and more words where somebody wants to add them."""

    reason = forms.ChoiceField(label="Why?", widget=forms.RadioSelect, required=False)
    note = forms.CharField(
        label="More about it",
        required=False,
        max_length=200,
        validators=[refuse_key],
        widget=forms.Textarea({"rows": 2}),
    )
    reasons: ClassVar[tuple[tuple[str, str], ...]] = ()

    # `Any`: as above.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["reason"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = self.reasons

    @property
    def words(self) -> str:
        """The reason as it is kept; empty where nothing was said."""
        chosen = dict(self.reasons).get(self.cleaned_data.get("reason", ""), "")
        note = str(self.cleaned_data.get("note", "")).strip()
        return ": ".join(part for part in (chosen, note) if part)


class OverrideForm(ReasonForm):
    reasons = REASONS
    verdict = forms.ChoiceField(
        choices=WORDS, error_messages={"required": "Choose what it counts as instead."}
    )


class SendBackForm(ReasonForm):
    reasons = SEND_BACK_REASONS


class ChangesForm(ReasonForm):
    """What a founder wants different."""

    reasons = CHANGE_REASONS
    note = forms.CharField(
        label="In your own words",
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
    )


class SignalForm(forms.Form):
    words = forms.CharField(max_length=280, required=False)
    risk = forms.ModelChoiceField(Risk.objects.none(), required=False, to_field_name="number")


class ShowForm(forms.Form):
    """What shows it: a file, a pasted picture, a link or a sentence."""

    upload = forms.FileField(
        label="A file or picture",
        required=False,
        allow_empty_file=True,
        help_text="A screenshot, a PDF, a log, a short video: up to 10 MB. "
        "You may also paste a picture anywhere on this page.",
    )
    text = forms.CharField(
        label="Or a link or a sentence",
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        help_text="Where it can be seen, as a page, a video or a log entry, or what you saw.",
    )
    title = forms.CharField(
        label="Name it",
        required=False,
        max_length=160,
        help_text="Left empty, the file’s name or the first words are taken.",
    )

    # `Any`: as above.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["upload"].widget.attrs["data-paste"] = ""

    def given(self) -> Given:
        said, upload = self.cleaned_data, self.cleaned_data.get("upload")
        return Given(
            title=said["title"],
            text=said["text"],
            filename=upload.name if upload else "",
            data=upload.read() if upload else b"",
            audit_number=said.get("audit") or None,
            audience=said.get("audience") or Audience.CLIENT,
            captured_on=said.get("captured_on"),
            expires_on=said.get("expires_on"),
        )


class StaffShowForm(ShowForm):
    audit = forms.TypedChoiceField(
        label="Or an audit that looked at it", required=False, coerce=int, empty_value=None
    )
    audience = forms.ChoiceField(
        label="Who may see it",
        choices=[(value, words.capitalize()) for value, words in Audience.choices],
        initial=Audience.CLIENT,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who may see it: staff only, or the client too."},
    )
    captured_on = forms.DateField(
        label="From which day it is", required=False, widget=forms.DateInput({"type": "date"})
    )
    expires_on = forms.DateField(
        label="Counts until",
        required=False,
        widget=forms.DateInput({"type": "date"}),
        help_text="After this day the item is unknown again. Empty: it doesn’t age.",
    )

    # `Any`: as above.
    def __init__(self, *args: Any, item: StageItem | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        runs = ItemRun.objects.filter(item=item).order_by("-audit_number") if item else ()
        choices = [(run.audit_number, f"Audit {run.audit_number}") for run in runs[:10]]
        if choices:
            audit = self.fields["audit"]
            assert isinstance(audit, forms.ChoiceField)  # noqa: S101 - declared above
            audit.choices = [("", "None"), *choices]
        else:
            del self.fields["audit"]
        if item is None:
            words = "After this day it no longer counts. Empty: it doesn’t age."
            self.fields["expires_on"].help_text = words


class ItemChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # as above
    """Items of a stage without their keys."""

    def label_from_instance(self, obj: StageItem) -> str:
        return str(obj.title)


class ClientShowForm(ShowForm):
    """A founder's: what it shows is chosen among the items of the stage."""

    item = ItemChoice(
        StageItem.objects.none(),
        label="What it shows",
        required=False,
        empty_label="The whole step",
    )

    # `Any`: as above.
    def __init__(self, *args: Any, stage: Stage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["item", "upload", "text", "title"])
        field = self.fields["item"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = StageItem.objects.filter(stage=stage).exclude(part=ItemPart.SIGNAL)
