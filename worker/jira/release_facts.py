"""Reading what a release needs to know of one ticket: its record, its labels and who put them on, when it was resolved.

One call for each ticket (more only where its changelog is long), by whatever key it has or had. It writes nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from config.protocol import Protocol
from worker.errors import NotOurs, TryAgain
from worker.escalation.facts import record as records
from worker.escalation.release.ticket import Standing
from worker.jira import parsing
from worker.jira.groups import AUTHORITY, Groups
from worker.jira.site import Refused, Site

FIELDS = ("labels", "project", "status", "resolutiondate")
GONE = frozenset({401, 403, 404, 410})
PAGE = 100


class Standings:
    """Reads standings from a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._groups = Groups(site)

    def read(self, key: str, protocol: Protocol) -> Standing:
        """The standing of a ticket, by its key or a key it once had. `protocol` is the whole one.

        Raises:
            NotOurs: it is gone, or may not be read.
            TryAgain, Unauthorized, Refused, CannotDo: see Site.call.
        """
        try:
            issue = self._site.get(
                f"/issue/{key}", fields=",".join(FIELDS), properties=parsing.PROPERTY, expand="changelog"
            )
        except Refused as error:
            if error.status in GONE:
                raise NotOurs(f"{key} is not known, or may not be read") from None
            raise
        try:
            return self._standing(self._whole(issue), protocol)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TryAgain(f"Jira's answer about {key} cannot be read ({type(error).__name__})") from None

    def _standing(self, issue: Mapping[str, Any], protocol: Protocol) -> Standing:
        fields, id = issue["fields"], str(issue["id"])
        kept = (issue.get("properties") or {}).get(parsing.PROPERTY)
        record = records.load(kept, id)
        project = str((fields.get("project") or {}).get("key") or str(issue["key"]).rpartition("-")[0])
        decided = record.decision
        asked = decided is not None and decided.how == "authority"
        members = self._groups.members(protocol.for_project(project)) if asked else {}
        done = parsing.is_done(fields)
        return Standing(
            id=id,
            key=str(issue["key"]),
            project=project,
            us=self._site.account,
            labels=tuple(str(label) for label in fields.get("labels") or ()),
            puts=parsing.label_puts(issue),
            done=done,
            resolved_at=parsing.resolved_at(issue) if done else None,
            record=record,
            odd=kept is not None and record.empty,
            authority=members.get(AUTHORITY, frozenset()),
        )

    def _whole(self, issue: Mapping[str, Any]) -> Mapping[str, Any]:
        """The issue with its whole changelog: Cloud cuts a long one."""
        log = issue.get("changelog") or {}
        if not self._site.cloud or int(log.get("total") or 0) <= len(log.get("histories") or ()):
            return issue
        return {**issue, "changelog": {"histories": list(self._histories(str(issue["id"])))}}

    def _histories(self, id: str) -> Iterator[Any]:
        start, last = 0, False
        while not last:
            page = self._site.get(f"/issue/{id}/changelog", startAt=start, maxResults=PAGE)
            values = page.get("values") or []
            yield from values
            start += len(values)
            last = not values or bool(page.get("isLast", start >= int(page.get("total") or 0)))
