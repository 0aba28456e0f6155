"""The connection: each answer is JSON or a typed error, each call is made once, each pause is kept, nothing leaks."""

import io
import logging
import re
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses
import structlog
from hypothesis import given
from hypothesis import strategies as some

from sandbox import Fault, Sandbox
from sandbox.http import faults
from worker.errors import CannotDo, EscalationError, TryAgain, Unauthorized
from worker.escalation.texts.document import Block, Document, Span
from worker.jira.answers import LONGEST_PAUSE, NotJira, retry_after
from worker.jira.signin.credentials import Credentials
from worker.jira.site import OwnPauses, Refused, Site, refused
from worker.jira.text import markup

HELLO = Document((Block("paragraph", ((Span("hello"),),)),))
URL, TOKEN, USER = "https://jira.example", "s3cr3t-t0ken-of-ours", "bot@vendor.example"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


class Clock:
    """Seconds that pass when a test says so."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Shared(OwnPauses):
    """Pauses that another worker sees as well."""

    reasons: list[tuple[str, float]]

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self.reasons = []

    def pause(self, scope: str, seconds: float, reason: str = "") -> None:
        self.reasons.append((scope, seconds))
        super().pause(scope, seconds, reason)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shared(clock: Clock) -> Shared:
    return Shared(clock)


@pytest.fixture
def site(clock: Clock, shared: Shared) -> Site:
    return a_site(clock, shared)


def a_site(clock: Clock, shared: Shared) -> Site:
    site = Site(Credentials(URL, USER, TOKEN), shared)
    site._own = OwnPauses(clock)
    site._server = {"deploymentType": "Cloud"}
    return site


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def answer(http: responses.RequestsMock, status: int, body: Any = None, method: str = "GET", **headers: str) -> None:
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    given = {"json": body} if isinstance(body, dict | list) else {"body": body or ""}
    http.add(method, re.compile(f"{URL}/.*"), status=status, headers=spelled, **given)


# -- what an answer means


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 413, 422])
def test_a_refusal_carries_jiras_words(site: Site, http: responses.RequestsMock, status: int) -> None:
    answer(http, status, {"errorMessages": ["Not so."], "errors": {"duedate": "cannot be set"}})
    with pytest.raises(Refused) as refusal:
        site.get("/issue/1")
    assert refusal.value.status == status and refusal.value.fields == {"duedate": "cannot be set"}
    assert "Not so." in str(refusal.value) and len(http.calls) == 1


@pytest.mark.parametrize("status", [408, 409, 423, 425, 500, 501, 502, 503, 504, 520, 599])
def test_a_busy_or_broken_jira_is_tried_again_later_and_not_by_us(
    site: Site, http: responses.RequestsMock, status: int
) -> None:
    answer(http, status, "<html>sorry</html>", method="POST")
    with pytest.raises(TryAgain) as later:
        site.send("POST", "/issue/1/comment", {"body": {}})
    assert not later.value.unreachable and len(http.calls) == 1


@pytest.mark.parametrize(
    "body",
    [None, "", "null", "17", "[]", '["x"]', '"text"', "<html>", '{"errorMessages": null, "errors": null}', "{",
     '{"errorMessages": "one", "errors": "two"}', '{"errorMessages": [{"a": 1}], "errors": {"x": {"y": 1}}}',
     '{"message": null, "errors": []}', '{"errors": [1, null, "x"]}', '{"message": "Gateway says no"}'],
)  # fmt: skip
@pytest.mark.parametrize("status", [400, 404, 503])
def test_an_error_body_of_any_shape_is_understood(
    site: Site, http: responses.RequestsMock, status: int, body: str | None
) -> None:
    answer(http, status, body)
    with pytest.raises((Refused, TryAgain)):
        site.get("/issue/1")


def test_long_words_are_shortened() -> None:
    assert len(str(refused(400, {"errorMessages": ["x" * 5_000]}))) < 600


def test_credentials_that_are_not_accepted_stop_everything_for_a_while(
    site: Site, http: responses.RequestsMock, clock: Clock
) -> None:
    answer(http, 401, "")
    with pytest.raises(Unauthorized):
        site.get("/issue/1")
    with pytest.raises(TryAgain):
        site.get("/myself")
    assert len([call for call in http.calls if "/_edge/" not in str(call.request.url)]) == 1
    clock.now += 31
    with pytest.raises(Unauthorized):
        site.get("/myself")


def test_a_call_outside_the_tokens_scopes_stops_nothing_else(site: Site, http: responses.RequestsMock) -> None:
    answer(http, 401, {"code": 401, "message": "Unauthorized; scope does not match"})
    with pytest.raises(Refused, match="scope does not match"):
        site.get("/group/member")
    answer(http, 200, {})
    assert site.get("/myself") == {}


@pytest.mark.parametrize(
    ("status", "headers"),
    [(403, {"X_Authentication_Denied_Reason": "CAPTCHA_CHALLENGE; login-url=x"}),
     (404, {"X_Seraph_LoginReason": "AUTHENTICATED_FAILED"}),
     (200, {"X_Seraph_LoginReason": "AUTHENTICATED_FAILED"})],
)  # fmt: skip
def test_an_answer_to_a_stranger_is_not_taken_for_ours(
    site: Site, http: responses.RequestsMock, status: int, headers: dict[str, str]
) -> None:
    answer(http, status, {"issues": []}, **headers)
    with pytest.raises(Unauthorized):
        site.get("/issue/1")


def test_a_login_that_worked_says_so_too(site: Site, http: responses.RequestsMock) -> None:
    answer(http, 200, {"id": "1"}, X_Seraph_LoginReason="OK")
    assert site.get("/issue/1") == {"id": "1"}


def test_what_is_not_json_is_tried_again(site: Site, http: responses.RequestsMock) -> None:
    answer(http, 200, "<html>Jira is starting up</html>")
    with pytest.raises(TryAgain, match="not JSON"):
        site.get("/issue/1")


def test_no_content_is_nothing(site: Site, http: responses.RequestsMock) -> None:
    answer(http, 204, method="PUT")
    assert site.send("PUT", "/issue/1", {}) is None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_address_to_mend_and_never_followed(
    site: Site, http: responses.RequestsMock, status: int
) -> None:
    answer(http, status, Location="https://login.example/")
    with pytest.raises(CannotDo, match="redirect"):
        site.get("/issue/1")
    assert len(http.calls) == 1


PAGE = "<html>Your site is currently unavailable.</html>"
JIRAS = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}


@pytest.mark.parametrize("status", [403, 404, 410])
@pytest.mark.parametrize("body", [PAGE, None, "null", "[]", '"gone"', {"message": "no Route matched"}, {"error": "x"}])
def test_only_jira_says_that_something_is_gone(
    site: Site, http: responses.RequestsMock, status: int, body: Any
) -> None:
    answer(http, status, body)
    with pytest.raises(NotJira, match="not Jira") as meant:
        site.get("/issue/1")
    assert meant.value.down and len(http.calls) == 1


@pytest.mark.parametrize("status", [400, 406, 413, 415, 422])
def test_a_firewall_that_refuses_what_one_write_holds_stops_that_step_alone(
    site: Site, http: responses.RequestsMock, status: int
) -> None:
    page = {"status": status, "body": PAGE, "content_type": "text/html"}
    http.add("POST", f"{URL}/rest/api/3/issue/1/comment", **page)
    http.add("GET", f"{URL}/rest/api/3/issue/1", **page)
    with pytest.raises(Refused, match=str(status)):
        site.send("POST", "/issue/1/comment", {}, issue="1")
    with pytest.raises(NotJira):
        site.get("/issue/1")


@pytest.mark.parametrize("status", [403, 404, 410])
@pytest.mark.parametrize(
    "body", [JIRAS, {"errorMessages": []}, {"errors": {}}, {"message": "null for uri: /x", "status-code": 404}]
)
def test_jiras_own_words_are_believed(site: Site, http: responses.RequestsMock, status: int, body: Any) -> None:
    answer(http, status, body)
    with pytest.raises(Refused) as meant:
        site.get("/issue/1")
    assert meant.value.status == status


@pytest.mark.parametrize("path", ["/rest/servicedeskapi/request/1/comment/2", "/rest/jira-webhook/1.0/webhooks"])
def test_where_there_is_no_such_app_jira_answers_with_a_page(
    site: Site, http: responses.RequestsMock, path: str
) -> None:
    answer(http, 404, PAGE)
    with pytest.raises(Refused):
        site.call("GET", path)


def test_a_permission_may_be_refused_without_a_word_save_for_an_issue(site: Site, http: responses.RequestsMock) -> None:
    answer(http, 403)
    with pytest.raises(Refused):
        site.get("/group/member")
    with pytest.raises(NotJira):
        site.get("/issue/1")


def test_a_proxy_that_wants_a_password_is_not_jira(site: Site, http: responses.RequestsMock) -> None:
    answer(http, 407, JIRAS)
    with pytest.raises(NotJira, match="407"):
        site.get("/issue/1")


@pytest.mark.parametrize("body", ["", "null", "17", "[]", '"text"', "true", "[{}]"])
def test_an_answer_that_is_no_object_is_tried_again(site: Site, http: responses.RequestsMock, body: str) -> None:
    for method in ("GET", "POST"):
        answer(http, 200, body, method)
    for ask in (lambda: site.get("/issue/1"), lambda: site.ask("/issue/bulkfetch", {})):
        with pytest.raises(NotJira):
            ask()


@pytest.mark.parametrize("body", ["", "null", "17", "{}", '"text"'])
def test_an_answer_that_is_no_list_is_tried_again(site: Site, http: responses.RequestsMock, body: str) -> None:
    answer(http, 200, body)
    with pytest.raises(NotJira):
        site.get_list("/field")


# -- pauses


@pytest.mark.parametrize(
    ("header", "between"),
    [("30", (30, 30)), ("1.5", (1.5, 1.5)), (None, (3, 6)), ("", (3, 6)), ("soon", (3, 6)), ("-5", (3, 6)),
     ("0", (3, 6)), ("999999999", (LONGEST_PAUSE, LONGEST_PAUSE)), ("9" * 40, (3, 6)),
     ("Mon, 99 Nov 2026 10:00:00 GMT", (3, 6))],
)  # fmt: skip
def test_no_call_is_made_while_jira_wants_to_be_left_alone(
    site: Site, http: responses.RequestsMock, clock: Clock, header: str | None, between: tuple[float, float]
) -> None:
    headers = {"Retry_After": header} if header is not None else {}
    answer(http, 429, {}, RateLimit_Reason="jira-quota-tenant-based", **headers)
    with pytest.raises(TryAgain) as first:
        site.get("/issue/1")
    assert first.value.after and between[0] <= first.value.after <= between[1]
    clock.now += first.value.after - 0.01
    with pytest.raises(TryAgain) as again:
        site.send("POST", "/issue/bulkfetch", {})
    assert again.value.after and again.value.after <= 0.02 and len(http.calls) == 1
    clock.now += 0.02
    with pytest.raises(TryAgain):
        site.get("/issue/1")
    assert len(http.calls) == 2


def test_retry_after_may_be_a_date() -> None:
    assert retry_after({"Retry-After": "Mon, 23 Nov 2026 15:00:40 GMT"}, NOW) == 40
    assert retry_after({"Retry-After": "Mon, 23 Nov 2026 14:00:00 GMT"}, NOW) == 0
    assert retry_after({"X-RateLimit-Reset": "2026-11-23T15:01Z"}, NOW) == 60
    assert retry_after({"Retry-After": "5", "X-RateLimit-Reset": "2026-11-23T15:01Z"}, NOW) == 5
    assert retry_after({}, NOW) is None


def test_the_end_of_a_limit_may_be_a_unix_epoch() -> None:
    seconds = int(NOW.timestamp())
    assert retry_after({"X-RateLimit-Reset": str(seconds + 90)}, NOW) == 90
    assert retry_after({"X-RateLimit-Reset": str((seconds + 90) * 1_000)}, NOW) == 90
    assert retry_after({"X-RateLimit-Reset": f"{seconds + 90}.5"}, NOW) == 90.5
    assert retry_after({"X-RateLimit-Reset": str(seconds - 90)}, NOW) == 0
    assert retry_after({"X-RateLimit-Reset": "90"}, NOW) == 90
    assert retry_after({"X-RateLimit-Reset": str(seconds + 10**6)}, NOW) == LONGEST_PAUSE


def test_an_instant_is_one_of_jiras_clock() -> None:
    """Where this machine's clock is five minutes slow, the pause is no longer for it."""
    jiras = "Mon, 23 Nov 2026 15:05:00 GMT"
    assert retry_after({"X-RateLimit-Reset": "2026-11-23T15:06Z", "Date": jiras}, NOW) == 60
    assert retry_after({"Retry-After": "Mon, 23 Nov 2026 15:05:40 GMT", "Date": jiras}, NOW) == 40
    assert retry_after({"Retry-After": "40", "Date": jiras}, NOW) == 40


