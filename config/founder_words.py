"""The sentences of a founder's page. Pure: words.md holds for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sprints.launch import Answer
from sprints.models import Risk
from sprints.moments import calendar_day, day_words

SHOWN_STEPS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """Who reads the page, who leads the sprint, and when the launch is to be."""

    me: int
    lead: str
    launch_on: date | None
    today: date

    def name_of(self, risk: Risk) -> str:
        """Who does it: you, a colleague of yours or ours by name, else who leads."""
        if risk.owner_id == self.me:
            return "You"
        name = risk.owner.name.strip() if risk.owner else ""
        return name.split()[0] if name else self.lead

    def who(self, risk: Risk) -> str:
        """Who and by when: `You, by Thu 26 Nov`."""
        name, when = self.name_of(risk), self.when(risk)
        return f"{name}, {when}" if when else name

    def when(self, risk: Risk) -> str:
        """`by Thu 26 Nov`, `today`, `was due Fri 20 Nov`; nothing where no day is set."""
        if risk.due_on is None:
            return ""
        if risk.due_on < self.today:
            return f"was due {calendar_day(risk.due_on, self.today)}"
        day = day_words(risk.due_on, self.today)
        return day if risk.due_on == self.today else f"by {day}"

    @property
    def date_words(self) -> str:
        """`on Fri 4 Dec`, or nothing where no date is set."""
        return f"on {calendar_day(self.launch_on, self.today)}" if self.launch_on else ""

    @property
    def before_launch(self) -> str:
        return "before the launch" if self.launch_on else ""


@dataclass(frozen=True, slots=True)
class FounderAnswer:
    """The card at the top: the answer first, then who does what."""

    title: str
    text: str
    tone: str


def founder_answer(
    answer: Answer, stops: Sequence[Risk], before: Sequence[Risk], unseen_count: int, asked: Asked
) -> FounderAnswer:
    """Whether the launch date holds, in one sentence, and why in another."""
    if answer == Answer.NO_GO:
        verb = "stops" if len(stops) == 1 else "stop"
        title = f"Not yet: {things(stops)} {verb} the launch{_space(asked.date_words)}."
        return FounderAnswer(title, shares(stops, asked), "bad")
    if answer == Answer.NOT_KNOWN:
        text = f"{asked.lead} starts the first look. It takes about a minute."
        return FounderAnswer("We haven’t looked yet.", text, "")
    if answer == Answer.CONDITIONAL and before:
        when = f"the launch{_space(asked.date_words)}"
        title = f"Almost: {things(before)} to fix before {when}."
        return FounderAnswer(title, shares(before, asked), "warn")
    if answer == Answer.CONDITIONAL:
        title = f"Almost: we couldn’t look at {count(unseen_count, 'thing')} that could stop it."
        text = f"{asked.lead} finds out what kept us away, and we look again."
        return FounderAnswer(title, text, "")
    title = f"Yes: nothing that we can see stops the launch{_space(asked.date_words)}."
    text = f"{asked.lead} looks at everything again. If the answer changes, you read it here."
    return FounderAnswer(title, text, "good")


def shares(risks: Sequence[Risk], asked: Asked) -> str:
    """`Maya does one, you do one.`"""
    names: dict[str, int] = {}
    for risk in risks:
        name = asked.name_of(risk)
        names[name] = names.get(name, 0) + 1
    parts = [
        f"{_inside(name, place)} {'do' if name == 'You' else 'does'} {number_word(amount)}"
        for place, (name, amount) in enumerate(names.items())
    ]
    return f"{', '.join(parts)}."


def next_steps(risks: Sequence[Risk], asked: Asked, *, has_audit: bool) -> list[dict[str, str]]:
    """What happens next and by whom, in the order of the list."""
    if not has_audit:
        return [{"who": asked.lead, "text": "takes the first look at your app.", "when": ""}]
    steps = [
        {
            "who": asked.name_of(risk),
            "text": f"{_verb(risk, asked)} “{risk.title}”.",
            "when": asked.when(risk),
        }
        for risk in risks[:SHOWN_STEPS]
    ]
    looks = {"who": asked.lead, "text": "looks at everything again.", "when": asked.before_launch}
    return [*steps, looks]


def _verb(risk: Risk, asked: Asked) -> str:
    is_you = asked.name_of(risk) == "You"
    if risk.state == Risk.State.FIXED:
        return "check again" if is_you else "checks again"
    return "fix" if is_you else "fixes"


def things(risks: Sequence[Risk]) -> str:
    return count(len(risks), "thing")


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def number_word(number: int) -> str:
    words = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
    return words.get(number, str(number))


def _inside(name: str, place: int) -> str:
    """Inside a sentence `You` becomes `you`, and so does `Your consultant`."""
    return name[0].lower() + name[1:] if place and name.startswith("You") else name


def _space(words: str) -> str:
    return f" {words}" if words else ""
