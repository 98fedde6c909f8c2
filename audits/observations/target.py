"""What an audit is asked to look at."""

from dataclasses import dataclass, field
from enum import StrEnum

from audits.observations.mail_arrival import ForgottenMail, TriedMail


class HostKind(StrEnum):
    """What a host is for; some checks ask different things of different kinds."""

    WEB = "web"
    API = "api"
    ADMIN = "admin"
    ASSETS = "assets"
    MAIL = "mail"
    STAGING = "staging"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Host:
    """One host that should exist. `points_to` are declared addresses, names or providers."""

    name: str
    kind: HostKind = HostKind.WEB
    points_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One core route: `url` absolute; `method` and `headers` as the front end really sends.

    `must_say` is text that a right answer contains, "" where nobody has said.
    """

    url: str
    method: str = "GET"
    expected_status: int = 200
    headers: tuple[str, ...] = ()
    must_say: str = ""


@dataclass(frozen=True, slots=True)
class MailDomain:
    """A domain in the From of the app's mail. `is_sending` None means not declared."""

    name: str
    is_sending: bool | None = None
    dkim_selectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """The audited product: the registrable domain and what its owner declared.

    `domain` is the name the product lives under (usually registrable), `hosts` the
    intended hosts, the main one first; `canonical_host` where visitors should end.
    `front_ends` are origins whose scripts call the API hosts. Names are lower case and
    A-labels. `ios_app_ids` are team and bundle (`TEAMID.bundle`), `android_fingerprints`
    SHA-256 with colons, `store_pages` the pages that the stores ask for: name and URL.
    """

    domain: str
    hosts: tuple[Host, ...] = ()
    mail_domains: tuple[MailDomain, ...] = ()
    routes: tuple[Route, ...] = ()
    canonical_host: str = ""
    front_ends: tuple[str, ...] = ()
    is_auto_renew_confirmed: bool = False
    is_indexing_unwanted: bool = False
    has_ios_app: bool = False
    has_android_app: bool = False
    ios_app_ids: tuple[str, ...] = ()
    android_package: str = ""
    android_fingerprints: tuple[str, ...] = ()
    store_pages: tuple[tuple[str, str], ...] = ()
    switch_at_iso: str = ""
    tried_mails: tuple[TriedMail | ForgottenMail, ...] = ()

    @property
    def main_host(self) -> str:
        return self.canonical_host or (self.hosts[0].name if self.hosts else self.domain)

    def host_names(self, *kinds: HostKind) -> tuple[str, ...]:
        wanted = kinds or tuple(HostKind)
        return tuple(host.name for host in self.hosts if host.kind in wanted)


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor met in public records. `role`: dns, registrar, hosting, cdn, mail or sender."""

    role: str
    name: str
    signal: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Who stands behind the names: the vendors met while looking."""

    subject: str
    vendors: tuple[Vendor, ...] = field(default_factory=tuple)
