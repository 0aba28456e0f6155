"""The tree of files: what may import what, and that a stranger finds the way."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("config", "worker", "sandbox")
CONTRACTS = {
    each["id"]: each
    for each in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
MODULES = sorted(path.relative_to(ROOT) for name in OURS for path in (ROOT / name).rglob("*.py"))
FOLDERS = sorted({path.parent for path in MODULES})

WRONG = {  # file: (what somebody adds to it, the contract that it breaks)
    "worker/look/due.py": ("import redis", "redis"),
    "worker/escalation/dates/timing.py": ("import requests", "pure"),
    "worker/escalation/comments/vote.py": ("import time", "pure"),
    "worker/escalation/facts/record.py": ("from worker import errors", "layers"),
    "worker/escalation/texts/document.py": ("from worker.escalation.plan import plan", "protocol"),
    "worker/report/figures.py": ("import jira", "jira"),
    "worker/web/event.py": ("import celery", "celery"),
    "worker/queue/outage.py": ("from worker.look import due", "layers"),
    "sandbox/state/stamps.py": ("from worker import clock", "sandbox"),
    "config/values.py": ("from config import settings", "circles"),
}


def test_what_nobody_may_import_is_found(tmp_path: Path) -> None:
    for name in OURS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, (line, _) in WRONG.items():
        with (tmp_path / file).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.returncode == 1, found.stderr
    broken = {name for name, contract in CONTRACTS.items() if f"{contract['name']} BROKEN" in found.stdout}
    assert broken == {contract for _, contract in WRONG.values()}, found.stdout
    for file, (line, contract) in WRONG.items():
        importer = file.removesuffix(".py").replace("/", ".")
        if contract != "circles":  # those are told by the names of the siblings
            assert importer in found.stdout, (file, line)


@pytest.mark.parametrize("door", ["jira", "queue", "run"])
def test_a_door_is_shut_for_every_other_part(door: str) -> None:
    contract = CONTRACTS[{"jira": "jira", "queue": "redis", "run": "celery"}[door]]
    parts = {
        f"worker.{path.stem}" for path in (ROOT / "worker").iterdir() if path.stem not in ("__init__", "__pycache__")
    }
    assert set(contract["source_modules"]) == (parts | {"config", "sandbox"}) - {f"worker.{door}"}


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_a_folder_is_no_heap_and_no_cupboard_for_one(folder: Path) -> None:
    files = [path for path in MODULES if path.parent == folder and path.name != "__init__.py"]
    inner = [each for each in FOLDERS if each.parent == folder]
    assert len(files) <= 15
    assert len(files) + len(inner) >= 2


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_says_in_its_first_line_what_it_is(module: Path) -> None:
    doc = ast.get_docstring(ast.parse((ROOT / module).read_text(encoding="utf-8"))) or ""
    first, *rest = doc.splitlines()
    assert first.endswith((".", ":", "?")), "one sentence, whole on its line"
    assert not rest or rest[0] == "", "an empty line before what follows"


def test_the_page_on_the_code_names_what_is_there() -> None:
    page = (ROOT / "docs" / "code.md").read_text(encoding="utf-8")
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
    if not files:
        pytest.skip("no repository around")
    ours = {f"/{name}" for name in files}
    named = set(re.findall(r"\b[\w/]+\.py\b", page))
    assert len(named) > 25
    assert {name for name in named if not any(each.endswith(f"/{name}") for each in ours)} == set()
    shown = {str(folder.relative_to("worker")) for folder in FOLDERS if folder.parent == Path("worker")}
    assert {name for name in shown if f"      {name}/" not in page} == set()
