"""The end of the credentials, told before it comes: JIRA_TOKEN_EXPIRES, thirty, fourteen, seven and one day before.

No API tells when a token of Cloud ends (Atlassian, "Manage API tokens"), so the operator says it. Pure: `now` is given.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from worker.escalation.plan.alert import Alert

STAGES = (30, 14, 7, 1)
WHERE = "make a new one, put it where the old one is (a file is read again by itself), and set JIRA_TOKEN_EXPIRES anew"


def days_left(expires: date, now: datetime) -> int:
    """Whole days until that day begins (UTC); negative once it is over."""
    return (expires - now.astimezone(UTC).date()).days


def stage(expires: date, now: datetime) -> int | None:
    """The last of the stages that has come; 0 once the day has come, None while it is far."""
    left = days_left(expires, now)
    return 0 if left <= 0 else min((each for each in STAGES if left <= each), default=None)


def words(expires: date, now: datetime) -> str:
    """How it stands, in half a sentence."""
    left = days_left(expires, now)
    if left < 0:
        return f"ended on {expires.isoformat()}"
    if left == 0:
        return f"end today, {expires.isoformat()}"
    return f"end on {expires.isoformat()}, in {left} {'day' if left == 1 else 'days'}"


def alerts(expires: date | None, now: datetime) -> Iterator[Alert]:
    """What the operator is told now; once for each stage, and for each day that is named."""
    if expires is None or (reached := stage(expires, now)) is None:
        return
    said = f"The credentials for Jira {words(expires, now)} (JIRA_TOKEN_EXPIRES): {WHERE}."
    yield Alert("operator", f"credentials {expires.isoformat()} {reached}", words=said)
