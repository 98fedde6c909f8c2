"""Set-Cookie as browsers read it, the value left out: a session is a secret. Pure."""

import re
from dataclasses import dataclass

SESSION_LIKE = re.compile(
    r"sess|auth|token|(^|[^a-z])sid($|[^a-z])|^sid|^sb-|__session|jwt|remember|logged_?in",
    re.IGNORECASE,
)
CSRF = re.compile(r"csrf|xsrf|antiforgery|authenticity", re.IGNORECASE)
# Load balancers, bot filters and meters: they hold no sign-in, though their names may say so.
HARMLESS = re.compile(
    r"^(AWSALB|AWSELB|ARRAffinity|heroku-session-affinity|GCLB|GAESA|SERVERID|BIGip|INGRESSCOOKIE|"
    r"__cf|cf_|_cfuvid|ak_bmsc|bm_|incap_ses|visid_incap|nlbi_|datadome|_px|fly-|railway|_ga|_gid|"
    r"_gcl|_fbp|ph_|ajs_|amp_|mp_|_hj|intercom-|hubspot|__hs|_clck|_clsk|optimizely)|"
    r"code-verifier|oauth_?state|pkce|callback-url",
    re.IGNORECASE,
)
PAST_YEAR = re.compile(r"\b(19[0-9]{2}|200[0-9]|201[0-9])\b")


@dataclass(frozen=True, slots=True)
class Cookie:
    """One Set-Cookie. `same_site` is lower case, "" where absent; `domain` without a dot in front.

    `is_deletion` says that the header removes the cookie instead of setting it.
    """

    name: str
    value_length: int = 0
    domain: str = ""
    path: str = ""
    same_site: str = ""
    is_secure: bool = False
    is_http_only: bool = False
    is_deletion: bool = False

    @property
    def is_csrf(self) -> bool:
        return CSRF.search(self.name) is not None

    @property
    def is_session_like(self) -> bool:
        """True where the name says that the cookie signs somebody in."""
        bare = re.sub(r"^__(Host|Secure)-", "", self.name)
        if CSRF.search(bare) or HARMLESS.search(bare):
            return False
        return SESSION_LIKE.search(bare) is not None


@dataclass(frozen=True, slots=True)
class SeenCookie:
    """A cookie and the address that set it."""

    url: str
    cookie: Cookie


def read_cookie(header: str) -> Cookie | None:
    """Read one Set-Cookie value; None where browsers ignore it (no name and no value).

    Source: RFC 6265 section 5.2. Attributes are case-free, the last of a kind wins.
    """
    pair, *attributes = header.split(";")
    name, _, value = pair.partition("=") if "=" in pair else ("", "", pair)
    if not name.strip() and not value.strip():
        return None
    found: dict[str, str] = {}
    for attribute in attributes:
        key, _, content = attribute.partition("=")
        found[key.strip().lower()] = content.strip()
    return Cookie(
        name=name.strip()[:128],
        value_length=len(value.strip()),
        domain=found.get("domain", "").lstrip(".").lower(),
        path=found.get("path", ""),
        same_site=found.get("samesite", "").lower(),
        is_secure="secure" in found,
        is_http_only="httponly" in found,
        is_deletion=_is_deletion(found),
    )


def _is_deletion(found: dict[str, str]) -> bool:
    lifetime = found.get("max-age", "")
    if lifetime.removeprefix("-").isdecimal():
        return int(lifetime[:12]) <= 0
    return PAST_YEAR.search(found.get("expires", "")) is not None
