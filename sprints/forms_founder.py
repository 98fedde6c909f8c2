"""What a founder types."""

from django import forms

from sprints.models import Risk
from sprints.withholding import refuse_key


class FounderRiskForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    """Something is wrong, in the founder's words; how much it weighs is said by staff."""

    plain_summary = forms.CharField(
        label="What happens then?",
        max_length=280,
        error_messages={"required": "Say what a user sees, so that it can be found."},
        help_text="What a user of your app sees, and since when. No passwords, please.",
        validators=[refuse_key],
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    class Meta:
        model = Risk
        fields = ["title", "plain_summary"]
        error_messages = {"title": {"required": "Say in a few words what is wrong."}}
        labels = {"title": "What is wrong?"}
        help_texts = {"title": "In a few words: “The invoice shows the wrong name”."}

    def clean_title(self) -> str:
        title = " ".join(str(self.cleaned_data["title"]).split())
        refuse_key(title)
        return title
