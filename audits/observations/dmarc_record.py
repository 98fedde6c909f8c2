"""One DMARC policy record: selecting it and its tags (RFC 9989 sections 4.7 and 4.8). Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from audits.observations.dns_answers import split_by_version
from audits.observations.spf_macro import clip_term

VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
NEAR_VERSION = re.compile(
    r"[\s\"';]*(?:v\s*=?\s*)?dmarc\s*1?\b|.{0,400}\bv\s*=\s*dmarc1", re.I | re.S
)
TAG = re.compile(r"(?P<name>[A-Za-z]+)[ \t]*=[ \t]*(?P<value>[!-:<-~][ -:<-~]*)\Z")
SIZE = re.compile(r"![0-9]+[kmgtKMGT]?\Z")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+\Z")
MAILTO = re.compile(r"mailto:(?P<local>[^@?\s]+)@(?P<host>[A-Za-z0-9._-]+)(?:\?[!-~]*)?\Z", re.I)

NEAR_CHARS = 500
KNOWN = frozenset({"v", "p", "sp", "np", "adkim", "aspf", "psd", "t", "rua", "ruf", "fo"})
REMOVED = {
    "pct": "the percentage means nothing any more: the policy holds for all mail",
    "rf": "there is one format of failure reports",
    "ri": "aggregate reports come once a day",
}
MAX_URIS = 50
MAX_PROBLEMS = 20


class Policy(IntEnum):
    """What a receiver is asked to do with mail that fails; higher is stricter."""

    NONE = 0
    QUARANTINE = 1
    REJECT = 2

    def __str__(self) -> str:
        return self.name.lower()


POLICIES = {str(policy): policy for policy in Policy}


@dataclass(frozen=True, slots=True)
class DmarcProblem:
    """Something wrong in a record: a stable code, the tag or value met, a sentence."""

    code: str
    met: str
    message: str


@dataclass(frozen=True, slots=True)
class ReportUri:
    """One address in rua or ruf. `host` is the mailbox's domain of a mailto, else ""."""

    text: str
    host: str = ""

    @property
    def is_mailto(self) -> bool:
        return bool(self.host)


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """A record whose version tag is right. Wrong values are defaults here, and `problems`.

    `p`, `sp` and `np` are None where absent or not valid; `has_bad_policy` tells the two
    apart: then the record counts as `p=none` where `rua` holds a valid address, and as no
    DMARC otherwise (section 4.10.1).
    """

    text: str
    tags: tuple[tuple[str, str], ...] = ()
    p: Policy | None = None
    sp: Policy | None = None
    np: Policy | None = None
    is_dkim_strict: bool = False
    is_spf_strict: bool = False
    psd: str = "u"
    is_testing: bool = False
    rua: tuple[ReportUri, ...] = ()
    ruf: tuple[ReportUri, ...] = ()
    has_bad_policy: bool = False
    problems: tuple[DmarcProblem, ...] = ()

    @property
    def is_applied(self) -> bool:
        """False where receivers apply no DMARC for want of a valid policy and of a rua."""
        return (self.p is not None and not self.has_bad_policy) or bool(self.rua)

    def policy_for(self, *, is_subdomain: bool, is_existing: bool = True) -> tuple[Policy, str]:
        """The policy and the tag it comes from, before test mode ("" for the fallback)."""
        if self.p is None or self.has_bad_policy:
            return Policy.NONE, ""
        chosen = (self.p, "p")
        if is_subdomain and self.sp is not None:
            chosen = (self.sp, "sp")
        if is_subdomain and not is_existing and self.np is not None:
            chosen = (self.np, "np")
        return chosen

    def tag(self, name: str) -> str | None:
        return next((value for key, value in self.tags if key == name), None)


def softened(policy: Policy, *, is_testing: bool) -> Policy:
    """One level less in test mode, none stays none (RFC 9989 section 4.7, tag t)."""
    return Policy(max(policy - 1, 0)) if is_testing else policy


