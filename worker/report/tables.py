"""The report as tables: a title, headings, rows of short texts. The terminal and the page show the same ones.

People's names stand here, of those who hold a seat that is waited for; therefore tables go to a terminal or a page
that somebody asked for, never to a notification target or a log.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from worker.escalation.dates.calendar import elapsed
from worker.escalation.views.outcomes import Standing
from worker.report.figures import Figures, Row
from worker.report.phrases import NONE, REASONS, day_and_hour, span

MOST = 100
FIGURES = ("graded", "median", "90 %", "kept", "broken", "open")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. `numbers` are the columns that are aligned to the right; a row may begin with a ticket's key
    (`keyed`). `empty` is the sentence that stands there where there are no rows; `urgent` says that rows want somebody
    now."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    keyed: bool = True
    empty: str = ""
    urgent: bool = False


def totals(figures: Figures) -> Table:
    """Each grade over the whole time."""
    rows = tuple((row.grade, *_figures(row)) for row in (*figures.grades, figures.total))
    named = (*rows[:-1], ("all", *rows[-1][1:]))
    return Table("By grade", ("grade", *FIGURES), named, frozenset(range(1, 7)), keyed=False)


def weeks(figures: Figures) -> Table:
    """Each week and grade in which there was something."""
    rows = tuple((row.week, row.grade, *_figures(row)) for row in figures.by_week if not row.empty)
    return Table("By week", ("week", "grade", *FIGURES), rows, frozenset(range(2, 8)), keyed=False)


def _figures(row: Row) -> tuple[str, ...]:
    counts = (str(count) for count in (row.kept, row.broken, row.open))
    return (str(row.graded), span(row.median), span(row.p90), *counts)


def lists(figures: Figures) -> Iterator[Table]:
    """What needs an eye, most pressing first; at most `MOST` of each, and its title then says how many there are."""
    yield replace(_breaches(figures), urgent=True)
    yield _tickets("At risk now", figures.at_risk, figures, "No promise is at risk.")
    stalled = [(key,) for key in figures.stalled]
    title = "Stalled: fewer votes than the quorum"
    yield replace(_list(title, ("ticket",), stalled, empty="No round is stalled."), urgent=True)
    yield _waiting(figures)
    untold = _tickets("Graded, client not told", figures.untold, figures, "Every client of a graded ticket was told.")
    yield replace(untold, urgent=True)
    yield _bare(figures)
    yield _answers(figures)
    yield _overrides(figures)
    yield _tickets("Graded and open, oldest first", figures.graded_open, figures, "No graded ticket is open.")
    ended = [(key, REASONS.get(reason, reason)) for reason, keys in figures.ended for key in keys]
    yield _list("Ended without a grade", ("ticket", "because"), ended, empty="Every round that ended gave a grade.")


def _list(
    title: str,
    headings: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    *,
    numbers: frozenset[int] = frozenset(),
    empty: str,
) -> Table:
    more = f" (the first {MOST} of {len(rows)})" if len(rows) > MOST else ""
    return Table(f"{title}{more}", headings, tuple(rows[:MOST]), numbers, empty=empty)


def _breaches(figures: Figures) -> Table:
    rows = tuple(
        (each.key, str(each.round), each.grade, day_and_hour(each.at, figures.zone)) for each in figures.breaches
    )
    headings = ("ticket", "round", "grade", "broken")
    return _list("Promises broken", headings, rows, numbers=frozenset({1}), empty="No promise was broken.")


def _tickets(title: str, tickets: Sequence[Standing], figures: Figures, empty: str) -> Table:
    rows = [
        (
            each.key,
            each.grade,
            day_and_hour(each.graded_at, figures.zone),
            span(elapsed(each.graded_at, figures.until)),
            day_and_hour(each.breaks_at, figures.zone),
        )
        for each in tickets
    ]
    return _list(title, ("ticket", "grade", "graded", "ago", "promise ends"), rows, empty=empty)


def _bare(figures: Figures) -> Table:
    """The answers that gave no reasons."""
    rows = [
        (each.key, each.grade, day_and_hour(each.at, figures.zone), str(each.sent))
        for each in figures.answers
        if each.reasons is False
    ]
    empty = "Every answer had its reasons." if figures.answers else "No answer was sent."
    headings = ("ticket", "grade", "graded", "answers")
    return _list("Answers without reasons", headings, rows, numbers=frozenset({3}), empty=empty)


def _overrides(figures: Figures) -> Table:
    """Who let what be released in spite of the hours, and why."""
    rows = [
        (", ".join(each.issues), each.by, each.reason, day_and_hour(each.granted_at, figures.zone))
        for each in figures.overrides or ()
    ]
    unknown = "Overrides of the release gate: not known, as Redis was not asked, or did not answer."
    empty = unknown if figures.overrides is None else "No override of the release gate was granted."
    return _list("Overrides of the release gate", ("tickets", "granted by", "because", "granted"), rows, empty=empty)


def _answers(figures: Figures) -> Table:
    """To how many clients each answer went, through which linked requests, and whether with reasons."""
    words = {True: "yes", False: "no", None: NONE}
    rows = [
        (each.key, each.grade, str(each.sent), ", ".join(each.requests) or NONE, words[each.reasons])
        for each in figures.answers
    ]
    sent, bare = sum(each.sent for each in figures.answers), sum(each.reasons is False for each in figures.answers)
    title = f"Answers sent, by request: {sent}, without reasons for {bare} of {len(rows)} tickets"
    headings = ("ticket", "grade", "answers", "linked requests", "reasons")
    return _list(title, headings, rows, numbers=frozenset({2}), empty="No answer was sent to a client.")


def _waiting(figures: Figures) -> Table:
    rows: tuple[tuple[str, ...], ...] = tuple(
        (each.key, each.seat, each.person or NONE, each.evaluation, span(elapsed(each.since, figures.until)))
        for each in figures.waiting
    )
    headings: tuple[str, ...] = ("ticket", "waits for", "held by", "evaluation", "for")
    if not any(each.evaluation for each in figures.waiting):  # the board does not know them
        rows, headings = tuple((*row[:3], row[4]) for row in rows), (*headings[:3], headings[4])
    return _list("Who waits for whom", headings, rows, empty="Nobody is waited for.")
