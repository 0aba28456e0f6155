"""The examples in docs/gate.md, run as they stand."""

import os
import re
import shutil
import subprocess
import textwrap
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from config import settings
from config.protocol_path import protocol_file
from tests.release.conftest import TOKEN, Nobody, Run, Shop, served
from worker.release.gate import CLAUSES
from worker.release.http import GateHttp

PAGE = (Path(__file__).parents[2] / "docs" / "gate.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NIGHT, DAY = "2026-11-24T23:00:00-05:00", "2026-11-24T10:00:00-05:00"

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="the examples use curl")


def scripts() -> list[str]:
    """The shell of each pipeline."""
    found = [re.search(r"(^ *set -- .*?^.*?/gate\"$)", text, re.MULTILINE | re.DOTALL) for _, text in BLOCKS]
    return [textwrap.dedent(each[1]) for each in found if each]


def shell(script: str, url: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "GATE_URL": url, "GATE_TOKEN": TOKEN, **environment}
    return subprocess.run(
        ["sh", "-c", script, "sh", *words], env=env, capture_output=True, text=True, timeout=30, check=False
    )


def test_every_pipeline_has_one() -> None:
    assert [kind for kind, _ in BLOCKS] == ["yaml", "yaml", "groovy", "sh"]
    assert len(scripts()) == 3


@pytest.mark.parametrize("script", scripts())
def test_pipelines(shop: Shop, script: str) -> None:
    worst, bad = shop.graded("SEV-1"), shop.graded("SEV-2")
    shop.clock.at = datetime.fromisoformat(DAY)
    http = GateHttp(shop.gate, shop.overrides, Nobody(), SecretStr(TOKEN), clock=shop.clock)
    with served(http) as url:
        assert shell(script, url, ISSUES=worst).returncode == 0
        refused = shell(script, url, ISSUES=f"{worst} {bad}")
        assert refused.returncode != 0 and f"{bad}: graded SEV-2" in refused.stdout
        assert shell(script, url, ISSUES="").returncode != 0
        assert shell(script, url, ISSUES=worst, GATE_TOKEN="wrong").returncode != 0
        shop.clock.at = datetime.fromisoformat(NIGHT)
        assert shell(script, url, ISSUES="").returncode == 0
    assert shell(script, "http://127.0.0.1:1", ISSUES="").returncode != 0


def test_the_plain_shell(shop: Shop) -> None:
    [script] = [text for kind, text in BLOCKS if kind == "sh"]
    worst, bad = shop.graded("SEV-1"), shop.graded("SEV-2")
    shop.clock.at = datetime.fromisoformat(DAY)
    with served(shop.http) as url:
        codes = [shell(script, url, *keys).returncode for keys in ([worst], [worst, bad], [], ["SUP-99"], ["SUP 1"])]
        assert codes == [0, 10, 10, 3, 2]
    assert shell(script, "http://127.0.0.1:1", worst).returncode == 3


def test_every_reason_code_and_every_key_is_explained(shop: Shop) -> None:
    assert [code for code in CLAUSES if f"`{code}`" not in PAGE] == []
    assert [key for key in shop.ask(at=NIGHT).to_json() if f'"{key}"' not in PAGE] == []


@pytest.mark.parametrize("value", [None, "", "  ", "a.toml", " b.toml "])
@pytest.mark.parametrize(
    "line", ["", "PROTOCOL_FILE=c.toml", "protocol_file='d e.toml' # mine", "OTHER=1", "PROTOCOL_FILE="]
)
def test_the_protocol_file_is_found_where_the_settings_find_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, value: str | None, line: str
) -> None:
    if value is not None:
        monkeypatch.setenv("PROTOCOL_FILE", value)
    Path(".env").write_text(f"{line}\n")
    assert protocol_file() == settings.load().protocol_file
