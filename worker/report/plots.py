"""The report's plots, as SVG that stands in the page itself: no script, no style of its own, nothing fetched.

`pygal` draws; its script, its colours and its comments are taken out, so that the page's own style (light, dark, print)
rules and a strict content security policy holds.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import ceil

import pygal
from pygal.etree import etree
from pygal.style import Style

from worker.report.figures import Figures, Row
from worker.report.phrases import span

WIDTH, HEIGHT = 760, 300
MOST_LABELS = 12
_DRAWN = Style(font_family="sans-serif", label_font_size=13, major_label_font_size=13, legend_font_size=13)
_STEPS = (1, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1_440, 2_880, 7_200, 14_400, 43_200)  # minutes


def time_to_grade(figures: Figures) -> str:
    """The median time to grade, by week and grade."""
    shown = [row.grade for row in figures.grades if row.timed]
    series = [(name, [_minutes(row) for row in figures.by_week if row.grade == name]) for name in shown]
    most = max((minutes for _, each in series for minutes in each if minutes), default=1.0)
    step = next((step for step in _STEPS if most / step <= 6), ceil(most / 6))
    ticks = {minutes: span(timedelta(minutes=minutes)) for minutes in _scale(most, step)}
    return _drawn(pygal.Bar(**_options(figures)), series, ticks)


def promises(figures: Figures) -> str:
    """How many promises were kept, and how many broken, by week."""
    weeks = [[row for row in figures.by_week if row.week == week] for week in figures.weeks]
    kept, broken = (
        [sum(row.kept for row in each) for each in weeks],
        [sum(row.broken for row in each) for each in weeks],
    )
    most = max(map(sum, zip(kept, broken, strict=True)), default=1)
    ticks = {count: f"{count:.0f}" for count in _scale(most, max(1, ceil(most / 6)))}
    return _drawn(pygal.StackedBar(**_options(figures)), [("kept", kept), ("broken", broken)], ticks)


def _minutes(row: Row) -> float | None:
    return row.median.total_seconds() / 60 if row.median is not None else None


def _options(figures: Figures) -> dict[str, object]:
    few = len(figures.weeks) <= MOST_LABELS
    return {
        "js": (),
        "css": (),
        "style": _DRAWN,
        "width": WIDTH,
        "height": HEIGHT,
        "margin": 8,
        "truncate_label": -1,
        "legend_at_bottom": True,
        "disable_xml_declaration": True,
        "x_labels": [week.partition("-")[2] if few else week for week in figures.weeks],
        "x_labels_major_count": min(len(figures.weeks), MOST_LABELS // 2),
        "show_minor_x_labels": few,
    }


def _scale(most: float, step: float) -> list[float]:
    return [step * count for count in range(ceil(most / step) + 1)]


def _drawn(chart: "pygal.Bar", series: Sequence[tuple[str, Sequence[float | None]]], ticks: Mapping[float, str]) -> str:
    chart.y_labels = [{"value": value, "label": label} for value, label in ticks.items()]
    chart.legend_at_bottom_columns = len(series)
    for name, values in series:
        chart.add(name, values)
    drawing = chart.render_tree()
    for unwanted in ("defs", "desc", "title"):
        for parent in list(drawing.iter()):
            for child in [child for child in parent if child.tag == unwanted or not isinstance(child.tag, str)]:
                parent.remove(child)
    for name in ("id", "role"):
        drawing.attrib.pop(name, None)
    for each in drawing.iter():
        each.attrib.pop("style", None)  # a policy without inline styles would refuse it
    drawing.set("aria-hidden", "true")  # the table beside it says the same
    return str(etree.tostring(drawing, encoding="unicode"))
