"""Suggestions for a JQL field's value, of which this Jira makes them for labels: those in use that begin so."""

from html import escape
from typing import Any

from sandbox.http.call import Answer, Call, route

MOST = 15


@route("GET", "jql/autocompletedata/suggestions")
def suggestions(call: Call) -> Answer:
    """The beginning stands in bold in what is displayed; case does not matter."""
    beginning = (call.text("fieldValue") or "").lower()
    used = {label for i in call.state.issues.values() if call.may("BROWSE_PROJECTS", i.project) for label in i.labels}
    found = sorted(label for label in used if label.lower().startswith(beginning))
    wanted = found[:MOST] if (call.text("fieldName") or "").lower() == "labels" else []
    return Answer(200, {"results": [_suggestion(label, len(beginning)) for label in wanted]})


def _suggestion(label: str, bold: int) -> dict[str, Any]:
    return {"value": label, "displayName": f"<b>{escape(label[:bold])}</b>{escape(label[bold:])}"}
