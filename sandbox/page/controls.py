"""What the page can ask and do: small functions from a wish, as JSON, to what comes of it.

They act as somebody, through the same verbs as the stories.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from sandbox.demo_tickets import seed
from sandbox.http.faults import Fault
from sandbox.http.forgetting import FORGETTABLE, HIDEABLE
from sandbox.jira.site import Jira
from sandbox.page.clock_jumps import jumps
from sandbox.page.reasoning import Reasoning
from sandbox.page.tickets import Tickets
from sandbox.state.stamps import calendar_date
from sandbox.webhooks.automation import Form, Rule

ROLES = {
    "clara": "a client",
    "carl": "another client",
    "sam": "Support",
    "petra": "Project Manager",
    "erin": "Engineering Manager",
    "sue": "Support, too",
    "paul": "a colleague",
    "emma": "a colleague",
    "otto": "no part in this",
}
"""What each person is under the default protocol, for the page."""
RECENT, SHOWN = 600, 40
FOLLOWS = 3.0
"""Seconds: a worker that follows the clock asks every half second."""
FORMS: dict[str, Form] = {"custom": "custom", "issue": "issue", "jira": "jira"}
"""What a rule may send."""
Act = Callable[[dict[str, Any]], Any]


class BadWish(ValueError):
    """The page asked for something that cannot be; answered with 400 and this text."""


class Controls:
    """What the page can ask and do."""

    def __init__(self, jira: Jira) -> None:
        self.jira, self.shown = jira, Tickets(jira)
        self._clock_asked = float("-inf")

    def reads(self) -> dict[str, Act]:
        return {
            "/site": self.site,
            "/clock": self.clock,
            "/tickets": lambda wish: self.shown.listed(str(wish.get("as", ""))),
            "/ticket/{key}": lambda wish: self.shown.one(wish["key"], str(wish.get("as", ""))),
            "/calls": self.calls,
            "/turns": self.turns,
            "/deliveries": self.deliveries,
            "/faults": lambda wish: [asdict(rule) for rule in self.jira.faults.rules],
        }

    def writes(self) -> dict[str, Act]:
        return {
            "/tickets": self.create,
            "/ticket/{key}/{verb}": self.act,
            "/faults": self.add_fault,
            "/faults/clear": self.clear_faults,
            "/settings": self.settings,
            "/forgetting": self.forget,
            "/calls/clear": lambda wish: self.jira.log.clear(),
            "/rules": self.add_rule,
            "/reset": self.reset,
        }

    # -- reading -----------------------------------------------------------------------------------

    def clock(self, wish: dict[str, Any]) -> dict[str, Any]:
        """How far the clock is ahead; a worker that follows it asks again and again."""
        self._clock_asked = monotonic()
        return {"ahead": self.jira.state.offset.total_seconds()}

    def site(self, wish: dict[str, Any]) -> dict[str, Any]:
        jira, people = self.jira, self.jira.state.people.all
        cast = [
            {
                "nick": u.nick,
                "name": u.display_name,
                "id": jira.id_of(u),
                "type": u.account_type,
                "agent": u.agent,
                "role": ROLES.get(u.nick, ""),
            }
            for u in people
            if u.active
        ]
        projects = [{"key": p.key, "name": p.name, "service": p.service} for p in jira.state.projects.values()]
        out = {"flavour": jira.flavour, "url": jira.url, "now": jira.state.now(), "people": cast, "projects": projects}
        out |= {
            "latency": jira.faults.latency,
            "index_lag": jira.index_lag,
            "clock_offset": jira.state.offset.total_seconds(),
        }
        hooks = [
            {"id": w.id, "name": w.name, "url": w.url, "signed": bool(w.secret), "active": w.active}
            for w in jira.deliveries.webhooks
        ]
        board = self._web()
        out |= {"board": f"{board}/" if board else None, "jumps": [asdict(jump) for jump in jumps(jira.state.now())]}
        out |= {"rules": len(self._rules()), "followed": monotonic() - self._clock_asked < FOLLOWS}
        return out | {"webhooks": hooks, "write_limit": jira.faults.write_limit, "paused": jira.deliveries.post.paused}

    def calls(self, wish: dict[str, Any]) -> list[dict[str, Any]]:
        """Calls after a number, newest last; `account` all, or one nick (the worker's)."""
        account = wish.get("account", "bot")
        after = int(wish.get("after", 0))
        records = self.jira.calls(None if account == "all" else account)
        return [r.line() for r in records if r.number > after][-500:]

    def turns(self, wish: dict[str, Any]) -> list[dict[str, Any]]:
        """What the worker did lately, in words, oldest first."""
        jira = self.jira
        found = Reasoning(jira.state).turns(jira.calls()[-RECENT:], jira.deliveries.log[-RECENT:])
        loud, quiet = ([turn for turn in found if turn.quiet is calm] for calm in (False, True))
        kept = sorted([*loud[-SHOWN:], *quiet[-SHOWN // 4 :]], key=lambda turn: turn.began)
        return [asdict(turn) | {"quiet": turn.quiet} for turn in kept]

    def deliveries(self, wish: dict[str, Any]) -> list[dict[str, Any]]:
        newest = self.jira.deliveries.log[-int(wish.get("limit", 100)) :]
        return [
            {"id": d.identifier, "event": d.event, "url": d.webhook.url, "attempts": d.attempts, "outcome": d.outcome}
            for d in newest
        ]

    # -- acting ------------------------------------------------------------------------------------

    def create(self, wish: dict[str, Any]) -> dict[str, Any]:
        summary = _text(wish, "summary")
        labels = [str(x) for x in wish.get("labels") or []]
        about = {
            "reporter": wish.get("reporter") or wish.get("as", "clara"),
            "labels": labels,
            "description": wish.get("description"),
        }
        return {
            "key": self.jira.create_ticket(
                str(wish.get("project", "SUP")), summary, by=wish.get("as", "clara"), **about
            )
        }

    def act(self, wish: dict[str, Any]) -> dict[str, Any]:
        key, verb = wish["key"], wish["verb"]
        verbs: dict[str, Callable[[str, str], Any]] = {
            "label": lambda k, by: self.jira.label(k, _word(wish, "label"), by=by),
            "unlabel": lambda k, by: self.jira.unlabel(k, _word(wish, "label"), by=by),
            "comment": lambda k, by: self.jira.comment(k, _text(wish, "text"), by=by, public=wish.get("public")),
            "edit-comment": lambda k, by: self.jira.edit_comment(k, _text(wish, "id"), _text(wish, "text"), by=by),
            "delete-comment": lambda k, by: self.jira.delete_comment(k, _text(wish, "id"), by=by),
            "transition": lambda k, by: self.jira.transition(k, _text(wish, "status"), by=by),
            "close": lambda k, by: self.jira.close(k, by=by),
            "reopen": lambda k, by: self.jira.reopen(k, by=by),
            "assign": lambda k, by: self.jira.assign(k, wish.get("user"), by=by),
            "due": lambda k, by: self.jira.set_due(k, calendar_date(wish.get("date")), by=by),
            "move": lambda k, by: self.jira.move(k, _text(wish, "project"), by=by),
            "delete": lambda k, by: self.jira.delete(k, by=by),
            "link": lambda k, by: self.jira.link(k, _text(wish, "to"), str(wish.get("type") or "Duplicate"), by=by),
            "unlink": lambda k, by: self.jira.unlink(k, _text(wish, "to"), by=by),
            "run-rule": lambda k, by: self.run_rule(k),
        }
        if verb not in verbs:
            raise KeyError(verb)
        return {"done": verb, "result": verbs[verb](key, wish.get("as", "sam"))}

    # -- rules of Automation

    def _web(self) -> str:
        """Where the worker's web process is, as far as the sandbox was told, or a webhook tells."""
        known = [self.jira.board, *(webhook.url for webhook in self.jira.deliveries.webhooks)]
        first = next((urlsplit(url) for url in known if url), None)
        return f"{first.scheme}://{first.netloc}" if first else ""

    def _rules(self) -> list[Rule]:
        return [each for each in self.jira.deliveries.webhooks if isinstance(each, Rule)]

    def add_rule(self, wish: dict[str, Any]) -> dict[str, Any]:
        """A rule as `escalation webhook rule` prints it: `url` and `secret`, left out those of the webhook; `form` of
        the body; `alone` switches the webhooks off."""
        hooks = [each for each in self.jira.deliveries.webhooks if not isinstance(each, Rule)]
        url = str(wish.get("url") or "").strip() or (f"{self._web()}/webhooks/automation" if self._web() else "")
        secret = str(wish.get("secret") or "") or next((each.secret for each in hooks if each.secret), "")
        if not url.startswith(("http://", "https://")) or not secret:
            raise BadWish("url and secret: expected where the rule's requests go, and one of JIRA_WEBHOOK_SECRETS")
        form = FORMS.get(str(wish.get("form") or "custom"))
        if form is None:
            raise BadWish(f"form: expected one of {', '.join(FORMS)}")
        query = str(wish.get("query") or "labels in (escalation-requested, escalation-evaluation)")
        rule = self.jira.add_rule(url, secret, form, query)
        for each in hooks:
            each.active = not wish.get("alone")
        return {"id": rule.id, "url": rule.url, "query": rule.query}

    def run_rule(self, key: str) -> int:
        """As by the button *Run rule* on an issue; how many rules ran."""
        rules = self._rules()
        if not rules:
            raise BadWish("there is no rule yet: make one first")
        for rule in rules:
            self.jira.run_rule(rule, key)
        return len(rules)

    def reset(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Everything as at the start, but for the clock, which only goes on: workers remember what time it was."""
        jira = self.jira
        self.clear_faults({})
        self.forget({})
        jira.index_lag, jira.deliveries.webhooks = 0.0, [w for w in jira.deliveries.webhooks if not isinstance(w, Rule)]
        for webhook in jira.deliveries.webhooks:
            webhook.active = True
        jira.forget_tickets()
        jira.log.clear()
        jira.deliveries.log.clear()
        return {"tickets": seed(jira)}

    def add_fault(self, wish: dict[str, Any]) -> dict[str, Any]:
        """The attributes of `Fault` as JSON; TypeError (400) for a name it does not have."""
        rule = self.jira.faults.add(Fault(**{k: v for k, v in wish.items() if k != "hits"}))
        return asdict(rule)

    def clear_faults(self, wish: dict[str, Any]) -> dict[str, Any]:
        self.jira.faults.clear()
        return {"faults": 0}

    def forget(self, wish: dict[str, Any]) -> dict[str, Any]:
        """What this Jira forgets from now on (http/forgetting.py): lists under `drops`, `hides`, `without`; what is
        left out is forgotten no more, and what was hidden is shown again once nothing is hidden."""
        known = {"drops": FORGETTABLE, "hides": HIDEABLE, "without": None}
        for name, names in known.items():
            asked = {str(each) for each in wish.get(name) or ()}
            if names is not None and not asked <= names:
                raise BadWish(f"{name}: expected some of {', '.join(sorted(names))}")
            setattr(self.jira.forgetting, name, asked)
        if not self.jira.forgetting.hides:
            self.jira.forgetting.hidden.clear()
        return {name: sorted(getattr(self.jira.forgetting, name)) for name in known}

    def settings(self, wish: dict[str, Any]) -> dict[str, Any]:
        """Any of latency, index_lag, write_limit, clock_offset (seconds), forward (seconds), paused."""
        jira = self.jira
        jira.faults.latency = float(wish.get("latency", jira.faults.latency))
        jira.index_lag = float(wish.get("index_lag", jira.index_lag))
        jira.faults.write_limit = bool(wish.get("write_limit", jira.faults.write_limit))
        jira.state.offset = timedelta(seconds=float(wish.get("clock_offset", jira.state.offset.total_seconds())))
        jira.forward(seconds=float(wish.get("forward", 0)))
        if "paused" in wish:
            jira.deliveries.pause() if wish["paused"] else jira.deliveries.release()
        return self.site({})


def _text(wish: dict[str, Any], name: str) -> str:
    value = wish.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadWish(f"{name} is missing")
    return value


def _word(wish: dict[str, Any], name: str) -> str:
    value = _text(wish, name)
    if any(c.isspace() for c in value):
        raise BadWish(f"{name} must be without blanks")
    return value
