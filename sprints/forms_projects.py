"""What a person types into a project: the facts of the app as a whole, and its sprint."""

from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Membership, MemberStatus, Practice, User
from sprints.domains import host_name, live_domain, registered_name
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
        ]
        labels: ClassVar[dict[str, str]] = {"name": "Name of the app"}
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
    def seen_version(self) -> int:
        return int(self.cleaned_data.get("row_version") or 0)


class SprintForm(forms.ModelForm[Sprint]):
    """Who leads the sprint, and from when to when."""

    class Meta:
        model = Sprint
        fields: ClassVar[list[str]] = ["lead", "starts_on", "ends_on"]
        labels: ClassVar[dict[str, str]] = {"lead": "Who leads it", "starts_on": "First day",
                                            "ends_on": "Planned last day"}  # fmt: skip
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
