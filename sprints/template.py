"""The built-in template: seven stages with their checks, deliverables and failure signals.

Source: engagement specification, sections 2.6 (stages 1 to 5) and 2.7 (6 and 7).
"""

from dataclasses import dataclass
from enum import StrEnum

TEMPLATE_VERSION = 1


class ItemKind(StrEnum):
    AUTO = "auto"
    MANUAL = "manual"
    HYBRID = "hybrid"


class ItemPart(StrEnum):
    CHECK = "check"
    DELIVERABLE = "deliverable"
    SIGNAL = "signal"


@dataclass(frozen=True, slots=True)
class TemplateItem:
    """One item of a stage. `key` is stable (`1.3`, `D1.1`, `F1.2`); `why` in founder words."""

    key: str
    title: str
    part: ItemPart
    kind: ItemKind = ItemKind.MANUAL
    why: str = ""
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class TemplateStage:
    ordinal: int
    name: str
    goal: str
    items: tuple[TemplateItem, ...]


def _check(
    key: str, title: str, kind: ItemKind, why: str, *, required: bool = True
) -> TemplateItem:
    return TemplateItem(key, title, ItemPart.CHECK, kind, why, required)


def _deliverable(key: str, title: str) -> TemplateItem:
    return TemplateItem(key, title, ItemPart.DELIVERABLE)


def _signal(key: str, title: str) -> TemplateItem:
    return TemplateItem(key, title, ItemPart.SIGNAL, is_required=False)


A, H, M = ItemKind.AUTO, ItemKind.HYBRID, ItemKind.MANUAL

