"""The protocol file's schema: every rule that a vendor may set, and its default.

It is read in protocol_file.py; what makes a protocol impossible although each value is well written is in
contradictions.py.
"""

from collections.abc import Mapping
from datetime import time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    field_validator,
    model_validator,
)

from config import protocol_path, public_holidays
from config.mistakes import did_you_mean
from config.values import (
    Closing,
    Day,
    DayOrName,
    Duration,
    Freeze,
    Label,
    Opening,
    Person,
    Text,
    Weekend,
    Window,
)

DEFAULT = protocol_path.DEFAULT

Rule = Literal["median", "majority", "unanimous", "highest", "chair"]
Timing = Literal["immediate", "next-business-night", "none"]
Finder = Literal["field", "last-public-comment", "reporter", "label-adder"]
FINDERS: tuple[Finder, ...] = ("field", "last-public-comment", "reporter", "label-adder")


class _Part(BaseModel):
    """A table of the file: immutable, hashable, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Business(_Part):
    """Business hours and days: the calendar of promises and the hours in which only the worst may ship (R13, D2–D7).

    Hours are half-open wall clock in the protocol's zone; `closes` is `END_OF_DAY` where the file says 24:00. `weekend`
    holds days of the week (0 is Monday), None: the calendar's own, by date; `worked_weekends`: whether the days of it
    that the calendar makes working days are worked.
    """

    opens: Opening = Field(default=time(7), description="a time from 00:00 to 23:59")
    closes: Closing = Field(default=time(21), description="a time from 00:01 to 24:00")
    gate_days: Literal["all", "business-days"] = Field(default="all", description="'all' or 'business-days'")
    holidays: Text = Field(default="US", description="a country code such as 'US', or 'none'")
    weekend: Weekend = Field(
        default=None, description="'calendar', or a list of at most six days such as ['saturday', 'sunday']"
    )
    worked_weekends: StrictBool = Field(default=True, description="true or false")
    extra_holidays: frozenset[Day] = Field(default=frozenset(), description="a list of dates")
    ignored_holidays: frozenset[DayOrName] = Field(
        default=frozenset(), description="a list of dates or holidays' names"
    )
    overnight: Literal["night-of", "night-before"] = Field(
        default="night-of", description="'night-of' or 'night-before'"
    )
    same_day_cutoff: Closing = Field(default=time(21), description="a time from 00:01 to 24:00")
    due_date: Literal["window-start", "window-end"] = Field(
        default="window-start", description="'window-start' or 'window-end'"
    )
    freezes: tuple[Freeze, ...] = Field(default=(), description="a list of dates or date ranges")
    extra_windows: tuple[Window, ...] = Field(default=(), description="a list of pairs of instants")

    @field_validator("holidays")
    @classmethod
    def _known_calendar(cls, name: str) -> str:
        if not public_holidays.is_known(name):
            near = did_you_mean(name, public_holidays.calendars())
            raise ValueError(f"a country code such as 'US', or 'none'{near}")
        return name


class Labels(_Part):
    """The labels that are ours, apart from the grades'. Only ours are ever removed."""

    request: Label = Field(default="escalation-requested", description="a label")
    evaluation: Label = Field(default="escalation-evaluation", description="a label")
    stalled: Label = Field(default="escalation-stalled", description="a label")
    at_risk: Label = Field(default="sla-at-risk", description="a label")
    breached: Label = Field(default="sla-breached", description="a label")
    drill: Label = Field(default="escalation-drill", description="a label")


class Grade(_Part):
    """One step of the severity scale (R11–R18).

    `definition` is for those who judge; `told` says the same to the client whom it concerns ("your everyday work is
    …"); where it is left out, the client reads the definition.
    """

    name: Person = Field(description="the grade's name, such as 'SEV-1'")
    label: Label = Field(description="a label")
    definition: Text = Field(description="a sentence that says which problems it fits")
    told: str = Field(default="", description="the definition as a sentence that is told to the client, or nothing")
    timing: Timing = Field(description="'immediate', 'next-business-night' or 'none'")
    releases_in_business_hours: StrictBool = Field(default=False, description="true or false")
    priority: str = Field(default="", description="the name of a priority in Jira, such as 'Highest', or nothing")


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


class Seat(_Part):
    """One seat of the panel (R7). It is fixed when `find` is empty: then `holder` holds it.

    Otherwise the first rule of `find` that hits names the person, and `holder` is the fallback. Where the file gives
    `field` or `members` and no `find`, all rules apply in their usual order.
    """

    name: Person = Field(description="the seat's name, such as 'project-manager'")
    title: Person = Field(description="what people call the seat, such as 'Project Manager'")
    holder: Person = Field(description="the person's account id (Cloud) or user name (Data Center)")
    substitutes: tuple[Person, ...] = Field(default=(), description="a list of account ids or user names")
    field: str = Field(default="", description="the id of a user field, such as 'customfield_10042'")
    find: tuple[Finder, ...] = Field(default=(), description=f"a list from {', '.join(FINDERS)}")
    members: tuple[Person, ...] = Field(default=(), description="a list of account ids, user names or 'group:NAME'")

    @model_validator(mode="before")
    @classmethod
    def _find_by_default(cls, raw: Any) -> Any:
        searched = isinstance(raw, dict) and "find" not in raw and (raw.get("field") or raw.get("members"))
        return {**raw, "find": FINDERS} if searched else raw


