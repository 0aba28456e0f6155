"""What part of the board is shown, as its address says: by project, state and person. Links to a part can be shared."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from worker.board.rows import STATES, Row
from worker.board.view import BoardView


@dataclass(frozen=True, slots=True)
class Wanted:
    """The part that is asked for; "" for any."""

    project: str = ""
    state: str = ""
    person: str = ""

    @property
    def any(self) -> bool:
        """Whether everything is shown."""
        return self == Wanted()

    @property
    def address(self) -> str:
        """The board's address for this part."""
        asked = {name: value for name in ("project", "state", "person") if (value := getattr(self, name))}
        return f"/?{urlencode(asked)}" if asked else "/"

    def has(self, row: Row) -> bool:
        """Whether a row belongs to it."""
        here = self.project in ("", row.project) and (not self.state or self.state in row.states)
        return here and (not self.person or self.person in row.people)


@dataclass(frozen=True, slots=True)
class Choice:
    """What one may ask for, with how many rows there are of each."""

    projects: tuple[str, ...]
    people: tuple[str, ...]
    states: tuple[tuple[str, str, int], ...]


NOBODY = "(unknown)"


def wanted(query: Mapping[str, str], view: BoardView, *, names: bool) -> Wanted:
    """What an address asks for; what nobody has matches nothing. Without names people cannot be asked for."""
    choice = choices(view, names=names)
    states = [state for state, _, _ in choice.states]
    return Wanted(
        project=_known(query.get("project", ""), choice.projects),
        state=_known(query.get("state", ""), [*STATES, *states]),
        person=_known(query.get("person", ""), choice.people) if names else "",
    )


def _known(value: str, among: Iterable[str]) -> str:
    """The same, in the spelling that is known."""
    return next((each for each in among if each.casefold() == value.casefold()), NOBODY) if value else ""


def choices(view: BoardView, *, names: bool) -> Choice:
    """What there is to ask for."""
    rows = list(view.rows())
    counts = ((state, words, sum(state in row.states for row in rows)) for state, words in STATES.items())
    return Choice(
        projects=tuple(sorted({row.project for row in rows})),
        people=tuple(sorted({person for row in rows for person in row.people})) if names else (),
        states=tuple(each for each in counts if each[2]),
    )


def part(view: BoardView, asked: Wanted) -> BoardView:
    """That part of the board."""
    if asked.any:
        return view
    now, judged, promised = (tuple(filter(asked.has, rows)) for rows in (view.now, view.judged, view.promised))
    return replace(view, now=now, judged=judged, promised=promised, unpromised=0)
