"""What is imported is declared in pyproject.toml, and locked: what comes through others today may be gone tomorrow."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"config", "worker", "sandbox", "tests"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def names(requirements: list[str]) -> set[str]:
    """The names of distributions, in the one spelling that counts."""
    return {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=;~! ]", each)[0]).lower() for each in requirements}


def imported(*folders: str) -> set[str]:
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    beside = {path.stem for path in files}  # a test's helper process is imported by its bare name
    modules = {module for path in files for module in _modules(ast.parse(path.read_text()))}
    return modules - sys.stdlib_module_names - OURS - beside


def _modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize(
    ("folders", "declared"),
    [
        (("config", "worker", "sandbox"), [*PROJECT["dependencies"], *EXTRAS["embedded"], *EXTRAS["notify"]]),
        (("tests",), [*PROJECT["dependencies"], *EXTRAS["test"]]),
    ],
)
def test_what_is_imported_is_declared(folders: tuple[str, ...], declared: list[str]) -> None:
    parts_of = {"pydantic_core": ["pydantic"]}  # its other half, always of the version that fits
    providers = packages_distributions() | parts_of
    for module in sorted(imported(*folders)):
        assert names(providers.get(module, [module])) & names(declared), f"{module} comes through others only"


@pytest.mark.parametrize(("lock", "extras"), [("run", ["embedded"]), ("test", ["embedded", "test"])])
def test_what_is_declared_is_locked(lock: str, extras: list[str]) -> None:
    declared = [*PROJECT["dependencies"], *(each for extra in extras for each in EXTRAS[extra])]
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "locks" / f"{lock}.txt").read_text(), re.MULTILINE)
    assert names(declared) <= names(locked)
