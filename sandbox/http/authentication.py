"""Who a request is from: API tokens, personal access tokens, and service accounts with their client credentials.

Cloud takes Basic e-mail and token at the site's own address; a token with scopes, and a service account's Bearer, only
behind the gateway's prefix. Data Center takes a Bearer: a personal access token, or what its own exchange gave; and,
where an administrator has switched it on, Basic user name and password (off since 11.0).
"""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from sandbox.state.people import People, User
from sandbox.state.state import State

CLOUD_ID = "5a4db0a5-0000-4000-8000-5a4db0a50000"
GATEWAY = f"/ex/jira/{CLOUD_ID}"
EXCHANGE = {"cloud": "/oauth/token", "dc": "/rest/oauth2/latest/token"}


@dataclass(slots=True)
class Client:
    """A service account's credential."""

    id: str
    secret: str
    nick: str
    lives: timedelta = timedelta(minutes=60)


@dataclass(slots=True)
class Logins:
    """The credentials that one site takes.

    Attributes:
        clients: by client id.
        bearers: what the exchange gave: whose, and until when.
        scoped: the people whose token has scopes (Cloud), and so is taken at the gateway only.
        exchanges: how many tokens were given.
        passwords: whether Data Center takes user name and password.
    """

    state: State
    clients: dict[str, Client] = field(default_factory=dict)
    bearers: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    scoped: set[str] = field(default_factory=set)
    exchanges: int = 0
    passwords: bool = False

    @property
    def people(self) -> People:
        return self.state.people

    def who(self, authorization: str, *, at_gateway: bool) -> User | None:
        """The account, or None where the header is not taken."""
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() == "basic":
            user = self._basic(secret, at_gateway)
        elif scheme.lower() == "bearer":
            user = self._bearer(secret, at_gateway)
        else:
            user = None
        return user if user and user.active and not self._has_ended(user) else None

    def _has_ended(self, user: User) -> bool:
        """Whether the person's token is past its end."""
        return user.token_ends is not None and user.token_ends <= self.state.now()

    def _basic(self, secret: str, at_gateway: bool) -> User | None:
        try:
            name, _, given = base64.b64decode(secret, validate=True).decode().partition(":")
        except ValueError:
            return None
        return self._by_token(name, given, at_gateway) if self.state.flavour == "cloud" else self._by_word(name, given)

    def _by_word(self, name: str, password: str) -> User | None:
        user = self.people.known_to("dc", name) if self.passwords else None
        return user if user and secrets.compare_digest(password, known_password(user.nick)) else None

    def _by_token(self, email: str, token: str, at_gateway: bool) -> User | None:
        user = self.people.by_token(token)
        if user is None or user.email != email:
            return None
        return user if at_gateway == (user.nick in self.scoped) else None

    def _bearer(self, secret: str, at_gateway: bool) -> User | None:
        nick, until = self.bearers.get(secret, ("", self.state.now()))
        if self.state.flavour == "dc" and not nick:
            return self.people.by_token(secret)
        usable = at_gateway or self.state.flavour == "dc"
        return self.people.get(nick) if nick and usable and self.state.now() < until else None

    def exchange(self, body: object, raw: str | None) -> tuple[int, dict[str, Any]]:
        """RFC 6749 §4.4, as a form; Cloud takes JSON as well. Data Center wants the scope named."""
        asked = _asked(body, raw)
        if asked.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        client = self.clients.get(asked.get("client_id", ""))
        if client is None or not secrets.compare_digest(client.secret, asked.get("client_secret", "")):
            return 401, {"error": "invalid_client", "error_description": "Client authentication failed"}
        if self.state.flavour == "dc" and asked.get("scope") not in ("READ", "WRITE"):
            return 400, {"error": "invalid_scope"}
        token, self.exchanges = secrets.token_urlsafe(32), self.exchanges + 1
        self.bearers[token] = (client.nick, self.state.now() + client.lives)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": int(client.lives.total_seconds())}


def known_secret(nick: str) -> str:
    """The client secret that everybody knows."""
    return f"sandbox-secret-{nick}"


def known_password(nick: str) -> str:
    """The password that everybody knows."""
    return f"sandbox-password-{nick}"


def _asked(body: object, raw: str | None) -> dict[str, str]:
    if isinstance(body, dict):
        return {str(name): str(value) for name, value in body.items()}
    return {name: values[0] for name, values in parse_qs(raw or "").items()}
