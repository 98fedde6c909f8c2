"""A code mailed for one purpose, kept in the session of the browser that asked.

The machinery is allauth's (letters, comparison, limits); this adds purposes beyond signing in:
starting a practice, stepping up, a new address, an invitation.
"""

import time
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.core.internal import ratelimit
from allauth.core.internal.cryptokit import compare_user_code, generate_user_code
from django.http import HttpRequest

from accounts import mails

LIFETIME: Final = timedelta(minutes=10)
MAX_TRIES: Final = 3
MAX_RESENDS: Final = 2
RATES: Final = {"mailed_code": "20/m/ip,5/m/key,20/h/key"}


class Purpose(StrEnum):
    """What a code is for; each has its mail."""

    START = "start_code"
    STEP_UP = "stepup_code"
    ADDRESS = "address_code"
    INVITATION = "invitation_code"


class TooManyCodesError(Exception):
    """More codes were asked for than a person needs."""


class MailedCode(AbstractCodeVerificationProcess):  # type: ignore[misc]  # allauth has no types
    """One purpose's code. `about` says what it is for, `words` go into its mail (both JSON)."""

    def __init__(self, request: HttpRequest, purpose: Purpose, state: dict[str, Any]) -> None:
        # `Any`: allauth's state, which is JSON.
        super().__init__(max_attempts=MAX_TRIES, timeout=int(LIFETIME.total_seconds()), state=state)
        self.request = request
        self.purpose = purpose

    @property
    def key(self) -> str:
        return f"code:{self.purpose}"

    @property
    def email(self) -> str:
        return str(self.state["email"])

    @property
    def about(self) -> dict[str, str]:
        return dict(self.state["about"])

    @property
    def can_resend(self) -> bool:
        return not self.is_resend_quota_reached(MAX_RESENDS)

    def persist(self) -> None:
        self.request.session[self.key] = self.state

    def abort(self) -> None:
        self.request.session.pop(self.key, None)

    def send(self) -> None:
        self.state["code"] = generate_user_code(length=8, dashed=False)
        self.persist()
        mails.send(self.purpose, self.email, {**self.state["words"], "code": self.code})

    def resend(self) -> None:
        """Mail a fresh code; the old one no longer works. The ten minutes begin anew."""
        if not self.can_resend:
            return
        self.record_resend()
        self.state["at"] = time.time()
        self.send()

    def accepts(self, code: str) -> bool:
        """Whether it is the code, which is then used up. The third wrong one ends it, too."""
        is_right: bool = compare_user_code(actual=code, expected=self.code)
        if is_right:
            self.abort()
        else:
            self.record_invalid_attempt()
        return is_right


def ask(
    request: HttpRequest,
    purpose: Purpose,
    email: str,
    *,
    about: dict[str, str] | None = None,
    words: dict[str, str] | None = None,
) -> MailedCode:
    """Mail a code; raises `TooManyCodesError` past the limits."""
    if not ratelimit.consume(
        request, app="accounts", action="mailed_code", config=RATES, key=email.lower()
    ):
        raise TooManyCodesError
    state = MailedCode.initial_state(user=None, email=email)
    state |= {"about": about or {}, "words": words or {}}
    code = MailedCode(request, purpose, state)
    code.send()
    return code


def waiting(request: HttpRequest, purpose: Purpose) -> MailedCode | None:
    """The code that this browser has asked for, unless its ten minutes are over."""
    state = request.session.get(f"code:{purpose}")
    if not state:
        return None
    found: MailedCode | None = MailedCode(request, purpose, state).abort_if_invalid()
    return found