class Panel(_Part):
    """Who evaluates, and how their votes become one grade (R7–R9, D12, D13). Durations are counted as protocol.md
    3.2.5 says: business time, but wall-clock time once somebody voted for the gravest."""

    subtask_type: str = Field(default="", description="the name of a sub-task type in Jira, or nothing")
    rule: Rule = Field(default="median", description="'median', 'majority', 'unanimous', 'highest' or 'chair'")
    quorum: StrictInt = Field(default=2, ge=1, description="a whole number from 1 to the number of seats")
    chair: Text = Field(default="engineering-manager", description="the name of a seat")
    authority: tuple[Person, ...] = Field(default=(), description="a list of account ids, user names or 'group:NAME'")
    evaluate_within: Duration = Field(default=timedelta(hours=2), description="a duration such as 2h")
    chair_within: Duration = Field(default=timedelta(minutes=15), description="a duration such as 15m")
    confirm_votes: StrictBool = Field(default=False, description="true or false")
    seats: tuple[Seat, ...] = Field(min_length=1, description="a list of tables [[panel.seats]]")

    def seat(self, name: str) -> Seat:
        """The seat of that name; KeyError when there is none."""
        return {seat.name: seat for seat in self.seats}[name]


class Client(_Part):
    """How the client is told (R10, D15). `closing`: also say when the fix is out (our addition). `told_through`: the
    types of links, by name, through which a request of a service project hears the same answer (A13)."""

    comment: Literal["auto", "draft", "off"] = Field(default="auto", description="'auto', 'draft' or 'off'")
    closing: StrictBool = Field(default=False, description="true or false")
    told_through: tuple[Text, ...] = Field(
        default=("Problem/Incident", "Duplicate"), description="a list of names of link types"
    )

    def tells_through(self, link_type: str) -> bool:
        """Whether a link of that type leads to a client who is told; names are compared without regard to case."""
        return link_type.strip().casefold() in {name.strip().casefold() for name in self.told_through}


class Tracking(_Part):
    """How a promise is watched until it is kept or broken. All of it is local policy, no part of the vendor's protocol.

    `tell_within`: how long after the grade it is noted that the client does not know it (A22). `at_risk_before`: the
    last warning before a promised night. `remind_every`: the pace of reminders about the gravest grade (D9).
    `in_release`: the statuses of a fix that is only waiting to go out; nobody is warned about it any more.
    """

    tell_within: Duration = Field(default=timedelta(minutes=30), description="a duration such as 30m")
    at_risk_before: Duration = Field(default=timedelta(hours=2), description="a duration such as 2h")
    remind_every: Duration = Field(default=timedelta(hours=1), description="a duration such as 1h")
    in_release: tuple[Text, ...] = Field(
        default=("In Release", "Ready for Release", "Releasing"), description="a list of names of statuses"
    )


class Internal(_Part):
    """Who may read internal notes where there is no service project: a project role, or nobody."""

    role: str = Field(default="", description="the name of a project role, or nothing")


class Protocol(_Part):
    """Everything a vendor may set, checked to be possible.

    `grades` are most severe first. `language` is what people are written to in; `messages` is a folder of texts that
    come before the shipped ones ("": none). `projects` holds the whole protocol of each project that the file names;
    see `for_project` and `serves`.
    """

    timezone: Text = Field(default="America/New_York", description="a time zone such as 'America/New_York'")
    business: Business = Field(default=Business(), description="a table [business]")
    labels: Labels = Field(default=Labels(), description="a table [labels]")
    grades: tuple[Grade, ...] = Field(default=GRADES, min_length=1, description="a list of tables [[grades]]")
    panel: Panel = Field(description="a table [panel] with its seats")
    client: Client = Field(default=Client(), description="a table [client]")
    tracking: Tracking = Field(default=Tracking(), description="a table [tracking]")
    internal: Internal = Field(default=Internal(), description="a table [internal]")
    language: Text = Field(
        default="en", pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$", description="a language such as 'en', 'de' or 'en-GB'"
    )
    messages: str = Field(default="", description="a folder of texts, seen from the protocol file")
    projects: tuple[tuple[str, "Protocol"], ...] = ()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, LookupError, OSError):
            raise ValueError(f"a known time zone{did_you_mean(name, available_timezones())}") from None
        return name

    @field_validator("messages")
    @classmethod
    def _folder_of_texts(cls, name: str) -> str:
        if name and not Path(name).is_dir():
            raise ValueError("a folder of texts that is there, seen from the protocol file")
        return name

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


def request_labels(protocol: Protocol) -> frozenset[str]:
    """Every label that asks for a round in some project, in lower case, from the whole protocol."""
    return frozenset(each.labels.request.lower() for each in (protocol, *protocol.by_project.values()))


def severity_labels(protocol: Protocol) -> frozenset[str]:
    """Every label of a grade in some project, in lower case, from the whole protocol."""
    return frozenset(grade.label.lower() for each in (protocol, *protocol.by_project.values()) for grade in each.grades)


def all_labels(protocol: Protocol) -> list[tuple[str, str]]:
    """Every label that is ours, with the key that sets it."""
    own = [(f"labels.{name}", getattr(protocol.labels, name)) for name in type(protocol.labels).model_fields]
    return own + [(f"grades[{grade.name}].label", grade.label) for grade in protocol.grades]
