"""The board as a web page: it loads its own style and script, nothing from elsewhere, and works without the script."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from worker.board.view import BoardView
from worker.report.figures import Figures
from worker.report.phrases import span

HERE = Path(__file__).parent
WEEKS = 12


def page(view: BoardView, link: Callable[[str], str], *, names: bool) -> str:
    """The page.

    Args:
        link: gives a ticket's address in Jira for its key, "" where it is not known.
        names: whether people's names may stand there, beside the titles of their seats; and what failed, in words that
            may name somebody.
    """
    figures = view.figures
    return _template().render(
        view=view,
        link=link,
        names=names,
        span=span,
        headlines=_headlines(view),
        time_to_grade=_time_to_grade(figures) if figures else "",
        promises=_promises(figures) if figures else "",
    )


def _headlines(view: BoardView) -> tuple[tuple[str, str, bool], ...]:
    """The few numbers to be seen first: each, what it counts, whether it asks for somebody."""
    broken = sum(each.bar is not None and each.bar.state == "bad" for each in view.promised)
    late = sum(each.bar is not None and each.bar.state == "late" for each in view.promised)
    return (
        (str(len(view.open)), "open rounds", False),
        (str(len(view.promised)), "promises running", False),
        (str(late), "at risk", late > 0),
        (str(broken), "broken and unresolved", broken > 0),
        (str(len(view.failed)), "with something to mend", bool(view.failed)),
    )


def _time_to_grade(figures: Figures) -> str:
    from worker.report import plots  # noqa: PLC0415 - pygal takes a moment to load; intake must not wait for it

    return plots.time_to_grade(_latest(figures)) if figures.total.timed else ""


def _promises(figures: Figures) -> str:
    from worker.report import plots  # noqa: PLC0415 - as above

    return plots.promises(_latest(figures)) if figures.total.kept or figures.total.broken else ""


def _latest(figures: Figures) -> Figures:
    """The last weeks: an old promise that is still open would otherwise stretch the plots."""
    weeks = figures.weeks[-WEEKS:]
    return replace(figures, weeks=weeks, by_week=tuple(row for row in figures.by_week if row.week in weeks))


@cache
def _template() -> Template:
    source = (HERE / "page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source)
