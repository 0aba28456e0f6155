"""The commands: exit codes, waiting, the rule, and that an answer off-hours needs nothing but the clock."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.http import faults
from tests.release.conftest import Run, Shop, rules, unasked
from tests.storytelling import Clock
from worker.commands.gate import ask as cli_gate
from worker.escalation.dates.formatting import fixed_zone_warning
from worker.escalation.release.verdict import cannot_tell
from worker.release.gate import CLAUSES, UNKNOWN_CLAUSE, Gate
from worker.release.question import Question

TUESDAY, NIGHT = "2026-11-24T10:00:00-05:00", "2026-11-24T23:00:00-05:00"
Written = Callable[..., Path]


def standing_at(monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    monkeypatch.setattr("worker.clock.now", lambda: datetime.fromisoformat(at).astimezone(UTC))


def connected(monkeypatch: pytest.MonkeyPatch, jira: Sandbox) -> None:
    monkeypatch.setenv("JIRA_URL", jira.url)
    monkeypatch.setenv("JIRA_TOKEN", jira.token())
    monkeypatch.setenv("JIRA_USER", jira.email())


def test_yes_is_0_and_wait_is_10(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    standing_at(monkeypatch, NIGHT)
    ran = run("gate", "--issue", "SUP-1")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("may ship: outside business hours; open until 07:00 ET on Wednesday")
    standing_at(monkeypatch, TUESDAY)
    ran = run("gate", "--json")
    assert (ran.code, ran.json["allowed"], ran.json["next_opening"]) == (10, False, "2026-11-24T21:00:00-05:00")


def test_in_hours_jira_is_asked(run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    worst, bad = shop.graded("SEV-1"), shop.graded("SEV-2")
    standing_at(monkeypatch, TUESDAY)
    connected(monkeypatch, shop.jira)
    assert run("gate", "--issue", worst).code == 0
    ran = run("gate", "--issue", worst, "--issue", bad)
    assert ran.code == 10 and f"{bad}: graded SEV-2" in ran.out
    assert run("gate", "--issue", "SUP-99").code == 3
    shop.jira.faults.add(faults.refused(times=None))
    ran = run("gate", "--issue", worst, "--json")
    assert (ran.code, ran.json["allowed"], ran.json["reason_code"]) == (3, False, "jira-unreachable")
    standing_at(monkeypatch, NIGHT)
    assert run("gate", "--issue", worst).code == 0


def test_in_hours_without_a_jira_names_the_setting(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    standing_at(monkeypatch, TUESDAY)
    ran = run("gate", "--issue", "SUP-1")
    assert ran.code == 2 and "JIRA_URL: not set" in ran.err and "Traceback" not in ran.err


def test_a_broken_protocol_is_2(run: Run, written: Written) -> None:
    ran_with = written(gate_days='"buisness-days"')
    ran = run("gate")
    assert ran.code == 2 and str(ran_with) in ran.err and "business-days" in ran.err


# waiting


class Watch:
    """A clock that moves when somebody sleeps by it."""

    def __init__(self, at: str) -> None:
        self.clock = Clock(datetime.fromisoformat(at))
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.forward(seconds=seconds)

    def wait(self, gate: Gate, question: Question, **patience: float) -> cli_gate.Answer:
        ask = lambda at: gate.answer(question, at)  # noqa: E731
        return cli_gate.until_it_ships(ask, question, timedelta(**patience), self.clock, self.sleep)


def test_it_wakes_at_the_opening() -> None:
    watch = Watch("2026-11-24T20:30:00-05:00")
    answer = watch.wait(Gate(rules(), unasked), Question(), hours=1)
    assert answer.allowed
    assert 0 <= (watch.clock() - datetime.fromisoformat("2026-11-24T21:00:00-05:00")).total_seconds() <= 1
    assert len(watch.slept) == 1


def test_it_does_not_wait_for_what_will_not_come() -> None:
    watch = Watch(TUESDAY)
    assert not watch.wait(Gate(rules(), unasked), Question(), hours=2).allowed
    assert watch.slept == []


def test_it_asks_again_with_jitter_until_there_is_a_grade_or_the_time_is_up() -> None:
    watch, answers = Watch(TUESDAY), [0]

    def known(keys: object) -> list[cli_gate.Known]:
        answers[0] += 1
        return [cannot_tell("SUP-1", "not-graded", "no decision")]

    answer = watch.wait(Gate(rules(), known), Question(("SUP-1",)), minutes=10)
    assert (answer.verdict, watch.clock() - datetime.fromisoformat(TUESDAY)) == ("cannot-tell", timedelta(minutes=10))
    assert 10 * 60 / 39 <= answers[0] <= 10 * 60 / 21 + 2
    assert len({round(seconds, 3) for seconds in watch.slept[:-1]}) > 5


def test_waiting_in_vain_is_10_and_ctrl_c_is_clean(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    standing_at(monkeypatch, TUESDAY)
    assert run("gate", "--wait", "1h").code == 10

    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_gate, "until_it_ships", interrupted)
    ran = run("gate", "--wait", "1h")
    assert ran.code == 130 and ran.err == "stopped; nothing is allowed by this\n" and ran.out == ""


# the rule


def test_the_rule_and_the_next_seven_openings(run: Run) -> None:
    told = run("gate", "explain", "--at", TUESDAY, "--json").json
    assert len(told["next_openings"]) == 7
    assert told["next_openings"][0] == {"from": "2026-11-24T21:00:00-05:00", "to": "2026-11-25T07:00:00-05:00"}
    assert (told["open"], told["gate_days"], told["timezone"], told["warning"]) == (
        False,
        "all",
        "America/New_York",
        None,
    )
    ran = run("gate", "explain", "--at", TUESDAY)
    assert ran.code == 0
    assert "Only SEV-1 fixes are released from 07:00 until before 21:00, on every day of the week" in ran.out
    assert ran.out.count(" 21:00 ET to ") == 7 and "Zone: America/New_York" in ran.out
    assert "At 10:00 ET on Tuesday 2026-11-24: only SEV-1 ships." in ran.out


def test_every_number_that_is_shown_is_spelled_out(run: Run) -> None:
    """Whatever clause a command or the gate names, `gate explain --clauses` has its sentence."""
    listed = run("gate", "explain", "--at", TUESDAY, "--clauses").out
    told = run("gate", "explain", "--at", TUESDAY, "--clauses", "--json").json["clauses"]
    assert all(f"{number:<4} {sentence}" in listed for number, sentence in told.items())
    asked = [("explain", "--grade", grade, "--graded-at", TUESDAY, "--json") for grade in ("SEV-1", "SEV-2", "OTHER")]
    shown = [rule["clause"] for words in asked for rule in run(*words).json["rules"]]
    shown += [*CLAUSES.values(), UNKNOWN_CLAUSE, run("gate", "explain", "--json").json["protocol_clause"]]
    numbers = {number for clause in shown for number in re.findall(r"[RDA]\d+", clause)}
    assert numbers >= {"R13", "R16", "D6", "A20"} and numbers <= set(told)


def test_what_lies_ahead_is_shown(run: Run, written: Written) -> None:
    written(
        gate_days='"business-days"',
        freezes='["2026-01-01", "2026-12-24/2027-01-02"]',
        extra_windows='["2026-11-25T10:00-05:00/2026-11-25T12:00-05:00"]',
    )
    told = run("gate", "explain", "--at", TUESDAY, "--json").json
    assert told["freezes"] == [{"from": "2026-12-24", "to": "2027-01-02"}]
    assert told["extra_windows"] == [{"from": "2026-11-25T10:00:00-05:00", "to": "2026-11-25T12:00:00-05:00"}]
    assert [each["from"] for each in told["next_openings"]][:4] == [
        "2026-11-24T21:00:00-05:00",
        "2026-11-25T10:00:00-05:00",
        "2026-11-25T21:00:00-05:00",
        "2026-11-27T21:00:00-05:00",
    ]
    assert told["next_openings"][2]["to"] == "2026-11-27T07:00:00-05:00"
    assert "on business days" in run("gate", "explain").out


def test_a_fixed_est_is_honoured_and_warned_of(run: Run, written: Written) -> None:
    written(timezone='"EST"')
    july = "2026-07-15T08:30:00-04:00"
    told = run("gate", "explain", "--at", july, "--json").json
    assert "08:00-22:00" in told["warning"] and "America/New_York" in told["warning"]
    assert told["next_openings"][0]["from"] == "2026-07-15T21:00:00-05:00"
    assert run("gate", "--at", "2026-07-15T07:30:00-04:00").code == 0
    assert "Warning: EST is fixed" in run("gate", "explain").out
    for zone in ("America/New_York", "EST5EDT", "America/Panama", "UTC", "Europe/Berlin"):
        assert fixed_zone_warning(rules(zone).zone, "07:00", "21:00", 2026) == ""


def test_the_rule_of_one_project(run: Run, written: Written) -> None:
    path = written()
    path.write_text(path.read_text() + '\n[projects.OPS.business]\ncloses = "18:00"\n')
    told = run("gate", "explain", "--project", "ops", "--at", TUESDAY, "--json").json
    assert told["hours"] == {"from": "07:00", "to": "18:00"}
    assert run("gate", "--issue", "OPS-1", "--at", "2026-11-24T18:00-05:00").code == 0
    assert run("gate", "--at", "2026-11-24T18:00-05:00").code == 10


# as it is really started


def test_off_hours_nothing_of_jira_or_redis_is_even_imported(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom worker.commands import main as cli\n"
        "try:\n    cli.main(sys.argv[1:])\nfinally:\n"
        "    print(sorted({'jira', 'redis', 'celery', 'starlette', 'requests', 'jinja2'} & set(sys.modules)))"
    )
    for words in (("gate", "--issue", "SUP-1", "--at", NIGHT), ("explain", "--grade", "SEV-2", "--graded-at", NIGHT)):
        ran = subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=tmp_path, capture_output=True, text=True, timeout=30, env={"XDG_CACHE_HOME": str(tmp_path)},
        )  # fmt: skip
        assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "[]"), ran.stderr


def test_in_a_process_of_its_own(tmp_path: Path) -> None:
    def started(*words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "worker.commands.main", *words]
        env = {"XDG_CACHE_HOME": str(tmp_path)}
        return subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=30, env=env)

    assert started("gate", "--at", TUESDAY).returncode == 10
    assert started("gate", "--at", NIGHT).returncode == 0
    wrong = started("gate", "--at", "soon")
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)
    nowhere = started("explain", "SUP-1")
    assert nowhere.returncode == 2 and "JIRA_URL" in nowhere.stderr and "Traceback" not in nowhere.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_what_an_old_terminal_cannot_show_ends_no_command(tmp_path: Path, encoding: str) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path), "PYTHONIOENCODING": encoding, "PYTHONPATH": str(Path(__file__).parents[2])}
    for words, code, shown in ((["doctor"], 1, b"  ? Set"), (["preview"], 0, b"Texts")):
        line = [sys.executable, "-m", "worker.commands.main", *words]
        ran = subprocess.run(line, cwd=tmp_path, capture_output=True, timeout=60, env=env)
        assert (ran.returncode, shown in ran.stdout, b"Traceback" in ran.stderr) == (code, True, False), ran
