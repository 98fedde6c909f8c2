"""Forms about people: signing in, starting a practice, inviting, one's own account."""

import re
from typing import Any, Final

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm
from cryptography.exceptions import InvalidSignature
from django import forms

from accounts.mails import MAX_NAME_CHARS, one_line
from accounts.models import Client, User
from accounts.roles import Role
from accounts.zones import ZoneField

CODE_WIDGET: Final = {
    "autocomplete": "one-time-code",
    "autocapitalize": "characters",
    "autocorrect": "off",
    "spellcheck": "false",
    "size": 9,
    "autofocus": "",
}
ADDRESS_WIDGET: Final = {"autocomplete": "email", "inputmode": "email", "autocapitalize": "none"}
# What reading a forged answer of a passkey raises, in allauth and fido2.
MALFORMED: Final = (KeyError, TypeError, ValueError, AttributeError, InvalidSignature)
LETTERS: Final = re.compile(r"\w")

# Throughout, `Any` stands for the arguments of Django's forms.


class OneLineField(forms.CharField):
    """A name: one line, without control characters, with at least one letter or digit."""

    default_error_messages = {"required": "This is still empty."}

    def clean(self, value: object) -> str:
        text = one_line(super().clean(value))
        if text and not LETTERS.search(text):
            raise forms.ValidationError(f"“{text}” has no letter, so nobody could read it out.")
        return text


class AddressField(forms.EmailField):
    """One e-mail address."""

    default_error_messages = {
        "invalid": "This isn’t a whole address yet; it reads like me@firm.com.",
        "required": "We need an address to write to.",
    }

    def __init__(self, *, attrs: dict[str, str] | None = None, **kwargs: Any) -> None:
        widget = forms.EmailInput(attrs={**ADDRESS_WIDGET, **(attrs or {})})
        super().__init__(max_length=254, widget=widget, **kwargs)


class AddressForm(RequestLoginCodeForm):  # type: ignore[misc]  # allauth has no types
    """Whom to mail a code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"] = AddressField(label="Your e-mail address", attrs={"autofocus": ""})


def code_field(help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label="Code from the mail",
        help_text=help_text,
        max_length=40,
        widget=forms.TextInput(attrs=CODE_WIDGET),
        error_messages={"required": "Type the eight letters from the mail."},
    )


class CodeForm(ConfirmLoginCodeForm):  # type: ignore[misc]  # as above
    """The code of signing in, as allauth compares it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field()


class MailedCodeForm(forms.Form):
    """A code for one of our own purposes; the view compares it."""

    code = code_field()


class SecondFactorForm(AuthenticateForm):  # type: ignore[misc]  # as above
    """Six digits of the authenticator app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = forms.CharField(
            label="Code from your app",
            help_text="Six digits. A recovery code works, too.",
            max_length=40,
            widget=forms.TextInput(attrs={**CODE_WIDGET, "autocapitalize": "none"}),
            error_messages={"required": "Type the six digits that your app shows now."},
        )


class PasskeyAnswerForm(AuthenticateWebAuthnForm):  # type: ignore[misc]  # as above
    """What a passkey answered. Whatever a stranger sends instead is wrong, not an error."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error


class PasskeySignInForm(PasskeyAnswerForm, LoginWebAuthnForm):  # type: ignore[misc]  # as above
    """The same before anybody is known."""


class AuthenticatorForm(forms.Form):
    """The first code of an authenticator app; the view compares it."""

    code = forms.CharField(
        label="Six digits from your app",
        max_length=10,
        widget=forms.TextInput(attrs={**CODE_WIDGET, "inputmode": "numeric", "size": 7}),
        error_messages={"required": "Type the six digits that your app shows now."},
    )


class PracticeNameForm(forms.Form):
    """A further practice of somebody who is signed in."""

    practice = OneLineField(
        label="Name of your practice",
        max_length=MAX_NAME_CHARS,
        help_text="As your clients know it. You can change it later.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


class StartForm(PracticeNameForm):
    """Who starts which practice."""

    name = OneLineField(
        label="Your name",
        max_length=MAX_NAME_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": ""}),
    )
    email = AddressField(
        label="Your e-mail address",
        help_text="A code goes there. You sign in by codes, so there is no password to keep.",
    )
    field_order = ("name", "practice", "email")


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    """Name and time zone of the person who is signed in."""

    name = OneLineField(label="Name", max_length=MAX_NAME_CHARS)
    time_zone = ZoneField()

    class Meta:
        model = User
        fields = ("name", "time_zone")


class NewAddressForm(forms.Form):
    """The address that is to replace the present one."""

    email = AddressField(
        label="New e-mail address",
        help_text="A code goes there, and word of the change goes to your present address.",
    )


class PasskeyForm(forms.Form):
    """What the browser made, and how the person calls it."""

    name = OneLineField(
        label="What shall it be called?",
        max_length=40,
        help_text="So that you know it again: “Work laptop”, “Phone”.",
    )
    credential = forms.JSONField(
        widget=forms.HiddenInput,
        error_messages={"required": "Your browser made no passkey. Press the button once more."},
    )


class InviteForm(forms.Form):
    """An address and a role out of those that the inviter may give."""

    email = AddressField(label="E-mail address")
    role = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what they may do here."},
    )

    def __init__(self, *args: Any, roles: dict[Role, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells mypy what it is
        field.choices = [(role.value, words) for role, words in roles.items()]
        field.initial = next(iter(roles)).value


class NewPersonForm(forms.Form):
    """The name of somebody who joins by an invitation and isn't known yet."""

    name = OneLineField(
        label="Your name",
        max_length=MAX_NAME_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


STAFF_ROLES: Final = {
    Role.CONSULTANT: "Consultant: works on every sprint",
    Role.OWNER: "Owner: also invites staff and changes the practice",
}
CLIENT_ROLES: Final = {
    Role.FOUNDER: "Founder: decides about the launch",
    Role.VIEWER: "Viewer: looks and comments",
}


def invitable(client: Client | None, *, is_by_client: bool) -> dict[Role, str]:
    """The roles that can be invited here, with what they mean."""
    if client is None:
        return STAFF_ROLES
    return {Role.VIEWER: CLIENT_ROLES[Role.VIEWER]} if is_by_client else CLIENT_ROLES
