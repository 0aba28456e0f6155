"""The report's charts as rows with bars: as wide as the page is, and a table for whoever sees no bars."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from worker.report.figures import Figures, Row
from worker.report.phrases import span

MOST = 26  # weeks; the table by week has all of them


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a bar: its length in percent of the longest, and its colour (config/style.css)."""

    length: float
    colour: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the week's Monday ("" where it is that of the line above), the grade, its colour, the bars one behind
    the other, and the same in words."""

    week: str
    grade: str
    colour: str
    bars: tuple[Bar, ...]
    words: str


def time_to_grade(figures: Figures) -> tuple[Line, ...]:
    """The median time from the request to the grade, by week and grade."""
    rows = [row for row in _latest(figures) if row.median is not None]
    most = max((_seconds(row) for row in rows), default=0.0)
    return tuple(_once_a_week((row, _took(row, most, figures)) for row in rows))


def promises(figures: Figures) -> tuple[Line, ...]:
    """How many promises were kept, and how many broken, by week and grade."""
    rows = [row for row in _latest(figures) if row.kept or row.broken]
    most = max((row.kept + row.broken for row in rows), default=1)
    return tuple(_once_a_week((row, _settled(row, most, figures)) for row in rows))


def _latest(figures: Figures) -> list[Row]:
    weeks = figures.weeks[-MOST:]
    return [row for row in figures.by_week if row.week in weeks]


def _seconds(row: Row) -> float:
    return row.median.total_seconds() if row.median is not None else 0.0


def _took(row: Row, most: float, figures: Figures) -> Line:
    colour = figures.colours.get(row.grade, "")
    length = _percent(_seconds(row), most)
    return Line(_week(row.week), row.grade, colour, (Bar(length, colour),), span(row.median))


def _settled(row: Row, most: int, figures: Figures) -> Line:
    bars = (Bar(_percent(row.kept, most), "kept"), Bar(_percent(row.broken, most), "broke"))
    words = ", ".join(f"{count} {name}" for count, name in ((row.kept, "kept"), (row.broken, "broken")) if count)
    return Line(_week(row.week), row.grade, figures.colours.get(row.grade, ""), bars, words)


def _once_a_week(lines: Iterable[tuple[Row, Line]]) -> Iterator[Line]:
    before = ""
    for row, line in lines:
        week = "" if row.week == before else line.week
        before = row.week
        yield Line(week, line.grade, line.colour, line.bars, line.words)


def _percent(value: float, most: float) -> float:
    return round(max(100 * value / most, 1.0), 1) if value and most else 0.0


def _week(name: str) -> str:
    """`23 Nov`: the Monday of an ISO week such as `2026-W48`."""
    year, _, number = name.partition("-W")
    return f"{date.fromisocalendar(int(year), int(number), 1):%-d %b}"
