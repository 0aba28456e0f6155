"""The report for a terminal: aligned plain text, never wider than 100 columns."""

from collections.abc import Iterator

from worker.report.figures import Figures
from worker.report.phrases import day_and_hour
from worker.report.tables import Table, lists, totals, weeks

WIDTH, WIDEST = 100, 30


def text(figures: Figures) -> str:
    """All of it."""
    begins, ends = (day_and_hour(at, figures.zone) for at in (figures.since, figures.until))
    parts = [f"Escalations from {begins} to {ends}"]
    tables = (totals(figures), weeks(figures), *lists(figures))
    parts += ["\n".join(_lines(table)) for table in tables if table.rows]
    nothing = [table.empty for table in tables if not table.rows and table.empty]
    parts += ["\n".join(nothing)] if nothing else []
    if figures.unreadable:
        parts.append(f"Found, but not readable, and therefore not in here: {figures.unreadable}.")
    return "\n\n".join(parts)


def _lines(table: Table) -> Iterator[str]:
    yield table.title
    rows = [tuple(_plain(cell) for cell in row) for row in (table.headings, *table.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(table.headings))]
    for row in rows:
        cells = (
            cell.rjust(width) if place in table.numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        line = "  " + "  ".join(cells).rstrip()
        yield line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def _plain(cell: str) -> str:
    """A name may hold anything, also what a terminal obeys."""
    shown = "".join(letter if letter.isprintable() else " " for letter in cell)
    return shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…"
