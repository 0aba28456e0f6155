"""A real Prometheus on a real running system: what the dashboard asks for is there, and the first promise that is
broken sets off its alert."""

import json
import math
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import Sandbox
from tests.system.conftest import System, _free_port, until

MONITORING = Path(__file__).parents[2] / "docs" / "monitoring"
BOARD = json.loads((MONITORING / "dashboard.json").read_text())
ASKED = [target["expr"] for panel in BOARD["panels"] for target in panel["targets"]]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("prometheus"), reason="no Prometheus here (Debian: prometheus)"),
    pytest.mark.parametrize("jira", ["cloud"], indirect=True),
    pytest.mark.timeout(120),
]


class Prometheus:
    """A Prometheus that asks a running system every second, with our alert rules."""

    def __init__(self, system: System, folder: Path) -> None:
        self.url, self.folder = f"http://127.0.0.1:{_free_port()}", folder
        target = {"targets": [system.url.removeprefix("http://")]}
        settings = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(MONITORING / "alerts.yaml")],
            "scrape_configs": [{"job_name": "escalation", "static_configs": [target]}],
        }
        (folder / "prometheus.yml").write_text(json.dumps(settings))  # JSON is YAML
        self.process = subprocess.Popen(
            [
                *("prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'tsdb'}"),
                *(f"--web.listen-address={self.url.removeprefix('http://')}", "--log.level=warn"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=(folder / "prometheus.log").open("w"),
            env=os.environ | {"GOMAXPROCS": "1"},
        )

    def get(self, path: str, **asked: str) -> Any:
        try:
            answer = requests.get(f"{self.url}/api/v1/{path}", params=asked, timeout=5)
        except requests.ConnectionError:  # it is only starting
            return None
        return answer.json()["data"] if answer.ok else None

    def ask(self, expr: str) -> list[float]:
        """What an expression gives now, without what is no number."""
        found = self.get("query", query=expr) or {"result": []}
        values = [float(one["value"][1]) for one in found["result"]]
        return [value for value in values if not math.isnan(value)]

    def firing(self) -> set[str]:
        found = self.get("alerts") or {"alerts": []}
        return {one["labels"]["alertname"] for one in found["alerts"] if one["state"] == "firing"}

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(15)


@pytest.fixture
def system(jira: Sandbox, tmp_path: Path) -> Iterator[System]:
    running = System(jira, tmp_path, SANDBOX_CLOCK=jira.url).start()
    yield running
    running.stop()


@pytest.fixture
def prometheus(system: System, tmp_path: Path) -> Iterator[Prometheus]:
    running = Prometheus(system, tmp_path)
    try:
        yield running
    finally:
        running.stop()


def test_the_first_broken_promise_is_heard_of_and_the_dashboard_is_full(system: System, prometheus: Prometheus) -> None:
    broken = 'escalation_promises_total{grade="SEV-1", result="broken"}'
    until(lambda: prometheus.ask(broken) == [0], 30)
    a_round(system)
    until(lambda: sum(prometheus.ask("escalation_decisions_total")) == 1)
    assert prometheus.firing() == set()
    system.jira.state.offset += timedelta(days=2)
    until(lambda: prometheus.firing() == {"EscalationPromiseBroken"}, 30)
    assert prometheus.ask(broken) == [1]
    without = set(ASKED)
    until(lambda: not without.difference_update([expr for expr in without if prometheus.ask(expr)]) and not without, 30)
    rules = prometheus.get("rules")["groups"][0]["rules"]
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"] == []


def a_round(system: System) -> None:
    key = system.jira.create_ticket("SUP", "Check-in fails", labels=["escalation-requested"])
    system.opened(key)
    system.vote(key, "SEV-1: all down", "SEV-1: all down")
    until(lambda: system.decided(key))
    time.sleep(1)  # for another scrape
