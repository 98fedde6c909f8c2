"""What a consultant needs access to, and how a founder gives it from a phone. Pure data.

From the vendors' own help pages as of November 2026; a vendor that is not here gets the steps
of its kind. `{who}` is the address to invite, `{vendor}` the vendor's name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

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


@dataclass(frozen=True, slots=True)
class Way:
    """How access is given at one vendor."""

    role: str
    steps: tuple[str, ...]
    # For which slots they are right; elsewhere the vendor is asked for in general words.
    slots: tuple[str, ...]


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
            "Open the repository and its settings.",
            "Choose collaborators or members, then “Add people”.",
            "Enter {who} with the right to write.",
        ),
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
    ),
)
BY_KEY: Final = {slot.key: slot for slot in SLOTS}

# By a word of the vendor's name, in small letters.
WAYS: Final[Mapping[str, Way]] = {
    "cloudflare": Way(
        "DNS administrator",
        (
            "Open dash.cloudflare.com and sign in.",
            "Tap “Manage account”, then “Members”, then “Invite”.",
            "Enter {who}. Choose your domain only, with the role “DNS”.",
            "Tap “Invite”. We get a mail and take it from there.",
        ),
        ("dns",),
    ),
    "route 53": Way(
        "a user with AmazonRoute53FullAccess",
        (
            "Open console.aws.amazon.com and sign in.",
            "Search for “IAM Identity Center”, tap “Users”, then “Add user”.",
            "Enter {who} and give the permission set for Route 53.",
        ),
        ("dns",),
    ),
    "vercel": Way(
        "Developer",
        (
            "Open vercel.com/dashboard and choose your team.",
            "Tap “Settings”, then “Members”.",
            "Enter {who}, choose “Developer”, tap “Invite”.",
        ),
        ("hosting",),
    ),
    "netlify": Way(
        "Developer",
        (
            "Open app.netlify.com and choose your team.",
            "Tap “Team management”, then “Members”, then “Add members”.",
            "Enter {who} as Developer and send the invitation.",
        ),
        ("hosting",),
    ),
    "render": Way(
        "Developer",
        (
            "Open dashboard.render.com and your workspace’s settings.",
            "Under “Team members” tap “Invite”.",
            "Enter {who} as Developer.",
        ),
        ("hosting",),
    ),
    "fly.io": Way(
        "member of the organisation",
        (
            "Open fly.io/dashboard and choose the organisation.",
            "Tap “Team”, then “Invite people”.",
            "Enter {who}.",
        ),
        ("hosting",),
    ),
    "railway": Way(
        "Editor",
        (
            "Open railway.com, your project, then “Settings”.",
            "Tap “Members”, then “Invite”.",
            "Enter {who} with the role that can edit.",
        ),
        ("hosting",),
    ),
    "namecheap": Way(
        "domain manager",
        (
            "Open namecheap.com and sign in.",
            "Tap “Domain list”, then “Manage” beside the domain.",
            "Tap “Sharing & transfer”, enter {who} and choose domain manager.",
        ),
        (
            "dns",
            "registrar",
        ),
    ),
    "godaddy": Way(
        "delegate with “Products & domains”",
        (
            "Open account.godaddy.com/access.",
            "Under “People who can access my account” tap “Invite to access”.",
            "Enter {who} and choose “Products & domains”.",
        ),
        (
            "dns",
            "registrar",
        ),
    ),
    "google": Way(
        "a custom admin role for domain settings",
        (
            "Open admin.google.com with an administrator’s account.",
            "Tap “Account”, then “Admin roles”.",
            "Make a user for {who} and give the role for domain settings and Gmail.",
        ),
        ("mail",),
    ),
    "microsoft": Way(
        "domain name administrator",
        (
            "Open admin.microsoft.com with an administrator’s account.",
            "Tap “Users”, then “Guest users”, and invite {who}.",
            "Under “Roles” give “Domain name administrator”.",
        ),
        ("mail",),
    ),
    "resend": Way(
        "Member",
        (
            "Open resend.com/settings/team.",
            "Tap “Invite members” and enter {who}.",
        ),
        ("sender",),
    ),
    "postmark": Way(
        "server admin",
        (
            "Open account.postmarkapp.com/users.",
            "Tap “Invite users” and enter {who} with access to your server.",
        ),
        ("sender",),
    ),
    "sendgrid": Way(
        "teammate with sender authentication",
        (
            "Open app.sendgrid.com, then “Settings”, then “Teammates”.",
            "Tap “Add teammate”, enter {who}.",
            "Choose restricted access with “Sender authentication”.",
        ),
        ("sender",),
    ),
    "mailgun": Way(
        "developer",
        (
            "Open app.mailgun.com, then your name, then “Users”.",
            "Tap “Invite user” and enter {who} as developer.",
        ),
        ("sender",),
    ),
    "github": Way(
        "Write",
        (
            "Open the repository on github.com, then “Settings”.",
            "Tap “Collaborators and teams”, then “Add people”.",
            "Enter {who} and choose “Write”.",
        ),
        ("code",),
    ),
}


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
    for which nothing was met is asked for in general words, except the mailboxes and the app's
    mails: without a vendor there is nobody to ask about.
    """
    made = []
    for slot in SLOTS:
        # In the order of `filled_by`: the host itself before a CDN in front of it.
        named = (name for one in slot.filled_by for role, name in vendors if role == one)
        vendor = next(named, "")
        if not vendor and slot.key in ("mail", "sender"):
            continue
        made.append(_asked(slot, vendor, who))
    return made[:MOST_REQUESTS]


def _asked(slot: Slot, vendor: str, who: str) -> Asked:
    way = way_of(vendor or ("github" if slot.key == "code" else ""), slot.key)
    steps = way.steps if way else slot.steps
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


def way_of(vendor: str, slot: str) -> Way | None:
    """The steps of a vendor that is known, where they are right for this slot."""
    name = vendor.lower()
    ways = (way for word, way in WAYS.items() if word in name and slot in way.slots)
    return next(ways, None)
