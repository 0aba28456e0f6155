"""Rules of Jira Automation with the action *Send web request*: own headers, no signature, three forms of body.

In the forms that Automation makes itself ids are numbers, and no `webhookEvent` says what happened (Atlassian, "Issue
data (Automation format) payload for Send Web Request"). A request that fails is not sent again.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sandbox.state.model import Issue
from sandbox.state.people import Flavour
from sandbox.state.rendering import Render
from sandbox.state.state import Event, State
from sandbox.webhooks.deliveries import Delivery, Post, Webhook

Form = Literal["custom", "issue", "jira"]
TRIGGERS = ("created", "updated", "comment_created", "comment_updated")


@dataclass(slots=True, eq=False)
class Rule(Webhook):
    """One rule. `query` is its JQL condition; `ignores` the account whose own changes do not set it off; `form` what is
    chosen as *Web request body*: custom data, issue data in Automation's format, or in Jira's."""

    form: Form = "custom"
    ignores: str | None = None

    def bodies(self, state: State, event: Event, base: str) -> list[dict[str, Any]]:
        """One request for each run."""
        if event.kind not in TRIGGERS or (event.user and event.user.id(state.flavour) == self.ignores):
            return []
        return [self.body(state, event.issue, base)]

    def body(self, state: State, issue: Issue, base: str) -> dict[str, Any]:
        """What is sent of an issue."""
        if self.form == "custom":
            return {"issue": {"id": issue.id}}
        shown = Render(state, base, 2, "Etc/UTC").issue(issue, ("summary", "labels", "status"))
        shown |= {"id": int(issue.id)}
        return {"issue": shown} if self.form == "jira" else shown | {"changelog": {"startAt": 0, "histories": None}}

    def headers(self, delivery: Delivery, flavour: Flavour) -> dict[str, str]:
        """What the rule's author entered."""
        return {"Authorization": f"Bearer {self.secret}"}

    def tries(self, post: Post, flavour: Flavour) -> int:
        """Never again."""
        return 0
