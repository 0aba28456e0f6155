"""The connection to one Jira site, Cloud or Data Center: one call at a time, timed, never retried behind our back.

The `jira` package carries authentication and session; the verbs, and what an error means, are ours (docs/decisions).
Every answer becomes either JSON or one of the typed errors; `Retry-After` becomes a pause that all workers keep. No
call may hang, and no error may hold an answer's headers or a secret.
"""

import random
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from datetime import UTC, datetime
from functools import partial
from time import monotonic, time
from typing import Any, Protocol, TypeVar

import requests
import structlog

from worker.errors import CannotDo, EscalationError, TryAgain
from worker.escalation.facts.seal import Seals
from worker.jira.answers import (
    ANYBODYS,
    NEVER_JIRAS,
    OF_WHAT_IS_SENT,
    NotJira,
    a_list,
    an_object,
    is_jiras_own,
    retry_after,
    seconds_to,
    with_any,
)
from worker.jira.signin.connection import Connection, read_json
from worker.jira.signin.credentials import Credentials
from worker.jira.signin.login import GATEWAY_PATH, Login, unreachable
from worker.metrics import CALLS, PAUSES, REMAINING, TALLY

log = structlog.get_logger()

CONNECT_SECONDS, READ_SECONDS = 5.0, 20.0
UNAUTHORIZED_PAUSE = 30.0
QUIET_SECONDS = 0.05
ANSWER_SECONDS = 0.25  # in which Redis says what it knows, unless it is ill
WORDS = 500
PARALLEL = 8
SERVER = ("deploymentType", "versionNumbers", "version", "baseUrl")  # what serverInfo says of any Jira
API = "/rest/api/"  # always there, unlike the paths of apps, which answer 404 in any shape where they are not
NEWEST_DATA_CENTER = 1000  # Cloud counts its versions from 1001 on
_BUSY = frozenset({408, 409, 423, 425, 429, 500, 502, 503, 504})
_VARIABLE = re.compile(r"(?<=/)(?:\d+|[A-Z0-9_]*[A-Z][A-Z0-9_]*-\d+)(?=/|$)")

_COUNTED: ContextVar[list[str]] = ContextVar("the calls of a look")

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The calls to Jira that are made meanwhile, by us or by others on our behalf: a list that grows."""
    calls: list[str] = []
    token = _COUNTED.set(calls)
    try:
        yield calls
    finally:
        _COUNTED.reset(token)


class Refused(EscalationError):
    """Jira refuses the call as it is (400, 403, 404, 413, 422): repeating it does not help.

    Attributes:
        status: the HTTP status.
        messages: Jira's words about the call.
        fields: Jira's words about each field it refuses.
        elements: what failed in a bulk create of which nothing was created, element by element.
    """

    def __init__(
        self, status: int, messages: Sequence[str], fields: Mapping[str, str], elements: Sequence[Any] = ()
    ) -> None:
        self.status = status
        self.messages = tuple(messages)
        self.fields = dict(fields)
        self.elements = tuple(elements)
        words = "; ".join([*self.messages, *(f"{name}: {text}" for name, text in self.fields.items())])
        super().__init__(f"Jira answered {status}{': ' + _short(words) if words else ''}")


class Pausing(Protocol):
    """Pauses that all workers keep together (see worker/queue/retry_after.py)."""

    def pause(self, scope: str, seconds: float, reason: str = "") -> None:
        """Ask everybody to leave a scope alone for that long."""

    def remaining(self, scopes: Sequence[str]) -> float:
        """Seconds until all these scopes may be used again."""


class OwnPauses:
    """Pauses of this process alone: for commands that run without Redis, and while Redis is away."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def pause(self, scope: str, seconds: float, reason: str = "") -> None:
        """Remember the later of the pause under way and this one."""
        self._until[scope] = max(self._until.get(scope, 0.0), self._clock() + seconds)

    def remaining(self, scopes: Sequence[str]) -> float:
        """Seconds until all these scopes may be used again."""
        return max([0.0, *(self._until.get(scope, 0.0) - self._clock() for scope in scopes)])


