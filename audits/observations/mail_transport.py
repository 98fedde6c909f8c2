"""What was seen of how mail travels to a domain: policies for TLS, servers, addresses."""

from dataclasses import dataclass

from audits.observations.dns_answers import Answer, Said
from audits.observations.mta_sts import StsPolicy, parse_sts_policy, select_sts
from audits.observations.seen import GatherFailure
from audits.observations.tlsa import CertificateDigests, Tlsa


@dataclass(frozen=True, slots=True)
class StsFile:
    """The answer for the policy's address: no redirect was followed."""

    url: str
    status: int
    content_type: str
    body: str

    @property
    def policy(self) -> StsPolicy:
        return parse_sts_policy(self.body)


@dataclass(frozen=True, slots=True)
class SmtpTalk:
    """A talk on port 25 up to STARTTLS. `chain` is what was shown, the server's own first.

    `refusal` is a greeting other than 220. `tls_error` says why no TLS came of it, and
    `verify_error` why a sender that verifies would stop ("" for trusted, None: not tried).
    """

    refusal: str = ""
    has_starttls: bool = False
    tls_error: str = ""
    chain: tuple[CertificateDigests, ...] = ()
    verify_error: str | None = None


@dataclass(frozen=True, slots=True)
class ReverseName:
    """The PTR of one address. `is_confirmed`: one of its names leads back; None: silence."""

    address: str
    said: Said
    names: tuple[str, ...] = ()
    is_confirmed: bool | None = None


@dataclass(frozen=True, slots=True)
class MailServer:
    """One MX target. `vendor` is who runs it where that is known, `is_own` True where its
    name lies in the client's own domain. `talk` None: nobody was called."""

    name: str
    vendor: str = ""
    is_own: bool = False
    reverse: tuple[ReverseName, ...] = ()
    tlsa_said: Said = Said.UNASKED
    tlsa: tuple[Tlsa, ...] = ()
    is_tlsa_validated: bool = False
    talk: SmtpTalk | GatherFailure | None = None


@dataclass(frozen=True, slots=True)
class MailTransport:
    """One mail domain. `sts_file` None: no record says that there is a policy.

    `is_validating` False: our resolver does not check DNSSEC, so its silence says nothing.
    """

    domain: str
    sts: Answer
    tls_rpt: Answer
    bimi: Answer
    sts_file: StsFile | GatherFailure | None = None
    mx: tuple[str, ...] = ()
    servers: tuple[MailServer, ...] = ()
    is_validating: bool = False

    @property
    def has_sts(self) -> bool:
        return bool(select_sts(self.sts.values))

    @property
    def mode(self) -> str:
        """The policy's mode where senders can read it, else ""."""
        return self.sts_file.policy.mode if isinstance(self.sts_file, StsFile) else ""
