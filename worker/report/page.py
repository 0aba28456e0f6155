"""The report as one self-contained web page: it loads nothing, runs nothing, and may be mailed or printed as it is."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

import config
from worker.report import charts
from worker.report.figures import Figures
from worker.report.phrases import day_and_hour, span
from worker.report.tables import lists, totals, weeks


def page(figures: Figures, link: Callable[[str], str], *, source: str = "") -> str:
    """The page; `link` gives a ticket's address for its key, "" where it is not known. `source` says what it counts,
    where that is not all that Jira has."""
    return _template().render(
        begins=f"{figures.since:%Y-%m-%d}",
        ends=day_and_hour(figures.until, figures.zone),
        headlines=_headlines(figures),
        time_to_grade=charts.time_to_grade(figures),
        promises=charts.promises(figures),
        style=_style(),
        source=source,
        totals=totals(figures),
        weeks=weeks(figures),
        lists=tuple(lists(figures)),
        figures=figures,
        link=link,
    )


def _headlines(figures: Figures) -> tuple[tuple[str, str], ...]:
    """The few numbers to be seen first, and what each is."""
    total = figures.total
    settled = total.kept + total.broken
    sent = sum(each.sent for each in figures.answers)
    silent = sum(each.sent for each in figures.answers if each.reasons is False)
    return (
        (str(total.graded), "graded"),
        (span(total.median), "median time to grade"),
        (f"{total.kept} of {settled}" if settled else "–", "promises kept"),
        (f"{sent - silent} of {sent}" if sent else "–", "answers with reasons"),
        (str(len(figures.at_risk)), "at risk now"),
        (str(len({each.key for each in figures.waiting})), "rounds open now"),
        (str(len(figures.graded_open)), "graded and open"),
    )


@cache
def _style() -> str:
    """The look of all pages, within this one."""
    return (Path(config.__file__).parent / "style.css").read_text(encoding="utf-8")


@cache
def _template() -> Template:
    source = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source)
