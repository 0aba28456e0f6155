"""The webhook by which Jira tells us of changes: registered, listed and deleted, on Cloud and on Data Center 10.

Cloud's are the administrators' webhooks, because an app's dynamic ones are not signed (developer.atlassian.com,
"Webhooks"); Data Center has its own path and shape since 10.0. A secret goes into Jira and is never read back,
returned or printed. Which webhook is ours is decided by its address alone: a test and a production installation may
share one Jira.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from worker.errors import CannotDo, TryAgain, Unauthorized
from worker.jira.parsing import PROPERTY
from worker.jira.search import among
from worker.jira.site import Refused, Site

PATH = "/webhooks/jira"
CLOUD, DATA_CENTER = "/rest/webhooks/1.0/webhook", "/rest/jira-webhook/1.0/webhooks"
SECTION = "issue-related-events-section"
EVENTS = (
    *("jira:issue_created", "jira:issue_updated", "jira:issue_deleted"),
    *("comment_created", "comment_updated", "comment_deleted"),
    *("issuelink_created", "issuelink_deleted"),
)
FIRST_EVENT = "issue_property_set"
FIRST_PROPERTY = f"{PROPERTY}-webhook"
SIGNING_SINCE = 10
FAR_AHEAD = 4_102_444_800_000  # 2100, in milliseconds: what lies behind it is no instant


class NotAdministrator(CannotDo):
    """Jira lets its administrators alone see to webhooks, and our account is none."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A webhook as Jira lists it.

    Attributes:
        jql: the filter; empty where there is none, or where Jira does not show it.
        signed: whether its deliveries are signed; None where Jira does not say (Data Center).
        empty: whether its deliveries come without a body ("Exclude body"), and so tell nothing.
    """

    id: str
    name: str
    url: str
    events: tuple[str, ...]
    jql: str
    enabled: bool
    signed: bool | None
    empty: bool = False

    @property
    def shown_url(self) -> str:
        """The address without its query: other people's webhooks carry secrets in there."""
        return self.url.partition("?")[0] + ("?…" if "?" in self.url else "")


@dataclass(frozen=True, slots=True)
class Attempt:
    """How Data Center fared with its latest delivery to a webhook.

    Attributes:
        at: when it ended; None where Jira does not say.
        failure: what went wrong, in Jira's words; "" where it was answered well.
        failures, deliveries: how many failed of those that Jira counts, lately; 0 where it counts none.
    """

    at: datetime | None
    failure: str
    failures: int = 0
    deliveries: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """The webhook as it should be."""

    url: str
    jql: str
    events: tuple[str, ...] = EVENTS
    name: str = "escalation-worker"

    def differs(self, found: Registered) -> tuple[str, ...]:
        """In which points a registered one is not what is wanted, as far as Jira shows it; further events and another
        name are nobody's harm. `escalation webhook register` and `doctor` both go by this."""
        points = {
            "disabled": not found.enabled,
            "events": not set(self.events) <= set(found.events),
            "not signed": found.signed is False,
            "no body": found.empty,
            "JQL": found.jql != self.jql,
        }
        return tuple(point for point, wrong in points.items() if wrong)


def address(base: str) -> str:
    """Where deliveries go, for the address of the web process or the whole address."""
    bare = base.rstrip("/")
    return bare if bare.endswith(PATH) else bare + PATH


def wanted(site: Site, url: str, projects: tuple[str, ...]) -> Wanted:
    """What to register. The filter names projects at most: Jira asks it of the ticket after the change, so that one
    on labels would hide that a label was taken off, and comments on evaluations too. Data Center's REST ignores the
    filter that is documented (JRASERVER-78733); what is not for us is passed over on arrival."""
    return Wanted(url, among("project", sorted(projects)) if projects and site.cloud else "")


def require_signing(site: Site) -> None:
    """Raises CannotDo for a Data Center that cannot sign its deliveries: anybody could forge them."""
    newest = int((site.server.get("versionNumbers") or [SIGNING_SINCE])[0]) if not site.cloud else SIGNING_SINCE
    if newest < SIGNING_SINCE:
        version = site.server.get("version") or newest
        raise CannotDo(
            f"This is Jira Data Center {version}, which cannot sign its deliveries; unsigned ones are refused.",
            f"Upgrade Jira to {SIGNING_SINCE}.0 or later. Until then the sweep finds what is due, every SWEEP_SECONDS.",
        )


def registered(site: Site) -> tuple[Registered, ...]:
    """Every webhook of the site, ours or not.

    Raises:
        NotAdministrator: our account may not see them.
        TryAgain, Unauthorized: Jira cannot be asked now.
    """
    _ = site.account  # credentials that are wrong altogether are another matter
    try:
        found = site.call("GET", _path(site))
    except (Refused, Unauthorized) as error:
        raise NotAdministrator(
            f"Jira does not let this account see to webhooks ({getattr(error, 'status', 401)}).",
            "They need a Jira administrator, and on Cloud a token without scopes.",
        ) from None
    each = found.get("values") or [] if isinstance(found, dict) else found or []
    return tuple(_read(one) for one in each)


