"""One call as a handler sees it: who asks, what for, and the answer it gives back.

Routes are registered here with the flavours and versions that have them; what a site does not have is a 404 there, as
in Jira.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.http.errors import JiraError, bad, no_issue
from sandbox.state.model import Comment, Issue, Project
from sandbox.state.people import Flavour, User
from sandbox.state.rendering import Render, readable
from sandbox.state.state import State


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """A call that is authenticated (or may be anonymous) and whose body is JSON."""

    state: State
    base: str
    version: int
    user: User
    path: dict[str, str]
    query: dict[str, list[str]]
    body: Any = None
    shelf: Any = None
    """What routes keep for one site: page tokens, webhook registrations."""

    @property
    def cloud(self) -> bool:
        return self.state.flavour == "cloud"

    @property
    def render(self) -> Render:
        # Cloud prints instants in the reader's zone, Data Center in the server's
        return Render(self.state, self.base, self.version, self.user.timezone if self.cloud else "Etc/UTC")

    # -- parameters --------------------------------------------------------------------------------

    def text(self, name: str, default: str | None = None) -> str | None:
        return self.query.get(name, [default])[0]

    def many(self, name: str) -> list[str]:
        """A parameter given several times or with commas."""
        return [part.strip() for value in self.query.get(name, []) for part in value.split(",") if part.strip()]

    def number(self, name: str, default: int, most: int | None = None) -> int:
        try:
            value = int(self.text(name, str(default)) or default)
        except ValueError:
            raise JiraError(
                404 if not self.cloud else 400, f"Failed to convert value of parameter '{name}' to a number."
            ) from None
        return max(0, min(value, most) if most is not None else value)

    def flag(self, name: str, default: bool = False) -> bool:
        return (self.text(name, str(default)) or "").lower() == "true"

    def object(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        if not isinstance(self.body, dict):
            raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
        return self.body

    def only(self, *known: str) -> dict[str, Any]:
        """The body, with no other keys than these (Cloud's newer calls are strict)."""
        body = self.object()
        if set(body) - set(known):
            raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
        return body

    # -- things the path names ---------------------------------------------------------------------

    def issue(self, ref: str | None = None) -> Issue:
        """The issue of the path, if the user may see it; 404 otherwise."""
        issue = self.state.find(ref or self.path["issue"])
        if issue is None or not self.may("BROWSE_PROJECTS", issue.project):
            raise no_issue()
        return issue

    def comment(self, issue: Issue) -> Comment:
        comment = issue.comment(self.path["comment"])
        if comment is None or not readable(comment, self.user):
            raise JiraError(404, f"Can not find a comment for the id: {self.path['comment']}.")
        return comment

    def project(self, ref: str) -> Project:
        project = self.state.project(ref)
        if project is None or not self.may("BROWSE_PROJECTS", project):
            raise JiraError(404, f"No project could be found with key '{ref}'.")
        return project

    def may(self, permission: str, project: Project) -> bool:
        return self.state.allowed(self.user, permission, project)

    def need(self, permission: str, project: Project, refusal: JiraError) -> None:
        if not self.may(permission, project):
            raise refusal


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class RouteSpec:
    method: str
    path: str
    handler: Handler
    flavours: tuple[Flavour, ...] = ("cloud", "dc")
    anonymous: bool = False


ROUTES: list[RouteSpec] = []
BOTH: tuple[Flavour, ...] = ("cloud", "dc")
CLOUD: tuple[Flavour, ...] = ("cloud",)
DC: tuple[Flavour, ...] = ("dc",)


def route(
    method: str, path: str, flavours: tuple[Flavour, ...] = BOTH, anonymous: bool = False
) -> Callable[[Handler], Handler]:
    """Register a handler; a path without leading slash is below `/rest/api/{version}/`."""

    def register(handler: Handler) -> Handler:
        full = path if path.startswith("/") else f"/rest/api/{{version}}/{path}"
        ROUTES.append(RouteSpec(method, full, handler, flavours, anonymous))
        return handler

    return register


def page(call: Call, items: list[Any], start: int, most: int, key: str = "values") -> dict[str, Any]:
    """A page of a list: `startAt`, `maxResults`, `total`, the items, and on Cloud's own pages `isLast`."""
    shown = items[start : start + most]
    out = {"startAt": start, "maxResults": most, "total": len(items), key: shown}
    return out | ({"isLast": start + len(shown) >= len(items)} if key == "values" else {})
