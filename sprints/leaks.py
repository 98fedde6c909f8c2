"""Credentials in what people hand in: found before it is kept, shown only masked. Pure.

Shapes as their providers document them; a shape is long enough that prose can't hit it.
"""

import re
from dataclasses import dataclass
from typing import Final

SHOWN_CHARS: Final = 4
LINE_CHARS: Final = 120

SHAPES: Final = (
    ("an OpenAI key", r"sk-(?:proj-|svcacct-|admin-)?[\w-]{20,200}"),
    ("an Anthropic key", r"sk-ant-[\w-]{20,200}"),
    ("a Stripe or Clerk key", r"(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{10,250}"),
    ("a webhook secret", r"whsec_[A-Za-z0-9+/=]{24,200}"),
    ("a GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})"),
    ("a GitLab token", r"glpat-[\w-]{20,}"),
    ("an AWS key", r"(?:AKIA|ASIA)[A-Z2-7]{16}"),
    ("a Google key", r"AIza[\w-]{35}"),
    ("a Google client secret", r"GOCSPX-[\w-]{28}"),
    ("a Supabase secret key", r"(?:sb_secret_[\w-]{20,}|sbp_[0-9a-f]{40})"),
    ("a Slack token", r"xox[abeprs]-[A-Za-z0-9-]{20,}"),
    ("a SendGrid key", r"SG\.[\w-]{22}\.[\w-]{43}"),
    ("a Resend key", r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{16,}"),
    ("a Groq, Hugging Face or Replicate key", r"(?:gsk_|hf_|r8_)[A-Za-z0-9]{30,}"),
    ("a Cloudflare or Vercel token", r"(?:cf(?:ut|at|k)|vc[piark])_[A-Za-z0-9]{40,}"),
    ("an npm token", r"npm_[A-Za-z0-9]{36}"),
    ("a signed token (JWT)", r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    (
        "a database address with its password",
        r"(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?)://"
        r"[^\s:@/]{0,80}:[^\s@/]{6,120}@[^\s/]{3,200}",
    ),
    ("a private key", r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY.*"),
)
RULES: Final = tuple(
    (label, re.compile(shape if shape[0] == "-" else rf"(?<![A-Za-z0-9_])(?:{shape})"))
    for label, shape in SHAPES
)


@dataclass(frozen=True, slots=True)
class Leak:
    """The first credential met: on which line (from 1), and that line with it masked."""

    line: int
    label: str
    masked: str


def find_leak(text: str) -> Leak | None:
    """The first credential in `text`, None where there is none."""
    for number, line in enumerate(text.splitlines(), start=1):
        for label, shape in RULES:
            if shape.search(line):
                return Leak(number, label, mask(line))
    return None


def mask(line: str) -> str:
    """The line with every credential cut to its first characters, and not too long."""
    for _, shape in RULES:
        line = shape.sub(lambda met: f"{met[0][:SHOWN_CHARS]}••••", line)
    return line.strip()[:LINE_CHARS]
