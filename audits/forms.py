"""What a person ticks and types about audits."""

from django import forms

from audits.observations.latency import ALERT_MS, TARGET_MS
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


class LatencyForm(forms.Form):
    """What the product aims for, and from where on somebody should be woken, in milliseconds."""

    target_ms = forms.IntegerField(
        label="Aim, in ms",
        min_value=20,
        max_value=30_000,
        initial=TARGET_MS,
        error_messages={"required": "Enter the time that an answer should take, such as 800."},
    )
    alert_ms = forms.IntegerField(
        label="Too late, in ms",
        min_value=20,
        max_value=60_000,
        initial=ALERT_MS,
        error_messages={"required": "Enter from which time on it is too late, such as 2000."},
    )

    def clean_alert_ms(self) -> int:
        aim, late = self.cleaned_data.get("target_ms"), int(self.cleaned_data["alert_ms"])
        if aim is not None and late < aim:
            raise forms.ValidationError(
                f"{late} ms lies below the aim of {aim} ms, so nothing could lie between. Take "
                "the same number or a larger one."
            )
        return late
