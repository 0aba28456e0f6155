"""The reads that only doctor needs: who we are, what we may, what screens hold, who can be asked. It writes nothing.

Each function is one question and gives a fact; what the fact means is judged elsewhere. What Jira refuses to tell is
raised as `Refused`, save where "it is not there" is the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from worker.errors import TryAgain
from worker.escalation.facts.model import Person
from worker.jira import parsing
from worker.jira.answers import listed
from worker.jira.projects import SERVICE
from worker.jira.search import quoted
from worker.jira.signin.login import untrusted
from worker.jira.signin.tls_and_proxies import USUAL, Trust
from worker.jira.site import Refused, Site

SECONDS = 5.0
NOT_THERE = frozenset({404, 410})
PAGE = 50


@dataclass(frozen=True, slots=True)
class Greeting:
    """What an address answers to a stranger who asks for serverInfo.

    Attributes:
        status: of the HTTP answer.
        ahead: by how much Jira's clock is ahead of ours; None where the answer has no date.
        leads_to: where a redirect leads, else "".
    """

    status: int
    ahead: timedelta | None
    leads_to: str


def greeting(url: str, trust: Trust = USUAL) -> Greeting:
    """Asks without credentials, so that a wrong token cannot hide a wrong address.

    Raises:
        TryAgain: nobody answers there; the words say in what way.
    """
    began = datetime.now(UTC)
    try:
        with trust.session(url) as session:
            answer = session.get(f"{url}/rest/api/2/serverInfo", timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise TryAgain(_why_unreachable(url, error), unreachable=True) from None
    middle = began + (datetime.now(UTC) - began) / 2
    return Greeting(answer.status_code, _ahead(answer.headers.get("Date"), middle), answer.headers.get("Location", ""))


def _why_unreachable(url: str, error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return untrusted(url, error)
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy of the environment (HTTPS_PROXY, HTTP_PROXY) refuses, or is not there"
    if isinstance(error, requests.Timeout):
        return f"no answer within {SECONDS:.0f} s"
    unknown = "NameResolution" in repr(error) or "getaddrinfo" in repr(error)
    return "no such host" if unknown else "no connection"


def _ahead(date: str | None, at: datetime) -> timedelta | None:
    """The header has whole seconds, and means the one that had begun."""
    try:
        return parsedate_to_datetime(date or "") + timedelta(seconds=0.5) - at
    except (ValueError, TypeError):
        return None


def myself(site: Site) -> Person:
    """Our own account."""
    return parsing.person(site.get("/myself"))


@dataclass(frozen=True, slots=True)
class PersonalToken:
    """A personal access token of our account (Data Center); `ends` is None where it has no end."""

    name: str
    ends: datetime | None


def personal_tokens(site: Site) -> tuple[PersonalToken, ...]:
    """The tokens of our account; which of them we use is not told."""
    found = site.call("GET", "/rest/pat/latest/tokens") or []
    return tuple(PersonalToken(str(each.get("name") or ""), _end(each.get("expiringAt"))) for each in found)


def _end(text: Any) -> datetime | None:
    return parsing.instant(text) if text else None


@dataclass(frozen=True, slots=True)
class Project:
    """A project: its key, and whether it is a service project."""

    key: str
    service: bool
    kind: str = ""


def project(site: Site, key: str) -> Project:
    """One project."""
    return _project(site.get(f"/project/{key}"))


def projects(site: Site, most: int) -> tuple[Project, ...]:
    """The projects that our account may browse, at most so many."""
    query = {"maxResults": most} if site.cloud else {}
    found = listed(site.get("/project/search", **query), "values") if site.cloud else site.get_list("/project")
    return tuple(_project(each) for each in found[:most])


def _project(found: Mapping[str, Any]) -> Project:
    kind = str(found.get("projectTypeKey") or "")
    return Project(str(found["key"]), kind == SERVICE, kind)


def permissions(site: Site, project: str, wanted: Sequence[str]) -> frozenset[str]:
    """Which of these permissions our account holds in a project. Cloud refuses the call for one unknown name."""
    only = {"permissions": ",".join(wanted)} if site.cloud else {}
    found = site.get("/mypermissions", projectKey=project, **only).get("permissions") or {}
    return frozenset(name for name in wanted if (found.get(name) or {}).get("havePermission"))


def first_issue(site: Site, jql: str) -> str | None:
    """The key of the first issue that a query finds."""
    path = "/search/jql" if site.cloud else "/search"
    found = site.ask(path, {"jql": jql, "maxResults": 1, "fields": ["summary", "status"]}).get("issues") or []
    return str(found[0]["key"]) if found else None


def some_issue(site: Site, project: str, label: str) -> str | None:
    """An open issue to try the edit screen on: one that carries the label, else the newest of the project."""
    opened = f"project = {quoted(project)} AND statusCategory != Done"
    labelled = first_issue(site, f"{opened} AND labels = {quoted(label)} ORDER BY created DESC")
    return labelled or first_issue(site, f"{opened} ORDER BY created DESC")


def open_subtask(site: Site, project: str, kind: str) -> str | None:
    """An open sub-task of that type."""
    where = f"project = {quoted(project)} AND issuetype = {kind} AND statusCategory != Done"
    return first_issue(site, f"{where} ORDER BY created DESC")


def edit_fields(site: Site, issue: str) -> Mapping[str, Sequence[str]]:
    """The fields on an issue's edit screen that our account may set, each with the names of its allowed values, as far
    as they are listed."""
    fields = site.get(f"/issue/{issue}/editmeta").get("fields") or {}
    return {
        id: tuple(str(value.get("name") or "") for value in each.get("allowedValues") or () if isinstance(value, dict))
        for id, each in fields.items()
    }


@dataclass(frozen=True, slots=True)
class CreateField:
    """A field on a create screen; `demanded` where Jira insists on a value and has none of its own."""

    id: str
    name: str
    demanded: bool


def create_fields(site: Site, project: str, kind: str) -> tuple[CreateField, ...]:
    """The fields on the create screen of an issue type."""
    page = site.get(f"/issue/createmeta/{project}/issuetypes/{kind}", maxResults=200)
    return tuple(_create_field(each) for each in page.get("fields") or page.get("values") or ())


def _create_field(found: Mapping[str, Any]) -> CreateField:
    id = str(found.get("fieldId") or found.get("key"))
    return CreateField(
        id, str(found.get("name") or id), bool(found.get("required") and not found.get("hasDefaultValue"))
    )


def link_types(site: Site) -> tuple[str, ...] | None:
    """The names of the site's types of links between issues; None where issues cannot be linked."""
    try:
        found = site.get("/issueLinkType") or {}
    except Refused as error:
        if error.status in NOT_THERE:
            return None
        raise
    return tuple(str(each.get("name") or "") for each in found.get("issueLinkTypes") or ())


