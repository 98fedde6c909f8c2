"""What a person types into a client, and to delete something."""

from typing import Any, ClassVar

from django import forms

from accounts.models import Client


class ClientForm(forms.ModelForm[Client]):
    class Meta:
        model = Client
        fields: ClassVar[list[str]] = ["name", "contact"]
        labels: ClassVar[dict[str, str]] = {"contact": "Who answers for the client"}
        help_texts: ClassVar[dict[str, str]] = {
            "name": "As the founder writes it; founders read it, too.",
            "contact": "A name, a number, an address. Nobody is invited by it.",
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "name": forms.TextInput(attrs={"autocomplete": "organization"})
        }
        error_messages: ClassVar[dict[str, dict[str, str]]] = {
            "name": {"required": "Enter whose product it is. A working name will do."}
        }

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())


class DeletionForm(forms.Form):
    """The name of what is deleted, typed by hand, so that nobody deletes the wrong thing."""

    typed_name = forms.CharField(
        label="Type its name",
        error_messages={"required": "Nothing was deleted. Type its name first."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    # `Any`: Django's own arguments of a form.
    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        field = self.fields["typed_name"]
        field.help_text = f"Exactly: {name}"
        field.error_messages["required"] = f"Nothing was deleted. Type its name: {name}."

    def clean_typed_name(self) -> str:
        typed = str(self.cleaned_data["typed_name"])
        if typed.split() != self.name.split():
            raise forms.ValidationError(
                f"“{typed}” is not its name, so nothing was deleted. Type it exactly: {self.name}."
            )
        return typed
