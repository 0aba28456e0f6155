"""Leaving one internal note about a release on a ticket, where colleagues look and no client does.

It writes nothing else: no label, no date, no record, so it may act beside a worker that looks at the same ticket.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.protocol import Protocol
from worker.errors import CannotDo, NotOurs
from worker.escalation.facts.model import Escalation
from worker.escalation.plan.draft import Draft, Place
from worker.escalation.texts.document import Document
from worker.jira import parsing
from worker.jira.groups import Groups
from worker.jira.issue_memory import IssueMemory
from worker.jira.projects import Projects
from worker.jira.read import Elsewhere, Reader
from worker.jira.site import Refused, Site
from worker.jira.text import markup

MEND = "Write the note by hand where colleagues read it."


@dataclass(frozen=True, slots=True)
class Noted:
    """Where the note stands: the issue's key and the comment's id."""

    issue: str
    comment: str


class Notices:
    """Leaves notes on the tickets of a site."""

    def __init__(self, site: Site, protocol: Protocol, kin: IssueMemory) -> None:
        self._site = site
        self._protocol = protocol
        self._reader = Reader(site, kin, Groups(site), Projects(site))

    def find(self, key: str) -> Escalation:
        """The ticket.

        Raises:
            NotOurs: it is gone, may not be read, or is an evaluation.
            TryAgain, Unauthorized, CannotDo: see Site.call.
        """
        try:
            return self._reader.escalation(key, self._protocol)
        except Elsewhere:
            raise NotOurs(f"{key} is an evaluation; name its ticket") from None

    def leave(self, ticket: Escalation, words: Callable[[Protocol, str], Document]) -> Noted:
        """Says it; `words` makes the text for the ticket's own protocol and key.

        Raises:
            CannotDo: no place is safe from clients' eyes, or Jira refuses the comment.
            TryAgain, Unauthorized: see Site.call.
        """
        rules = self._protocol.for_project(ticket.project)
        place = _place(ticket, rules)
        if place is None:
            raise CannotDo(f"{ticket.key} has no place that clients cannot read.", MEND)
        internal = ticket.service_project
        try:
            body = self._body(words(rules, ticket.key), place, internal)
            answer = self._site.ask(f"/issue/{place.issue}/comment", body, issue=place.issue)
        except Refused as error:
            raise CannotDo(f"A note cannot be written on {place.key} ({error}).", MEND) from None
        if internal and parsing.is_public(answer) is True:
            self._take_back(place, str(answer["id"]))
        return Noted(place.key, str(answer["id"]))

    def _body(self, document: Document, place: Place, internal: bool) -> dict[str, Any]:
        flag = [{"key": parsing.PUBLIC_PROPERTY, "value": {"internal": True}}]
        return {
            "body": markup.adf(document) if self._site.cloud else markup.wiki(document),
            **({"properties": flag} if internal else {}),
            **({"visibility": {"type": "role", "value": place.role}} if place.role else {}),
        }

    def _take_back(self, place: Place, comment: str) -> None:
        """Jira says that a client can see it: it goes at once."""
        try:
            self._site.send("DELETE", f"/issue/{place.issue}/comment/{comment}", issue=place.issue)
            outcome = "it was deleted"
        except Refused as error:
            outcome = f"it cannot be deleted ({error})"
        raise CannotDo(f"A note on {place.key} came out public although it was flagged internal; {outcome}.", MEND)


def _place(ticket: Escalation, rules: Protocol) -> Place | None:
    """The place that all other notes for colleagues have, too."""
    return Draft(ticket, rules, ticket.created, ticket.record).place()
