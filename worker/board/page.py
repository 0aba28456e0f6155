"""The board as a web page: it loads its own style and script, nothing from elsewhere, and works without the script."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from worker.board.filters import Choice, Wanted, choices, part
from worker.board.view import BoardView
from worker.report.figures import Figures
from worker.report.phrases import span

HERE = Path(__file__).parent


def page(view: BoardView, link: Callable[[str], str], asked: Wanted | None = None, *, names: bool) -> str:
    """The page.

    Args:
        link: gives a ticket's address in Jira for its key, "" where it is not known.
        asked: the part of the board that is shown; left out, all of it.
        names: whether people's names may stand there, beside the titles of their seats; summaries; and what failed, in
            words that may name somebody.
    """
    asked = asked or Wanted()
    choice: Choice = choices(view, names=names)
    return _template().render(
        view=part(view, asked),
        link=link,
        names=names,
        asked=asked,
        choice=choice,
        headlines=_headlines(view.figures) if view.figures else (),
    )


def _headlines(figures: Figures) -> tuple[tuple[str, str], ...]:
    """What the last weeks came to: each figure, and what it counts."""
    total, sent = figures.total, sum(each.sent for each in figures.answers)
    settled, silent = total.kept + total.broken, sum(each.sent for each in figures.answers if each.reasons is False)
    return (
        (span(total.median), "median from request to grade"),
        (f"{total.kept} of {settled}" if settled else "–", "promises kept"),
        (f"{sent - silent} of {sent}" if sent else "–", "answers with reasons"),
        (str(total.graded), "graded"),
    )


@cache
def _template() -> Template:
    source = (HERE / "page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source)
