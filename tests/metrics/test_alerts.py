"""The alert rules under Prometheus' own tool: each fires and does not fire as alerts.test.yaml says, and that file
would notice if a rule were gone, or fired always."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "docs" / "monitoring"
RULES = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
NAMES = [rule["alert"] for rule in RULES]

pytestmark = pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool here (Debian: prometheus)")


def tried(folder: Path, rules: list[dict[str, object]]) -> subprocess.CompletedProcess[str]:
    """What promtool says of these rules in the cases of alerts.test.yaml."""
    (folder / "alerts.yaml").write_text(yaml.safe_dump({"groups": [{"name": "escalation-worker", "rules": rules}]}))
    shutil.copy(FOLDER / "alerts.test.yaml", folder)
    asked = ["promtool", "test", "rules", str(folder / "alerts.test.yaml")]
    return subprocess.run(asked, capture_output=True, text=True)


def test_the_rules_are_well_formed() -> None:
    checked = subprocess.run(
        ["promtool", "check", "rules", str(FOLDER / "alerts.yaml")], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_each_fires_and_does_not_fire_as_the_cases_say(tmp_path: Path) -> None:
    done = tried(tmp_path, RULES)
    assert done.returncode == 0, done.stdout + done.stderr


ALWAYS = 'label_replace(vector(1), "job", "escalation", "", "")'


@pytest.mark.slow
@pytest.mark.parametrize("expr", ["vector(1) > 2", ALWAYS], ids=["never", "always"])
def test_the_cases_notice_each_rule_that_fires_never_or_always(expr: str, tmp_path: Path) -> None:
    done = tried(tmp_path, [rule | {"expr": expr, "for": "0s"} for rule in RULES])
    assert [name for name in NAMES if name not in done.stdout + done.stderr] == []


def test_the_rules_tell_two_installations_apart_and_count_none_twice() -> None:
    for rule in RULES:
        assert "without (" not in rule["expr"]
        assert rule["alert"] == "EscalationWebGone" or "by (job, namespace" in rule["expr"]
