"""Reading what a release needs to know of one ticket, from its record, its labels and Jira's history.

That is: who put the labels on, when it was resolved, and whether Jira's history bears the record out.

One call for each ticket (on Cloud one for all of a question), by whatever key it has or had; more only where its
changelog is long. Its evaluations are read, too, where a decision that may let it ship is not known by our seal, or
where it was asked for again since then. It writes nothing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from config.protocol import Protocol
from worker.errors import NotOurs, TryAgain
from worker.escalation.facts.model import Escalation
from worker.escalation.panel import record_trust
from worker.escalation.release.ticket import Standing
from worker.jira import parsing
from worker.jira.answers import listed
from worker.jira.groups import Groups
from worker.jira.issue_memory import Relatives
from worker.jira.projects import Projects
from worker.jira.read import Elsewhere, Reader
from worker.jira.site import Refused, Site

FIELDS = ("labels", "project", "status", "resolutiondate", "created", "creator", "parent")
GONE = frozenset({401, 403, 404, 410})
NO_BULK = frozenset({404, 405, 410})
PAGE = 100


class _Nobody:
    """Knows no kinship: who reads for the gate finds evaluations below the ticket and nowhere else."""

    def relatives(self, ticket: str) -> Relatives:
        return Relatives()

    def remember_evaluations(self, ticket: str, evaluations: list[str]) -> None:
        pass

    def remember_stranger(self, id: str) -> None:
        pass

    def remember_requests(self, ticket: str, requests: Collection[str]) -> None:
        pass

    def strangers(self, ids: Collection[str]) -> frozenset[str]:
        return frozenset()


@dataclass(frozen=True, slots=True)
class Claim:
    """What a ticket alone tells: its standing, not borne out yet, and the facts it was read from."""

    standing: Standing
    ticket: Escalation


class Standings:
    """Reads standings from a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._groups = Groups(site)
        self._projects = Projects(site)
        self._reader = Reader(site, _Nobody(), self._groups, self._projects, clients=False)

    def read(self, key: str, protocol: Protocol) -> Standing:
        """The standing of a ticket, by its key or a key it once had, and whether it is borne out.

        `protocol` is the whole one.

        Raises:
            NotOurs: it is gone, or may not be read.
            TryAgain, Unauthorized, Refused, CannotDo: see Site.call.
        """
        return self.proven(self.claimed(key, protocol), protocol)

    def claimed(self, key: str, protocol: Protocol) -> Claim:
        """What the ticket alone tells, in one call; it raises what `read` raises."""
        try:
            issue = self._site.get(
                f"/issue/{key}", fields=",".join(FIELDS), properties=parsing.PROPERTY, expand="changelog"
            )
        except Refused as error:
            if error.status in GONE:
                raise NotOurs(f"{key} is not known, or may not be read") from None
            raise
        return self._read(key, issue, protocol)

    def _read(self, key: str, issue: Mapping[str, Any], protocol: Protocol) -> Claim:
        try:
            return self._claim(self._whole(issue), protocol)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unreadable(key, error) from None

    def proven(self, claim: Claim, protocol: Protocol) -> Standing:
        """The standing, and whether it is borne out, where that matters; it raises what `read` raises. It may read the
        evaluations, in calls made together, so that it must not be called from within such calls."""
        standing, ticket = claim.standing, claim.ticket
        if not _may_open(standing, protocol):
            return standing
        if not ticket.record.proven or record_trust.is_asked_again(ticket, protocol):
            ticket = self._with_evaluations(ticket, protocol)
        stands = record_trust.stands_still(ticket, protocol, datetime.now(UTC))
        return replace(standing, stands=stands, shut_in=record_trust.shut_in(ticket, protocol))

    def claimed_together(self, keys: Sequence[str], protocol: Protocol) -> dict[str, Claim]:
        """Those of at most a hundred tickets that one call finds by the key they have now. Where there is no such call
        (Data Center, and sites that do not offer it) it finds none.

        Raises:
            TryAgain, Unauthorized, Refused, CannotDo: see Site.call.
        """
        if not self._site.cloud:
            return {}
        wish = {"fields": list(FIELDS), "properties": [parsing.PROPERTY], "expand": ["changelog"]}
        try:
            answer = self._site.ask("/issue/bulkfetch", {"issueIdsOrKeys": list(keys), **wish})
        except Refused as error:
            if error.status in NO_BULK:
                return {}
            raise
        named = {str(issue.get("key")): issue for issue in answer.get("issues") or ()}
        return {key: self._read(key, named[key], protocol) for key in keys if key in named}

    def _claim(self, issue: Mapping[str, Any], protocol: Protocol) -> Claim:
        kept = (issue.get("properties") or {}).get(parsing.PROPERTY)
        ticket = self._ticket(issue, protocol)
        standing = Standing(
            id=ticket.id,
            key=ticket.key,
            project=ticket.project,
            us=ticket.us,
            labels=ticket.labels,
            puts=ticket.puts,
            done=ticket.done,
            resolved_at=ticket.resolved_at,
            record=ticket.record,
            odd=kept is not None and ticket.record.empty,
            authority=ticket.authority,
            history=ticket.history,
        )
        return Claim(standing, ticket)

    def _ticket(self, issue: Mapping[str, Any], protocol: Protocol) -> Escalation:
        """The ticket alone, as facts, without its evaluations."""
        return parsing.escalation(
            issue,
            (),
            us=self._site.account,
            service_project=False,
            protocol=protocol,
            members=self._groups.authority(protocol.for_project(parsing.project_key(issue))),
            is_done_status=self._projects.is_done_status,
            seals=self._site.seals,
        )

    def _with_evaluations(self, ticket: Escalation, protocol: Protocol) -> Escalation:
        try:
            return self._reader.escalation(ticket.id, protocol)
        except Elsewhere:
            return replace(ticket, record=replace(ticket.record, proven=False))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unreadable(ticket.key, error) from None

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
            values = listed(page, "values")
            yield from values
            start += len(values)
            last = not values or bool(page.get("isLast", start >= int(page.get("total") or 0)))


def _unreadable(key: str, error: Exception) -> TryAgain:
    return TryAgain(f"Jira's answer about {key} cannot be read ({type(error).__name__})")


def _may_open(standing: Standing, protocol: Protocol) -> bool:
    """Whether the record claims what would let the ticket ship, and the ticket carries its label: only then it is worth
    asking whether that is so."""
    decision = standing.record.decision
    grades = protocol.for_project(standing.project).grades
    grade = next((grade for grade in grades if decision and grade.name == decision.grade), None)
    return grade is not None and grade.releases_in_business_hours and standing.has(grade.label)
