"""How a request says who we are, and which address it goes to: API token, personal access token, or service account.

- A service account's client credentials are exchanged for a Bearer that lives an hour (Atlassian, "Create OAuth 2.0
  credential for service accounts"; Data Center, "Service accounts overview"). Each process keeps its own, in memory
  alone, and renews it before its end, and once when Jira answers 401.
- On Cloud a service account, and an API token with scopes, are taken at Atlassian's gateway only. The site's own
  address is enough: it tells its cloud id.
- A token that lies in a file is read again when Jira no longer takes the one we have.

No repr, error or log may hold a token or a secret.
"""

import threading
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog

from worker.errors import TryAgain, Unauthorized
from worker.jira.signin.credentials import Credentials
from worker.jira.signin.tls_and_proxies import issuer

log = structlog.get_logger()

GATEWAY_PATH = "/ex/jira/"
ATLASSIANS_GATEWAY = "https://api.atlassian.com"
ATLASSIANS_TOKENS = "https://auth.atlassian.com/oauth/token"
DATA_CENTERS_TOKENS = "/rest/oauth2/latest/token"
ATLASSIANS_SITES = (".atlassian.net", ".jira.com", ".jira-dev.com")
BEFORE_ITS_END = 60.0
PATIENCE = 10.0
ONE_LINE = "Write the token alone into it, as one line of printable ASCII."


@dataclass(frozen=True, slots=True)
class _Bearer:
    """What the exchange gave; `renew_at` by the monotonic clock."""

    token: str = field(repr=False)
    renew_at: float


class Login:
    """What every request of one process goes by. Safe to share between threads."""

    def __init__(self, given: Credentials, clock: Callable[[], float] = monotonic) -> None:
        self.given = given
        self._clock = clock
        self._lock = threading.RLock()
        self._token = given.token
        self._bearer: _Bearer | None = None
        self._cloud_id: str | None = None
        self._at_gateway = False
        self._data_center: bool | None = None
        self._warned = False

    @property
    def service_account(self) -> bool:
        """Whether we log in by client credentials."""
        return self.given.client_id is not None

    def base(self) -> str:
        """The address that paths are put behind.

        Raises:
            TryAgain: the site does not tell its cloud id at the moment.
        """
        with self._lock:
            if self.service_account and self._is_cloud():
                self._at_gateway = True
            return self._gateway() if self._at_gateway else self.given.url

    def header(self) -> str:
        """The value of `Authorization`.

        Raises:
            TryAgain: no token can be had at the moment.
            Unauthorized: the client credentials are refused.
        """
        if self.service_account:
            return f"Bearer {self._current()}"
        if self.given.user:
            return f"Basic {b64encode(f'{self.given.user}:{self._token}'.encode()).decode()}"
        return f"Bearer {self._token}"

    def other_way(self, refused: str) -> bool:
        """Whether a request that was answered 401 may fare better now.

        Args:
            refused: the `Authorization` it had.
        """
        with self._lock:
            if self.service_account:
                if self._bearer and refused == f"Bearer {self._bearer.token}":  # else another thread has a new one
                    self._bearer = None
                return True
            if refused != self.header() or self._read_anew():
                return True
            return self._try_gateway()

    def give_up(self) -> None:
        """The other way was refused, too: what is said of it should be said of the address that was given."""
        with self._lock:
            self._at_gateway = self.service_account and self._at_gateway

    def refusal(self) -> Unauthorized:
        """What a 401 means for whoever can mend it."""
        return Unauthorized(_refusal(self.given))

    def _read_anew(self) -> bool:
        found = self._in_file()
        if found is None or found == self._token:
            return False
        if not _can_be_sent(found):
            self._warn()
            return False
        self._token, self._warned = found, False
        log.info("the token's file holds a new one, which is used from now on")
        return True

    def _in_file(self) -> str | None:
        """What the token's file holds; None where there is none, or nothing in it."""
        if self.given.token_file is None:
            return None
        try:
            return self.given.token_file.read_text(encoding="utf-8-sig").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    def _warn(self) -> None:
        """Says once that the file holds no token, and not what it holds."""
        if not self._warned:
            log.warning("the token's file holds something that is no token: the old one is used on", mend=ONE_LINE)
        self._warned = True

    def _try_gateway(self) -> bool:
        """A token with scopes is refused at the site's own address, and taken at the gateway."""
        if not self.given.user or self._at_gateway or GATEWAY_PATH in self.given.url:
            return False
        try:
            self._gateway()
        except TryAgain:
            return False
        self._at_gateway = True
        return True

    def _is_cloud(self) -> bool:
        if GATEWAY_PATH in self.given.url:
            return True
        if (urlsplit(self.given.url).hostname or "").endswith(ATLASSIANS_SITES):
            return True
        if self._data_center is None:
            said = self._ask(f"{self.given.url}/rest/api/2/serverInfo")
            self._data_center = said.get("deploymentType") != "Cloud"
        return not self._data_center

    def _gateway(self) -> str:
        if GATEWAY_PATH in self.given.url:
            return self.given.url
        if self._cloud_id is None:
            self._cloud_id = str(self._ask(f"{self.given.url}/_edge/tenant_info").get("cloudId") or "") or None
        if self._cloud_id is None:
            raise TryAgain(f"{self.given.url} does not tell its cloud id")
        return f"{_gateway_of(self.given.url)}{GATEWAY_PATH}{self._cloud_id}"

    def _ask(self, url: str) -> dict[str, Any]:
        """What a site tells anybody."""
        try:
            with self.given.trust.session(url) as session:
                answer = session.get(url, timeout=PATIENCE, allow_redirects=False)
            said = answer.json() if answer.status_code == 200 else {}
        except requests.RequestException as error:
            raise unreachable(url, error) from None
        return said if isinstance(said, dict) else {}

    def _current(self) -> str:
        with self._lock:  # one exchange for all threads
            if self._bearer is None or self._clock() >= self._bearer.renew_at:
                self._bearer = self._exchanged()
            return self._bearer.token

    def _exchanged(self) -> _Bearer:
        """RFC 6749 §4.4. Data Center wants the scope named; WRITE holds READ in it."""
        cloud = self._is_cloud()
        url = self.given.token_url or (ATLASSIANS_TOKENS if cloud else f"{self.given.url}{DATA_CENTERS_TOKENS}")
        asked = {
            "grant_type": "client_credentials",
            "client_id": self.given.client_id,
            "client_secret": self.given.client_secret,
            **({} if cloud else {"scope": "WRITE"}),
        }
        began = self._clock()
        try:
            with self.given.trust.session(url) as session:
                answer = session.post(url, data=asked, timeout=PATIENCE, allow_redirects=False)
        except requests.RequestException as error:
            raise unreachable(url, error) from None
        token, lives = _given_by(answer, url)
        return _Bearer(token, began + lives - min(BEFORE_ITS_END, lives / 5))


