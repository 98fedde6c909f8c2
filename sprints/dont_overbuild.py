"""What an app need not have on its launch day, and when to think of it again. Pure."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class WriteUp:
    """One reusable risk. `key` is `own-<id>` for a practice's own, else a word."""

    key: str
    title: str
    plain_summary: str
    remedy: str
    revisit_when: str
    stage: int
    consequence: int = 2
    likelihood: int = 1
    recovery: int = 2
    effort: int = 3
    version: int = 1

    def has(self, words: str) -> bool:
        text = f"{self.title} {self.plain_summary} {self.revisit_when}".casefold()
        return all(word in text for word in words.casefold().split())


DONT_OVERBUILD: Final = (
    WriteUp(
        "multi-region", "No second region",
        "If the provider's one region is down, the app is down with it. That is rare, and a "
        "second one doubles the work.",
        "Stay in one region close to your users. Keep a tested backup in another one.",
        "A contract promises 99.95 %, or half your users live on another continent.", 3,
    ),
    WriteUp(
        "kubernetes", "No Kubernetes",
        "Users notice nothing: one or two servers carry a launch.",
        "Stay with the platform that deploys on push. Write down how to start it elsewhere.",
        "Five services deploy on their own, or somebody is paid to run the cluster.", 3,
    ),
    WriteUp(
        "microservices", "One program instead of many services",
        "Users notice nothing. One program is quicker to mend while the product still changes.",
        "Keep modules apart inside the one program.",
        "Two teams wait for each other's releases every week.", 3,
    ),
    WriteUp(
        "custom-auth", "No sign-in of your own making",
        "Users sign in as well with a proven library; a home-made one loses accounts.",
        "Stay with the provider or library in use; know how to export its users.",
        "Its price per user passes an engineer's month, or a client demands their own sign-in.", 5,
    ),
    WriteUp(
        "mail-server", "No mail server of your own",
        "Mail from a new server lands in spam for weeks; a sending service's does not.",
        "Stay with the sending service and keep SPF, DKIM and DMARC right.",
        "You send more than a million mails a month and have somebody for deliverability.", 6,
    ),
    WriteUp(
        "test-coverage", "Not every line is tested",
        "Some errors will reach users first. The ways that earn money are the ones to test.",
        "Test signing in, paying and the core answer end to end; leave the rest.",
        "The same corner breaks twice, or a third engineer joins.", 3,
    ),
    WriteUp(
        "read-replicas", "One database without read replicas",
        "Users notice nothing until the database is busy; an index helps sooner.",
        "Find the slowest queries and index them. Keep restores tested.",
        "The database is above 60 % of its processor for a week after that.", 4,
    ),
    WriteUp(
        "soc2", "No SOC 2 report",
        "Private users don't ask for it; large customers will before they sign.",
        "Keep the habits that count for it: access lists, reviews, a record of changes.",
        "The first customer who makes it a condition, with a date and a price.", 7,
    ),
    WriteUp(
        "feature-flags", "No platform for feature flags",
        "Users notice nothing. A setting and a redeploy switch a feature off in minutes.",
        "Use a setting for each risky feature and write down how to switch it.",
        "Two experiments run at once, or non-engineers must switch features.", 3,
    ),
    WriteUp(
        "design-system", "No design system of your own",
        "Screens may differ a little; users care whether they work.",
        "Take one component library and change its colours only.",
        "A second product, or a third person, draws screens.", 4, consequence=1,
    ),
)  # fmt: skip