def latest(site: Site, id: str) -> Attempt | None:
    """What Data Center says of its latest delivery to a webhook; None on Cloud, which does not say, before the first
    one, and where Jira has no such page or answers in another shape: it is not documented, and this is a help only."""
    if site.cloud:
        return None
    try:
        last = site.call("GET", f"{DATA_CENTER}/{id}/latest")
        counts = site.call("GET", f"{DATA_CENTER}/{id}/statistics")
    except (Refused, TryAgain):
        return None
    return _attempt(last, counts.get("counts") if isinstance(counts, dict) else None)


def _attempt(last: object, counts: object) -> Attempt | None:
    if not isinstance(last, dict) or not isinstance(result := last.get("result"), dict):
        return None
    outcome, words = str(result.get("outcome") or ""), str(result.get("description") or "")
    failure = "" if outcome.upper() in ("", "SUCCESS") else words or outcome.lower()
    kinds = {kind: _number(counts, kind) for kind in ("successes", "failures", "errors")}
    finish = _number(last, "finish") or _number(last, "start")
    at = datetime.fromtimestamp(finish / 1000, UTC) if 0 < finish < FAR_AHEAD else None
    return Attempt(at, failure, kinds["failures"] + kinds["errors"], sum(kinds.values()))


def _number(values: object, name: str) -> int:
    """Zero for what is no whole number."""
    found = values.get(name) if isinstance(values, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def register(site: Site, wanted: Wanted, secret: str) -> str:
    """Registers a new webhook; gives its id. Raises Refused with Jira's words where Jira does not take it."""
    return _id(site.call("POST", _path(site), body=_body(site, wanted, secret)) or {})


def update(site: Site, id: str, wanted: Wanted, secret: str) -> str:
    """Makes a registered webhook what is wanted, its secret included; gives its id, which may be another one."""
    try:
        site.call("PUT", f"{_path(site)}/{id}", body=_body(site, wanted, secret))
    except Refused as error:
        if error.status != 405:  # whether every Data Center lets a webhook be changed is not documented
            raise
        new = register(site, wanted, secret)
        delete(site, id)
        return new
    return id


def delete(site: Site, id: str) -> None:
    """Deletes a webhook."""
    site.call("DELETE", f"{_path(site)}/{id}")


def with_first_event(wanted: Wanted) -> Wanted:
    """The same, with the event that `provoke` sets off; meant for a minute, the worker has no use for it."""
    return replace(wanted, events=(*wanted.events, FIRST_EVENT))


def any_ticket(site: Site, wanted: Wanted) -> str | None:
    """The id of a ticket on Cloud that the webhook covers, lately changed; None where there is none."""
    where = f"{wanted.jql} AND " if wanted.jql else ""
    jql = f"{where}updated >= -365d ORDER BY updated DESC"
    found = site.ask("/search/jql", {"jql": jql, "fields": ["project"], "maxResults": 1}).get("issues")
    return str(found[0]["id"]) if found else None


def provoke(site: Site, ticket: str, number: int) -> None:
    """Sets off one event that nobody notices: a property of a ticket is no part of its history, mails nobody and
    leaves its date of change alone (jira-facts: properties). Only Cloud tells of it."""
    site.send("PUT", f"/issue/{ticket}/properties/{FIRST_PROPERTY}", number, issue=ticket)


def forget(site: Site, ticket: str) -> None:
    """Takes the property off again."""
    site.send("DELETE", f"/issue/{ticket}/properties/{FIRST_PROPERTY}", issue=ticket)


def _path(site: Site) -> str:
    return CLOUD if site.cloud else DATA_CENTER


def _body(site: Site, wanted: Wanted, secret: str) -> dict[str, Any]:
    body: dict[str, Any] = {"name": wanted.name, "url": wanted.url, "events": list(wanted.events)}
    if site.cloud:
        filters = {SECTION: wanted.jql} if wanted.jql else {}
        return body | {"filters": filters, "excludeBody": False, "enabled": True, "secret": secret}
    # A `secret` beside the configuration is ignored without a word, and the deliveries then come unsigned.
    configuration = {"SECRET": secret, "EXCLUDE_BODY": "false"}
    return body | {"active": True, "scopeType": "global", "configuration": configuration}


def _read(raw: Mapping[str, Any]) -> Registered:
    filters = raw.get("filters")
    return Registered(
        _id(raw),
        str(raw.get("name") or ""),
        str(raw.get("url") or ""),
        tuple(str(event) for event in raw.get("events") or ()),
        str((filters.get(SECTION) if isinstance(filters, dict) else None) or ""),
        raw.get("enabled", raw.get("active", True)) is not False,
        _signed(raw),
        _is_empty(raw),
    )


def _is_empty(raw: Mapping[str, Any]) -> bool:
    said = raw.get("excludeBody", (raw.get("configuration") or {}).get("EXCLUDE_BODY"))
    return str(said).lower() == "true"


def _signed(raw: Mapping[str, Any]) -> bool | None:
    if "isSigned" in raw:
        return bool(raw["isSigned"])
    return True if (raw.get("configuration") or {}).get("SECRET") else None


def _id(raw: Mapping[str, Any]) -> str:
    """On Cloud the end of `self`, on Data Center a field of its own."""
    return str(raw.get("id") or urlsplit(str(raw.get("self") or "")).path.rpartition("/")[2])
