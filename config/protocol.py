"""The protocol: every rule that a vendor may set, and its default.

The file is read in protocol_file.py; what is wrong with one is found in checking/, by these annotations: each ends with
what the file should have there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import time, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from config import protocol_path
from config.values import (
    Bound,
    Closing,
    Day,
    DayOrName,
    Duration,
    Flag,
    Folder,
    Freeze,
    Holidays,
    Label,
    Language,
    Member,
    Opening,
    Person,
    ReadBy,
    Text,
    Weekend,
    Window,
    Zone,
)

DEFAULT = protocol_path.DEFAULT

Rule = Literal["median", "majority", "unanimous", "highest", "chair"]
Timing = Literal["immediate", "next-business-night", "none"]
Finder = Literal["field", "last-public-comment", "reporter", "label-adder"]
FINDERS: tuple[Finder, ...] = ("field", "last-public-comment", "reporter", "label-adder")


class _Part:
    """A table of the file, closed to unknown keys."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012 - as pydantic reads it


@dataclass(frozen=True, kw_only=True)
class Business(_Part):
    """Business hours and days: the calendar of promises and the hours in which only the worst may ship (R13, D2–D7).

    Hours are half-open wall clock in the protocol's zone; `closes` is `END_OF_DAY` where the file says 24:00. `weekend`
    holds days of the week (0 is Monday), None: the calendar's own, by date; `worked_weekends`: whether the days of it
    that the calendar makes working days are worked.
    """

    opens: Opening = time(7)
    closes: Closing = time(21)
    gate_days: Annotated[Literal["all", "business-days"], "'all' or 'business-days'"] = "all"
    holidays: Holidays = "US"
    weekend: Weekend = None
    worked_weekends: Flag = True
    extra_holidays: Annotated[frozenset[Day], "a list of dates"] = frozenset()
    ignored_holidays: Annotated[frozenset[DayOrName], "a list of dates or holidays' names"] = frozenset()
    overnight: Annotated[Literal["night-of", "night-before"], "'night-of' or 'night-before'"] = "night-of"
    same_day_cutoff: Closing = time(21)
    due_date: Annotated[Literal["window-start", "window-end"], "'window-start' or 'window-end'"] = "window-start"
    freezes: Annotated[tuple[Freeze, ...], "a list of dates or date ranges"] = ()
    extra_windows: Annotated[tuple[Window, ...], "a list of pairs of instants"] = ()


@dataclass(frozen=True, kw_only=True)
class Labels(_Part):
    """The labels that are ours, apart from the grades'. Only ours are ever removed."""

    request: Label = "escalation-requested"
    evaluation: Label = "escalation-evaluation"
    stalled: Label = "escalation-stalled"
    at_risk: Label = "sla-at-risk"
    breached: Label = "sla-breached"
    drill: Label = "escalation-drill"


@dataclass(frozen=True, kw_only=True)
class Grade(_Part):
    """One step of the severity scale (R11–R18).

    `definition` is for those who judge; `told` says the same to the client whom it concerns ("your everyday work is
    …"); where it is left out, the client reads the definition.
    """

    name: Annotated[Person, "the grade's name, such as 'SEV-1'"]
    label: Label
    definition: Annotated[Text, "a sentence that says which problems it fits"]
    told: Annotated[str, "the definition as a sentence that is told to the client, or nothing"] = ""
    timing: Annotated[Timing, "'immediate', 'next-business-night' or 'none'"]
    releases_in_business_hours: Flag = False
    priority: Annotated[str, "the name of a priority in Jira, such as 'Highest', or nothing"] = ""


