"""The page: one file that loads nothing and runs nothing, with a table beside each plot; the table for a terminal."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser

import pytest

from config import protocol_file
from tests.report.test_figures import NOW, SINCE, graded, panel_of, resolved
from worker.escalation.facts.record import Record
from worker.escalation.release.override import Override
from worker.escalation.views.tickets import Facts, Ticket
from worker.report.as_json import as_json
from worker.report.figures import Figures, figures
from worker.report.page import page
from worker.report.phrases import span
from worker.report.text import text

EVIL = "<script>alert(1)</script>\x1b[31m"


class Reading(HTMLParser):
    """What a browser would do with the page: what it links to, what it would load, which parts it has."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        if tag == "a":
            self.links.append(given.pop("href") or "")
        self.loads += [value or "" for name, value in given.items() if name in ("href", "xlink:href", "src", "srcset")]
        self.handlers += [name for name in given if name.startswith("on")]


def everything() -> Figures:
    asked = "2026-11-23T09:00-05:00"
    kept = resolved(
        graded("SEV-2", "2026-11-23T10:00-05:00", asked=asked, window_end="2026-11-25T07:00-05:00"),
        "2026-11-24T10:00-05:00",
    )
    broken = graded("SEV-1", "2026-11-23T09:30-05:00", asked=asked, key="SUP-2")
    waiting = panel_of("SUP-3", Record(1), (1, "2026-11-27T09:00-05:00"), person=EVIL)
    tickets = (kept, broken, Ticket("SUP-3", "SUP", Record(1), frozenset({"escalation-stalled"})))
    return figures(Facts(tickets, (waiting,), 2), protocol_file.load(), SINCE, NOW)


def shown(found: Figures) -> str:
    return page(found, lambda key: f"https://jira.test/browse/{key}")


def test_it_loads_nothing_and_runs_nothing() -> None:
    source = shown(everything())
    reading = Reading(source)
    assert (reading.loads, reading.handlers) == ([], [])
    assert not {"script", "link", "iframe", "img", "object", "image", "use", "form"} & set(reading.tags)
    assert not re.search(r"@import|url\(|javascript:", source)
    assert "default-src 'none'" in source
    assert set(re.findall(r"https?://[^\s\"'<)]+", source)) == {
        *(f"https://jira.test/browse/SUP-{number}" for number in (1, 2, 3)),
    }


def words(source: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", source)).strip()


def test_each_chart_is_a_table_with_a_bar_a_line() -> None:
    parts = re.findall(r"<figure>.*?</figure>", shown(everything()), re.DOTALL)
    assert len(parts) == 2
    grades, promises = (words(part) for part in parts)
    assert "23 Nov SEV-1 30 min SEV-2 1 h" in grades
    assert "23 Nov SEV-1 1 broken SEV-2 1 kept" in promises
    assert [Reading(part).tags.count("svg") for part in parts] == [2, 2]
    assert 'class="sev-first" x="0" width="50.0"' in parts[0] and 'class="sev-second" x="0" width="100.0"' in parts[0]


def test_broken_and_sev_2_have_each_their_colour() -> None:
    source = shown(everything())
    colours = dict(re.findall(r"\.drawn \.([\w-]+) \{ fill: var\(--(\w+)\)", source))
    assert colours == {"sev-first": "red", "sev-second": "amber", "kept": "green", "broke": "red"}
    assert (
        '<span class="chip sev-second">SEV-2</span>' in source and '<span class="chip sev-first">SEV-1</span>' in source
    )


def test_keys_lead_to_jira_and_only_where_it_is_known() -> None:
    assert "https://jira.test/browse/SUP-2" in Reading(shown(everything())).links
    assert Reading(page(everything(), lambda key: "")).links == []


def test_names_are_only_text() -> None:
    source = shown(everything())
    assert "<script" not in source
    assert "&lt;script&gt;" in source
    assert "\x1b" not in text(everything())


def test_nothing_to_show_shows_no_plot() -> None:
    source = shown(figures(Facts(), protocol_file.load(), SINCE, NOW))
    assert "svg" not in Reading(source).tags
    for sentence in ("No promise was broken.", "Nobody is waited for.", "No answer was sent to a client."):
        assert sentence in source


def test_two_years_of_weeks_still_fit() -> None:
    many = [
        graded(
            "SEV-2", (NOW - timedelta(weeks=week)).isoformat(), asked=(NOW - timedelta(weeks=week, hours=1)).isoformat()
        )
        for week in range(104)
    ]
    found = figures(Facts(tuple(many)), protocol_file.load(), NOW - timedelta(weeks=110), NOW)
    assert shown(found).count('<tr class="week">') == 26, "the latest half year; the table by week has all of them"


def test_overrides_and_who_granted_them() -> None:
    granted = Override("1", ("SUP-2", "SUP-3"), "the bank waits", "Erin <b>", NOW, NOW + timedelta(hours=1))
    source = shown(replace(everything(), overrides=(granted,)))
    assert "SUP-2, SUP-3 Erin &lt;b&gt; the bank waits 2026-11-27 12:00 ET" in words(source)
    assert "not known, as Redis was not asked" in shown(everything())
    assert "No override of the release gate was granted." in shown(replace(everything(), overrides=()))
    assert as_json(replace(everything(), overrides=(granted,)))["overrides"][0]["by"] == "Erin <b>"


def test_the_table_fits_a_terminal() -> None:
    lines = text(everything()).splitlines()
    assert max(map(len, lines)) <= 100
    assert "  SEV-1       1  30 min  30 min     0       1     0" in lines
    assert "  SUP-2       1  SEV-1  2026-11-24 00:00 ET" in lines
    assert lines[-1] == "Found, but not readable, and therefore not in here: 2."


def test_a_length_is_the_same_in_words_and_in_json() -> None:
    ticket = graded("OTHER", "2026-11-23T10:00:30.900-05:00", asked="2026-11-23T10:00-05:00")
    found = figures(Facts((ticket,)), protocol_file.load(), SINCE, NOW)
    assert (span(found.total.median), as_json(found)["total"]["median_seconds"]) == ("30 s", 30)


def test_json_has_instants_with_offsets_and_seconds() -> None:
    told = json.loads(json.dumps(as_json(everything())))
    assert told["since"] == "2026-10-30T00:00:00-04:00"
    assert told["total"] == {
        "graded": 2, "timed": 2, "median_seconds": 2_700, "p90_seconds": 3_600, "kept": 1, "broken": 1, "open": 0,
    }  # fmt: skip
    assert told["breaches"] == [{"key": "SUP-2", "round": 1, "grade": "SEV-1", "at": "2026-11-24T00:00:00-05:00"}]
    assert told["waiting"][0]["seconds"] == 10_800
    assert all(datetime.fromisoformat(each["graded_at"]).utcoffset() is not None for each in told["graded_open"])
    assert set(told) == {
        "since", "until", "timezone", "total", "grades", "weeks", "breaches", "at_risk", "waiting", "graded_open",
        "ended_without_grade", "stalled", "client_not_told", "answers", "overrides", "unreadable",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=30), "30 s"),
        (timedelta(minutes=45, seconds=59), "45 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=3, hours=4, minutes=59), "3 d 4 h"),
        (timedelta(days=1, minutes=59), "1 d"),
        (None, "–"),
    ],
)
def test_lengths_of_time_in_words(length: timedelta | None, words: str) -> None:
    assert span(length) == words