STAGES = (
    TemplateStage(
        1,
        "Audit",
        "Know what would break the launch before anything is changed.",
        (
            _check(
                "1.1",
                "The domain leads to the right place",
                A,
                "Visitors reach the live app and not a parking page or an old server.",
            ),
            _check(
                "1.2",
                "Live and preview are kept apart",
                H,
                "Nobody lands on a half-finished copy, and test data stays out of sight.",
            ),
            _check(
                "1.3",
                "DNS is right for web and mail",
                A,
                "The site opens everywhere and mail arrives.",
            ),
            _check(
                "1.4",
                "No secret key in code or build",
                H,
                "A key in the page lets strangers spend your money or read your data.",
            ),
            _check(
                "1.5",
                "No obvious slow spot on the main routes",
                A,
                "People leave when the first page takes seconds.",
            ),
            _deliverable("D1.1", "Ranked risk list"),
            _deliverable("D1.2", "Decision on starting the work"),
            _signal("F1.1", "Works on the laptop, fails on the real domain"),
            _signal("F1.2", "Settings are missing on the live server"),
            _signal("F1.3", "Mails link to localhost or to staging"),
        ),
    ),
    TemplateStage(
        2,
        "Domain and edge",
        "One address, safe on every host, in front of everything.",
        (
            _check(
                "2.1",
                "DNS goes through the edge where it should",
                A,
                "Attacks and traffic peaks stop before they reach your server.",
            ),
            _check(
                "2.2",
                "Encrypted from end to end",
                A,
                "Browsers show no warning and nobody reads along.",
            ),
            _check(
                "2.3",
                "One address: the www and the bare name lead to one place",
                A,
                "A login made on one name works everywhere, and search engines see one site.",
            ),
            _check(
                "2.4",
                "Every subdomain is wanted and written down",
                A,
                "Nobody can take over a forgotten name.",
            ),
            _check(
                "2.5",
                "Protection from floods and simple bots is on",
                H,
                "One bored person can't take the app down.",
            ),
            _deliverable("D2.1", "Routing map"),
            _deliverable("D2.2", "HTTPS on every host that should exist"),
            _signal("F2.1", "Mixed content on phones"),
            _signal("F2.2", "The same page under two addresses"),
            _signal("F2.3", "API calls fail on cross-origin or host rules"),
        ),
    ),
    TemplateStage(
        3,
        "Deployment hardening",
        "Anyone on the team can put a version live, and take it back.",
        (
            _check(
                "3.1",
                "Builds come from CI or one controlled way",
                H,
                "What is live is what was tested.",
            ),
            _check(
                "3.2",
                "Settings are given at deploy time",
                H,
                "The live app never runs with test settings.",
            ),
            _check("3.3", "Secrets live in a store", M, "A key can be changed in minutes."),
            _check(
                "3.4", "There is a way back", M, "A bad version costs minutes and not an evening."
            ),
            _deliverable("D3.1", "Repeatable deployment"),
            _deliverable("D3.2", "Redeploy note"),
            _signal("F3.1", "Only one person can deploy"),
            _signal("F3.2", "A bad push with no way back"),
            _signal("F3.3", "Changing a key needs a code edit"),
        ),
    ),
    TemplateStage(
        4,
        "Performance baseline",
        "Fast enough on a phone, and known by numbers.",
        (
            _check(
                "4.1",
                "Files that never change are kept at the edge",
                A,
                "Second visits feel instant.",
            ),
            _check(
                "4.2",
                "Safe answers are cached, personal ones never",
                A,
                "Nobody is ever shown another person's page.",
            ),
            _check("4.3", "Few round trips on weak networks", A, "The app opens on a train."),
            _check(
                "4.4",
                "Answer times of the main routes are known",
                H,
                "You see it getting slow before users do.",
            ),
            _deliverable("D4.1", "Baseline dashboard"),
            _deliverable("D4.2", "One ordered list of fixes"),
            _signal("F4.1", "The same costly call is made each time"),
            _signal("F4.2", "Busy filters have no index"),
            _signal("F4.3", "Third-party scripts outweigh the product"),
        ),
    ),
    TemplateStage(
        5,
        "Reliability and monitoring",
        "Know before the customers do.",
        (
            _check(
                "5.1",
                "Site and main API are watched every 1 to 5 minutes",
                A,
                "You hear of an outage within minutes.",
            ),
            _check("5.2", "Error alerts reach a person", H, "Someone acts, day and night."),
            _check(
                "5.3",
                "Logs help and hold no secret",
                M,
                "A fault can be found without leaking what users typed.",
            ),
            _check(
                "5.4", "Costly or open endpoints have limits", A, "A bot can't run up your bill."
            ),
            _deliverable("D5.1", "Dashboard and plan of who is told what"),
            _deliverable("D5.2", "Checklist for an outage"),
            _signal("F5.1", "Users report an outage first"),
            _signal("F5.2", "Keys or prompts in the logs"),
            _signal("F5.3", "Bots drive the cost"),
        ),
    ),
    TemplateStage(
        6,
        "E-mail trust",
        "Sign-in codes and resets land in the inbox.",
        (
            _check(
                "6.1",
                "One right record says who may send your mail (SPF)",
                A,
                "Receivers trust the services that send for you.",
            ),
            _check(
                "6.2",
                "Every sender signs its mail (DKIM)",
                A,
                "Mail can't be changed on the way and is known as yours.",
            ),
            _check(
                "6.3",
                "The record that says what to do with forged mail (DMARC) is right",
                A,
                "Nobody can write to your users in your name.",
            ),
            _check(
                "6.4", "Real mails arrive in the inbox within a minute", H, "People can sign in."
            ),
            _check(
                "6.5",
                "Every link in those mails is safe and live",
                H,
                "Nobody is sent to localhost.",
            ),
            _check(
                "6.6", "Links survive a mail scanner and open the app", H, "The first tap works."
            ),
            _check(
                "6.7",
                "Bounces and complaints are handled",
                M,
                "One bad address doesn't spoil delivery for everybody.",
            ),
            _check("6.8", "Replies reach a person", H, "Users who answer are heard."),
            _check(
                "6.9",
                "Domains that send nothing are locked",
                A,
                "Forgers can't use your unused names.",
            ),
            _check(
                "6.10",
                "Bulk mail can be left in one click",
                M,
                "Mail providers demand it.",
                required=False,
            ),
            _deliverable("D6.1", "Set of mail records, before and after"),
            _deliverable("D6.2", "List of everything that sends mail"),
            _deliverable("D6.3", "Proof of delivery for each mail"),
            _deliverable("D6.4", "Plan for tightening DMARC"),
            _signal("F6.1", "A reset or code lands in spam or takes over five minutes"),
            _signal("F6.2", "Two SPF records, or one that can't be read"),
            _signal("F6.3", "DMARC fails though SPF or DKIM passes"),
            _signal("F6.4", "A mail links to a host that is not live"),
            _signal("F6.5", "Somebody says: I never got the mail"),
            _signal("F6.6", "A forged mail from the domain is delivered"),
        ),
    ),
    TemplateStage(
        7,
        "Handover",
        "Another engineer restarts everything within an hour of reading.",
        (
            _check("7.1", "Every section is complete", A, "Nothing is missing when it counts."),
            _check(
                "7.2",
                "Every console belongs to you",
                M,
                "You own your accounts, with two factors and a way back in.",
            ),
            _check(
                "7.3",
                "The list of settings matches the live app",
                H,
                "A restart doesn't fail on a forgotten name.",
            ),
            _check("7.4", "Somebody else deployed from the text alone", M, "The text is enough."),
            _check("7.5", "The way back was tried once and timed", M, "It works when needed."),
            _check(
                "7.6",
                "Every alert was tried and answered by a person",
                M,
                "Alerts go where somebody looks.",
            ),
            _check(
                "7.7",
                "The restart was rehearsed within an hour",
                M,
                "You don't depend on one person.",
            ),
            _check("7.8", "Every open risk has an owner and a date", A, "Nothing is forgotten."),
            _check("7.9", "A backup was restored once", M, "Data can really come back."),
            _check(
                "7.10",
                "Renewal dates and who pays are written down",
                M,
                "The domain doesn't run out on a Sunday.",
            ),
            _deliverable("D7.1", "Signed handover, as PDF and data"),
            _deliverable("D7.2", "Record of transferred access"),
            _deliverable("D7.3", "Record of the rehearsal"),
            _deliverable("D7.4", "Risks for the next steps"),
            _signal("F7.1", "The reader must ask the author"),
            _signal("F7.2", "A step needs one person's laptop or account"),
            _signal("F7.3", "The rehearsal takes over an hour"),
            _signal("F7.4", "The list of settings names too much or too little"),
            _signal("F7.5", "The way back was never tried"),
            _signal("F7.6", "An alert goes where nobody looks"),
            _signal("F7.7", "The document holds a secret"),
        ),
    ),
)
