"""An alert in the words of a notification: one short title, one short body. Pure text, all of it ours.

A ticket is named by its key, grade and due date; nothing that a client, a panelist or anybody else wrote is in it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from worker.errors import EscalationError
from worker.escalation.plan.alert import Alert, Kind
from worker.jira.signin.login import GATEWAY_PATH

NAMED = 10
WHAT: dict[Kind, str] = {
    "graded": "graded",
    "reminder": "still open",
    "at-risk": "promise at risk",
    "breach": "promise broken",
    "stalled": "evaluation stalled",
    "chair-silent": "the chair did not answer",
    "digest": "weekly digest",
    "operator": "the escalation worker needs its operator",
    "test": "test notification",
}


def message(alert: Alert, link: str = "") -> tuple[str, str]:
    """Title and body of one alert, with the ticket's address where it is known."""
    what = f"graded {alert.grade}" if alert.kind == "graded" and alert.grade else WHAT.get(alert.kind, alert.kind)
    title = f"{alert.ticket}: {what}" if alert.ticket else f"Escalation: {what}"
    grade = f"Grade: {alert.grade}" if alert.grade else ""
    due = f"Due: {alert.due}" if alert.due else ""
    return title, "\n".join(part for part in (alert.words, grade, due, link) if part) or title


def more(alerts: Sequence[Alert]) -> tuple[str, str]:
    """Title and body of the one line for many alerts, when there were too many within an hour."""
    kinds = Counter(WHAT.get(alert.kind, alert.kind) for alert in alerts)
    counts = ", ".join(f"{count} {what}" for what, count in kinds.most_common())
    tickets = list(dict.fromkeys(alert.ticket for alert in alerts if alert.ticket))
    rest = " …" if len(tickets) > NAMED else ""
    names = f" ({', '.join(tickets[:NAMED])}{rest})" if tickets else ""
    return f"Escalation: {len(alerts)} more", f"{len(alerts)} more: see the board and the log. {counts}{names}"


def links(jira_url: str | None, server: Callable[[], Mapping[str, Any]]) -> Callable[[str], str]:
    """What gives a ticket's address for its key; "" where the site's own address is not known.

    The API gateway is no address for people: there the site itself is asked (`server` is its serverInfo).
    """

    def base() -> str:
        if not jira_url or GATEWAY_PATH not in jira_url:
            return jira_url or ""
        try:
            found = str(server().get("baseUrl") or "")
            return found if found.startswith(("https://", "http://")) else ""
        except EscalationError:
            return ""

    return lambda key: f"{address.rstrip('/')}/browse/{key}" if key and (address := base()) else ""
