"""One mail of the app that was sent to an address of ours, as facts without its secrets. Pure.

What it says is never kept: headers that name nobody's secret, results, hosts and times.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from audits.observations.spf_result import SpfResult

ON_TIME = timedelta(seconds=60)


class MailKind(StrEnum):
    """What makes the app send it."""

    SIGN_UP = "sign_up"
    MAGIC_LINK = "magic_link"
    CODE = "code"
    RESET = "reset"
    OTHER = "other"


MAIL_OF_KIND = {
    MailKind.SIGN_UP: "sign-up mail",
    MailKind.MAGIC_LINK: "magic-link mail",
    MailKind.CODE: "code mail",
    MailKind.RESET: "reset mail",
    MailKind.OTHER: "other mail",
}


class Signed(StrEnum):
    """What came of one DKIM signature."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"


class LinkFault(StrEnum):
    """What is wrong with a host that links lead to."""

    NONE = ""
    LOCAL = "local"
    ADDRESS = "address"
    STAGING = "staging"
    PLAIN = "plain"
    DEAD = "dead"
    TLS = "tls"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM signature: `is_aligned` None where a silent name hides it."""

    domain: str
    selector: str
    outcome: Signed
    reason: str = ""
    is_aligned: bool | None = False


@dataclass(frozen=True, slots=True)
class LinkHost:
    """A host that links of the mail lead to, and what was met at its door."""

    name: str
    is_https: bool = True
    fault: LinkFault = LinkFault.NONE
    said: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that came in.

    `author` is the From domain ("" where there is not exactly one), `spf_domain` the one
    that SPF judged; `has_policy` None where DMARC's names gave no answer. `took` is the
    time from the start click, None where nobody clicked. `is_tls_offered` tells whether
    the sender could have encrypted at all.
    """

    author: str
    connected_from: str
    spf_domain: str
    spf: SpfResult
    is_spf_aligned: bool | None
    signatures: tuple[Signature, ...] = ()
    has_policy: bool | None = True
    policy: str = ""
    is_tls: bool = True
    is_tls_offered: bool = True
    tls_version: str = ""
    took: timedelta | None = None
    links: tuple[LinkHost, ...] = ()
    are_links_read: bool = True
    is_bulk: bool = False
    has_unsubscribe: bool = False
    has_one_click: bool = False

    @property
    def aligned_signature(self) -> Signature | None:
        found = (one for one in self.signatures if one.outcome == Signed.PASS and one.is_aligned)
        return next(found, None)

    @property
    def is_proved(self) -> bool | None:
        """DMARC's own question: an aligned pass of either; None where it can't be known.

        Source: RFC 9989 section 4.4 (identifier alignment).
        """
        if self.aligned_signature is not None:
            return True
        if self.spf == SpfResult.PASS and self.is_spf_aligned:
            return True
        return None if self._is_hidden else False

    @property
    def _is_hidden(self) -> bool:
        is_spf_open = self.spf == SpfResult.TEMPERROR and self.is_spf_aligned is not False
        is_spf_open |= self.spf == SpfResult.PASS and self.is_spf_aligned is None
        return is_spf_open or any(
            one.outcome != Signed.FAIL
            and one.is_aligned is not False
            and (one.outcome == Signed.UNKNOWN or one.is_aligned is None)
            for one in self.signatures
        )


@dataclass(frozen=True, slots=True)
class TriedMail:
    """One kind of mail that was asked of the app; `arrival` None where none came in time.

    `waited` is how long that was waited for.
    """

    kind: MailKind
    arrival: Arrival | None = None
    waited: timedelta = timedelta(0)

    @property
    def subject(self) -> str:
        return MAIL_OF_KIND[self.kind]


@dataclass(frozen=True, slots=True)
class ForgottenMail:
    """A kind that was tried so long ago that nothing is known of it any more."""

    kind: MailKind

    @property
    def subject(self) -> str:
        return MAIL_OF_KIND[self.kind]


@dataclass(frozen=True, slots=True)
class Received:
    """A mail as it stood at our door: envelope, connection and its bytes.

    `at_seconds` is the time of its last byte since 1970, `mail_from` "" for a bounce.
    """

    ip: str
    helo: str
    mail_from: str
    at_seconds: int
    content: bytes
    is_tls: bool = False
    is_tls_offered: bool = False
    tls_version: str = ""
