"""What does not change often and costs a call to ask: a project, its sub-task type, which transition closes what."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any

from worker.errors import CannotDo
from worker.escalation.facts.model import number_of
from worker.jira.answers import listed, with_any
from worker.jira.site import Refused, Site

SERVICE = "service_desk"
KNOWN_KINDS = frozenset({"software", "business", SERVICE})
ORGANISATIONS = "com.atlassian.servicedesk:sd-customer-organizations"  # what both flavours call that kind of field
USUAL = frozenset(
    {
        "sub-task", "subtask", "unteraufgabe", "teilaufgabe", "sous-tâche", "subtarea", "subtarefa", "sottotask",
        "sottoattività", "deltaak", "subtaak", "podzadanie", "deluppgift", "alatehtävä", "подзадача", "サブタスク",
        "하위 작업", "子任务", "子任務",
    }
)  # fmt: skip
"""What Jira itself calls its sub-task type, in the languages of its sites."""
ONLY_PEOPLE = frozenset({"user", "date", "datetime", "number", "option-with-child"})
REMEMBERED_SECONDS = 3_600.0
WARMED = 20


class Projects:
    """The workings of the site's projects, remembered for a while."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._known: dict[str, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def warm(self, projects: tuple[str, ...]) -> None:
        """Learn the sub-task types before the first ticket needs them: of these projects, or of the first twenty."""
        try:
            for project in self._list(projects):
                self._learn_type(project)
        except Refused:
            return  # a convenience only: each project is asked when it is needed

    def subtask_type(self, project: str, wanted: str = "") -> str:
        """The id of the issue type for evaluations: the first of `subtask_types`.

        Raises:
            CannotDo: the project has none.
        """
        return self.subtask_types(project, wanted)[0]

    def subtask_types(self, project: str, wanted: str = "") -> tuple[str, ...]:
        """The ids of the issue types that evaluations may have: the one `wanted` by name first, then the usual one,
        then the others, should one be refused.

        Raises:
            CannotDo: the project has none.
        """
        found: tuple[tuple[str, str], ...] = self._remembered(
            f"type {project}", lambda: _types(project, self._with_types(project))
        )
        asked = wanted.strip().casefold()
        return tuple(id for id, name in sorted(found, key=lambda kind: not asked or kind[1].casefold() != asked))

    def has_subtask_type(self, project: str, name: str) -> bool:
        """Whether the project has a sub-task type of that name."""
        self.subtask_types(project)
        found = self._fresh(f"type {project}")
        return found is not None and name.strip().casefold() in {each.casefold() for _, each in found[1]}

    def is_service(self, project: Mapping[str, Any]) -> bool:
        """Whether a project, as an issue's field shows it, is a service project; asked where the field does not say."""
        return bool(self._kind(project) == SERVICE)

    def require_known_kind(self, project: Mapping[str, Any]) -> None:
        """Refuses a project of another kind by name: taken for an ordinary one it might show clients what is meant for
        colleagues, as a Customer Service Management space would.

        Raises:
            CannotDo: it is none of the kinds that Atlassian has documented for these projects.
        """
        kind = self._kind(project)
        if isinstance(kind, str) and kind not in KNOWN_KINDS:
            raise unknown_kind(str(project.get("key") or ""), kind)

    def _kind(self, project: Mapping[str, Any]) -> object:
        key, kind = str(project.get("key") or ""), project.get("projectTypeKey")
        if kind is None and key:
            return self._remembered(f"kind {key}", lambda: self._project(key).get("projectTypeKey"))
        if key:
            self._learn(f"kind {key}", kind)
        return kind

    def is_known_as_other(self, project: str) -> bool:
        """Whether a project is known to be no service project; nobody is asked."""
        known = self._fresh(f"kind {project}")
        return known is not None and known[1] != SERVICE

    def organisations(self) -> str:
        """The id of the field in which requests show their client's organisations; "" where there is none."""
        return str(self._remembered("organisations", self._find_organisations))

    def known_organisations(self) -> str:
        """The same as far as it is known already."""
        known = self._fresh("organisations")
        return str(known[1]) if known else ""

    def _find_organisations(self) -> str:
        try:
            fields = self._site.get_list("/field")
        except Refused:
            return ""
        found = (each for each in fields if (each.get("schema") or {}).get("custom") == ORGANISATIONS)
        return next((str(each["id"]) for each in found), "")

    def exists(self, project: str) -> bool:
        """Whether there is a project of that key, as far as our account may see."""
        return bool(self._remembered(f"project {project}", lambda: self._is_there(project)))

    def is_done_status(self, status: str) -> bool | None:
        """Whether the status of that id is of the done category; None where Jira does not say."""
        known: dict[str, bool] = self._remembered("statuses", self._statuses)
        return known.get(status)

    def _statuses(self) -> dict[str, bool]:
        try:
            found = self._site.get_list("/status")
        except Refused:
            return {}
        return {str(each.get("id")): (each.get("statusCategory") or {}).get("key") == "done" for each in found}

    def _is_there(self, project: str) -> bool:
        try:
            self._project(project)
        except Refused:
            return False
        return True

    def _with_types(self, project: str) -> Mapping[str, Any]:
        """The project with its issue types; from the page for creating issues where the project does not tell them."""
        found = self._project(project)
        if "issueTypes" in found:
            return found
        page = self._site.get(f"/issue/createmeta/{project}/issuetypes")
        return {**found, "issueTypes": listed(page, "issueTypes" if "issueTypes" in page else "values")}

    def closing(self, issue: str, status: str, *, thoroughly: bool = False) -> dict[str, Any]:
        """The body that moves an issue from this status into a done one.

        Data Center tells of the fields on a transition's screen only when asked in a way its own document does not
        declare, so there they are asked for only once a transition was refused (`thoroughly`).

        Raises:
            CannotDo: no transition leads there, or it asks for a field that only a person can fill.
        """
        expand = "transitions.fields" if thoroughly or self._site.cloud else None
        ask = lambda: _closing(self._site.get(f"/issue/{issue}/transitions", expand=expand))  # noqa: E731
        return dict(self._remembered(f"closing {status}", ask))

    def opening(self, issue: str, status: str, *, thoroughly: bool = False) -> dict[str, Any]:
        """The body that moves an issue out of this done status.

        Raises:
            CannotDo: no transition leads out, or it asks for a field that only a person can fill.
        """
        expand = "transitions.fields" if thoroughly or self._site.cloud else None
        ask = lambda: _opening(self._site.get(f"/issue/{issue}/transitions", expand=expand))  # noqa: E731
        return dict(self._remembered(f"opening {status}", ask))

    def forget_closing(self, status: str) -> None:
        """The workflow has changed under us."""
        self._known.pop(f"closing {status}", None)
        self._known.pop(f"opening {status}", None)

    def lacks_due_date(self, project: str) -> bool:
        """Whether the project's sub-tasks are known to take no due date from us."""
        return self._fresh(f"no due date {project}") is not None

    def assigns_somebody(self, project: str) -> bool:
        """Whether the project is known to insist on an assignee (a site may not allow unassigned issues)."""
        return self._fresh(f"assigns somebody {project}") is not None

    def learn_assigns_somebody(self, project: str) -> None:
        """It does."""
        self._learn(f"assigns somebody {project}", True)

    def learn_no_due_date(self, project: str) -> None:
        """They do not."""
        self._learn(f"no due date {project}", True)

    def forget_type(self, project: str) -> None:
        """The project's issue types have changed under us."""
        self._known.pop(f"type {project}", None)

    def _project(self, key: str) -> dict[str, Any]:
        return with_any(self._site.get(f"/project/{key}"), "key", "id", "projectTypeKey", "issueTypes")

    def _list(self, projects: tuple[str, ...]) -> list[Any]:
        if projects:
            return [self._project(project) for project in projects]
        if self._site.cloud:
            return listed(self._site.get("/project/search", expand="issueTypes", maxResults=WARMED), "values")
        return self._site.get_list("/project", expand="issueTypes")[:WARMED]

    def _learn_type(self, project: Mapping[str, Any]) -> None:
        key = str(project.get("key"))
        self._learn(f"kind {key}", project.get("projectTypeKey"))
        if "issueTypes" not in project:
            project = self._project(key)
        if any(kind.get("subtask") for kind in project.get("issueTypes") or ()):
            self._learn(f"type {key}", _types(key, project))

    def _remembered(self, name: str, ask: Callable[[], Any]) -> Any:
        """What is known, else what `ask` gives: one of all threads that want to know asks, the others wait for it."""
        found = self._fresh(name)
        if found is None:
            with self._lock:
                found = self._fresh(name) or self._learn(name, ask())
        return found[1]

    def _fresh(self, name: str) -> tuple[float, Any] | None:
        found = self._known.get(name)
        return found if found and monotonic() < found[0] else None

    def _learn(self, name: str, value: Any) -> tuple[float, Any]:
        self._known[name] = learnt = (monotonic() + REMEMBERED_SECONDS, value)
        return learnt


