"""What a person says of an item of a stage."""

from typing import Any, ClassVar

from django import forms

from sprints.finishing import Carried
from sprints.models import StageItem


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
        note.required = True
        note.error_messages["required"] = (
            "Nothing is said yet. Whoever reads the stage later wants to see it for themselves: "
            "give a link or a sentence."
        )

    def clean(self) -> None:
        if not self.found.takes_a_hand:
            raise forms.ValidationError(
                f"{self.found.item} is settled already, or a look at it comes first. "
                "Open the stage again to see how it stands."
            )
