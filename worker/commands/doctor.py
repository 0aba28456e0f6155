"""`escalation doctor`: the findings, printed for people or as JSON. Everything is read, nothing is written."""

import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from worker import log
from worker.doctor.checks import examine
from worker.doctor.finding import Finding

WELL, TO_MEND = 0, 1
COLOURS = {"ok": "green", "advice": "yellow", "mend": "red"}


def doctor(projects: Sequence[str], now: datetime, *, as_json: bool) -> int:
    """Check the set-up as of `now`, by the clock of this machine; gives the exit code."""
    log.set_up(None, _log_level())
    found: list[Finding] = []
    progress = Progress()
    for finding in examine(projects, now, progress.says):
        if not as_json:
            progress.wipe()
            _show(finding, found[-1].group if found else "")
            progress.says(progress.what)
        found.append(finding)
    progress.wipe()
    well = all(finding.level != "mend" for finding in found)
    click.echo(json.dumps(_plain(found, well=well), ensure_ascii=False, indent=2) if as_json else _summary(found))
    return WELL if well else TO_MEND


def _log_level() -> str:
    """What a check meets is told by its line; the log is for those who look for a bug in doctor itself."""
    return "DEBUG" if os.environ.get("LOG_LEVEL", "").upper() == "DEBUG" else "CRITICAL"


def _plain(found: Sequence[Finding], *, well: bool) -> dict[str, object]:
    return {"ok": well, "checks": [finding.plain() for finding in found]}


def _show(finding: Finding, before: str) -> None:
    """One line, under its group's name where that is another than before; a second one says how to mend it."""
    if finding.group != before:
        click.secho(finding.group, bold=True)
    click.echo(f"  {click.style(f'{finding.level:<6}', fg=COLOURS[finding.level])}  {finding.name}: {finding.found}")
    if finding.mend:
        click.echo(f"          → {finding.mend}")


def _summary(found: Sequence[Finding]) -> str:
    counts = {level: sum(finding.level == level for finding in found) for level in COLOURS}
    if counts["mend"]:
        return f"\n{counts['mend']} to mend, {counts['advice']} to consider"
    return f"\nall well, {counts['advice']} to consider" if counts["advice"] else "\nall well"


class Progress:
    """What is looked at now, in the last line of a terminal; elsewhere nothing is said."""

    def __init__(self) -> None:
        self.what = ""
        self._terminal = sys.stderr.isatty()

    def says(self, what: str) -> None:
        """From now on it is this."""
        self.what = what
        self._write(f"looking at {what} …")

    def wipe(self) -> None:
        """Makes room for something else."""
        self._write("")

    def _write(self, words: str) -> None:
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{words}")
            sys.stderr.flush()


@click.command()
@click.option("--project", "projects", multiple=True, metavar="KEY", help="Only this Jira project; once for each.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(projects: tuple[str, ...], as_json: bool) -> int:
    """Gives the exit code."""
    return doctor(projects, datetime.now(UTC), as_json=as_json)