def select_dmarc(texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The DMARC records among TXT texts, and the texts that only look like one.

    The version tag stands first; its name is free in case, its value is not.
    Source: RFC 9989 sections 4.7 (v), 4.8 and 4.10 (steps 2 and 6).
    """
    return split_by_version(texts, VERSION, NEAR_VERSION, near_chars=NEAR_CHARS)


def parse_dmarc(text: str) -> DmarcRecord | None:
    """Read a record; None where its version tag is not right. Never raises.

    Source: RFC 9989 section 4.8: unknown tags are ignored, wrong values give way to the
    defaults. Of a tag that stands twice the first counts here.
    """
    if not VERSION.match(text):
        return None
    reader = _Reader()
    for piece in text.split(";")[1:]:
        reader.take(piece.strip(" \t"))
    return reader.record(text)


class _Reader:
    def __init__(self) -> None:
        self.tags: dict[str, str] = {}
        self.problems: list[DmarcProblem] = []

    def take(self, piece: str) -> None:
        """Keep one `tag=value`, or say what is wrong with it."""
        if not piece:
            return
        match = TAG.match(piece)
        if match is None:
            self.wrong("bad_tag", piece, "is no tag=value and is ignored")
            return
        name = match["name"].lower()
        if name in self.tags or name == "v":
            self.wrong("repeated_tag", piece, "repeats a tag; receivers differ in what they take")
        elif name in REMOVED:
            self.wrong("removed_tag", piece, f"was removed from DMARC in 2026: {REMOVED[name]}")
            self.tags[name] = match["value"]
        elif name not in KNOWN:
            self.wrong("unknown_tag", piece, "is no DMARC tag and is ignored")
        else:
            self.tags[name] = match["value"].rstrip()

    def wrong(self, code: str, met: str, what: str) -> None:
        self.problems.append(DmarcProblem(code, clip_term(met), f"{clip_term(met)} {what}."))

    def choice(self, name: str, allowed: str, default: str) -> str:
        """The value of a one-letter tag, or its default."""
        value = self.tags.get(name, default).lower()
        if value in set(allowed):
            return value
        self.wrong("bad_value", f"{name}={value}", f"is not allowed; {name}={default} is used")
        return default

    def policy(self, name: str) -> Policy | None:
        value = self.tags.get(name)
        if value is None:
            return None
        policy = POLICIES.get(value.lower())
        if policy is None:
            self.wrong("bad_policy", f"{name}={value}", "is none of none, quarantine, reject")
        return policy

    def uris(self, name: str) -> tuple[ReportUri, ...]:
        """The syntactically valid addresses of rua or ruf."""
        found = []
        for piece in self.tags.get(name, "").split(",")[:MAX_URIS]:
            text = piece.strip(" \t")
            plain = SIZE.sub("", text)
            if plain != text:
                self.wrong("report_size", text, "carries a size limit, which is no longer used")
            if not plain and name not in self.tags:
                continue
            uri = _report_uri(plain)
            if uri is None:
                why = "needs mailto: before the address" if "@" in plain else "is no address (URI)"
                self.wrong("bad_report_uri", f"{name}={text}", why)
            else:
                found.append(uri)
        return tuple(found)

    def check_fo(self) -> None:
        parts = [part.strip().lower() for part in self.tags.get("fo", "0").split(":")]
        is_odd = set(parts) - set("01ds") or {"0", "1"} <= set(parts)
        if is_odd or len(parts) != len(set(parts)):
            self.wrong("bad_value", f"fo={self.tags['fo']}", "is not allowed; fo=0 is used")

    def record(self, text: str) -> DmarcRecord:
        p, sp, np = self.policy("p"), self.policy("sp"), self.policy("np")
        self.check_fo()
        bad = any(problem.code == "bad_policy" for problem in self.problems)
        if "p" not in self.tags:
            self.wrong("missing_p", "p=", "is missing, so the policy is none at best")
        elif next(iter(self.tags)) != "p":
            self.wrong("p_not_second", "p=", "stands late; older receivers want it after v=")
        return DmarcRecord(
            text=text,
            tags=tuple(self.tags.items()),
            p=p,
            sp=sp,
            np=np,
            is_dkim_strict=self.choice("adkim", "rs", "r") == "s",
            is_spf_strict=self.choice("aspf", "rs", "r") == "s",
            psd=self.choice("psd", "ynu", "u"),
            is_testing=self.choice("t", "yn", "n") == "y",
            rua=self.uris("rua"),
            ruf=self.uris("ruf"),
            has_bad_policy=bad,
            problems=tuple(self.problems[:MAX_PROBLEMS]),
        )


def _report_uri(text: str) -> ReportUri | None:
    mailto = MAILTO.match(text)
    if mailto is not None:
        return ReportUri(text, mailto["host"].lower().rstrip("."))
    if text.lower().startswith("mailto:") or not URI.match(text) or "!" in text:
        return None
    return ReportUri(text)
