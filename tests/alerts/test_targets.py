"""The targets: what is wrong with an address is told without showing it; `escalation notify test` tries each."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from config import ConfigError
from tests.alerts.conftest import SECRET, Receiver
from worker.alerts.messages import links, message, more
from worker.alerts.targets import targets
from worker.commands import main
from worker.errors import TryAgain
from worker.escalation.plan.alert import Alert
from worker.jira.signin.login import GATEWAY_PATH


def escalation(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main.main(list(arguments))
    return int(ended.value.code or 0)


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_wrong_address_is_named_by_its_place() -> None:
    with pytest.raises(ConfigError) as wrong:
        targets([SecretStr("json://127.0.0.1/x"), SecretStr(f"nonsense://{SECRET}"), SecretStr(f"slack://{SECRET}")])
    lines = str(wrong.value).splitlines()
    assert [line.partition(" that")[0] for line in lines] == [
        f"NOTIFY_URLS: found an address at place {place}" for place in (2, 3)
    ]
    assert SECRET not in str(wrong.value)


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert targets([]) == ()
    with pytest.raises(ConfigError, match=r"^NOTIFY_URLS: .* \S+ -m pip install apprise$"):
        targets([SecretStr("json://127.0.0.1/x")])


def test_what_sends_is_not_imported_without_a_target() -> None:
    asked = "import sys, worker.alerts.outbox; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_a_token_in_the_host_s_place_is_not_shown() -> None:
    [slack, mail] = targets(
        [SecretStr("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"), SecretStr("mailtos://me:pw@example.com")]
    )
    assert (slack.name, mail.name) == ("1 (slack://…)", "2 (mailtos://example.com)")
    assert "TIiaj" not in repr(slack) and "pw" not in repr(mail)


def test_notify_test_sends_to_each_target(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NOTIFY_URLS", f"{receiver.url},{receiver.url}/2")
    assert escalation("notify", "test") == 0
    assert capsys.readouterr().out.splitlines() == ["1 (json://127.0.0.1): ok", "2 (json://127.0.0.1): ok"]
    assert receiver.titles == ["Escalation: test notification"] * 2


def test_notify_test_tells_which_failed_and_why(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers = [403]
    monkeypatch.setenv("NOTIFY_URLS", f"{receiver.url}, {receiver.url} ,json://x:{SECRET}@127.0.0.1:9/{SECRET}")
    assert escalation("notify", "test") == 1
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "1 (json://127.0.0.1): answered 403",
        "2 (json://127.0.0.1): ok",
        "3 (json://127.0.0.1): could not be reached",
    ]
    assert SECRET not in shown.out + shown.err


@pytest.mark.parametrize("urls", ["", f"nonsense://{SECRET}"])
def test_notify_test_without_a_target_is_exit_2(
    urls: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NOTIFY_URLS", urls)
    assert escalation("notify", "test") == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("NOTIFY_URLS: ")
    assert SECRET not in line


def test_links_lead_to_the_site_and_never_to_the_gateway() -> None:
    def away() -> dict[str, str]:
        raise TryAgain("Jira is away")

    gateway = f"https://api.atlassian.com{GATEWAY_PATH}1234"
    assert links("https://jira.test", away)("SUP-1") == "https://jira.test/browse/SUP-1"
    assert links(gateway, lambda: {"baseUrl": "https://ours.atlassian.net"})("SUP-1") == (
        "https://ours.atlassian.net/browse/SUP-1"
    )
    assert links(gateway, away)("SUP-1") == links(gateway, lambda: {})("SUP-1") == ""
    assert links("https://jira.test", away)("") == ""


def test_many_in_one_line_name_ten_tickets() -> None:
    many = [Alert("breach", f"{number}", f"SUP-{number}") for number in range(12)] + [Alert("operator", "o")]
    title, body = more(many)
    assert title == "Escalation: 13 more"
    assert "12 promise broken, 1 the escalation worker needs its operator (SUP-0, " in body
    assert "SUP-9 …)" in body


def test_an_alert_without_a_ticket_still_has_a_title_and_a_body() -> None:
    assert message(Alert("operator", "o")) == ("Escalation: the escalation worker needs its operator",) * 2