GRADES = (
    Grade(
        name="SEV-1",
        label="sev-1",
        definition="The whole product, or a large part of what it runs on, cannot be used.",
        told="You cannot use the whole product, or a large part of it, at the moment.",
        timing="immediate",
        releases_in_business_hours=True,
    ),
    Grade(
        name="SEV-2",
        label="sev-2",
        definition="Everyday work is severely disrupted, and there is no simple way around the problem.",
        told="Your everyday work is severely disrupted, and there is no simple way around the problem.",
        timing="next-business-night",
    ),
    Grade(
        name="OTHER",
        label="sev-other",
        definition="Something does not work as it should, and everyday work can go on.",
        told="Something does not work as it should, and your everyday work can go on.",
        timing="none",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Seat(_Part):
    """One seat of the panel (R7). It is fixed when `find` is empty: then `holder` holds it.

    Otherwise the first rule of `find` that hits names the person, and `holder` is the fallback. Where the file gives
    `field` or `members` and no `find`, all rules apply in their usual order.
    """

    name: Annotated[Person, "the seat's name, such as 'project-manager'"]
    title: Annotated[Person, "what people call the seat, such as 'Project Manager'"]
    holder: Annotated[Person, "the person's account id (Cloud) or user name (Data Center)"]
    substitutes: Annotated[tuple[Person, ...], "a list of account ids or user names"] = ()
    field: Annotated[str, "the id of a user field, such as 'customfield_10042'"] = ""
    find: Annotated[tuple[Finder, ...], f"a list from {', '.join(FINDERS)}"] = ()
    members: Annotated[tuple[Member, ...], "a list of account ids, user names or 'group:NAME'"] = ()


def _with_find(raw: Any) -> Any:
    searched = isinstance(raw, dict) and "find" not in raw and (raw.get("field") or raw.get("members"))
    return {**raw, "find": FINDERS} if searched else raw


@dataclass(frozen=True, kw_only=True)
class Panel(_Part):
    """Who evaluates, and how their votes become one grade (R7–R9, D12, D13). Durations are counted as protocol.md
    3.2.5 says: business time, but wall-clock time once somebody voted for the gravest."""

    subtask_type: Annotated[str, "the name of a sub-task type in Jira, or nothing"] = ""
    rule: Annotated[Rule, "'median', 'majority', 'unanimous', 'highest' or 'chair'"] = "median"
    quorum: Annotated[int, Bound(strict=True, ge=1), "a whole number from 1 to the number of seats"] = 2
    chair: Annotated[Text, "the name of a seat"] = "engineering-manager"
    authority: Annotated[tuple[Member, ...], "a list of account ids, user names or 'group:NAME'"] = ()
    evaluate_within: Annotated[Duration, "a duration such as 2h"] = timedelta(hours=2)
    chair_within: Annotated[Duration, "a duration such as 15m"] = timedelta(minutes=15)
    confirm_votes: Flag = False
    seats: Annotated[
        tuple[Annotated[Seat, ReadBy(_with_find)], ...], Bound(min_length=1), "a list of tables [[panel.seats]]"
    ]

    def seat(self, name: str) -> Seat:
        """The seat of that name; KeyError when there is none."""
        return {seat.name: seat for seat in self.seats}[name]


@dataclass(frozen=True, kw_only=True)
class Client(_Part):
    """How the client is told (R10, D15). `closing`: also say when the fix is out (our addition). `told_through`: the
    types of links, by name, through which a request of a service project hears the same answer (A13)."""

    comment: Annotated[Literal["auto", "draft", "off"], "'auto', 'draft' or 'off'"] = "auto"
    closing: Flag = False
    told_through: Annotated[tuple[Text, ...], "a list of names of link types"] = ("Problem/Incident", "Duplicate")

    def tells_through(self, link_type: str) -> bool:
        """Whether a link of that type leads to a client who is told; names are compared without regard to case."""
        return link_type.strip().casefold() in {name.strip().casefold() for name in self.told_through}


@dataclass(frozen=True, kw_only=True)
class Tracking(_Part):
    """How a promise is watched until it is kept or broken. All of it is local policy, no part of the vendor's protocol.

    `tell_within`: how long after the grade it is noted that the client does not know it (A22). `at_risk_before`: the
    last warning before a promised night. `remind_every`: the pace of reminders about the gravest grade (D9).
    `in_release`: the statuses of a fix that is only waiting to go out; nobody is warned about it any more.
    """

    tell_within: Annotated[Duration, "a duration such as 30m"] = timedelta(minutes=30)
    at_risk_before: Annotated[Duration, "a duration such as 2h"] = timedelta(hours=2)
    remind_every: Annotated[Duration, "a duration such as 1h"] = timedelta(hours=1)
    in_release: Annotated[tuple[Text, ...], "a list of names of statuses"] = (
        "In Release",
        "Ready for Release",
        "Releasing",
    )


@dataclass(frozen=True, kw_only=True)
class Internal(_Part):
    """Who may read internal notes where there is no service project: a project role, or nobody."""

    role: Annotated[str, "the name of a project role, or nothing"] = ""


@dataclass(frozen=True, kw_only=True)
class Protocol(_Part):
    """Everything a vendor may set, checked to be possible.

    `grades` are most severe first. `language` is what people are written to in; `messages` is a folder of texts that
    come before the shipped ones ("": none). `projects` holds the whole protocol of each project that the file names;
    see `for_project` and `serves`.
    """

    timezone: Zone = "America/New_York"
    business: Annotated[Business, "a table [business]"] = Business()
    labels: Annotated[Labels, "a table [labels]"] = Labels()
    grades: Annotated[tuple[Grade, ...], Bound(min_length=1), "a list of tables [[grades]]"] = GRADES
    panel: Annotated[Panel, "a table [panel] with its seats"]
    client: Annotated[Client, "a table [client]"] = Client()
    tracking: Annotated[Tracking, "a table [tracking]"] = Tracking()
    internal: Annotated[Internal, "a table [internal]"] = Internal()
    language: Language = "en"
    messages: Folder = ""
    projects: tuple[tuple[str, "Protocol"], ...] = ()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone in which every day and hour of the protocol is meant."""
        return ZoneInfo(self.timezone)

    @cached_property
    def ours(self) -> frozenset[str]:
        """Every label that is ours, lower-cased."""
        return frozenset(label.lower() for _, label in all_labels(self))

    @cached_property
    def by_project(self) -> Mapping[str, "Protocol"]:
        """The protocols of the projects that the file names, by key."""
        return dict(self.projects)

    def grade(self, name: str) -> Grade:
        """The grade of that name; KeyError when there is none."""
        return {grade.name: grade for grade in self.grades}[name]

    def serves(self, project_key: str) -> bool:
        """Whether tickets of this project are ours: all are, unless the file names projects."""
        return not self.projects or project_key in self.by_project

    def for_project(self, project_key: str) -> "Protocol":
        """The protocol of one project, with its overrides; this one where there are none."""
        return self.by_project.get(project_key, self)


TABLES = (Protocol, Business, Labels, Grade, Seat, Panel, Client, Tracking, Internal)


def request_labels(protocol: Protocol) -> frozenset[str]:
    """Every label that asks for a round in some project, in lower case, from the whole protocol."""
    return frozenset(each.labels.request.lower() for each in (protocol, *protocol.by_project.values()))


def severity_labels(protocol: Protocol) -> frozenset[str]:
    """Every label of a grade in some project, in lower case, from the whole protocol."""
    return frozenset(grade.label.lower() for each in (protocol, *protocol.by_project.values()) for grade in each.grades)


def all_labels(protocol: Protocol) -> list[tuple[str, str]]:
    """Every label that is ours, with the key that sets it."""
    names = [each.name for each in fields(protocol.labels)]
    own = [(f"labels.{name}", getattr(protocol.labels, name)) for name in names]
    return own + [(f"grades[{grade.name}].label", grade.label) for grade in protocol.grades]
