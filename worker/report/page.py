"""The report as one self-contained web page: it loads nothing, runs nothing, and may be mailed or printed as it is."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from worker.report import plots
from worker.report.figures import Figures
from worker.report.phrases import day_and_hour, span
from worker.report.tables import lists, totals, weeks


def page(figures: Figures, link: Callable[[str], str]) -> str:
    """The page; `link` gives a ticket's address in Jira for its key, "" where it is not known."""
    return _template().render(
        begins=f"{figures.since:%Y-%m-%d}",
        ends=day_and_hour(figures.until, figures.zone),
        headlines=_headlines(figures),
        time_to_grade=plots.time_to_grade(figures) if figures.total.timed else "",
        promises=plots.promises(figures) if figures.total.kept or figures.total.broken else "",
        totals=totals(figures),
        weeks=weeks(figures),
        lists=tuple(lists(figures)),
        figures=figures,
        span=span,
        link=link,
    )


def _headlines(figures: Figures) -> tuple[tuple[str, str], ...]:
    """The few numbers to be seen first, and what each is."""
    total = figures.total
    settled = total.kept + total.broken
    return (
        (str(total.graded), "graded"),
        (span(total.median), "median time to grade"),
        (f"{total.kept} of {settled}" if settled else "–", "promises kept"),
        (str(len(figures.at_risk)), "at risk now"),
        (str(len({each.key for each in figures.waiting})), "rounds open now"),
        (str(len(figures.graded_open)), "graded and open"),
    )


@cache
def _template() -> Template:
    source = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source)
