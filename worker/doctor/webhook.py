"""Doctor on the webhook: registered, for the right events, signed, and heard.

What our account may not read is advice: without any webhook the sweep still finds everything, only later.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from config.settings import Settings
from worker.doctor.access import is_here
from worker.doctor.finding import Finding, Group
from worker.doctor.subject import Subject
from worker.errors import CannotDo
from worker.escalation.dates.formatting import stamp
from worker.jira import webhooks
from worker.jira.site import Site
from worker.jira.webhooks import PATH, Attempt, NotAdministrator, Registered, Wanted
from worker.queue.store import Store, StoreError
from worker.web import last_delivery
from worker.web.last_delivery import Last

GROUP = Group("webhook")
REGISTER = "Run `escalation webhook register`."
QUIET = timedelta(days=1)


def check(subject: Subject, site: Site) -> Iterator[Finding]:
    """What is registered, then what came of it."""
    last = _last(subject.store)
    if subject.settings.polls and not subject.settings.jira_webhook_secrets:
        yield GROUP.ok("registration", "no webhook, and none is needed: changes are asked for (INTAKE=polling)")
        return
    yield from _address(subject.settings, cloud=site.cloud)
    yield from _registered(subject, site, last)
    if last is not None:
        yield from _rule(last, subject.zone)
        yield from _heard(subject, last)


def _last(store: Store | None) -> Last | None:
    """What the web processes noted of deliveries; where Redis does not answer, its own group says so."""
    try:
        return last_delivery.last(store) if store is not None else None
    except StoreError:
        return None


def _rule(last: Last, zone: ZoneInfo) -> Iterator[Finding]:
    if last.by_rule:
        at = stamp(last.by_rule, zone)
        yield GROUP.ok("rule", f"a rule of Jira Automation tells of changes; its last request came at {at}")
    if last.rule_refused and (last.by_rule is None or last.rule_refused > last.by_rule):
        mend = "The rule's audit log in Jira shows our answer; `escalation webhook rule` says what to enter."
        yield GROUP.mend("rule", f"its last request, at {stamp(last.rule_refused, zone)}, was refused", mend)


def _registered(subject: Subject, site: Site, last: Last | None) -> Iterator[Finding]:
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
        mine = ours(found, subject.settings.public_url)
        if instead := "" if mine else _instead(subject.settings, last):
            yield GROUP.ok("registration", f"no webhook, and none is needed: {instead}")
        else:
            named = tuple(subject.protocol.by_project) if subject.protocol else ()
            public_url = subject.settings.public_url
            yield from registration(mine, public_url, webhooks.wanted(site, public_url or "", named))
            for each in mine:
                yield from attempt(each, webhooks.latest(site, each.id), subject.zone)


def _instead(settings: Settings, last: Last | None) -> str:
    """How changes come in without a webhook; "" for not at all."""
    if last is not None and last.by_rule is not None:
        return "a rule of Jira Automation tells of changes"
    return "changes are asked for (INTAKE=polling)" if settings.polls else ""


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


def registration(found: Sequence[Registered], public_url: str | None, wanted: Wanted) -> Iterator[Finding]:
    """What is to say of our registrations."""
    if not found:
        where = webhooks.address(public_url) if public_url else f"…{PATH}"
        yield GROUP.mend("registration", f"no webhook leads to {where}", REGISTER)
    if len(found) > 1:
        mend = "Delete one with `escalation webhook delete`, unless there are several installations."
        yield GROUP.advice("registration", f"{len(found)} webhooks lead to us", mend)
    for each in found:
        wrong = [_point(point, each, wanted) for point in wanted.differs(each)]
        yield from wrong
        if not wrong:
            yield GROUP.ok(each.shown_url, f"registered, for the right events{', signed' if each.signed else ''}")


def attempt(each: Registered, latest: Attempt | None, zone: ZoneInfo) -> Iterator[Finding]:
    """What Jira itself says of its latest delivery; nothing where it says nothing."""
    if latest is None:
        return
    at = f", at {stamp(latest.at, zone)}" if latest.at else ""
    lately = f"; {latest.failures} of {latest.deliveries} failed lately" if latest.failures else ""
    if latest.failure:
        found = f"Jira could not deliver its latest event{at}: {latest.failure[:200]}{lately}"
        yield GROUP.mend("delivered by Jira", found, _mend_delivery(latest.failure, each))
    else:
        yield GROUP.ok("delivered by Jira", f"its latest event was answered{at}{lately}")


def _mend_delivery(failure: str, each: Registered) -> str:
    """What helps, by the words that Java has for it."""
    words = failure.lower()
    if any(word in words for word in ("certif", "pkix", "ssl", "tls", "handshake")):
        return "Import the authority that signed our certificate into the trust store of Jira's Java, and restart Jira."
    if "unknownhost" in words or "not known" in words or "resolve" in words:
        return "Jira's machine does not know that name: put another address into PUBLIC_URL, and register again."
    if "403" in words or "401" in words:
        return "Put the same secret into Jira's webhook and JIRA_WEBHOOK_SECRETS; `escalation webhook register` does."
    return f"Let Jira's machine reach {each.shown_url}: firewall, proxy, and `escalation web` behind it."


def _point(point: str, each: Registered, wanted: Wanted) -> Finding:
    """One point in which it is not as it should be."""
    if point == "disabled":
        return GROUP.mend(each.shown_url, "is disabled", "Enable it in Jira (System → WebHooks), or register it again.")
    if point == "events":
        missing = ", ".join(event for event in wanted.events if event not in each.events)
        return GROUP.mend(each.shown_url, f"does not tell of {missing}", REGISTER)
    if point == "not signed":
        mend = f"{REGISTER} It puts the first of JIRA_WEBHOOK_SECRETS into Jira; unsigned deliveries are refused."
        return GROUP.mend(each.shown_url, "has no secret: its deliveries are unsigned", mend)
    if point == "no body":
        mend = f"{REGISTER} By hand: untick *Exclude body* in Jira (System → WebHooks)."
        return GROUP.mend(each.shown_url, "leaves the body out: its deliveries name no ticket", mend)
    if "label" in each.jql.lower():
        mend = "Let its JQL name projects only, or nothing."
        return GROUP.mend(each.shown_url, "its JQL asks for labels, which hides that a label was taken off", mend)
    mend = f"Nothing to do if that is meant; else {REGISTER[0].lower()}{REGISTER[1:]}"
    return GROUP.advice(each.shown_url, f"its JQL is {each.jql or 'empty'}; expected {wanted.jql or 'none'}", mend)


def _heard(subject: Subject, last: Last) -> Iterator[Finding]:
    if last.refused and (last.taken is None or last.refused > last.taken):
        mend = "Put the same secret into Jira's webhook and JIRA_WEBHOOK_SECRETS; `escalation webhook register` does."
        yield GROUP.mend(
            "deliveries", f"the last one, at {stamp(last.refused, subject.zone)}, had no right signature", mend
        )
    elif last.empty and (last.taken is None or last.empty > last.taken):
        mend = "Untick *Exclude body* in Jira's webhook; `escalation webhook register` does."
        yield GROUP.mend(
            "deliveries", f"the last one, at {stamp(last.empty, subject.zone)}, was signed and empty", mend
        )
    elif last.taken is None and (last.by_rule or subject.settings.polls):
        return
    elif last.taken is None:
        mend = "Change a ticket, and look again; if nothing comes, Jira cannot reach PUBLIC_URL."
        yield GROUP.advice("deliveries", "none came yet since Redis knows", mend)
    elif subject.now - last.taken > QUIET:
        mend = "Nothing to do if nobody used Jira since; else look whether Jira reaches PUBLIC_URL."
        yield GROUP.advice("deliveries", f"the last one came at {stamp(last.taken, subject.zone)}", mend)
    else:
        yield GROUP.ok("deliveries", f"signed ones come; the last at {stamp(last.taken, subject.zone)}")