def _types(key: str, project: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Ids and names of the project's sub-task types, the usual one first: Jira may list special ones before it."""
    types = [kind for kind in project.get("issueTypes") or () if kind.get("subtask")]
    if not types:
        raise CannotDo(
            f"The project {key} has no sub-task issue type, so no evaluation can be opened.",
            "Add a sub-task type to the project's issue type scheme.",
        )
    named = [(str(kind["id"]), str(kind.get("name") or "")) for kind in types]
    return tuple(sorted(named, key=lambda kind: (kind[1].casefold() not in USUAL, number_of(kind[0]))))


def _closing(answer: Mapping[str, Any]) -> dict[str, Any]:
    done = [t for t in listed(answer, "transitions") if _category(t) == "done"]
    return _easiest(
        done, "into", "Close it by hand, or let the workflow of sub-tasks have a direct way to a done status."
    )


def _opening(answer: Mapping[str, Any]) -> dict[str, Any]:
    out = [t for t in listed(answer, "transitions") if _category(t) not in ("done", "")]
    first = sorted(out, key=lambda t: _category(t) != "new")
    return _easiest(first, "out of", "Open it again by hand; a comment on it counts all the same.")


def _easiest(transitions: Sequence[Mapping[str, Any]], way: str, mend: str) -> dict[str, Any]:
    """The one of them that asks for the fewest fields, as the body of a request."""
    filled = [(t, _required(t)) for t in transitions]
    bodies = [
        {"transition": {"id": str(t["id"])}} | ({"fields": fields} if fields else {})
        for t, fields in filled
        if fields is not None
    ]
    if not bodies:
        names = sorted({name for t in transitions for name in _unfillable(t)})
        needs = f"needs what only a person can fill in ({', '.join(names)})"
        wanted = needs if transitions else "is not there from its present status"
        raise CannotDo(f"A transition {way} a done status {wanted}.", mend)
    return min(bodies, key=lambda body: len(body.get("fields", ())))


def _category(transition: Mapping[str, Any]) -> str:
    return str(((transition.get("to") or {}).get("statusCategory") or {}).get("key") or "")


def _demanded(transition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The fields that the transition's screen insists on."""
    for name, field in (transition.get("fields") or {}).items():
        if field.get("required") and not field.get("hasDefaultValue"):
            yield name, field


def _required(transition: Mapping[str, Any]) -> dict[str, Any] | None:
    """Values for them; None where there is no value to choose from."""
    chosen = {name: _value(field) for name, field in _demanded(transition)}
    return None if None in chosen.values() else chosen


def _unfillable(transition: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(field.get("name") or name) for name, field in _demanded(transition) if _value(field) is None)


def _value(field: Mapping[str, Any]) -> Any:
    """The first value that is allowed, in the shape that the field's schema asks for; None where only a person knows
    one: a text, a date, a user, or a choice that depends on another. Versions, components and checkboxes take a list
    of objects, and a value may have no id (jira-facts §10)."""
    kind = str((field.get("schema") or {}).get("type") or "")
    items = str((field.get("schema") or {}).get("items") or "")
    first = next(iter(field.get("allowedValues") or ()), None)
    if first is None or {kind, items} & ONLY_PEOPLE:
        return None
    one = _reference(first)
    return [one] if kind == "array" and one is not None else one


def _reference(value: Any) -> Any:
    """How a value is named in a request: by id, else by its value or name; a plain one as it stands."""
    if not isinstance(value, Mapping):
        return value
    found = ({part: str(value[part])} for part in ("id", "value", "name") if value.get(part) is not None)
    return next(found, None)


def unknown_kind(project: str, kind: str) -> CannotDo:
    """What is wrong with a project of a kind that is not served, and what would do."""
    return CannotDo(
        f"{project} is a project of the kind {kind!r}, and who reads its comments is not known here.",
        "Only software, business and service projects are served: ask for the escalation on a ticket in one of them.",
    )