def person(site: Site, id: str) -> Person | None:
    """A person by accountId (Cloud) or user name (Data Center); None where there is none."""
    try:
        return parsing.person(site.get("/user", **{"accountId" if site.cloud else "username": id}))
    except Refused as error:
        if error.status in NOT_THERE or (site.cloud and error.status == 400):
            return None  # Cloud says 400 of what cannot be an accountId at all
        raise


def is_assignable(site: Site, id: str, project: str) -> bool:
    """Whether issues of a project may be assigned to a person. Data Center searches by the beginning of names."""
    how = {"accountId": id} if site.cloud else {"username": id}
    found = site.get_list("/user/assignable/search", project=project, maxResults=1_000, **how)
    return any(parsing.person_id(each) == id for each in found or ())


def has_members(site: Site, group: str) -> bool | None:
    """Whether anybody active is in a group; None where there is no such group."""
    try:
        page = site.get("/group/member", groupname=group, maxResults=PAGE)
    except Refused as error:
        if error.status in NOT_THERE:
            return None
        raise
    return any(member.get("active") is not False for member in page.get("values") or ())


def roles(site: Site, project: str) -> frozenset[str]:
    """The names of a project's roles."""
    return frozenset(site.get(f"/project/{project}/role") or {})


def labels(site: Site, beginning: str) -> tuple[str, ...]:
    """Labels in use that begin so, as Jira suggests them (some fifteen at most)."""
    found = site.get("/jql/autocompletedata/suggestions", fieldName="labels", fieldValue=beginning)
    return tuple(str(each.get("value") or "").strip('"') for each in found.get("results") or ())


def field_kinds(site: Site) -> Mapping[str, str]:
    """Every field of the site by id, with the kind of its value ("user", "array" …)."""
    return {str(each["id"]): str((each.get("schema") or {}).get("type") or "") for each in site.get_list("/field")}


def query_mistakes(site: Site, jql: str) -> str:
    """What Jira's parser has against a query (Cloud only); empty where it was run; else it raises Refused."""
    if site.cloud:
        [judged] = listed(site.ask("/jql/parse", {"queries": [jql]}, validation="strict"), "queries")
        if judged.get("errors"):
            return "; ".join(str(each) for each in judged["errors"])
    first_issue(site, jql)
    return ""
