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
        verb = "is" if len(before) == 1 else "are"
        title = f"Yes, if {things(before)} {verb} fixed before {when}."
        return FounderAnswer(title, shares(before, asked), "warn")
    if answer == Answer.CONDITIONAL:
        verb = "turns" if unseen_count == 1 else "turn"
        things_unseen = count(unseen_count, "thing")
        title = f"Yes, if {things_unseen} that we couldn’t look at {verb} out fine."
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


def joined(*parts: str) -> str:
    """The parts that say something, as one sentence: `Yours to fix, stops the launch.`"""
    return f"{', '.join(part for part in parts if part)}."


def nothing_needed(steps: Sequence[dict[str, str]]) -> str:
    """What happens next where nobody waits for the reader: `Next: Maya fixes “…”, by Thu.`"""
    if not steps:
        return ""
    first = steps[0]
    when = f", {first['when']}" if first["when"] else ""
    return f"Next: {_inside(first['who'], 1)} {first['text'].rstrip('.')}{when}."


def accepted_words(days: Sequence[date], today: date) -> str:
    """`2 things no longer count: accepted, the first until Fri 11 Dec.`"""
    if not days:
        return ""
    verb = "counts" if len(days) == 1 else "count"
    first = "until" if len(days) == 1 else "the first until"
    until = calendar_day(min(days), today)
    return f"{count(len(days), 'thing')} no longer {verb}: accepted, {first} {until}."


def number_word(number: int) -> str:
    words = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
    return words.get(number, str(number))


def _inside(name: str, place: int) -> str:
    """Inside a sentence `You` becomes `you`, and so does `Your consultant`."""
    return name[0].lower() + name[1:] if place and name.startswith("You") else name


def _space(words: str) -> str:
    return f" {words}" if words else ""


def standing_words(risk: Risk, asked: Asked, *, has_check: bool) -> str:
    """Where one risk stands, by whom and when: `You fix it, by Thu 26 Nov.`"""
    name, when = asked.name_of(risk), asked.when(risk)
    does = "fix" if name == "You" else "fixes"
    back = "It was gone and came back. " if risk.came_back_count else ""
    if risk.outside_accepted_at is not None:
        return "Agreed to lie outside this sprint. It no longer counts for the launch."
    if risk.state == Risk.State.ACCEPTED:
        until = risk.accepted_until
        day = f" until {calendar_day(until, asked.today)}" if until else ""
        return f"Accepted{day}. Until then it doesn’t count for the launch."
    if risk.state == Risk.State.VERIFIED:
        return "Fixed and checked. Each audit looks again."
    if risk.state == Risk.State.INVALID:
        return "Taken off the list: it turned out to be no risk."
    if risk.state == Risk.State.FIXED and has_check:
        return f"{back}Said to be fixed; it counts as gone once we have looked and it isn’t there."
    if risk.state == Risk.State.FIXED:
        return f"Said to be fixed. {asked.lead} looks at it next: no check can see this one."
    return f"{back}{joined(f'{name} {does} it', when)}"


def looked_words(word: str, at: str, kept_by: str, asked: Asked) -> tuple[str, str, str]:
    """What a look just saw: a title, a sentence and a tone; what we don't know stays calm."""
    if word in ("gone", "passes"):
        return "Gone.", f"We looked at {at}, and it isn’t there any more.", "good"
    if word == "came_back":
        return "It came back.", f"It was gone before; at {at} it is there again.", "bad"
    if word == "there":
        return f"Still visible at {at}.", "A change can take some minutes to arrive.", "bad"
    if word == "consent":
        return "This look needs your yes first.", "It asks for files that must not be public.", ""
    if word == "stopped":
        text = "The look stopped before it could finish. Nothing was changed; press once more."
        return "We couldn’t look.", text, ""
    if kept_by == "blocked":
        text = f"Your site’s firewall stopped us at {at}. {asked.lead} finds the way in."
        return "We couldn’t look.", text, ""
    text = f"No answer came at {at}. {asked.lead} finds out why, and we look again."
    return "We couldn’t look.", text, ""
