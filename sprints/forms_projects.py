"""What a person types into a project: the facts of the app as a whole, and its sprint."""

import re
from typing import Any, ClassVar, Final, cast

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Membership, MemberStatus, Practice, User
from sprints.domains import host_name, live_domain, registered_name, route_url
from sprints.models import Project, Sprint

PLAIN: dict[str, str] = {
    "data-mono": "",
    "autocapitalize": "none",
    "autocomplete": "off",
    "spellcheck": "false",
}


def name_input(**more: str) -> forms.TextInput:
    """A field for a name of the internet: nothing corrects or capitalises it."""
    return forms.TextInput(attrs=PLAIN | {"inputmode": "url"} | more)


# The pages that the app stores ask for, and what a path alone may look like.
STORE_PAGES: Final = {
    "privacy_url": "/privacy",
    "terms_url": "/terms",
    "support_url": "/support",
    "deletion_url": "/account/delete",
}
IOS_ID = re.compile(r"[A-Z0-9]{10}\.[A-Za-z0-9.-]{1,155}")
ANDROID_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)+")
FINGERPRINT = re.compile(r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}")


class ProjectForm(forms.ModelForm[Project]):
    """The facts of a project. `row_version` says which state of the row was on the screen."""

    domain = forms.CharField(
        label="Live domain",
        max_length=2048,
        help_text="What users type. A pasted address will do.",
        error_messages={"required": "Enter the domain that visitors type, or paste its address."},
        widget=name_input(placeholder="brightchat.app"),
    )
    canonical_host = forms.CharField(
        label="Where visitors should end",
        max_length=2048,
        required=False,
        help_text="The one host to which every other form redirects, such as www.brightchat.app.",
        widget=name_input(),
    )
    row_version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    class Meta:
        model = Project
        fields: ClassVar[list[str]] = [
            "domain",
            "name",
            "canonical_host",
            "hosting",
            "mail_vendor",
            "launch_on",
            "is_auto_renew_confirmed",
            "is_indexing_unwanted",
            "has_ios_app",
            "ios_app_ids",
            "has_android_app",
            "android_package",
            "android_fingerprints",
            "privacy_url",
            "terms_url",
            "support_url",
            "deletion_url",
        ]
        labels: ClassVar[dict[str, str]] = {
            "name": "Name of the app",
            "ios_app_ids": "Ids of the iPhone app",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "name": "As the founder calls it.",
            "is_auto_renew_confirmed": "Somebody has looked at the registrar, where it says so.",
            "is_indexing_unwanted": "A closed product, or one that isn’t ready to be found.",
        }
        error_messages: ClassVar[dict[str, dict[str, str]]] = {
            "name": {"required": "Enter what the app is called. A working name will do."}
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "launch_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "hosting": forms.TextInput(attrs={"autocomplete": "off"}),
            "mail_vendor": forms.TextInput(attrs={"autocomplete": "off"}),
            "ios_app_ids": forms.TextInput(attrs=PLAIN),
            "android_package": forms.TextInput(attrs=PLAIN | {"placeholder": "app.brightchat"}),
            "android_fingerprints": forms.Textarea(attrs=PLAIN | {"rows": "2"}),
            **{name: name_input(placeholder=path) for name, path in STORE_PAGES.items()},
        }

    # `Any`: Django's own arguments of a form.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["row_version"].initial = self.instance.row_version

    def ask_for_guesses(self, url: str) -> None:
        """Let the typed domain be looked at; the answer lands in the page's #guess."""
        if url:
            self.fields["domain"].widget.attrs |= {
                "hx-post": url,
                "hx-trigger": "input changed delay:400ms",
                "hx-target": "#guess",
                "hx-swap": "outerHTML",
            }

    def clean_domain(self) -> str:
        live = live_domain(self.cleaned_data["domain"])
        self.pasted_canonical = live.canonical_host
        return live.domain

    def clean_ios_app_ids(self) -> str:
        ids = [part.strip() for part in str(self.cleaned_data["ios_app_ids"]).split(",")]
        for bad in (one for one in ids if one and not IOS_ID.fullmatch(one)):
            raise ValidationError(
                f"“{bad}” is no app id. It is the team’s ten characters, a dot and the bundle, "
                "such as A1B2C3D4E5.app.brightchat; App Store Connect shows both."
            )
        return ", ".join(one for one in ids if one)

    def clean_android_package(self) -> str:
        package = str(self.cleaned_data["android_package"]).strip()
        if package and not ANDROID_PACKAGE.fullmatch(package):
            raise ValidationError(
                f"“{package}” is no package name. It has at least one dot, such as app.brightchat; "
                "the address of the app at Google Play ends with it."
            )
        return package

    def clean_android_fingerprints(self) -> str:
        lines = str(self.cleaned_data["android_fingerprints"]).upper().split()
        for bad in (one for one in lines if not FINGERPRINT.fullmatch(one)):
            raise ValidationError(
                f"“{bad[:40]}” is no SHA-256 fingerprint: 32 pairs of digits and letters, colons "
                "between. Google Play shows its own under App signing."
            )
        return "\n".join(lines)

    def clean(self) -> dict[str, Any]:  # Any: Django's cleaned data
        """A path alone of a store page belongs to the live domain."""
        said = super().clean() or self.cleaned_data
        for name in STORE_PAGES:
            typed = str(said.get(name) or "").strip()
            try:
                said[name] = route_url(typed, host=str(said.get("domain") or "")) if typed else ""
            except ValidationError as error:
                self.add_error(name, error)
        return said

    def clean_canonical_host(self) -> str:
        typed = str(self.cleaned_data["canonical_host"])
        pasted = getattr(self, "pasted_canonical", "")
        if not typed:
            return pasted
        host = host_name(typed)
        domain = self.cleaned_data.get("domain")
        if domain and registered_name(host) != registered_name(domain):
            raise ValidationError(
                f"{host} lies under another domain than {domain}. Visitors would leave the app "
                "they typed; enter the host of this app at which they should arrive."
            )
        return host

    @property
    def tells_of_stores(self) -> bool:
        """True where a field about phones and stores says something, or is wrong."""
        names = ("ios_app_ids", "android_package", "android_fingerprints", *STORE_PAGES)
        return any(self[name].value() or self[name].errors for name in names)

    @property
    def seen_version(self) -> int:
        return int(self.cleaned_data.get("row_version") or 0)


