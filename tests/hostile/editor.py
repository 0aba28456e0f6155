"""Somebody who may edit, label, move, delete and re-create whatever they like, and write as nobody but themselves.

A town of two tickets: the panel once decided, and from then on gives no SEV-1 any more that could count: while a round
is under way it votes OTHER, and SEV-1 only where a round is over. So whatever the editor does, nothing may ship in
business hours, no client may be told of SEV-1 again, and the worker must never put `sev-1` on.

`python -m tests.hostile.editor --minutes 60` runs with random seeds until the time is up, on both flavours in turn, and
prints the seed and the acts of a failure; `--seed N` runs that one again.
"""

import argparse
import copy
import logging
import random
from collections.abc import Callable
from dataclasses import asdict
from time import monotonic
from typing import Any, Literal

import structlog

from sandbox import Sandbox
from sandbox.http.call_log import Record as Call
from sandbox.state.model import BUG, SUBTASK, Issue
from tests.hostile.people import forged, says
from tests.story.telling import told
from tests.storytelling import MONDAY, SEATS, Clock, Story

REQUEST = "escalation-requested"
LABELS = (REQUEST, "sev-1", "sev-2", "sev-other", "escalation-drill", "escalation-stalled", "SEV-1")
TOPPED = "Severity: SEV-1"
Setting = Literal["never", "overruled", "shut", "drill", "withdrawn"]
SETTINGS: tuple[Setting, ...] = ("never", "overruled", "shut", "drill", "withdrawn")
Act = tuple[str, int, int]


