"""What a consultant needs access to, and how a founder gives it from a phone. Pure data.

A vendor that `sprints.asking_ways` doesn't know gets the steps of its kind. `{who}` is the
address to invite, `{vendor}` the vendor's name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sprints.asking_ways import INVITED, WAYS, Way

MOST_REQUESTS: Final = 8


@dataclass(frozen=True, slots=True)
class Slot:
    """One kind of access, in the order in which it is asked for."""

    key: str
    noun: str
    why: str
    role: str
    steps: tuple[str, ...]
    # The roles of a detected vendor that fill it.
    filled_by: tuple[str, ...] = ()
    # Words of vendors that fill it whatever their role.
    named: tuple[str, ...] = ()
    # Whether it is left out where no vendor was met: there is nobody to ask about.
    is_only_if_met: bool = False


SLOTS: Final = (
    Slot(
        "dns",
        "the records of your domain",
        "They decide where your app and your mail are found. Most repairs end here.",
        "administrator of DNS",
        (
            "Sign in where your domain’s records are kept: {vendor}.",
            "Open the account’s or team’s members, then “Invite”.",
            "Enter {who} and give the right to change DNS.",
        ),
        ("dns",),
    ),
    Slot(
        "registrar",
        "where you bought the domain",
        "A domain that runs out takes everything with it, and locks are set there.",
        "technical contact or delegate",
        (
            "Sign in where you pay for the domain: {vendor}.",
            "Open account, then sharing, delegates or users.",
            "Invite {who}. Please never send a password.",
        ),
        ("registrar",),
    ),
    Slot(
        "hosting",
        "where the app runs",
        "Deploys, environment variables and the way back after a bad one are set there.",
        "developer",
        (
            "Sign in where the app runs: {vendor}.",
            "Open the team’s or project’s members, then “Invite”.",
            "Enter {who} as developer.",
        ),
        ("hosting", "cdn"),
    ),
    Slot(
        "code",
        "the code",
        "We look for keys in it, and repairs are proposed there.",
        "write, not owner",
        (
            "Open the repository: at GitHub, GitLab or wherever your code is.",
            "Choose its collaborators or members, then add somebody.",
            "Enter {who} with the right to write. In an app builder, share the project instead.",
        ),
        named=("gitlab", "github"),
    ),
    Slot(
        "data",
        "your app’s data and sign-in",
        "We look whether strangers could read it, and whether it could be brought back.",
        "reader, or developer where there is no reader",
        (
            "Sign in where the app’s data is kept: {vendor}.",
            "Open the team’s or project’s members, then “Invite”.",
            "Enter {who} with the least right that shows the settings.",
        ),
        named=("supabase", "firebase"),
        is_only_if_met=True,
    ),
    Slot(
        "mail",
        "your mailboxes",
        "The records that keep mail out of spam are made there.",
        "administrator for the time of the sprint",
        (
            "Sign in to the admin page of {vendor}.",
            "Open users and roles.",
            "Add {who} with the right to change domain settings.",
        ),
        ("mail",),
        is_only_if_met=True,
    ),
    Slot(
        "sender",
        "what sends the app’s mails",
        "Codes and resets go through it; its domain must be set up.",
        "developer",
        (
            "Sign in at {vendor}.",
            "Open the team’s settings, then “Invite”.",
            "Enter {who} as developer.",
        ),
        ("sender",),
        is_only_if_met=True,
    ),
    Slot(
        "payments",
        "where your users pay",
        "A payment that your app never hears of is money taken for nothing.",
        "reader",
        (
            "Sign in where payments arrive: {vendor}.",
            "Open the team’s members, then “Invite”.",
            "Enter {who} as somebody who only reads.",
        ),
        named=("stripe",),
        is_only_if_met=True,
    ),
    Slot(
        "model",
        "the AI model’s account",
        "Limits there keep a bot from spending your money overnight.",
        "reader of usage and limits",
        (
            "Sign in at the provider of the model your app uses.",
            "Open the organisation’s members, then “Invite”.",
            "Enter {who} as reader. We never need the key itself.",
        ),
        ("model",),
        named=("openai", "anthropic"),
    ),
    Slot(
        "monitoring",
        "where errors are reported",
        "We look whether somebody would hear of an outage before your users do.",
        "member",
        (
            "Sign in where errors are collected, if there is such a place.",
            "Open members, then “Invite”.",
            "Enter {who} as member. If you have none, press “I don’t have this”.",
        ),
        named=("sentry",),
    ),
)
BY_KEY: Final = {slot.key: slot for slot in SLOTS}
# What serves a host's address without being where the app runs.
NOT_A_HOST: Final = ("supabase",)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it would be sent."""

    slot: str
    vendor: str
    title: str
    why: str
    role: str
    steps: tuple[str, ...]


def asked_for(vendors: Sequence[tuple[str, str]], who: str) -> list[Asked]:
    """At most eight requests, in the catalogue's order.

    `vendors` are (role, name) as the audit met them; the first that fits a slot names it. A slot
    for which nothing was met is asked for in general words or, where nobody can say that there
    is such a thing at all, left out. One invitation that opens two slots is asked for once.
    """
    made: list[Asked] = []
    asked_ways: list[Way] = []
    for slot in SLOTS:
        vendor = vendor_for(slot, vendors)
        way = way_of(vendor, slot.key)
        if (not vendor and slot.is_only_if_met) or way in asked_ways:
            continue
        if way is not None:
            asked_ways.append(way)
        made.append(asked(slot, vendor, who))
    return made[:MOST_REQUESTS]


def vendor_for(slot: Slot, vendors: Sequence[tuple[str, str]]) -> str:
    """The vendor met that fills the slot; "" where none does."""
    # In the order of `filled_by`: the host itself before a CDN in front of it.
    for one in slot.filled_by:
        for role, name in vendors:
            if role == one and not (one == "hosting" and _holds(name, NOT_A_HOST)):
                return name
    return next((name for _, name in vendors if _holds(name, slot.named)), "")


def _holds(name: str, words: Sequence[str]) -> bool:
    return any(word in name.lower() for word in words)


def asked(slot: Slot, vendor: str, who: str) -> Asked:
    """The request for the slot at this vendor, in its own steps or in general ones."""
    way = way_of(vendor, slot.key)
    steps = (*way.steps, way.seen) if way else (*slot.steps, INVITED)
    shown = vendor or "the place where you pay for it"
    title = f"Let us see {slot.noun}" + (f" ({vendor})" if vendor else "")
    return Asked(
        slot=slot.key,
        vendor=vendor,
        title=title,
        why=slot.why,
        role=way.role if way else slot.role,
        steps=tuple(step.format(who=who, vendor=shown) for step in steps),
    )


def asked_by_name(word: str, who: str) -> Asked:
    """The request for a vendor that staff chose, a key of WAYS; its slot carries the word."""
    way = WAYS[word]
    made = asked(BY_KEY[way.slots[0]], way.name, who)
    return replace(made, slot=f"{made.slot}-{word}")


def way_of(vendor: str, slot: str) -> Way | None:
    """The steps of a vendor that is known, where they are right for this slot."""
    name = vendor.lower()
    ways = (way for word, way in WAYS.items() if word in name and slot in way.slots)
    return next(ways, None) if name else None
