"""`escalation report`: promises kept and time to grade, as a table, as JSON, or as a page for a manager."""

import json
import re
import sys
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from config.mistakes import line
from config.protocol import Protocol
from config.settings import Settings
from worker import clock
from worker.alerts.messages import links
from worker.commands.shared import settings as operator
from worker.commands.shared.exits import UNREACHABLE, WRONG, tell, words
from worker.errors import EscalationError
from worker.escalation.dates.calendar import Calendar
from worker.escalation.release.override import Override
from worker.jira import connect
from worker.jira.site import Site
from worker.look import protocol_with_texts
from worker.queue import store
from worker.queue.store import StoreError
from worker.release.overrides import Overrides
from worker.report.as_json import as_json
from worker.report.figures import Figures, figures
from worker.report.page import page
from worker.report.reading import read
from worker.report.text import text

USUAL = timedelta(days=28)
EARLIEST = 1971
DATE = "a date that has begun, such as 2026-10-26"


def report(settings: Settings, since: str | None, *, json_wanted: bool, html: Path | None) -> int:
    """Prints the report, or writes the page; 2 for a bad date or file, 3 where Jira cannot be asked.

    Raises:
        ConfigError: a setting or the protocol is wrong.
    """
    protocol = protocol_with_texts.load_protocol(settings.protocol_file)
    site, now = connect.site(settings), clock.now()
    try:
        counted = _figures(site, protocol, begin(since, protocol, now), now)
        found = replace(counted, overrides=_overrides(settings, counted.since))
        click.echo(_written(found, settings, site, json_wanted=json_wanted, html=html))
    except ValueError as error:
        return tell(WRONG, str(error))
    except EscalationError as error:
        return tell(UNREACHABLE, words(error))
    return 0


def begin(since: str | None, protocol: Protocol, now: datetime) -> datetime:
    """The first instant of that day in the protocol's zone; without one, of the day four weeks ago.

    Raises:
        ValueError: it is no date, or it has not begun.
    """
    calendar = Calendar.of(protocol)
    if since is None:
        return calendar.day_begins(calendar.local(now - USUAL).date())
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", since):
            raise ValueError
        day = date.fromisoformat(since)
    except ValueError:
        raise ValueError(line("--since", since, DATE)) from None
    if day.year < EARLIEST or day > calendar.local(now).date():
        raise ValueError(line("--since", since, DATE))
    return calendar.day_begins(day)


def _figures(site: Site, protocol: Protocol, since: datetime, now: datetime) -> Figures:
    with ExitStack() as stack:
        return figures(read(site, protocol, since, Progress(stack)), protocol, since, now)


def _overrides(settings: Settings, since: datetime) -> tuple[Override, ...] | None:
    """What was granted since then; None where Redis is not set, or does not answer: the report goes without it."""
    if not settings.redis_url:
        return None
    try:
        return Overrides(store.connect(settings.require_redis(), patience=1.0)).granted(since)
    except (StoreError, OSError):
        return None


class Progress:
    """A bar on a terminal's stderr, from the moment it is known how much there is to read."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        """So many of so many are read."""
        if self._bar is None and sys.stderr.isatty():
            bar = click.progressbar(length=total, label="reading tickets", file=sys.stderr)
            self._bar = self._stack.enter_context(bar)
        if self._bar is not None:
            self._bar.update(done - self._bar.pos)


def _written(found: Figures, settings: Settings, site: Site, *, json_wanted: bool, html: Path | None) -> str:
    if json_wanted:
        return json.dumps(as_json(found), ensure_ascii=False, indent=2)
    if html is None:
        return text(found)
    try:
        html.write_text(page(found, links(settings.jira_url, lambda: site.server)), encoding="utf-8")
    except OSError as error:
        raise ValueError(f"--html: {html} cannot be written: {error.strerror}; expected a file of yours") from None
    return f"written to {html}"


@click.command()
@click.option("--since", metavar="DATE", help="From this day on; left out, the last four weeks.")
@click.option("--json", "json_wanted", is_flag=True, help="As JSON.")
@click.option("--html", metavar="FILE", help="As a web page, into this file.")
def command(since: str | None, json_wanted: bool, html: str | None) -> int:
    """Gives the exit code."""
    if json_wanted and html:
        raise click.UsageError("expected either --json or --html FILE, and not both")
    return report(operator.found(), since, json_wanted=json_wanted, html=Path(html) if html else None)
