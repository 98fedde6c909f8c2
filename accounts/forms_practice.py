"""The practice's settings, with how it looks to its clients."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts.brand import (
    HEX,
    MAX_LOGO_BYTES,
    MIN_CONTRAST,
    PAPER,
    Brand,
    contrast,
    keep_logo,
    picture_kind,
)
from accounts.forms import AddressField, OneLineField
from accounts.mails import MAX_NAME_CHARS
from accounts.models import Practice
from accounts.zones import ZoneField

FOOTER_LENGTH = 160

# `Any` below stands for the arguments of Django's forms.


class PracticeForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at runtime
    """Name, time zone, brand, and how the practice works."""

    name = OneLineField(label="Name", max_length=MAX_NAME_CHARS)
    time_zone = ZoneField(help_text="Due dates and reports of this practice are counted in it.")
    accent = forms.CharField(
        label="Accent colour",
        required=False,
        max_length=7,
        help_text="Such as #1f4e8c. Links and buttons of your clients’ pages take it. "
        "Empty: our blue.",
    )
    logo = forms.FileField(
        label="Logo",
        required=False,
        help_text="PNG, JPEG or WebP of at most 200 kB; shown 28 pixels high.",
    )
    is_logo_removed = forms.BooleanField(label="Take the logo away", required=False)
    footer = OneLineField(
        label="Line at the foot",
        required=False,
        max_length=FOOTER_LENGTH,
        help_text="Below your clients’ pages and reports, such as your address.",
    )
    sender = OneLineField(
        label="Sender’s name",
        required=False,
        max_length=MAX_NAME_CHARS,
        help_text="Who your clients’ mails come from. Empty: the name of the practice.",
    )
    reply_to = AddressField(
        label="Replies go to",
        required=False,
        help_text="A mailbox that somebody reads. Empty: replies reach nobody.",
    )

    class Meta:
        model = Practice
        fields = ("name", "time_zone", "is_stage_approval_on", "retention_days")
        help_texts = {
            "is_stage_approval_on": "Off: you say when a stage is done. "
            "On: the founder says yes to each.",
            "retention_days": "How many days finished work is kept after its sprint has closed.",
        }
        labels = {"retention_days": "Keep finished work for"}
        error_messages = {
            "retention_days": {
                "min_value": "Keep finished work for at least 30 days.",
                "required": "Enter for how many days finished work is kept.",
            }
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.brand = Brand.of(self.instance.brand)
        for name in ("accent", "footer", "sender", "reply_to"):
            self.initial[name] = getattr(self.brand, name)
        self.fields["retention_days"].required = False

    def clean_retention_days(self) -> int:
        return int(self.cleaned_data["retention_days"] or self.instance.retention_days)

    def clean_accent(self) -> str:
        colour = str(self.cleaned_data["accent"]).strip().lower()
        if not colour:
            return ""
        if not HEX.fullmatch(colour):
            raise forms.ValidationError(
                f"“{colour}” isn’t a colour that we can read. Write it as # and six digits "
                "from 0 to 9 and a to f, such as #1f4e8c."
            )
        met = contrast(colour, PAPER)
        if met < MIN_CONTRAST:
            raise forms.ValidationError(
                f"{colour} on white has a contrast of {met:.1f}, and text below {MIN_CONTRAST} is "
                "hard to read on a phone. Take a darker shade of it."
            )
        return colour

    def clean_logo(self) -> bytes:
        upload = self.cleaned_data["logo"]
        if not isinstance(upload, UploadedFile):
            return b""
        size = upload.size or 0
        if size > MAX_LOGO_BYTES:
            raise forms.ValidationError(
                f"This picture has {size // 1000} kB. Founders load it on a phone: "
                f"{MAX_LOGO_BYTES // 1000} kB is the most."
            )
        content = bytes(upload.read())
        if not picture_kind(content):
            raise forms.ValidationError(
                "This file is neither PNG, JPEG nor WebP by its first bytes. "
                "Export the logo as PNG and choose that file."
            )
        return content

    def save(self, commit: bool = True) -> Practice:
        given = self.cleaned_data
        logo = "" if given["is_logo_removed"] else self.brand.logo
        if given["logo"]:
            logo = keep_logo(given["logo"])
        self.instance.brand = Brand(
            accent=given["accent"],
            logo=logo,
            footer=given["footer"],
            sender=given["sender"],
            reply_to=given["reply_to"],
        ).stored
        kept: Practice = super().save(commit)
        return kept
