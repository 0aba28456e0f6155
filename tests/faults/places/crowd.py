"""Many tickets at once, each with a story of its own and an end that is right for it.

The people are drawn by dice: when they ask for an escalation, how long they take to vote, what they vote. Nothing here
looks at what the worker remembers; an end is judged by what stands in Jira.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from sandbox import Sandbox, TicketView
from tests.storytelling import SEATS

STORIES = {
    ("SEV-2: it is broken", "SEV-2: they queue\n\nClient: It is slow at the moment.", "Other: a nuisance"): "sev-2",
    ("SEV-1: all is down", "SEV-1: nobody can work", "SEV-2: some can"): "sev-1",
    ("Other: a wish", "Other: a nuisance\n\nClient: We will look at it.", "SEV-2: well"): "sev-other",
    ("SEV-2: one", "SEV-2: two", "SEV-2: three"): "sev-2",
}
WITHDRAWN = ""


@dataclass
class Ticket:
    """One ticket's story: when it is asked for, what is voted when (seconds after), which grade is right."""

    key: str
    votes: tuple[str, ...]
    grade: str
    asks_at: float
    pauses: tuple[float, ...]
    asked: bool = False
    voted: int = 0
    next_at: float = 0.0

    @property
    def told(self) -> bool:
        """Whether the people are through with it."""
        return self.voted == (len(self.votes) or 1)


@dataclass
class Crowd:
    """The people of all tickets."""

    jira: Sandbox
    tickets: list[Ticket]
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, jira: Sandbox, count: int, seconds: float, dice: random.Random) -> "Crowd":
        """So many tickets, asked for within so many seconds; one in ten is withdrawn."""
        tickets = []
        for number in range(count):
            key = jira.create_ticket("SUP" if number % 3 else "OPS", f"Report {number}")
            votes, grade = dice.choice([*STORIES.items()]) if dice.random() > 0.1 else ((), WITHDRAWN)
            pauses = tuple(dice.uniform(0, seconds / 6) for _ in SEATS)
            tickets.append(Ticket(key, votes, grade, dice.uniform(0, seconds), pauses))
        return cls(jira, tickets)

    def act(self, *, hurry: bool = False) -> None:
        """Whatever is due by now is done; in a hurry all that can be done."""
        now = time.monotonic() - self.began
        for ticket in self.tickets:
            if not ticket.told:
                self._act(ticket, now + (1e6 if hurry else 0.0))

    def _act(self, ticket: Ticket, now: float) -> None:
        if not ticket.asked:
            if now >= ticket.asks_at:
                self.jira.label(ticket.key, "escalation-requested")
                ticket.asked = True
            return
        if not ticket.next_at and self._is_open(ticket):
            ticket.next_at = now + ticket.pauses[0]
        if ticket.next_at and now >= ticket.next_at:
            self._speak(ticket, evaluations(self.jira, ticket.key))
            ticket.voted += 1
            ticket.next_at = now + ticket.pauses[ticket.voted % len(SEATS)]

    def _is_open(self, ticket: Ticket) -> bool:
        issue = self.jira.state.find(ticket.key)
        return issue is not None and len(issue.subtasks) >= len(SEATS)

    def _speak(self, ticket: Ticket, found: dict[str, TicketView]) -> None:
        if not ticket.votes:
            self.jira.unlabel(ticket.key, "escalation-requested")
            return
        seat, nick = list(SEATS.items())[ticket.voted]
        self.jira.comment(found[seat].key, ticket.votes[ticket.voted], by=nick)

    @property
    def told(self) -> bool:
        """Whether the people are through."""
        return all(ticket.told for ticket in self.tickets)

    def not_right(self) -> dict[str, list[str]]:
        """What is not as it should be, ticket by ticket."""
        found = {ticket.key: mistakes(self.jira, ticket) for ticket in self.tickets}
        return {key: wrong for key, wrong in found.items() if wrong}

    @property
    def all_right(self) -> bool:
        """Whether nothing is wrong; looks no further than at the first that is."""
        return not any(mistakes(self.jira, ticket) for ticket in self.tickets)


def evaluations(jira: Sandbox, key: str) -> dict[str, TicketView]:
    """A ticket's evaluations by seat."""
    each = [jira.issue(child) for child in jira.issue(key).subtasks]
    return {child.properties["escalation"]["seat"]: child for child in each if "escalation" in child.properties}


def mistakes(jira: Sandbox, ticket: Ticket) -> list[str]:
    """What anybody could see to be wrong at the end of this ticket's story."""
    now = jira.issue(ticket.key)
    below = [jira.issue(child) for child in now.subtasks]
    to_client = [c.text for c in now.comments if c.author == "bot" and c.public and not c.visibility]
    heads = [
        (each.key, c.text.partition("\n")[0]) for each in (now, *below) for c in each.comments if c.author == "bot"
    ]
    said, where = Counter(head for _, head in heads), Counter(heads)
    labels = (ticket.grade,) if ticket.grade else ()
    expected = {
        "evaluations": (len(below) == len(evaluations(jira, ticket.key)) == len(SEATS), len(below)),
        "evaluations closed": (all(each.done for each in below), [each.status for each in below]),
        "labels": (now.labels == labels, now.labels),
        "answers to the client": (len(to_client) == bool(ticket.grade), len(to_client)),
        "due date": (bool(now.duedate) == (ticket.grade in ("sev-1", "sev-2")), now.duedate),
        "said twice": (all(count == 1 for count in where.values()), where),
        "summary": (any("Decision of round 1" in head for head in said) == bool(ticket.grade), said),
    }
    return [f"{what}: {found}" for what, (right, found) in expected.items() if not right]
