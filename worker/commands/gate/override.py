"""`escalation gate override`: asks the web process for one, which checks, keeps and notes it."""

import getpass
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from config import protocol_file
from worker.commands.shared import settings as operator
from worker.commands.shared.exits import UNREACHABLE, WRONG, tell
from worker.escalation.dates.formatting import wall


def override(asked: dict[str, Any], url: str | None, *, as_json: bool) -> int:
    """Asks the web process for an override, which checks the credential, keeps it and notes it; 2 refused, 3 not
    reached."""
    import requests  # noqa: PLC0415

    from worker.web import address  # noqa: PLC0415

    settings = operator.found()
    zone = protocol_file.load(settings.protocol_file).zone
    if settings.gate_override_token is None:
        return tell(WRONG, "GATE_OVERRIDE_TOKEN: not set, expected the token that the web process has")
    web = (url or address.url_here(settings.host, settings.port)).rstrip("/")
    headers = {"Authorization": f"Bearer {settings.gate_override_token.get_secret_value()}"}
    try:
        answer = requests.post(f"{web}/gate/override", json=asked, headers=headers, timeout=60, allow_redirects=False)
        said = answer.json()
    except (requests.RequestException, ValueError) as error:
        return tell(UNREACHABLE, f"the web process at {web} cannot be asked ({type(error).__name__})")
    if answer.status_code not in (200, 201):
        code = UNREACHABLE if answer.status_code >= 500 else WRONG
        return tell(code, str(said.get("reason", f"{web} answered {answer.status_code}")))
    click.echo(json.dumps(said, ensure_ascii=False) if as_json else _granted(said, zone))
    return 0


def _granted(said: dict[str, Any], zone: ZoneInfo) -> str:
    head = "overridden" if said["new"] else "was overridden already"
    until = wall(datetime.fromisoformat(said["until"]), zone)
    lines = [f"{head}: {', '.join(said['issues'])} until {until}"]
    for note in said["notes"]:
        lines.append(f"{note['key']}: " + (note["problem"] or f"noted on {note['noted_on']}"))
    return "\n".join(lines)


@click.command()
@click.option("--issue", "issues", multiple=True, required=True, metavar="KEY", help="A ticket; once for each.")
@click.option("--reason", required=True, help="Why; it is noted on the tickets.")
@click.option("--for", "length", metavar="2h", help="How long it holds, at most 24h.")
@click.option("--until", metavar="TIMESTAMP", help="Until when it holds.")
@click.option("--by", help="Who overrides; left out, the user of this machine.")
@click.option("--url", help="Where the web process is; left out, http://HOST:PORT.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(
    *,
    issues: tuple[str, ...],
    reason: str,
    length: str | None,
    until: str | None,
    by: str | None,
    url: str | None,
    as_json: bool,
) -> int:
    """Gives the exit code."""
    asked = {"issues": list(issues), "reason": reason, "by": by or _this_user(), "for": length, "until": until}
    given = {name: value for name, value in asked.items() if value is not None}
    return override(given, url, as_json=as_json)


def _this_user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None
