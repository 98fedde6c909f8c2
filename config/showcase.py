"""The invented launch that the public page and the developers' gallery show."""

from typing import TypedDict


class ShownStage(TypedDict, total=False):
    number: int
    name: str
    state: str
    note: str
    url: str
    is_current: bool


class ShownRow(TypedDict, total=False):
    label: str
    value: str
    is_code: bool


class ShownRisk(TypedDict, total=False):
    url: str
    ref: str
    title: str
    why: str
    band: str
    score: int
    facts: list[str]
    alarm: str
    status: str
    seen: list[ShownRow]
    is_selected: bool


class ShownFamily(TypedDict, total=False):
    name: str
    run: str
    count: str
    note: str


STAGES: list[ShownStage] = [
    {"number": 1, "name": "Audit", "state": "approved", "note": "Approved Mon"},
    {
        "number": 2,
        "name": "Domain and edge",
        "state": "review",
        "note": "Waiting for Jonas",
        "is_current": True,
    },
    {"number": 3, "name": "Deployment", "state": "work", "note": "4 of 6 checks"},
    {"number": 4, "name": "Performance", "state": "work", "note": "1 of 4 checks"},
    {"number": 5, "name": "Reliability", "state": "todo", "note": "Not started"},
    {"number": 6, "name": "E-mail trust", "state": "regressed", "note": "1 check came back"},
    {"number": 7, "name": "Handover", "state": "todo", "note": "38 % filled"},
]

FOUNDER_STAGES: list[ShownStage] = [
    {"number": 1, "name": "Audit", "state": "approved", "note": "Approved Mon"},
    {"number": 2, "name": "Domain and edge", "state": "review", "note": "Waiting for you"},
    {"number": 3, "name": "Deployment", "state": "work", "note": "In progress"},
    {"number": 4, "name": "Performance", "state": "work", "note": "In progress"},
    {"number": 5, "name": "Reliability", "state": "todo", "note": "Next"},
    {"number": 6, "name": "E-mail trust", "state": "regressed", "note": "1 came back"},
    {"number": 7, "name": "Handover", "state": "todo", "note": "Friday"},
]

KEY_IN_SCRIPT: list[ShownRow] = [
    {"label": "Observed", "value": "sk-proj-…Qm4A in /_next/static/chunks/app-4f1c.js"},
    {"label": "Expected", "value": "No private key in any file that a browser receives"},
    {"label": "Remedy", "value": "Rotate the key first, then call the model from the server"},
]

RISKS: list[ShownRisk] = [
    {
        "ref": "R-001",
        "title": "An OpenAI key is readable in the app’s JavaScript",
        "why": "Anyone who opens the page can copy the key and spend your money. "
        "Bots find such keys within hours.",
        "band": "critical",
        "score": 100,
        "facts": ["Stage 1", "Maya", "Due today", "Seen 3 times"],
        "status": "open",
        "seen": KEY_IN_SCRIPT,
        "is_selected": True,
    },
    {
        "ref": "R-004",
        "title": "Password reset mails link to localhost",
        "why": "Nobody can reset a password. Users think the product is broken.",
        "band": "critical",
        "score": 80,
        "facts": ["Stage 1", "Jonas", "Due tomorrow", "2 comments"],
        "status": "open",
    },
    {
        "ref": "R-007",
        "title": "Two SPF records cancel each other",
        "why": "Sign-in codes land in spam, because receivers must ignore both records.",
        "band": "high",
        "score": 53,
        "facts": ["Stage 6", "Maya"],
        "alarm": "Came back 2 h ago",
        "status": "open",
    },
    {
        "ref": "R-009",
        "title": "www and bare domain both answer",
        "why": "Search engines see two sites, and a login on one is unknown to the other.",
        "band": "medium",
        "score": 27,
        "facts": ["Stage 2", "Accepted until 11 Dec"],
        "status": "accepted",
    },
    {
        "ref": "R-012",
        "title": "Fonts are sent without compression",
        "why": "180 kB more on the first load over mobile data.",
        "band": "low",
        "score": 13,
        "facts": ["Stage 4", "Unassigned"],
        "status": "open",
    },
]

FAMILIES: list[ShownFamily] = [
    {"name": "Names and delegation", "run": "done", "count": "18 of 18"},
    {"name": "Certificates", "run": "done", "count": "14 of 14"},
    {
        "name": "Pages and redirects",
        "run": "partial",
        "count": "9 of 14",
        "note": "5 couldn’t be looked at: the site’s firewall stopped us.",
    },
    {"name": "Scripts and secrets", "run": "running", "count": "3 of 11"},
    {"name": "Headers and cookies", "run": "running", "count": "6 of 13"},
    {"name": "E-mail trust", "run": "waiting", "count": "16 to come"},
]

# What an audit of an AI-built product meets most: what users notice, then the cause.
BREAKS = [
    ("critical", "Nobody can reset a password.", "The mail links to localhost."),
    (
        "critical",
        "Strangers spend your AI budget.",
        "The model provider’s key stands in the page’s JavaScript.",
    ),
    (
        "critical",
        "The page loads, and every button fails.",
        "The API still admits only the preview address (CORS).",
    ),
    (
        "high",
        "Sign-in codes land in spam.",
        "Two records say who may send your mail (SPF), so receivers ignore both.",
    ),
    (
        "high",
        "Some phones show a warning instead of the app.",
        "The certificate comes without its middle part; laptops fill it in by themselves.",
    ),
    (
        "high",
        "Search engines never list the site.",
        "The “don’t index” mark of the staging copy went along to production.",
    ),
]

QUESTIONS = [
    ("Audit", "What would break the launch?", "A ranked list of risks"),
    ("Domain and edge", "Does every address lead where it should?", "A map of all addresses"),
    ("Deployment", "Can somebody else deploy it, and undo it?", "A release anyone can repeat"),
    ("Performance", "Is it quick on a phone, on a train?", "Measured times, one list of fixes"),
    ("Reliability", "Who notices first when it is down?", "Alerts that reach a person"),
    ("E-mail trust", "Do codes and resets arrive?", "Proof of delivery for each mail"),
    ("Handover", "Can a stranger restart it within an hour?", "A document, tried in a drill"),
]
