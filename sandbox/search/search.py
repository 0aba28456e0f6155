"""Searching: Cloud's token pages over bounded queries, Data Center's pages with a total, and the query parser.

Everything found here may be stale by the index's lag, except what the caller asks to have reconciled.
"""

import secrets
from typing import Any

from sandbox.http.call import CLOUD, DC, Answer, Call, route
from sandbox.http.errors import JiraError, bad
from sandbox.rest.issues import head_of, printed
from sandbox.search import jql
from sandbox.search.jql_matching import Asker, Match, matcher, ordered
from sandbox.state.model import Issue

UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
RECONCILE = 50
PROPERTIES = 5
MOST = {"cloud": 5000, "dc": 1000}
FULL_MOST = 100
BODY_KEYS = ("jql", "nextPageToken", "maxResults", "fields", "expand", "properties", "fieldsByKeys", "reconcileIssues")


def find(
    call: Call, text: str, reconcile: set[str] | None = None, *, bounded: bool = False, strict: bool = True
) -> list[Issue]:
    """The issues a query means, in order; those in `reconcile` are looked at as they are, all others as the index
    has them."""
    query = jql.parse(text)
    if bounded and query.where is None:
        raise bad(UNBOUNDED)
    matches = matcher(query, Asker(call.state, call.user, call.state.now(), strict))
    return ordered(query, [i for i in _candidates(call, reconcile or set()) if _seen(call, i, matches)])


def _candidates(call: Call, reconcile: set[str]) -> list[Issue]:
    indexed = [i for i in call.state.index.seen() if i.id not in reconcile]
    return indexed + [call.state.issues[i] for i in reconcile if i in call.state.issues]


def _seen(call: Call, issue: Issue, matches: Match) -> bool:
    return call.may("BROWSE_PROJECTS", issue.project) and matches(issue)


# -- Cloud -----------------------------------------------------------------------------------------


@route("GET", "search/jql", CLOUD)
def by_query(call: Call) -> Answer:
    wish: dict[str, Any] = {
        "jql": call.text("jql"),
        "nextPageToken": call.text("nextPageToken"),
        "expand": call.text("expand"),
    }
    wish |= {
        "fields": call.many("fields"),
        "properties": call.many("properties"),
        "maxResults": call.number("maxResults", 50),
    }
    return _page(call, wish | {"reconcileIssues": [int(i) for i in call.many("reconcileIssues") if i.isdigit()]})


@route("POST", "search/jql", CLOUD)
def by_body(call: Call) -> Answer:
    return _page(call, call.only(*BODY_KEYS))


def _page(call: Call, wish: dict[str, Any]) -> Answer:
    fields, properties = wish.get("fields") or ["id"], wish.get("properties") or []
    if len(properties) > PROPERTIES:
        raise bad(f"A maximum of {PROPERTIES} issue property keys can be specified.")
    found = _remaining(call, wish)
    most = max(1, min(_whole(wish.get("maxResults"), 50), MOST["cloud"] if set(fields) <= {"id", "key"} else FULL_MOST))
    shown, rest = found[:most], found[most:]
    expand = [part.strip() for part in (wish.get("expand") or "").split(",")]
    issues = [_found(call, issue, fields, properties, expand) for issue in shown]
    token = {"nextPageToken": call.shelf.keep_page(wish.get("jql"), rest)} if rest else {}
    return Answer(200, {"issues": issues, "isLast": not rest} | token | head_of(issues, expand))


def _found(call: Call, issue: Issue, fields: list[str], properties: list[str], expand: list[str]) -> dict[str, Any]:
    """`id` alone gives the id alone; any other field brings key and link too."""
    if set(fields) == {"id"} and not properties and not expand[0]:
        return {"id": issue.id}
    out = printed(
        call,
        issue,
        [f for f in fields if f != "id"] or ["none"],
        properties=properties,
        expand=expand,
        in_list=True,
    )
    return out if out["fields"] else {k: v for k, v in out.items() if k != "fields"}


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _remaining(call: Call, wish: dict[str, Any]) -> list[Issue]:
    if token := wish.get("nextPageToken"):
        return list(call.shelf.take_page(token, wish.get("jql")))
    reconcile = wish.get("reconcileIssues") or []
    if len(reconcile) > RECONCILE:
        raise bad(f"A maximum of {RECONCILE} issues can be reconciled.")
    return find(call, str(wish.get("jql") or ""), {str(i) for i in reconcile}, bounded=True)


@route("POST", "search/approximate-count", CLOUD)
def count(call: Call) -> Answer:
    return Answer(200, {"count": len(find(call, str(call.only("jql").get("jql") or ""), bounded=True))})


@route("POST", "jql/parse", CLOUD)
def parse(call: Call) -> Answer:
    """Tells what is wrong with each query; the structure of good ones is left out."""
    queries = call.only("queries").get("queries")
    if not isinstance(queries, list):
        raise bad("The queries parameter must be a list.")
    return Answer(200, {"queries": [_judge(call, str(text)) for text in queries]})


def _judge(call: Call, text: str) -> dict[str, Any]:
    try:
        matcher(jql.parse(text), Asker(call.state, call.user, call.state.now()))
    except JiraError as refusal:
        return {"query": text, "errors": refusal.messages}
    return {"query": text}


def gone(call: Call) -> Answer:
    """Cloud took the old search away."""
    raise JiraError(410, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.")


route("GET", "search", CLOUD)(gone)
route("POST", "search", CLOUD)(gone)


# -- Data Center -----------------------------------------------------------------------------------


@route("GET", "search", DC)
def old_by_query(call: Call) -> Answer:
    wish = {"jql": call.text("jql"), "fields": call.many("fields"), "expand": call.many("expand")}
    return _old_page(call, wish | {"startAt": call.number("startAt", 0), "maxResults": call.number("maxResults", 50)})


@route("POST", "search", DC)
def old_by_body(call: Call) -> Answer:
    return _old_page(call, call.object())


def _old_page(call: Call, wish: dict[str, Any]) -> Answer:
    found = find(call, str(wish.get("jql") or ""), strict=wish.get("validateQuery") is not False)
    start, most = _whole(wish.get("startAt"), 0), min(_whole(wish.get("maxResults"), 50), MOST["dc"])
    fields, expand = wish.get("fields") or ["*navigable"], wish.get("expand") or []
    shown = [printed(call, i, fields, properties=[], expand=expand, in_list=True) for i in found[start : start + most]]
    head = {"expand": "names,schema", "startAt": start, "maxResults": most, "total": len(found)}
    return Answer(200, head | {"issues": shown} | head_of(shown, expand))


class Shelf:
    """What a site remembers between calls that is no ticket: the rest of a search behind its page token."""

    KEPT = 200

    def __init__(self) -> None:
        self._pages: dict[str, tuple[str, list[Issue]]] = {}

    def keep_page(self, query: str, rest: list[Issue]) -> str:
        token = secrets.token_urlsafe(24)
        self._pages[token] = (query, rest)
        while len(self._pages) > self.KEPT:
            del self._pages[next(iter(self._pages))]
        return token

    def take_page(self, token: str, query: str) -> list[Issue]:
        """Again and again, as long as it is kept; JiraError 400 when token and query do not belong together."""
        known, rest = self._pages.get(token, (None, []))
        if known is None or known != query:
            raise bad("The provided next page token is invalid or has expired.")
        return rest
