"""What we log in to a Jira site with, as plain values that a request takes. No repr shows a secret."""

from dataclasses import dataclass, field
from pathlib import Path

from config.settings import JiraAccess
from worker.jira.signin.tls_and_proxies import Trust


@dataclass(frozen=True, slots=True)
class Credentials:
    """How we log in: e-mail and API token (Cloud), a token alone (Data Center), or a service account's client.

    Attributes:
        url: the site, or its gateway, without a slash at its end.
        user, token: None where a service account logs in.
        token_file: where `token` was read from.
        client_id, client_secret, token_url: a service account's; `token_url` is None where the usual one holds.
        trust: how the connection is trusted.
    """

    url: str
    user: str | None = None
    token: str | None = None
    token_file: Path | None = None
    client_id: str | None = None
    client_secret: str | None = None
    token_url: str | None = None
    trust: Trust = field(default_factory=Trust)

    def __repr__(self) -> str:
        return f"Credentials({self.url!r}, {self.user or self.client_id!r})"


def credentials(access: JiraAccess) -> Credentials:
    """The same as values that a request takes."""
    return Credentials(
        access.url,
        access.user,
        access.token.get_secret_value() if access.token else None,
        access.token_file,
        access.client_id,
        access.client_secret.get_secret_value() if access.client_secret else None,
        access.token_url,
        Trust(access.ca_file, access.client_cert, access.client_key),
    )
