"""Doctor on each project served: what our account may do there, and whether the project can hold what is needed.

What the protocol needs is protocol.md C15, C16, C23, C26. One project's trouble never hides another's.
"""

from collections.abc import Iterator, Mapping, Sequence

from config.protocol import Protocol
from worker.doctor.finding import Finding, Group
from worker.errors import CannotDo, EscalationError
from worker.jira import inspection
from worker.jira.inspection import Project
from worker.jira.projects import KNOWN_KINDS, Projects, unknown_kind
from worker.jira.site import Refused, Site
from worker.jira.write import AGENT

GROUP = Group("projects")
MOST = 20
NEEDED = {
    "BROWSE_PROJECTS": "Browse Projects",
    "CREATE_ISSUES": "Create Issues",
    "EDIT_ISSUES": "Edit Issues",
    "ASSIGN_ISSUES": "Assign Issues",
    "SCHEDULE_ISSUES": "Schedule Issues",
    "TRANSITION_ISSUES": "Transition Issues",
    "ADD_COMMENTS": "Add Comments",
}
WISHED = {
    "DELETE_ISSUES": ("Delete Issues", "so that it can remove a doubled evaluation; without it, it closes the double"),
    "DELETE_OWN_COMMENTS": ("Delete Own Comments", "so that it can take back a comment that came out as it should not"),
}
FIELDS = {"labels": "Labels", "duedate": "Due date"}
GIVEN = frozenset({"project", "issuetype", "parent", "summary", "description", "labels", "assignee", "reporter"})
ON_CREATE = {"labels": "Labels", "description": "Description"}
PERMISSION_MEND = "Give it to our account in the project's permission scheme (Project settings → Permissions)."


def served(site: Site, protocol: Protocol, asked: Sequence[str]) -> tuple[list[Project], list[Finding]]:
    """The projects to look at, and what is to say of the choice: those asked for, those the protocol names, or all."""
    named = [key.upper() for key in asked] or sorted(protocol.by_project)
    if not named:
        return _every(site)
    answers = site.together(lambda key: _named(site, key), named)
    found = [answer for answer in answers if isinstance(answer, Project)]
    unserved = [_unserved(key) for key in named if not protocol.serves(key)]
    return found, [answer for answer in answers if isinstance(answer, Finding)] + unserved


def _unserved(key: str) -> Finding:
    mend = f"Add [projects.{key}] to the protocol file, if its tickets should be served."
    return GROUP.advice(key, "is not served: the protocol file names others", mend)


def _named(site: Site, key: str) -> Project | Finding:
    try:
        return inspection.project(site, key)
    except Refused as error:
        mend = "Check the key (in the protocol file: [projects.KEY]), and give our account Browse Projects there."
        return GROUP.mend(key, f"cannot be read: {error}", mend)


def _every(site: Site) -> tuple[list[Project], list[Finding]]:
    found = list(inspection.projects(site, MOST + 1))
    if not found:
        mend = "Give our account Browse Projects in the projects that it should serve."
        return [], [GROUP.mend("served", "our account may browse no project", mend)]
    if len(found) > MOST:
        mend = "Name the others with --project KEY, or name the projects that are served in the protocol file."
        return found[:MOST], [GROUP.advice("served", f"more than {MOST}; the first {MOST} are looked at", mend)]
    return found, [GROUP.ok("served", f"all that our account may browse: {', '.join(each.key for each in found)}")]


def check(site: Site, protocol: Protocol, projects: Sequence[Project]) -> Iterator[Finding]:
    """All projects at once; their lines one project after the other."""
    for lines in site.together(lambda project: _project(site, protocol, project), projects):
        yield from lines


def _project(site: Site, protocol: Protocol, project: Project) -> list[Finding]:
    one = OneProject(site, protocol.for_project(project.key), project)
    found: list[Finding] = []
    try:
        found.extend(one.check())
    except EscalationError as error:
        mend = "Run doctor again; if it stays so, look at Jira's log for this call."
        found.append(GROUP.mend(project.key, f"could not be looked at to the end: {error}", mend))
    return found