class Site:
    """One Jira site, as one account sees it. Safe to share between threads: each thread has its own session."""

    def __init__(
        self,
        credentials: Credentials,
        pauses: Pausing | None = None,
        *,
        read_seconds: float = READ_SECONDS,
        record_secrets: Sequence[str] = (),
    ) -> None:
        """`record_secrets` seal what we remember in Jira, the first one; where there are none, what we log in with."""
        known = record_secrets or [credentials.token or credentials.client_secret or ""]
        self.seals = Seals(credentials.url, known)
        self._login = Login(credentials)
        self._timeout = (CONNECT_SECONDS, read_seconds)
        self._pauses = pauses
        self._own = OwnPauses()
        self._quiet: dict[str, float] = {}  # by endpoint, of which there are a few dozen
        self._threads = threading.local()
        self._learning, self._asking = threading.Lock(), threading.Lock()
        self._server: dict[str, Any] | None = None
        self._myself: dict[str, Any] | None = None
        self._dated: tuple[str | None, float] = (None, 0.0)
        self._pool = ThreadPoolExecutor(PARALLEL, thread_name_prefix="jira")

    @property
    def server(self) -> Mapping[str, Any]:
        """What serverInfo says; asked once."""
        with self._learning:
            if self._server is None:
                self._server = with_any(self.call("GET", "/rest/api/2/serverInfo"), *SERVER)
        return self._server

    @property
    def cloud(self) -> bool:
        """Whether this is Jira Cloud (else Data Center)."""
        if GATEWAY_PATH in self._login.given.url:
            return True
        kind = self.server.get("deploymentType")
        newest = int((self.server.get("versionNumbers") or [0])[0])
        return kind == "Cloud" if kind else newest >= NEWEST_DATA_CENTER

    @property
    def api(self) -> str:
        """The path of the REST API: version 3 speaks ADF (Cloud), version 2 wiki markup (Data Center)."""
        return "/rest/api/3" if self.cloud else "/rest/api/2"

    @property
    def account(self) -> str:
        """Our own account: accountId on Cloud, user name on Data Center; asked once."""
        api = self.api
        with self._learning:
            if self._myself is None:
                self._myself = with_any(self.call("GET", f"{api}/myself"), "accountId", "name")
        return str(self._myself.get("accountId") or self._myself.get("name"))

    @property
    def ahead(self) -> float:
        """Seconds by which Jira's clock is ahead of this machine's, as of the `Date` of the latest answer, which is to
        the second; 0.0 where there is none."""
        date, read_at = self._dated
        return seconds_to(date, datetime.fromtimestamp(read_at, UTC)) or 0.0

    def user(self, id: str | None) -> dict[str, str | None]:
        """How a person is named in what we send."""
        return {"accountId" if self.cloud else "name": id}

    def get(self, path: str, **query: Any) -> Any:
        """Reads a JSON object below the API's path."""
        return an_object(self.call("GET", f"{self.api}{path}", query=query))

    def get_list(self, path: str, **query: Any) -> list[Any]:
        """Reads a JSON list below the API's path."""
        return a_list(self.call("GET", f"{self.api}{path}", query=query))

    def ask(self, path: str, body: Any, **query: Any) -> dict[str, Any]:
        """Asks by POST what is answered with a JSON object."""
        return an_object(self.send("POST", path, body, **query))

    def send(self, method: str, path: str, body: Any = None, *, issue: str = "", **query: Any) -> Any:
        """Writes below the API's path; `issue` is whose write limit it counts against."""
        return self.call(method, f"{self.api}{path}", body=body, query=query, issue=issue)

    def together(self, read: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """Several reads at once, in the time of one; the first error is raised."""
        if len(parts) < 2:
            return [read(part) for part in parts]
        others = [self.meanwhile(partial(read, part)) for part in parts[1:]]
        return [read(parts[0]), *(each.result() for each in others)]

    def meanwhile(self, read: Callable[[], R]) -> Future[R]:
        """A read that is made while the caller goes on; it is counted, and logged, with whoever asks."""
        return self._pool.submit(copy_context().run, read)

    def call(
        self, method: str, path: str, *, body: Any = None, query: Mapping[str, Any] | None = None, issue: str = ""
    ) -> Any:
        """One HTTP call: the answer's JSON, or None where it has none.

        Raises:
            TryAgain: Jira is busy, broken, unreachable, or has asked for a pause.
            NotJira: what came below the API's path is nobody's we know; it is a TryAgain.
            Unauthorized: the credentials are not accepted.
            Refused: the call itself is not accepted.
            CannotDo: the address is not a Jira.
        """
        endpoint = f"{method} {_VARIABLE.sub('{}', path)}"
        scopes = ["site", f"endpoint:{endpoint}", *([f"issue:{issue}"] if issue else [])]
        self._keep_pause(scopes)
        started = monotonic()
        _COUNTED.get([]).append(endpoint)
        try:
            response = self._request(method, path, body, query or {})
            if _is_nobody(response) and self._login.other_way(_shown(response)):
                response = self._request(method, path, body, query or {})
        except requests.RequestException as error:
            TALLY.observe(CALLS, monotonic() - started, method, 0)
            raise unreachable(self._login.given.url, error) from None
        self._dated = response.headers.get("Date"), time()
        TALLY.observe(CALLS, monotonic() - started, method, response.status_code)
        TALLY.last(REMAINING, response.headers.get("X-RateLimit-Remaining"))
        log.debug("jira call", call=endpoint, status=response.status_code, seconds=round(monotonic() - started, 3))
        if response.status_code >= 400 or _login_failed(response):
            raise self._failed(response, path, endpoint, issue)
        return _json(response)

    def _request(self, method: str, path: str, body: Any, query: Mapping[str, Any]) -> requests.Response:
        """Past the package's own `request`, which stumbles over error bodies that are not of the usual shape."""
        connection = self._connection(self._login.base())
        return connection.send(method, path, query, body, self._login.header())

    def _connection(self, base: str) -> Connection:
        """This thread's."""
        found: Connection | None = getattr(self._threads, "connection", None)
        if found is None or found.base != base:
            found = self._threads.connection = Connection(base, self._login.given.trust, self._timeout)
        return found

    def _keep_pause(self, scopes: Sequence[str]) -> None:
        left = self._own.remaining(scopes) or self._others_pause(scopes)
        if left > 0:
            raise TryAgain("Jira has asked for a pause", after=left)

    def _others_pause(self, scopes: Sequence[str]) -> float:
        """What another worker was asked for. Of a call that is no write this is looked up every twentieth of a second:
        for that long any call is on its way. Calls that begin together wait for the answer that one of them gets."""
        asked = scopes[-1]
        if self._pauses is None or self._is_quiet(asked):
            return 0.0
        if asked.startswith("issue:"):
            return self._noted_pause(self._pauses, scopes)
        if not self._asking.acquire(timeout=ANSWER_SECONDS):
            return 0.0  # Redis does not answer
        try:
            if self._is_quiet(asked):
                return 0.0
            left = self._noted_pause(self._pauses, scopes)
            if not left:
                self._quiet[asked] = monotonic() + QUIET_SECONDS
            return left
        finally:
            self._asking.release()

    def _is_quiet(self, scope: str) -> bool:
        """Whether it was seen a moment ago that nobody was asked for a pause."""
        return monotonic() < self._quiet.get(scope, 0.0)

    def _noted_pause(self, pauses: Pausing, scopes: Sequence[str]) -> float:
        try:
            return pauses.remaining(scopes)
        except Exception as error:  # politeness must not fail because Redis is away
            log.debug("pauses unknown", reason=type(error).__name__)
            return 0.0

    def _pause(self, scope: str, seconds: float, reason: str) -> None:
        self._own.pause(scope, seconds)
        TALLY.add(PAUSES, scope.partition(":")[0])
        log.warning("pause", scope=scope, seconds=round(seconds, 1), reason=reason)
        if self._pauses:
            try:
                self._pauses.pause(scope, seconds, reason)
            except Exception as error:  # our own pause still holds for this process
                log.debug("pause not shared", reason=type(error).__name__)

    def _failed(self, response: requests.Response, path: str, endpoint: str, issue: str) -> EscalationError:
        status = response.status_code
        if _is_nobody(response) or _login_failed(response):
            self._login.give_up()
            self._pause("site", UNAUTHORIZED_PAUSE, "unauthorized")
            return self._login.refusal()
        if status in _BUSY or status > 500:
            return self._busy(status, response.headers, endpoint, issue)
        about_what_we_send = issue and status in OF_WHAT_IS_SENT  # whoever says so: that step fails, and others go on
        if status in NEVER_JIRAS or not (about_what_we_send or _says_jira(response, path)):
            return NotJira(f"JIRA_URL answers {status}")
        return refusal(status, response)

    def _busy(self, status: int, headers: Mapping[str, str], endpoint: str, issue: str) -> TryAgain:
        after = retry_after(headers, datetime.now(UTC))
        if status == 429:
            after = max(after or random.uniform(3, 6), 1.0)  # noqa: S311  jitter, not a secret
        if after and status in (429, 503):
            reason = headers.get("RateLimit-Reason", "")
            self._pause(_scope(reason, status, endpoint, issue), after, reason or str(status))
        return TryAgain(f"Jira answered {status}", after=after, down=status >= 500)


def _scope(reason: str, status: int, endpoint: str, issue: str) -> str:
    """What a pause concerns: one issue, one endpoint, or everything (jira-facts §4)."""
    if "per-issue" in reason and issue:
        return f"issue:{issue}"
    if status == 429 and "burst" in reason:
        return f"endpoint:{endpoint}"
    return "site"


def _is_nobody(response: requests.Response) -> bool:
    """Whether Jira did not take the request's `Authorization` at all."""
    return response.status_code == 401 and not _lacks_scope(response)


def _shown(response: requests.Response) -> str:
    return str(response.request.headers.get("Authorization", ""))


def _lacks_scope(response: requests.Response) -> bool:
    """Whether the token works and this call lies outside its scopes, which Cloud's gateway answers with 401 too."""
    return any("scope does not match" in words for words in refusal(response.status_code, response).messages)


def _login_failed(response: requests.Response) -> bool:
    """Whether Jira took us for nobody: it may then answer as to a stranger, with 403, 404 or an empty list."""
    reason = response.headers.get("X-Seraph-LoginReason", "")
    denied = "X-Authentication-Denied-Reason" in response.headers  # a CAPTCHA after too many wrong passwords
    return denied or "AUTHENTICATED_FAILED" in reason or "AUTHENTICATION_DENIED" in reason


def _says_jira(response: requests.Response, path: str) -> bool:
    """A permission may be refused without a word; of an issue that is not enough, for it might be taken for gone.

    A page for people is nobody's answer to a call, whatever its status; but where an app is not installed, its paths
    may answer in any shape."""
    if not path.startswith(API) and response.status_code in ANYBODYS:
        return True
    if response.headers.get("Content-Type", "").lower().startswith("text/html"):
        return False
    mute = response.status_code == 403 and not response.content and "/issue/" not in path
    return mute or is_jiras_own(response.status_code, _body(response))


def refusal(status: int, response: requests.Response) -> Refused:
    """Jira's error body, `{"errorMessages": […], "errors": {…}}`, as an exception; anything else has no words."""
    return refused(status, _body(response))


def _body(response: requests.Response) -> Any:
    """The JSON of an answer that is an error; None where it is none."""
    try:
        return read_json(response)
    except ValueError:
        return None


def refused(status: int, body: Any) -> Refused:
    """The same for a body that has been read, such as the one of an element of a bulk create."""
    body = body if isinstance(body, dict) else {}
    several, errors = body.get("errorMessages"), body.get("errors")
    several = several if isinstance(several, list) else [several]
    messages = [str(text) for text in (*several, body.get("errorMessage"), body.get("message")) if text]
    if isinstance(errors, list):
        return Refused(status, messages, {}, errors)
    fields = errors if isinstance(errors, dict) else {}
    return Refused(status, messages, {str(name): str(text) for name, text in fields.items()})


def _short(words: str) -> str:
    return words if len(words) <= WORDS else f"{words[:WORDS]}…"


def _json(response: requests.Response) -> Any:
    if 300 <= response.status_code < 400:
        raise CannotDo(
            "JIRA_URL answers with a redirect.", "Give the address that it leads to, usually the one with https."
        )
    if not response.content:
        return None
    try:
        return read_json(response)
    except ValueError:
        raise NotJira(f"JIRA_URL answers {response.status_code} with something that is not JSON") from None
