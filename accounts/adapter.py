"""Where allauth asks the product: mails, sign-up, the way after signing in, sealed secrets."""

from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import unstash_login
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import mails, sessions
from accounts.keyring import Keyring, Spot
from accounts.places import is_staff

MAILS: Final = {
    "account/email/login_code": "login_code",
    "account/email/unknown_account": "unknown_account",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Sign-in by our words."""

    # allauth's own sentences, in ours.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": "That isn’t the code. Look at the newest mail.",
        "too_many_login_attempts": (
            "That was one try too many. Wait a few minutes, then ask for a new code."
        ),
        "rate_limited": "That was a lot at once. Try again in a few minutes.",
        "account_inactive": "This account is closed. The owner of your practice knows why.",
    }

    # `Any`: allauth's context of a mail.
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        words = {
            "code": context.get("code", ""),
            "is_open": settings.SIGNUP == "open",
            "start_url": f"{settings.PUBLIC_URL}{reverse('account_signup')}",
        }
        mails.send(MAILS[template_prefix], email, words)

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """People are made by our own pages: by starting a practice or by an invitation."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """A way onwards stays on this host (X22)."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        sessions.begin(request, user)  # type: ignore[arg-type]

    def get_login_stages(self) -> list[str]:
        return [
            "allauth.account.stages.LoginByCodeStage",
            "accounts.adapter.SecondFactorStage",
        ]

    # `Any`: allauth's own arguments. Its templates are left out: the next page says enough.
    def add_message(self, request: HttpRequest, level: int, *_args: Any, **kwargs: Any) -> None:
        if kwargs.get("message"):
            super().add_message(request, level, message=kwargs["message"])


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]  # as above
    """A second factor is asked of staff; for a founder a passkey is a quicker way in."""

    def _should_handle(self, request: HttpRequest) -> bool:
        user = self.login.user
        return user is not None and is_staff(user) and super()._should_handle(request)


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # as above
    """Passkeys and authenticator apps."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That didn’t match. Try once more with the newest code, or another way.",
    }

    def encrypt(self, text: str) -> str:
        return Keyring.from_settings().seal(text, _spot())

    def decrypt(self, encrypted_text: str) -> str:
        return Keyring.from_settings().open(encrypted_text, _spot())

    def _get_site_name(self) -> str:
        return "Launch Ready"


def _spot() -> Spot:
    """Where the acting person's factors are: signed in, or about to show the second one.

    allauth's hook names neither person nor row, and a secret moved into somebody else's row
    must not open (X25).
    """
    request = context.request
    login = None if request.user.is_authenticated else unstash_login(request, peek=True)
    user = login.user if login else request.user
    return Spot("mfa_authenticator", "data", None, user.pk or 0)
