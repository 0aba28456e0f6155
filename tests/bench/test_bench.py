"""The benches run, all of them, by the command that docs/speed.md names."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.__main__ import BENCHES, PAGE

HERE = Path(__file__).parent


def test_every_bench_is_in_the_table() -> None:
    found = {path.stem for path in HERE.glob("*.py") if "\ndef figures(" in path.read_text(encoding="utf-8")}
    assert {name for _, name in BENCHES.values()} == found


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_make_bench_runs_them_all_and_writes_nothing_when_quick() -> None:
    before = PAGE.read_bytes()
    command = [sys.executable, "-m", "tests.bench", "--quick"]
    done = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    parts = done.stdout.split("== ")[1:]
    assert [part.splitlines()[0] for part in parts[:-1]] == list(BENCHES) and "s in all" in parts[-1]
    assert all(len(part.splitlines()) > 1 for part in parts[:-1]), "each with figures"
    assert PAGE.read_bytes() == before