@given(some.text(max_size=40) | some.from_regex(r"[-+]?\d{1,60}([.:T ]\d+)*Z?", fullmatch=True))
def test_no_header_is_odd_enough_to_break_anything(text: str) -> None:
    seconds = retry_after({"Retry-After": text, "X-RateLimit-Reset": text}, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_PAUSE


def test_a_pause_concerns_what_jira_says_it_concerns(clock: Clock, shared: Shared) -> None:
    reasons = {
        "jira-quota-global-based": "site",
        "jira-quota-tenant-based": "site",
        "jira-burst-based": "endpoint:PUT /rest/api/{}/issue/{}",
        "jira-per-issue-on-write": "issue:17",
        "something new": "site",
    }
    for reason, scope in reasons.items():
        site = a_site(clock, shared)
        with responses.RequestsMock() as http:
            answer(http, 429, {}, method="PUT", Retry_After="9", RateLimit_Reason=reason)
            with pytest.raises(TryAgain):
                site.send("PUT", "/issue/17", {}, issue="17")
        (paused, seconds), clock.now = shared.reasons[-1], clock.now + 10
        assert seconds == 9 and re.sub(r"api/\d", "api/{}", paused) == scope


def test_one_issues_pause_does_not_hold_up_another(site: Site, http: responses.RequestsMock) -> None:
    http.add(
        "PUT",
        re.compile(".*/issue/17"),
        status=429,
        headers={"Retry-After": "9", "RateLimit-Reason": "jira-per-issue-on-write"},
    )
    http.add("PUT", re.compile(".*/issue/18"), status=204)
    with pytest.raises(TryAgain):
        site.send("PUT", "/issue/17", {}, issue="17")
    site.send("PUT", "/issue/18", {}, issue="18")
    with pytest.raises(TryAgain, match="pause"):
        site.send("POST", "/issue/17/comment", {}, issue="17")


def test_another_worker_keeps_the_same_pause(clock: Clock, shared: Shared, http: responses.RequestsMock) -> None:
    answer(http, 503, "", Retry_After="20")
    with pytest.raises(TryAgain):
        a_site(clock, shared).get("/issue/1")
    with pytest.raises(TryAgain, match="pause"):
        a_site(clock, shared).get("/issue/2")
    assert len(http.calls) == 1


def test_calls_that_begin_together_all_keep_it(clock: Clock, http: responses.RequestsMock) -> None:
    class Slow(Shared):
        def remaining(self, scopes: Any) -> float:
            time.sleep(0.02)
            return super().remaining(scopes)

    shared = Slow(clock)
    shared.pause("site", 20)

    def ask(number: int) -> str:
        with pytest.raises(TryAgain) as refused:
            site.get(f"/issue/{number}")
        return str(refused.value)

    site = a_site(clock, shared)
    assert all("pause" in said for said in site.together(ask, range(4)))
    assert len(http.calls) == 0


def test_politeness_does_not_depend_on_redis(clock: Clock, http: responses.RequestsMock) -> None:
    class Away(Shared):
        def pause(self, scope: str, seconds: float, reason: str = "") -> None:
            raise ConnectionError

        def remaining(self, scopes: Any) -> float:
            raise ConnectionError

    site = a_site(clock, Away(clock))
    answer(http, 429, {}, Retry_After="20")
    for _ in range(2):
        with pytest.raises(TryAgain):
            site.get("/issue/1")
    assert len(http.calls) == 1


def test_a_server_error_without_a_wish_pauses_nothing(site: Site, http: responses.RequestsMock, shared: Shared) -> None:
    answer(http, 500, "")
    for _ in range(2):
        with pytest.raises(TryAgain):
            site.get("/issue/1")
    assert len(http.calls) == 2 and shared.reasons == []


# -- real connections


@pytest.mark.parametrize("flavour", ["cloud", "dc"])
@pytest.mark.parametrize(
    "fault",
    [Fault("reset-before", method="POST"), Fault("reset-after", method="POST"), Fault("hang", method="POST", seconds=1),
     Fault("hang-after", method="POST", seconds=1)],
    ids=lambda fault: fault.action,
)  # fmt: skip
def test_a_broken_connection_is_told_and_the_call_not_repeated(flavour: Any, fault: Fault) -> None:
    with Sandbox(flavour) as jira:
        key = jira.create_ticket("SUP")
        login = jira.email() if flavour == "cloud" else None
        site = Site(Credentials(jira.url, login, jira.token()), read_seconds=0.2)
        body = markup.adf(HELLO) if flavour == "cloud" else "x"
        assert site.account == jira.id_of("bot")
        jira.log.clear()
        jira.faults.add(Fault(fault.action, method="POST", seconds=fault.seconds))
        with pytest.raises(TryAgain) as broken:
            site.send("POST", f"/issue/{key}/comment", {"body": body})
        assert broken.value.unreachable and jira.token() not in str(broken.value)
        assert len(jira.calls(None)) == 1
        assert len(jira.issue(key).comments) == fault.action.endswith("-after")


def test_nobody_listens() -> None:
    site = Site(Credentials("http://127.0.0.1:9", USER, TOKEN))
    with pytest.raises(TryAgain) as nobody:
        site.get("/myself")
    assert nobody.value.unreachable


def test_the_time_of_a_call_is_bounded() -> None:
    with Sandbox("cloud") as jira:
        jira.faults.add(faults.Fault("slow", seconds=5))
        site = Site(Credentials(jira.url, jira.email(), jira.token()), read_seconds=0.2)
        began = datetime.now(UTC)
        with pytest.raises(TryAgain):
            site.call("GET", "/rest/api/2/serverInfo")
        assert datetime.now(UTC) - began < timedelta(seconds=4)
        jira.faults.clear()


# -- secrets


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("user", [USER, None])
def test_no_secret_in_any_error_or_log(status: int, user: str | None, caplog: pytest.LogCaptureFixture) -> None:
    out = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(out), cache_logger_on_first_use=False)
    caplog.set_level(logging.DEBUG)
    try:
        with responses.RequestsMock() as http:
            echo = f"no: {TOKEN}" if status != 400 else ""
            answer(http, status, echo, Set_Cookie=f"session={TOKEN}", Location=f"https://x/?t={TOKEN}")
            site = Site(Credentials(URL, user, TOKEN))
            site._server = {"deploymentType": "Cloud"}
            with pytest.raises(EscalationError) as error:
                site.get("/issue/1")
    finally:
        structlog.reset_defaults()
    shown = "".join(traceback.format_exception(error.value))
    for text in (str(error.value), repr(error.value), shown, out.getvalue(), caplog.text, repr(site), repr(vars(site))):
        assert TOKEN not in text


