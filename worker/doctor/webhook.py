"""Doctor on the webhook: registered, for the right events, signed, and heard.

What our account may not read is advice: without any webhook the sweep still finds everything, only later.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from config.settings import Settings
from worker.doctor.access import is_here
from worker.doctor.finding import Finding, Group
from worker.doctor.subject import Subject
from worker.errors import CannotDo
from worker.jira import webhooks
from worker.jira.site import Site
from worker.jira.webhooks import EVENTS, PATH, NotAdministrator, Registered
from worker.queue.store import Store, StoreError
from worker.web import last_delivery
from worker.web.last_delivery import Last

GROUP = Group("webhook")
REGISTER = "Run `escalation webhook register`."
QUIET = timedelta(days=1)


def check(subject: Subject, site: Site) -> Iterator[Finding]:
    """What is registered, then what came of it."""
    yield from _address(subject.settings, cloud=site.cloud)
    last = _last(subject.store)
    yield from _registered(site, subject.settings.public_url, last)
    if last is not None:
        yield from _rule(last)
        yield from _heard(subject, last)


def _last(store: Store | None) -> Last | None:
    """What the web processes noted of deliveries; where Redis does not answer, its own group says so."""
    try:
        return last_delivery.last(store) if store is not None else None
    except StoreError:
        return None


def _rule(last: Last) -> Iterator[Finding]:
    if last.by_rule:
        yield GROUP.ok(
            "rule", f"a rule of Jira Automation tells of changes; the last at {last.by_rule:%Y-%m-%d %H:%M} UTC"
        )
    if last.rule_refused and (last.by_rule is None or last.rule_refused > last.by_rule):
        mend = "The rule's audit log in Jira shows our answer; `escalation webhook rule` says what to enter."
        yield GROUP.mend("rule", f"its last request, at {last.rule_refused:%Y-%m-%d %H:%M} UTC, was refused", mend)


def _registered(site: Site, public_url: str | None, last: Last | None) -> Iterator[Finding]:
    """Nothing for a Data Center that cannot sign: the line on its version says what there is to say."""
    try:
        webhooks.require_signing(site)
        found = webhooks.registered(site)
    except NotAdministrator as error:
        mend = "Let an administrator look: docs/install-*.md."
        yield GROUP.advice("registration", f"cannot be read: {error.what}", mend)
    except CannotDo:
        return
    else:
        mine = ours(found, public_url)
        if mine or last is None or last.by_rule is None:
            yield from registration(mine, public_url)
        else:
            yield GROUP.ok("registration", "no webhook, and none is needed: a rule of Jira Automation tells of changes")


def _address(settings: Settings, *, cloud: bool) -> Iterator[Finding]:
    url = settings.public_url or ""
    if cloud and url.startswith("http://") and not is_here(url):
        yield GROUP.mend(
            "PUBLIC_URL", f"{url}: Jira Cloud delivers to https only", "Let PUBLIC_URL begin with https://."
        )


def ours(found: Sequence[Registered], public_url: str | None) -> list[Registered]:
    """Those that lead to PUBLIC_URL; where that is not set, any that leads to such a path."""
    if public_url:
        return [each for each in found if each.url.partition("?")[0] == webhooks.address(public_url)]
    return [each for each in found if each.url.partition("?")[0].endswith(PATH)]


def registration(found: Sequence[Registered], public_url: str | None) -> Iterator[Finding]:
    """What is to say of our registrations."""
    if not found:
        where = webhooks.address(public_url) if public_url else f"…{PATH}"
        yield GROUP.mend("registration", f"no webhook leads to {where}", REGISTER)
    if len(found) > 1:
        mend = "Delete one with `escalation webhook delete`, unless there are several installations."
        yield GROUP.advice("registration", f"{len(found)} webhooks lead to us", mend)
    for each in found:
        wrong = list(_points(each))
        yield from wrong
        if not wrong:
            yield GROUP.ok(each.shown_url, f"registered, for the right events{', signed' if each.signed else ''}")


def _points(each: Registered) -> Iterator[Finding]:
    missing = [event for event in EVENTS if event not in each.events]
    if not each.enabled:
        yield GROUP.mend(each.shown_url, "is disabled", "Enable it in Jira (System → WebHooks), or register it again.")
    if missing:
        yield GROUP.mend(each.shown_url, f"does not tell of {', '.join(missing)}", REGISTER)
    if each.signed is False:
        mend = f"{REGISTER} It puts the first of JIRA_WEBHOOK_SECRETS into Jira; unsigned deliveries are refused."
        yield GROUP.mend(each.shown_url, "has no secret: its deliveries are unsigned", mend)
    if each.empty:
        mend = f"{REGISTER} By hand: untick *Exclude body* in Jira (System → WebHooks)."
        yield GROUP.mend(each.shown_url, "leaves the body out: its deliveries name no ticket", mend)
    if "label" in each.jql.lower():
        mend = "Let its JQL name projects only, or nothing."
        yield GROUP.mend(each.shown_url, "its JQL asks for labels, which hides that a label was taken off", mend)


def _heard(subject: Subject, last: Last) -> Iterator[Finding]:
    if last.refused and (last.taken is None or last.refused > last.taken):
        mend = "Put the same secret into Jira's webhook and JIRA_WEBHOOK_SECRETS; `escalation webhook register` does."
        yield GROUP.mend(
            "deliveries", f"the last one, at {last.refused:%Y-%m-%d %H:%M} UTC, had no right signature", mend
        )
    elif last.empty and (last.taken is None or last.empty > last.taken):
        mend = "Untick *Exclude body* in Jira's webhook; `escalation webhook register` does."
        yield GROUP.mend("deliveries", f"the last one, at {last.empty:%Y-%m-%d %H:%M} UTC, was signed and empty", mend)
    elif last.taken is None and last.by_rule:
        return
    elif last.taken is None:
        mend = "Change a ticket, and look again; if nothing comes, Jira cannot reach PUBLIC_URL."
        yield GROUP.advice("deliveries", "none came yet since Redis knows", mend)
    elif subject.now - last.taken > QUIET:
        mend = "Nothing to do if nobody used Jira since; else look whether Jira reaches PUBLIC_URL."
        yield GROUP.advice("deliveries", f"the last one came at {last.taken:%Y-%m-%d %H:%M} UTC", mend)
    else:
        yield GROUP.ok("deliveries", f"signed ones come; the last at {last.taken:%Y-%m-%d %H:%M} UTC")
