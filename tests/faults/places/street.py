"""A street of houses of one flavour, in which rounds are played at the same time: each round meets its crash, and is
compared with the one that nobody disturbed."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from tests.faults.machinery.redis_proxy import READS
from tests.faults.places import rounds
from tests.faults.places.house import House, Point, house

HOUSES = 4  # a round mostly waits for a lease to end: several are played at once
BEATING, BEATS = ("tick", "renew", "BRPOP maintenance", "HELLO", "CLIENT", "PING"), 3
Crash = tuple[Point, ...]


@dataclass
class Toll:
    """What became of the rounds: crashes that struck, those whose point did not come up again, wrong ends."""

    struck: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        return "\n".join([f"{crash}: {line}" for crash, lines in self.wrong.items() for line in lines])


class Street:
    """Houses of one flavour, and how a round ends in them that nobody disturbs."""

    def __init__(
        self,
        stack: ExitStack,
        flavour: str,
        folder: Path,
        sabotage: str = "",
        *,
        houses: int = HOUSES,
        freeze: float = 0.0,
    ) -> None:
        self.freeze = freeze
        self.places: SimpleQueue[House] = SimpleQueue()
        for number in range(houses):
            own = folder / str(number)
            own.mkdir()
            self.places.put(stack.enter_context(house(flavour, own, sabotage)))

    def undisturbed(self, project: str) -> tuple[rounds.Picture, list[Point]]:
        """The picture, and every point of the round."""
        place = self.places.get()
        for _ in range(2):  # the first round is slower than those to come, hence more beats in it
            place.begin()
            key = rounds.play(place, project)
        self.places.put(place)
        assert rounds.answers(place, key) == 1 and len(rounds.evaluations(place, key)) == 3
        assert place.jira.issue(key).labels == ("sev-2",)
        return rounds.picture(place, key), sorted(points(place))

    def crash(self, project: str, crashes: Sequence[Crash], wanted: rounds.Picture, patience: float = 15.0) -> Toll:
        """Plays a round for each crash."""
        toll = Toll()
        with ThreadPoolExecutor(self.places.qsize()) as pool:
            list(pool.map(lambda crash: self._one(project, crash, wanted, toll, patience), crashes))
        return toll

    def _one(self, project: str, crash: Crash, wanted: rounds.Picture, toll: Toll, patience: float) -> None:
        place = self.places.get()
        try:
            place.freeze = self.freeze
            place.begin(*crash)
            found = _end_of(place, project, wanted, patience)
            toll.struck += len(place.struck)
            toll.missed += [str(point) for point in place.targets]
            if found != wanted:
                toll.wrong[" and ".join(map(str, crash))] = rounds.difference(found, wanted)
        finally:
            self.places.put(place)


def _end_of(place: House, project: str, wanted: rounds.Picture, patience: float) -> object:
    """How the round ends: its picture as soon as it is the one that is wanted, else the one after a while."""
    place.patience = patience
    try:
        key = rounds.play(place, project)
    except AssertionError as stuck:
        return str(stuck)
    found = rounds.settled_picture(place, key, wanted)
    place.jira.delete(key)
    return found


def points(place: House) -> Iterator[Point]:
    """Every point of the round just played; of what beats all the time a few are enough, and what a worker does with
    an answer from Redis is the same for either flavour."""
    for (label, moment), count in place.seen.items():
        command = label.removeprefix("redis ")
        last = min(count, BEATS) if command.startswith(BEATING) else count
        known = moment == "answered" and place.jira.flavour == "dc" and command != label
        if moment == "before" or not (command in READS or known):
            yield from (Point(label, number, moment) for number in range(1, last + 1))