class Town:
    """Two tickets, the panel, the editor, the worker; and what must be so after every act."""

    def __init__(self, jira: Sandbox, clock: Clock, setting: Setting) -> None:
        self.jira, self.clock, self.setting = jira, clock, setting
        self.story = Story(jira, clock)
        grades = [asdict(grade) for grade in self.story.protocol.grades]
        mute = [grades[0] | {"releases_in_business_hours": False}, *grades[1:]]
        self.story.rules(projects={"SUP": {"grades": mute} if setting == "shut" else {}, "OPS": {}})
        self.tickets = [self._ticket("SUP"), self._ticket("OPS")]
        self.homes: dict[
            str, tuple[str, int, str]
        ] = {}  # an evaluation's id → its ticket, round and seat as it was made
        self.over: set[str] = set()
        self.saved: list[tuple[str, Any]] = []
        self._begin()
        self.told_before = {id: self._topped(id) for id in self.tickets}
        self.labelled_before = {id: self._puts(id) for id in self.tickets}

    def _ticket(self, project: str) -> str:
        return self.jira.issue(self.jira.create_ticket(project, "Check-in fails for all doctors")).id

    def _begin(self) -> None:
        """How things stand when the editor comes."""
        votes = {"never": ("SEV-1", "SEV-2", "SEV-2"), "withdrawn": ("SEV-1", "", "")}.get(self.setting, ("SEV-1",) * 3)
        for id in self.tickets:
            if self.setting == "drill":
                self.jira.label(id, "escalation-drill")
            if self.setting != "shut" or self._issue(id).project.key == "SUP":
                self._round(id, *votes)
            if self.setting == "withdrawn":
                self._unlabel(id)
                self._look(id)
            if self.setting == "drill":
                self.jira.unlabel(id, "escalation-drill")
            if self.setting in ("overruled", "drill"):
                self.clock.forward(hours=1)
                self._round(id, "OTHER", "OTHER", "OTHER")

    def _round(self, id: str, *votes: str) -> None:
        self.jira.label(id, REQUEST)
        self._look(id)
        latest = max(round for home, round, _ in self.homes.values() if home == id)
        for vote, (seat, nick) in zip(votes, SEATS.items(), strict=True):
            self.clock.forward(minutes=1)
            evaluation = max(e for e, home in self.homes.items() if home == (id, latest, seat))
            if vote:
                self.jira.comment(evaluation, vote, by=nick)
        self._look(id)

    # -- what must be so

    def check(self) -> None:
        """Nothing forged has come of it."""
        for id in self.tickets:
            if not self.jira.exists(id):
                continue
            self.story.key = id
            verdict, code = says(self.story)
            assert verdict != "ship", f"{id} ships: {code}"
            assert self._topped(id) <= self.told_before[id], f"the client of {id} was told SEV-1"
            assert self._puts(id) <= self.labelled_before[id] or self.setting == "shut", f"we put sev-1 on {id}"

    def _topped(self, id: str) -> int:
        self.story.key = id
        return sum(TOPPED in text for text in told(self.story))

    def _puts(self, id: str) -> int:
        issue = self._issue(id)
        lines = [(line, history.author.nick) for history in issue.histories for line in history.changes]
        return sum(
            who == "bot" and line.field == "labels" and "sev-1" in _set(line.new_text) - _set(line.old_text)
            for line, who in lines
        )

    # -- the worker

    def _look(self, id: str) -> None:
        if not self.jira.exists(id):
            return
        self.story.key = id
        self.story.memory.kin.clear()
        for _ in range(4):
            outcome = self.story.look(retry=True)
            self._learn(id)
            if outcome.plan.empty:
                return

    def _learn(self, id: str) -> None:
        """Which evaluations there are now, and which are over: those of a round before the latest, or whose request was
        taken off."""
        new = [child for child in self.jira.state.issues.values() if self._is_new(child)]
        for child in new:
            mark = child.properties["escalation"]
            home = (str(child.parent), mark["round"], mark["seat"])
            before = {other for other, (ticket, round, _) in self.homes.items() if ticket == home[0]}
            self.over |= {other for other in before if self.homes[other][1] != home[1]}
            self.homes[child.id] = home
        if REQUEST not in self._issue(id).labels:
            self._all_over(id)
        value = self._issue(id).properties.get("escalation")
        if value is not None and len(self.saved) < 200:
            self.saved.append((id, copy.deepcopy(value)))

    def _is_new(self, child: Issue) -> bool:
        mark = child.properties.get("escalation")
        return (
            child.creator.nick == "bot" and child.id not in self.homes and isinstance(mark, dict) and bool(child.parent)
        )

    def _all_over(self, id: str) -> None:
        self.over |= {child for child, (home, _, _) in self.homes.items() if home == id}

    def _issue(self, id: str) -> Issue:
        found = self.jira.state.find(id)
        assert found is not None
        return found

    # -- everybody's acts, by name; two numbers choose among what there is

    def act(self, name: str, first: int, second: int) -> None:
        """Somebody does something; a minute passes."""
        self.clock.forward(minutes=1)
        if self.clock().hour >= 20 or self.clock().hour < 8:
            self.clock.forward(hours=12)
        deed: Callable[[int, int], None] = getattr(self, f"do_{name}")
        deed(first, second)

    def _some(self, number: int) -> str | None:
        there = [id for id in self.tickets if self.jira.exists(id)]
        return there[number % len(there)] if there else None

    def _child(self, number: int, *, over: bool | None = None) -> str | None:
        there = [
            id for id in sorted(self.homes)
            if self.jira.exists(id) and (over is None or (id in self.over) == over)
        ]  # fmt: skip
        return there[number % len(there)] if there else None

    def do_look(self, first: int, second: int) -> None:
        if id := self._some(first):
            self._look(id)

    def do_wait(self, first: int, second: int) -> None:
        self.clock.forward(minutes=first % 200)

    def do_vote(self, first: int, second: int) -> None:
        """A panelist votes: OTHER, or anything once the round is over."""
        if id := self._child(first):
            _, _, seat = self.homes[id]
            late = id in self.over
            self.jira.comment(id, "SEV-1: all is down\n\nClient: All is down." if late else "OTHER", by=SEATS[seat])

    def do_edit_vote(self, first: int, second: int) -> None:
        """A panelist edits what they wrote, when the round is over."""
        if id := self._child(first, over=True):
            nick = SEATS[self.homes[id][2]]
            own = [comment for comment in self._issue(id).comments if comment.author.nick == nick]
            if own:
                self.jira.edit_comment(id, own[second % len(own)].id, "SEV-1: all is down")

    def do_plant(self, first: int, second: int) -> None:
        """A record: an old one, of this ticket or of the other, or one that is made up."""
        if id := self._some(first):
            self.jira.set_property(id, "escalation", self._record(id, second), by="otto")

    def _record(self, id: str, number: int) -> Any:
        dice = random.Random(number)
        old = [value for _, value in self.saved]
        self.story.key = id
        how = dice.choice(("panel", "authority", "chair"))
        made = forged(
            self.story, failures=dice.sample(["labels", "due date", "tell the client"], dice.randrange(3)), how=how
        )
        value = copy.deepcopy(dice.choice([*old, made, made]) if old else made)
        value = value if isinstance(value, dict) else made
        for _ in range(dice.choice((0, 1, 1, 2, 3))):
            self._bend(value, id, dice)
        return value

    def _bend(self, value: dict[str, Any], id: str, dice: random.Random) -> None:
        bent: dict[str, Any] = {
            "ticket": id,
            "round": dice.randrange(1, 5),
            "ended": dice.choice(("", "decided", "withdrawn", "resolved", "set aside")),
            "standing": dice.random() < 0.5,
            "told": None,
            "failures": [{"step": "labels", "what": "x", "mend": "y", "tries": 1}],
            "decision": self._decision(value, dice),
            "promise": forged(self.story)["promise"],
            "request_at": self.clock().isoformat(),
            "seal": "0" * 64,
        }
        name = dice.choice(sorted(bent))
        value[name] = bent[name]
        if value[name] is None:
            del value[name]

    def _decision(self, value: dict[str, Any], dice: random.Random) -> Any:
        """A decision for SEV-1 that cites votes there are."""
        made = value.get("decision") or forged(self.story)["decision"]
        grade = {"grade": "SEV-1", "drill": False, "round": dice.randrange(1, 4)}
        votes = [vote for id in self.homes if self.jira.exists(id) for vote in self._votes(id)]
        if votes and dice.random() < 0.7:
            chosen = dice.sample(votes, min(len(votes), 2))
            grade |= {"votes": chosen, "graded_at": max(vote["at"] for vote in chosen)}
        return {**made, **grade}

    def _votes(self, id: str) -> list[dict[str, Any]]:
        """What was written by who held the seat, as a record would cite it."""
        seat = self.homes[id][2]
        own = [comment for comment in self._issue(id).comments if comment.author.nick == SEATS[seat]]
        person = self.jira.id_of(SEATS[seat])
        return [
            {"seat": seat, "person": person, "grade": "SEV-1", "comment": c.id, "at": c.updated.isoformat()}
            for c in own
        ]

    def do_forget(self, first: int, second: int) -> None:
        id = self._some(first)
        if id and "escalation" in self._issue(id).properties:
            self.jira.delete_property(id, "escalation", by="otto")

    def do_mark(self, first: int, second: int) -> None:
        """The property of an evaluation: another round, seat or ticket, a drill, or none."""
        child, ticket, dice = self._child(first), self._some(second), random.Random(second)
        if child and ticket and dice.random() < 0.9:
            mark = {"v": 1, "ticket": ticket, "round": dice.randrange(1, 5), "seat": dice.choice(list(SEATS))}
            self.jira.set_property(
                child, "escalation", mark | ({"drill": True} if dice.random() < 0.2 else {}), by="otto"
            )
        elif child and "escalation" in self._issue(child).properties:
            self.jira.delete_property(child, "escalation", by="otto")

    def do_label(self, first: int, second: int) -> None:
        if id := self._some(first):
            self.jira.label(id, LABELS[second % len(LABELS)], by="otto")

    def do_unlabel(self, first: int, second: int) -> None:
        id, label = self._some(first), LABELS[second % len(LABELS)]
        if id and label == REQUEST:
            self._unlabel(id)
        elif id:
            self.jira.unlabel(id, label, by="otto")

    def _unlabel(self, id: str) -> None:
        if REQUEST in self._issue(id).labels:
            self._all_over(id)
        self.jira.unlabel(id, REQUEST, by="otto")
        self.clock.forward(minutes=1)

    def do_ask_again(self, first: int, second: int) -> None:
        if id := self._some(first):
            self._unlabel(id)
            self.jira.label(id, REQUEST, by="otto")
            if second % 2:
                self._look(id)

    def do_move(self, first: int, second: int) -> None:
        if id := self._some(first):
            self.jira.move(id, ("SUP", "OPS")[second % 2], by="otto")

    def do_rehang(self, first: int, second: int) -> None:
        child, ticket = self._child(first), self._some(second)
        if child and ticket:
            self.jira.edit(child, by="otto", parent=ticket, type=SUBTASK)

    def do_convert(self, first: int, second: int) -> None:
        if child := self._child(first):
            self.jira.edit(child, by="otto", parent=None, type=BUG)

    def do_delete(self, first: int, second: int) -> None:
        if child := self._child(first):
            self.jira.delete(child, by="otto")

    def do_delete_all(self, first: int, second: int) -> None:
        """Every evaluation of a ticket's latest round."""
        ticket = self._some(first)
        latest = max((round for home, round, _ in self.homes.values() if home == ticket), default=0)
        for id, (home, round, _) in self.homes.items():
            if home == ticket and round == latest and self.jira.exists(id):
                self.jira.delete(id, by="otto")

    def do_create(self, first: int, second: int) -> None:
        """An evaluation that looks like ours."""
        child, ticket = self._child(first), self._some(second)
        if child and ticket:
            twin = self.jira.create_subtask(ticket, self._issue(child).summary, by="otto")
            self.jira.label(twin, "escalation-evaluation", by="otto")
            self.jira.set_property(twin, "escalation", self._issue(child).properties.get("escalation"), by="otto")
            self.jira.comment(twin, "SEV-1: all is down", by="otto")

    def do_retitle(self, first: int, second: int) -> None:
        if child := self._child(first):
            seat = ("Project Manager", "Client Contact", "Engineering Manager")[second % 3]
            title = f"Severity evaluation, round {second % 5 + 1} ({seat}): Check-in"
            self.jira.edit(child, by="otto", summary=title)

    def do_close(self, first: int, second: int) -> None:
        ticket, child = self._some(first), self._child(second)
        if first % 3 and child:
            self.jira.close(child, by="otto")
        elif ticket:
            self._all_over(ticket)
            self.jira.close(ticket, by="otto")
            self.clock.forward(minutes=1)

    def do_reopen(self, first: int, second: int) -> None:
        ticket, child = self._some(first), self._child(second)
        if first % 2 and child:
            self.jira.reopen(child, by="otto")
        elif ticket:
            self.jira.reopen(ticket, by="otto")

    def do_tamper(self, first: int, second: int) -> None:
        """The words of somebody else, edited; or their comment, deleted."""
        child = self._child(first)
        comments = self._issue(child).comments if child else ()
        if child and comments:
            chosen = comments[second % len(comments)].id
            if second % 5:
                self.jira.edit_comment(child, chosen, "SEV-1: all is down", by="otto")
            else:
                self.jira.delete_comment(child, chosen, by="otto")

    def do_race(self, first: int, second: int) -> None:
        """Something is done between our reading and our first write."""
        ticket, waiting = self._some(first), [second]

        def meanwhile(when: str, call: Call) -> None:
            if when == "before" and call.write and call.account == "bot" and waiting:
                number = waiting.pop()
                deeds = (self.do_unlabel, self.do_label, self.do_plant, self.do_mark, self.do_move)
                deeds[number % len(deeds)](first, number // 7)

        self.jira.on_call(meanwhile)
        if ticket:
            self._look(ticket)
        waiting.clear()
        self.jira.door.hooks.remove(meanwhile)


ACTS = tuple(sorted(name.removeprefix("do_") for name in vars(Town) if name.startswith("do_")))
OFTEN = (*ACTS, "look", "look", "look", "plant", "plant", "vote", "vote", "ask_again", "edit_vote")


def live(flavour: Literal["cloud", "dc"], setting: Setting, acts: list[Act]) -> None:
    """One life of the town; AssertionError where the editor got what they wanted."""
    clock = Clock(MONDAY)
    with Sandbox(flavour, clock=clock) as jira:
        town = Town(jira, clock, setting)
        for act in acts:
            town.act(*act)
            town.check()
        for id in town.tickets:
            town._look(id)
            town.check()


def _set(text: str | None) -> set[str]:
    return set((text or "").lower().split())


def drawn(seed: int, length: int = 60) -> tuple[Literal["cloud", "dc"], Setting, list[Act]]:
    """The life of that seed."""
    dice = random.Random(seed)
    acts = [(dice.choice(OFTEN), dice.randrange(1_000), dice.randrange(100_000)) for _ in range(length)]
    return dice.choice(("cloud", "dc")), dice.choice(SETTINGS), acts


def main() -> None:
    """Runs until the time is up, or one seed again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    end, acts = monotonic() + asked.minutes * 60, 0
    while asked.seed is not None or monotonic() < end:
        seed = random.SystemRandom().randrange(10**9) if asked.seed is None else asked.seed
        life = drawn(seed)
        try:
            live(*life)
        except BaseException:
            print(f"seed {seed}: {life[0]}, {life[1]}, {life[2]}")
            raise
        acts += len(life[2])
        if asked.seed is not None:
            break
    print(f"{acts} acts, nothing forged")


if __name__ == "__main__":
    main()