# -- what is learned once


def test_the_gateway_is_cloud_without_asking() -> None:
    assert Site(Credentials("https://api.atlassian.com/ex/jira/1-2-3", USER, TOKEN)).api == "/rest/api/3"


@pytest.mark.parametrize(
    ("says", "cloud"),
    [({"deploymentType": "Cloud"}, True), ({"deploymentType": "Server"}, False),
     ({"deploymentType": "DataCenter"}, False), ({"versionNumbers": [1001, 0, 0]}, True),
     ({"versionNumbers": [10, 3, 2]}, False), ({"baseUrl": URL}, False)],
)  # fmt: skip
def test_which_jira_it_is(says: dict[str, Any], cloud: bool, http: responses.RequestsMock) -> None:
    answer(http, 200, says)
    site = Site(Credentials(URL, USER, TOKEN))
    assert site.cloud is cloud and site.cloud is cloud
    assert len(http.calls) == 1


def test_reads_made_together_raise_the_first_error(site: Site) -> None:
    def read(number: int) -> int:
        if number == 2:
            raise TryAgain("no")
        return number * 2

    assert site.together(read, [1]) == [2] and site.together(read, [3, 4]) == [6, 8]
    with pytest.raises(TryAgain):
        site.together(read, [1, 2, 3])


def test_a_cookie_goes_along_from_then_on(site: Site, http: responses.RequestsMock) -> None:
    """A cluster's load balancer keeps us at one node by it."""
    http.get(f"{URL}/rest/api/3/issue/1", json={}, headers={"Set-Cookie": "node=a1; Path=/"})
    site.get("/issue/1")
    site.get("/issue/1")
    site.get("/issue/1")
    assert [call.request.headers.get("Cookie") for call in http.calls] == [None, "node=a1", "node=a1"]


def test_a_call_is_the_one_that_requests_would_make(site: Site, http: responses.RequestsMock) -> None:
    asked = {"jql": 'labels = "a b" & ü', "fields": ["a", "b"], "no": None, "n": 5}
    http.get(re.compile(".*"), json={})
    site.get("/issue/ABC 1ü%2F", **asked)
    usual = requests.Request("GET", f"{URL}/rest/api/3/issue/ABC 1ü%2F", params=asked).prepare().url
    assert http.calls[0].request.url == usual


def test_half_a_character_is_left_out(site: Site, http: responses.RequestsMock) -> None:
    http.get(f"{URL}/rest/api/3/issue/1", body=b'{"a": "cut \\ud83d", "b": "\\ud83d\\ude00"}')
    assert site.get("/issue/1") == {"a": "cut ", "b": "😀"}
