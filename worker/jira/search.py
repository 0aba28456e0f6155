"""Searching by JQL: candidates only, because the index lags behind by seconds to minutes (jira-facts §2.5).

Pages by token on Cloud and by offset on Data Center; while one is worked on the next is on its way, and no more. A
page that fails is asked for a few more times; what makes no sense in it is left out and counted. An issue that moved
from one page to the next comes once, from further away maybe twice, so whoever takes candidates in must not mind.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import sleep
from typing import Any

from worker.errors import TryAgain
from worker.jira.parsing import PROPERTY, instant
from worker.jira.site import Refused, Site

PAGE = 100
PAUSES = (0.5, 2.0)  # before the second and the third try; later the queue's own growing pauses do
LONGEST_WAIT = 10.0
EMPTY_AT_MOST = 20  # pages one after the other; Cloud may give one where others may see what was found
GROWTH = 10 * PAGE  # beside doubling: so many more may be found while pages are turned


@dataclass(frozen=True, slots=True)
class Candidate:
    """An issue as the index has it, which may be stale. `kept` is our property's value, from Cloud only."""

    id: str
    key: str
    fields: Mapping[str, Any]
    kept: Any = None

    @property
    def done(self) -> bool:
        """Whether its status category is Done (where `status` was asked for)."""
        return bool(((self.fields.get("status") or {}).get("statusCategory") or {}).get("key") == "done")

    @property
    def updated(self) -> str:
        """When it was changed last, as Jira writes it (where `updated` was asked for)."""
        return str(self.fields.get("updated") or "")

    @property
    def changed_at(self) -> datetime | None:
        """The same as an instant; None where Jira did not write one."""
        try:
            return instant(self.updated)
        except ValueError:
            return None

    @property
    def labels(self) -> frozenset[str]:
        """Its labels in lower case (where `labels` was asked for)."""
        found = self.fields.get("labels")
        return frozenset(str(label).lower() for label in found) if isinstance(found, list) else frozenset()

    @property
    def project(self) -> str:
        """The key of its project."""
        return self.key.rpartition("-")[0]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: the candidates, and why each issue that is none was left out."""

    candidates: tuple[Candidate, ...] = ()
    nonsense: tuple[str, ...] = field(default=())


def pages(site: Site, jql: str, fields: Sequence[str], wait: Callable[[float], None] = sleep) -> Iterator[Page]:
    """The pages that the index has for a query, each as soon as it is there.

    Raises:
        TryAgain: a page could not be had, although it was asked for a few times.
        Unauthorized, Refused: nor would it help to ask again.
    """
    ask = Asking(site, wait)
    before = frozenset[str]()
    for issues in _by_token(ask, jql, fields) if site.cloud else _by_offset(ask, jql, fields):
        found = [read(issue) for issue in issues]
        candidates = tuple(each for each in found if isinstance(each, Candidate) and each.id not in before)
        before = frozenset(each.id for each in found if isinstance(each, Candidate))
        yield Page(candidates, tuple(each for each in found if isinstance(each, str)))


def ahead(site: Site, pages: Iterator[Page]) -> Iterator[Page]:
    """The same pages; the first is asked for at once, and each of the others while the one before it is worked on."""
    coming = site.meanwhile(lambda: next(pages, None))

    def each() -> Iterator[Page]:
        nonlocal coming
        while (page := coming.result()) is not None:
            coming = site.meanwhile(lambda: next(pages, None))
            yield page

    return each()


def pages_without(
    pages_of: Callable[[Sequence[str]], Iterator[Page]],
    names: Sequence[str],
    missing: Callable[[Refused, Sequence[str]], Sequence[str]],
) -> Iterator[Page]:
    """The pages of a query that names issues or projects, less those that do not exist: Jira refuses the whole query
    for one that does not (400).

    Args:
        pages_of: the pages of the query that names these.
        missing: which of them Jira refused the query for; none: it was for something else.

    Raises:
        Refused: the query is refused for something else. The rest as `pages`.
    """
    left = list(names)
    while True:
        try:
            yield from pages_of(left)
            return
        except Refused as error:
            gone = missing(error, left) if error.status == 400 else ()
            if not gone:
                raise
            left = [name for name in left if name not in gone]


def in_projects(
    search: Callable[[Collection[str]], Iterator[Page]],
    projects: Collection[str],
    gone: Callable[[Sequence[str]], Sequence[str]],
    known: Collection[str] = (),
) -> Iterator[Page]:
    """A search in those of these projects that are there, if any is; in all of the site where none is named.

    Args:
        search: the pages of the query that leaves out these projects.
        gone: which of these Jira does not have.
        known: those that are known to be gone.
    """
    if not projects:
        return search(())
    left = [key for key in sorted(projects) if key not in known]
    return pages_without(
        lambda keys: search(set(projects) - set(keys)) if keys else iter(()), left, lambda _, k: gone(k)
    )


def are_gone(site: Site, projects: Sequence[str]) -> list[str]:
    """Those of these projects that do not exist, or that our account may not browse. Raises as `Site.call`."""
    return [key for key in projects if _is_gone(site, key)]


def _is_gone(site: Site, project: str) -> bool:
    try:
        site.get(f"/project/{project}")
    except Refused as error:
        return error.status in (403, 404)
    return False


def read(issue: Any) -> Candidate | str:
    """A candidate, or why it is none: somebody else's app, a broken index or a proxy may answer anything."""
    if not isinstance(issue, dict) or not str(issue.get("id") or "").isdecimal():
        return "an issue without an id"
    if not isinstance(issue.get("fields"), dict):
        return "an issue without fields"
    properties = issue.get("properties")
    kept = properties.get(PROPERTY) if isinstance(properties, dict) else None
    return Candidate(str(issue["id"]), str(issue.get("key") or issue["id"]), issue["fields"], kept)


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks for one page, and again where that may help."""

    site: Site
    wait: Callable[[float], None]

    def __call__(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer; what is no answer to a search counts as a page that failed."""
        for pause in PAUSES:
            try:
                return self._once(path, body)
            except TryAgain as error:
                if (error.after or 0.0) > LONGEST_WAIT:
                    raise
                self.wait(max(pause, error.after or 0.0))
        return self._once(path, body)

    def _once(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = self.site.send("POST", path, dict(body))
        if not isinstance(answer, dict) or not isinstance(answer.get("issues"), list):
            raise TryAgain("Jira answered a search with something that is no page")
        return answer


@dataclass(slots=True)
class Course:
    """Notices a search that gets no further: what comes a second time is broken, and would come for ever."""

    tokens: set[int] = field(default_factory=set)
    pages: set[int] = field(default_factory=set)
    empty: int = 0

    def token(self, token: str) -> None:
        """The next page has this token. Raises TryAgain."""
        if hash(token) in self.tokens:
            raise TryAgain("a search turned in a circle: Jira gave the same page token twice")
        self.tokens.add(hash(token))

    def page(self, issues: Sequence[Any]) -> None:
        """The page holds these. Raises TryAgain."""
        self.empty = 0 if issues else self.empty + 1
        if self.empty > EMPTY_AT_MOST:
            raise TryAgain(f"a search gave {self.empty} empty pages one after the other, and no end")
        ids = tuple(str(issue["id"]) for issue in issues if isinstance(issue, dict) and issue.get("id"))
        if ids and hash(ids) in self.pages:
            raise TryAgain("a search turned in a circle: Jira gave the same page twice")
        self.pages.add(hash(ids))


def _by_token(ask: Asking, jql: str, fields: Sequence[str]) -> Iterator[Iterable[Any]]:
    body: dict[str, Any] = {"jql": jql, "fields": list(fields), "properties": [PROPERTY], "maxResults": PAGE}
    course = Course()
    while True:
        answer = ask("/search/jql", body)
        course.page(answer["issues"])
        yield answer["issues"]
        token = answer.get("nextPageToken")
        if not token or answer.get("isLast"):
            return
        course.token(str(token))
        body = {**body, "nextPageToken": token}


def _by_offset(ask: Asking, jql: str, fields: Sequence[str]) -> Iterator[Iterable[Any]]:
    start, total, first, course = 0, 1, 0, Course()
    while start < total:
        answer = ask("/search", {"jql": jql, "fields": list(fields), "startAt": start, "maxResults": PAGE})
        course.page(answer["issues"])
        yield answer["issues"]
        start += len(answer["issues"]) or PAGE
        total = _total(answer)
        first = first or total
        if total > 2 * first + GROWTH:
            raise TryAgain(f"a search has no end: Jira found {first} issues at first, and {total} now")


def _total(answer: Mapping[str, Any]) -> int:
    """How many issues there are in all. Raises TryAgain where Jira does not say: more pages may be missing."""
    total = answer.get("total")
    if not isinstance(total, int):
        raise TryAgain("Jira answered a search without the number of issues found")
    return total


def quoted(text: str) -> str:
    """A JQL string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def among(field: str, values: Sequence[str]) -> str:
    """`field in ("a", "b")`."""
    return f"{field} in ({', '.join(quoted(value) for value in values)})"