class OneProject:
    """What there is to say of one project; asks one thing after the other."""

    def __init__(self, site: Site, protocol: Protocol, project: Project) -> None:
        self._site = site
        self._protocol = protocol
        self._key = project.key
        self._service, self._kind = project.service, project.kind
        self._held: frozenset[str] = frozenset()

    def check(self) -> Iterator[Finding]:
        """Permissions first: without them Jira hides some of the rest."""
        if self._kind and self._kind not in KNOWN_KINDS:
            refused = unknown_kind(self._key, self._kind)
            yield GROUP.advice(self._name("kind"), refused.what, refused.mend)
            return
        yield from self._permissions()
        if "BROWSE_PROJECTS" in self._held:
            yield from self._type()
            yield from self._screen()
        yield from self._agent() if self._service else self._elsewhere()

    def _name(self, thing: str) -> str:
        return f"{self._key}: {thing}"

    def _permissions(self) -> Iterator[Finding]:
        self._held = inspection.permissions(self._site, self._key, [*NEEDED, *WISHED])
        missing = [title for name, title in NEEDED.items() if name not in self._held]
        for title in missing:
            yield GROUP.mend(self._name(title), "our account lacks this permission", PERMISSION_MEND)
        if not missing:
            yield GROUP.ok(self._name("permissions"), ", ".join(NEEDED.values()))
        for name, (title, why) in WISHED.items():
            if name not in self._held:
                mend = f"Give it to our account, {why}."
                yield GROUP.advice(self._name(title), "our account lacks this permission", mend)

    def _type(self) -> Iterator[Finding]:
        try:
            projects, wanted = Projects(self._site), self._protocol.panel.subtask_type
            kind = projects.subtask_type(self._key, wanted)
        except CannotDo as error:
            yield GROUP.mend(self._name("sub-task type"), error.what, error.mend)
            return
        if wanted and not projects.has_subtask_type(self._key, wanted):
            mend = "Add it to the project's issue type scheme, or change panel.subtask_type in the protocol file."
            yield GROUP.mend(self._name("sub-task type"), f"there is none of the name {wanted!r}", mend)
        else:
            yield GROUP.ok(self._name("sub-task type"), "there is one")
        if "CREATE_ISSUES" in self._held:
            yield from self._create_screen(kind)
        if "TRANSITION_ISSUES" in self._held:
            yield from self._closing(kind)

    def _create_screen(self, kind: str) -> Iterator[Finding]:
        fields = inspection.create_fields(self._site, self._key, kind)
        there = {field.id for field in fields}
        for id, title in ON_CREATE.items():
            if id not in there:
                mend = f"Put the field {title} on the create screen of the project's sub-task type."
                yield GROUP.mend(self._name(f"{title} of evaluations"), "not on the sub-task's create screen", mend)
        for field in fields:
            if field.demanded and field.id not in GIVEN:
                mend = f"Let the field {field.name} be optional, or have a default, for the project's sub-task type."
                yield GROUP.mend(
                    self._name(field.name), "Jira demands it of every new sub-task, and we have none", mend
                )

    def _closing(self, kind: str) -> Iterator[Finding]:
        """A look at how sub-tasks can be closed takes one that is open."""
        issue, name = inspection.open_subtask(self._site, self._key, kind), self._name("closing evaluations")
        if issue is None:
            mend = "Run doctor again while an evaluation is open."
            yield GROUP.advice(name, "cannot be told yet: no sub-task is open", mend)
            return
        try:
            Projects(self._site).closing(issue, "", thoroughly=True)
        except CannotDo as error:
            yield GROUP.mend(name, error.what, error.mend)
        else:
            yield GROUP.ok(name, "the workflow has a way to a done status")

    def _screen(self) -> Iterator[Finding]:
        """Jira leaves out of the edit screen what our account may not set, so that is not told twice."""
        if "EDIT_ISSUES" not in self._held:
            return
        issue = inspection.some_issue(self._site, self._key, self._protocol.labels.request)
        if issue is None:
            mend = "Run doctor again as soon as the project has an open ticket."
            yield GROUP.advice(self._name("edit screen"), "cannot be told yet: no ticket is open", mend)
            return
        there = inspection.edit_fields(self._site, issue)
        yield from self._priorities(there, issue)
        for id, title in FIELDS.items():
            if id in there:
                yield GROUP.ok(self._name(title), "on the edit screen")
            elif id != "duedate" or "SCHEDULE_ISSUES" in self._held:
                mend = f"Put the field {title} on the edit screen of the project's bugs (Project settings → Screens)."
                yield GROUP.mend(self._name(title), f"not on the edit screen of {issue}", mend)

    def _priorities(self, fields: Mapping[str, Sequence[str]], issue: str) -> Iterator[Finding]:
        """The priorities that the protocol gives, as far as there are any."""
        for grade in self._protocol.grades:
            wanted, name = grade.priority, self._name(f"priority of {grade.name}")
            known = fields.get("priority")
            if wanted and known is None:
                mend = f"Put the field Priority on the edit screen, or take priority out of the grade {grade.name}."
                yield GROUP.mend(name, f"the field is not on the edit screen of {issue}", mend)
            elif wanted and wanted.casefold() not in {each.casefold() for each in known or ()}:
                mend = f"In the protocol file, give one of {', '.join(known or ())}."
                yield GROUP.mend(name, f"the project has no priority {wanted!r}", mend)
            elif wanted:
                yield GROUP.ok(name, wanted)

    def _agent(self) -> Iterator[Finding]:
        """In a service project Jira makes comments of others than agents internal, without a word (jira-facts §3)."""
        name, how = self._name("client's comments"), self._protocol.client.comment
        try:
            agent = AGENT in inspection.permissions(self._site, self._key, [AGENT])
        except Refused as error:
            mend = "Make sure that our account is an agent: else its comments come out internal."
            yield GROUP.advice(name, f"whether our account is an agent cannot be read: {error}", mend)
            return
        if agent:
            yield GROUP.ok(name, "service project, and our account is an agent: it may comment publicly")
        elif how == "auto":
            mend = (
                "Make our account an agent (licence and the role Service Desk Team), or set client.comment = 'draft'."
            )
            yield GROUP.mend(
                name, "our account is no agent of this service project: they would come out internal", mend
            )
        else:
            yield GROUP.ok(name, f"our account is no agent, and need not be: client.comment is {how!r}")

    def _elsewhere(self) -> Iterator[Finding]:
        """Where there is no service project, only a role can hide a note on the ticket (C23)."""
        role, name = self._protocol.internal.role, self._name("internal notes")
        if not role:
            yield self._unhidden(name)
        elif role in inspection.roles(self._site, self._key):
            yield GROUP.ok(name, f"on the ticket, for the role {role}")
        else:
            mend = f"Make a project role {role!r} with our account in it, or change internal.role in the protocol file."
            yield GROUP.mend(name, f"the project has no role {role!r}", mend)

    def _unhidden(self, name: str) -> Finding:
        if self._protocol.client.comment != "auto":
            return GROUP.ok(name, "on the evaluations; no client is told by us")
        mend = "Nothing to do if clients cannot browse the project; else hide sub-tasks by an issue security level."
        return GROUP.advice(name, "no service project: whoever may browse it reads the evaluations", mend)