class SprintForm(forms.ModelForm[Sprint]):
    """Who leads the sprint, and from when to when."""

    class Meta:
        model = Sprint
        fields: ClassVar[list[str]] = ["lead", "starts_on", "ends_on"]
        labels: ClassVar[dict[str, str]] = {"lead": "Who leads it", "starts_on": "First day",
                                            "ends_on": "Planned last day"}  # fmt: skip
        error_messages: ClassVar[dict[str, dict[str, str]]] = {
            "lead": {"required": "Choose who leads it; the founder reads this name."}
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "starts_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "ends_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    # `Any`: as above.
    def __init__(self, *args: Any, practice: Practice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = Membership.objects.of(practice).filter(status=MemberStatus.ACTIVE)
        ids = list(staff.values_list("user", flat=True))
        lead = cast("forms.ModelChoiceField[User]", self.fields["lead"])
        lead.queryset = User.objects.filter(pk__in=ids).order_by("name", "email")
        lead.empty_label = None
        lead.required = True

    def clean(self) -> dict[str, Any]:  # Any: Django's cleaned data
        said = super().clean() or self.cleaned_data
        first, last = said.get("starts_on"), said.get("ends_on")
        if first and last and last < first:
            self.add_error(
                "ends_on",
                f"The last day, {last:%d %b %Y}, lies before the first, {first:%d %b %Y}. "
                "Choose one on or after it.",
            )
        return said
