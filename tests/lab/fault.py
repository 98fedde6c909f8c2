"""What a fault of the lab is: its words, and the checks that must find it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Find:
    """The check that must speak, with which verdict, from which level of consent on.

    `host` is the label of the host it is about where that is sure ("" means not said).
    `is_later` marks checks of the catalogue that this issue leaves out.
    """

    check: str
    verdict: str = "fail"
    host: str = ""
    consent: int = 1
    is_later: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what it is in words, and what must find it."""

    words: str
    finds: tuple[Find, ...]


def fault(words: str, *finds: Find) -> Fault:
    return Fault(words, finds)
