"""How a practice looks to its clients: accent, logo, footer, sender.

The colour's stylesheet and the logo are addressed by what they are, not by whose they are, so
that they can be open and kept by browsers for good.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Final

from django.db import models
from django.urls import reverse

from accounts.tenancy.models import GlobalModel

HEX: Final = re.compile(r"#[0-9a-f]{6}")
MIN_CONTRAST: Final = 4.5
PAPER: Final = "#ffffff"
# The surface of our dark theme, rounded to a colour without oklch.
DARK_PAPER: Final = "#1b1e26"
LIGHTEN_STEPS: Final = 50
MAX_LOGO_BYTES: Final = 200_000
# What browsers draw without running anything; SVG can carry script and is not among them.
PICTURES: Final[Mapping[str, tuple[bytes, str]]] = {
    "png": (b"\x89PNG\r\n\x1a\n", "image/png"),
    "jpg": (b"\xff\xd8\xff", "image/jpeg"),
    "webp": (b"RIFF", "image/webp"),
}
WEBP_WORD: Final = slice(8, 12)


class BrandFile(GlobalModel):
    """A logo, named by its contents. Every visitor of a practice's pages sees it."""

    app_rights = ("SELECT", "INSERT")

    name = models.CharField(max_length=72, primary_key=True)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Brand:
    """The practice's look as pages and mails read it; empty where nothing was set."""

    accent: str = ""
    logo: str = ""
    footer: str = ""
    sender: str = ""
    reply_to: str = ""

    @classmethod
    def of(cls, stored: Mapping[str, str]) -> "Brand":
        return cls(**{name: stored.get(name, "") for name in cls.__slots__})

    @property
    def stored(self) -> dict[str, str]:
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}

    @property
    def css_url(self) -> str:
        return reverse("brand-css", kwargs={"colour": self.accent[1:]}) if self.accent else ""

    @property
    def logo_url(self) -> str:
        return reverse("brand-logo", kwargs={"name": self.logo}) if self.logo else ""


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1, of `#rrggbb` (WCAG 2.2, definition of the same name)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - WCAG's own figures
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def for_dark(colour: str) -> str:
    """The colour, mixed with white until it can be read on our dark surface."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    for step in range(LIGHTEN_STEPS + 1):
        mixed = [round(part + (255 - part) * step / LIGHTEN_STEPS) for part in parts]
        tried = "#" + "".join(f"{part:02x}" for part in mixed)
        if contrast(tried, DARK_PAPER) >= MIN_CONTRAST:
            return tried
    return PAPER


@cache
def accent_css(colour: str) -> str:
    """The stylesheet that puts the colour in the place of ours, for both themes."""
    night = for_dark(colour)
    return (
        ":root{"
        f"--accent:light-dark({colour},{night});"
        f"--accent-fill:light-dark({colour},{night});"
        f"--accent-fill-hover:light-dark(color-mix(in oklab,{colour},black 15%),"
        f"color-mix(in oklab,{night},white 15%));"
        f"--accent-wash:light-dark(color-mix(in oklab,{colour},white 92%),"
        f"color-mix(in oklab,{night},{DARK_PAPER} 82%));"
        "}"
    )


def picture_kind(content: bytes) -> str:
    """`png`, `jpg`, `webp` by the first bytes; empty for anything else."""
    for kind, (beginning, _) in PICTURES.items():
        if content.startswith(beginning) and (kind != "webp" or content[WEBP_WORD] == b"WEBP"):
            return kind
    return ""


def keep_logo(content: bytes) -> str:
    """Store the picture, once, and return its name."""
    name = f"{sha256(content).hexdigest()}.{picture_kind(content)}"
    BrandFile.objects.bulk_create([BrandFile(name=name, content=content)], ignore_conflicts=True)
    return name
