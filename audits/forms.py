"""What a person ticks and types about audits."""

from django import forms

from audits.verdicts import Consent


class ConsentForm(forms.Form):
    """One tick: the deeper looks of level 2."""

    is_allowed = forms.BooleanField(
        label="We may ask for files that must not be public",
        error_messages={
            "required": "Without the tick nothing deeper is looked at. That is fine, too: "
            "everything else is audited all the same."
        },
    )
    level = int(Consent.L2)


class GuessForm(forms.Form):
    """The domain as it is being typed."""

    domain = forms.CharField(max_length=2000, strip=True, required=False)