def _gateway_of(site: str) -> str:
    """Atlassian's for its own sites; a stand-in for Cloud plays the gateway at its own address."""
    parts = urlsplit(site)
    if (parts.hostname or "").endswith(ATLASSIANS_SITES):
        return ATLASSIANS_GATEWAY
    return f"{parts.scheme}://{parts.netloc}"


def _given_by(answer: requests.Response, url: str) -> tuple[str, float]:
    """The token and for how many seconds it lives."""
    host = urlsplit(url).hostname
    try:
        said = answer.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    if answer.status_code in (400, 401, 403) and _named(said):
        raise Unauthorized(
            f"{host} gives no token for JIRA_CLIENT_ID and JIRA_CLIENT_SECRET ({answer.status_code} {_named(said)}). "
            f"{_half(_named(said))}"
        )
    token, lives = said.get("access_token"), said.get("expires_in")
    if answer.status_code == 404 or (answer.status_code < 400 and not isinstance(token, str)):
        raise Unauthorized(f"{url} gives no tokens (it answered {answer.status_code}). Check JIRA_TOKEN_URL.")
    if answer.status_code >= 400 or not isinstance(token, str):
        raise TryAgain(f"{host}, which gives tokens, answered {answer.status_code}", down=answer.status_code >= 500)
    return token, float(lives) if isinstance(lives, int | float) and lives > 0 else 3600.0


def _named(said: dict[str, Any]) -> str:
    """The error as RFC 6749 §5.2 names it; nothing else of the answer is shown."""
    error = said.get("error")
    return error if isinstance(error, str) and error.replace("_", "").isalnum() else ""


def _half(error: str) -> str:
    """Which half to look at."""
    if error == "invalid_scope":
        return "The id and the secret are right; the credential lacks the scope. Add it where it was made."
    if error == "unauthorized_client":
        return "The id is known; it may not use client credentials. Make one of that kind."
    return (
        "The site itself was not asked. The id or the secret is wrong, or has ended: compare both with the credential "
        "of the service account, or make a new one."
    )


def _can_be_sent(token: str) -> bool:
    """Whether a header may hold it: a line break there is an error that would show it (RFC 9110, 5.5)."""
    return token.isascii() and token.isprintable()


def _refusal(given: Credentials) -> str:
    if given.client_id:
        return (
            "Jira does not accept the service account (401), though its id and secret gave a token. Does the account "
            "have access to this site, and the credential its scopes?"
        )
    where = "id.atlassian.com, Security, API tokens" if given.user else "the account's profile, Personal Access Tokens"
    names = "JIRA_USER and JIRA_TOKEN" if given.user else "JIRA_TOKEN"
    return (
        f"Jira does not accept the credentials (401). Has the token ended, been revoked or blocked? Check {names}; "
        f"look at {where}."
    )


def unreachable(url: str, error: requests.RequestException) -> TryAgain:
    """Nobody answers there: in what way, and for a certificate who issued it and what to set."""
    if not isinstance(error, requests.exceptions.SSLError):
        return TryAgain(f"Jira could not be reached ({type(error).__name__})", unreachable=True)
    return TryAgain(f"{urlsplit(url).hostname}: {untrusted(url, error)}", unreachable=True)


def untrusted(url: str, error: requests.exceptions.SSLError) -> str:
    """What is the matter with a certificate, who issued it, and what to set."""
    parts = urlsplit(url)
    if "CERTIFICATE_VERIFY_FAILED" not in str(error):
        return "no TLS connection; if Jira asks for a client certificate, set JIRA_CLIENT_CERT and JIRA_CLIENT_KEY"
    for sign, words in _WRONG.items():
        if sign in str(error):
            return words
    by = issuer(parts.hostname or "", parts.port or 443, PATIENCE / 2)
    named = f", issued by {by!r}," if by else ""
    return f"its certificate{named} is not trusted; set JIRA_CA_FILE to that authority's certificate (PEM)"


_WRONG = {
    "has expired": "its certificate has expired; whoever runs it must renew it",
    "not yet valid": "its certificate is not valid yet; is this machine's clock right?",
    "ostname mismatch": "its certificate is for another host name; check JIRA_URL",
    "IP address mismatch": "its certificate is for another address; check JIRA_URL",
}
