"""Doctor on what this system shows and sends to others: the web process, and notification targets. Nothing is sent."""

from collections.abc import Iterator

import requests

from config import ConfigError
from config.settings import Settings
from worker.alerts import targets
from worker.doctor.finding import Finding, Group
from worker.web import address

WEB, NOTIFICATIONS = Group("web"), Group("notifications")
SECONDS = 2.0
READY_MENDS = {
    "redis": "See the lines on redis; the web process uses the REDIS_URL that it was started with.",
    "credentials": "See the lines on jira; the web process uses the token that it was started with.",
    "sweep": "See the line on the sweep: start `escalation worker` and `escalation beat`.",
}


def web(settings: Settings) -> Iterator[Finding]:
    """Whether the web process serves here, and what it says is missing."""
    base = address.url_here(settings.host, settings.port)
    try:
        answer = requests.get(f"{base}/healthz", timeout=SECONDS)
        ready = requests.get(f"{base}/readyz", timeout=SECONDS)
    except requests.RequestException:
        mend = "Start `escalation run` or `escalation web`; if it runs on another machine, run doctor there."
        yield WEB.advice("process", f"nothing answers at {base}", mend)
        return
    if answer.status_code != 200:
        mend = "Another program has this port: set PORT to a free one."
        yield WEB.mend("process", f"{base}/healthz answers {answer.status_code}", mend)
    else:
        yield WEB.ok("process", f"serves at {base}")
        yield from readiness(_json(ready))


def _json(answer: requests.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None


def readiness(checks: object) -> Iterator[Finding]:
    """The red parts of /readyz."""
    red = [str(name) for name, well in checks.items() if well is False] if isinstance(checks, dict) else ["readyz"]
    for name in red:
        mend = READY_MENDS.get(name, "Look into the log of the web process.")
        yield WEB.mend(f"/readyz: {name}", "the web process says that this does not work", mend)
    if not red:
        yield WEB.ok("/readyz", "ready")


def notifications(settings: Settings) -> Iterator[Finding]:
    """Whether each address is one that can be sent to; `escalation notify test` tries them."""
    if not settings.notify_urls:
        yield NOTIFICATIONS.ok("NOTIFY_URLS", "not set: nobody is notified beside Jira")
        return
    try:
        found = targets.targets(settings.notify_urls)
    except ConfigError as error:
        for mistake in error.mistakes:
            mend = "Mend it in NOTIFY_URLS, and try with `escalation notify test`."
            yield NOTIFICATIONS.mend("NOTIFY_URLS", mistake.removeprefix("NOTIFY_URLS: "), mend)
    else:
        yield NOTIFICATIONS.ok("NOTIFY_URLS", f"understood: {', '.join(target.name for target in found)}")
