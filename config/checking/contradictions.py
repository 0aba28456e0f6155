"""What makes a protocol impossible though each of its values is well written.

Two labels alike, a seat that nobody or somebody else holds, hours that do not exist. Pure; must never mend anything by
itself.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, time

from config import public_holidays
from config.mistakes import did_you_mean, line
from config.protocol import Business, Panel, Protocol, Seat, all_labels
from config.values import END_OF_DAY


def contradictions(protocol: Protocol) -> Iterator[str]:
    """One line per contradiction, in the form of `mistakes.line`."""
    yield from _repeated(all_labels(protocol), "a label of its own", str.casefold)
    names = [(f"grades[{grade.name}].name", grade.name) for grade in protocol.grades]
    yield from _repeated(names, "a name of its own", _spelling)
    yield from _panel(protocol.panel)
    yield from _hours(protocol)
    yield from _holidays(protocol.business)


def _repeated(pairs: Iterable[tuple[str, str]], expected: str, fold: Callable[[str], str]) -> Iterator[str]:
    """A line for each value that a key before it has too, however it is spelled."""
    first: dict[str, str] = {}
    for path, value in pairs:
        if fold(value) in first:
            yield line(path, value, f"{expected}; {first[fold(value)]} has the same")
        first.setdefault(fold(value), path)


def _spelling(name: str) -> str:
    """What tells one grade from another in a vote: `SEV-1`, `sev 1` and `Sev1` are one."""
    return re.sub(r"[\W_]", "", name.casefold())


def _panel(panel: Panel) -> Iterator[str]:
    seats = [seat.name for seat in panel.seats]
    yield from _repeated([(_key(seat, "name"), seat.name) for seat in panel.seats], "a name of its own", str.casefold)
    held = [(_key(seat, "holder"), seat.holder) for seat in panel.seats]
    yield from _repeated(held, "a person who holds no other seat", str)
    if panel.quorum > len(seats):
        yield line("panel.quorum", panel.quorum, f"a whole number from 1 to {len(seats)}, the number of seats")
    if panel.chair not in seats:
        yield line("panel.chair", panel.chair, f"a seat: {', '.join(seats)}", did_you_mean(panel.chair, seats))


def _key(seat: Seat, key: str) -> str:
    return f"panel.seats[{seat.name}].{key}"


def _hours(protocol: Protocol) -> Iterator[str]:
    opens, closes = protocol.business.opens, protocol.business.closes
    if closes != END_OF_DAY and closes <= opens:
        yield line("business.closes", closes, f"a time after business.opens, which is {opens:%H:%M}")
    nightly = any(grade.timing == "next-business-night" for grade in protocol.grades)
    if nightly and (opens, closes) == (time.min, END_OF_DAY):
        yield line("business.closes", "24:00", "a night: nothing could ship when hours are 00:00 to 24:00")


def _holidays(business: Business) -> Iterator[str]:
    ignored = sorted(name for name in business.ignored_holidays if not isinstance(name, date))
    known = public_holidays.known_names(business.holidays) if ignored else frozenset()
    folded = public_holidays.folded_names(business.holidays) if ignored else frozenset()
    for name in ignored:
        if name.casefold() not in folded:
            expected = f"a date, or a holiday of {business.holidays!r}"
            yield line("business.ignored_holidays", name, expected, did_you_mean(name, known))
