"""Registering webhooks, as each flavour has it.

Cloud has administrators' webhooks with `secret`, Data Center 10 the secret inside the webhook's configuration (a
`secret` beside it is ignored without a word, and the deliveries then come unsigned).
"""

from typing import Any

from sandbox.http.call import CLOUD, DC, Answer, Call, route
from sandbox.http.errors import JiraError, bad
from sandbox.webhooks.deliveries import Webhook

CLOUD_PATH = "/rest/webhooks/1.0/webhook"
DC_PATH = "/rest/jira-webhook/1.0/webhooks"
SECTION = "issue-related-events-section"


def _admin(call: Call) -> None:
    if not call.user.admin:
        raise JiraError(403, "You do not have permission to manage webhooks.")


def _details(call: Call) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    """The body, its address and its events; JiraError 400 when one is missing."""
    body = call.object()
    url, events = body.get("url"), body.get("events") or []
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise bad("The webhook URL is invalid.")
    if not body.get("name"):
        raise bad("The webhook name is required.")
    return body, url, tuple(str(e) for e in events)


def _found(call: Call) -> Webhook:
    _admin(call)
    found: Webhook | None = next((w for w in call.shelf.deliveries.webhooks if w.id == call.path["webhook"]), None)
    if found is None:
        raise JiraError(404, f"Webhook with id {call.path['webhook']} does not exist.")
    return found


def _printed(call: Call, webhook: Webhook) -> dict[str, Any]:
    out: dict[str, Any] = {"name": webhook.name, "url": webhook.url, "events": list(webhook.events)}
    if call.cloud:
        out |= {
            "enabled": webhook.active,
            "isSigned": webhook.secret is not None,
            "excludeBody": False,
            "filters": {SECTION: webhook.query},
        }
        return out | {"self": f"{call.base}{CLOUD_PATH}/{webhook.id}"}
    out |= {
        "id": int(webhook.id),
        "active": webhook.active,
        "scopeType": "global",
        "configuration": {"EXCLUDE_BODY": "false"},
    }
    return out | {"self": f"{call.base}{DC_PATH}/{webhook.id}"}


@route("POST", CLOUD_PATH, CLOUD)
def register_cloud(call: Call) -> Answer:
    _admin(call)
    body, url, events = _details(call)
    query = str((body.get("filters") or {}).get(SECTION) or "")
    webhook = call.shelf.deliveries.add(url, body.get("secret"), events, body["name"], query)
    return Answer(201, _printed(call, webhook))


@route("POST", DC_PATH, DC)
def register_dc(call: Call) -> Answer:
    _admin(call)
    body, url, events = _details(call)
    webhook = call.shelf.deliveries.add(url, (body.get("configuration") or {}).get("SECRET"), events, body["name"])
    webhook.active = body.get("active", True) is not False
    return Answer(201, _printed(call, webhook))


def update(call: Call) -> Answer:
    """Replaces everything but the secret, which stays where none is given."""
    webhook = _found(call)
    body, webhook.url, webhook.events = _details(call)
    webhook.name, webhook.active = str(body["name"]), body.get("enabled" if call.cloud else "active", True) is not False
    given = body if call.cloud else {"secret": (body.get("configuration") or {}).get("SECRET")}
    webhook.secret = given.get("secret") or webhook.secret
    webhook.query = str((body.get("filters") or {}).get(SECTION) or "") if call.cloud else ""
    return Answer(200, _printed(call, webhook))


def listed(call: Call) -> Answer:
    _admin(call)
    return Answer(200, [_printed(call, w) for w in call.shelf.deliveries.webhooks])


def read(call: Call) -> Answer:
    return Answer(200, _printed(call, _found(call)))


def latest(call: Call) -> Answer:
    """The latest delivery that was tried, as Data Center lists it; 204 before the first one."""
    tried = [d for d in call.shelf.deliveries.log if d.webhook is _found(call) and d.attempts]
    if not tried:
        return Answer(204)
    at = int(tried[-1].at.timestamp() * 1000)
    status = tried[-1].attempts[-1]
    result = {"outcome": _outcome(status), "description": f"{status}"}
    return Answer(200, {"event": tried[-1].event, "start": at, "finish": at, "duration": 0, "result": result})


def statistics(call: Call) -> Answer:
    """How many deliveries came to which end."""
    outcomes = [_outcome(d.attempts[-1]) for d in call.shelf.deliveries.log if d.webhook is _found(call) and d.attempts]
    kinds = {"successes": "SUCCESS", "failures": "FAILURE", "errors": "ERROR"}
    counts = {kind: outcomes.count(outcome) for kind, outcome in kinds.items()}
    return Answer(200, {"counts": counts | {"window": {"start": 0, "duration": 86_400_000}}})


def _outcome(status: int | str) -> str:
    """A status of ours, or the name of the error with which the way ended."""
    if isinstance(status, str):
        return "ERROR"
    return "SUCCESS" if status < 300 else "FAILURE"


def delete(call: Call) -> Answer:
    call.shelf.deliveries.remove(_found(call).id)
    return Answer(204)


route("GET", DC_PATH + "/{webhook}/latest", DC)(latest)
route("GET", DC_PATH + "/{webhook}/statistics", DC)(statistics)
for path, flavours in ((CLOUD_PATH, CLOUD), (DC_PATH, DC)):
    route("GET", path, flavours)(listed)
    route("GET", path + "/{webhook}", flavours)(read)
    route("PUT", path + "/{webhook}", flavours)(update)
    route("DELETE", path + "/{webhook}", flavours)(delete)
