"""Reads the protocol file: TOML, the overrides of projects, and every mistake in one line each.

Nothing here decides what a rule means; the schema is in protocol.py.
"""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config import ConfigError
from config.contradictions import contradictions
from config.keys import PROJECT_KEY
from config.mistakes import did_you_mean, line, lines
from config.project_overrides import merged
from config.protocol import GRADES, Protocol
from config.protocol_path import DEFAULT


def load(path: str | Path = DEFAULT) -> Protocol:
    """Read a protocol file.

    Raises:
        ConfigError: one line per mistake, each beginning with the file's name.
    """
    try:
        return _known(Path(path).read_text(encoding="utf-8"), Path(path).parent)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; expected a protocol file") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: found bytes that are not UTF-8, expected a protocol file in UTF-8") from None
    except ConfigError as error:
        raise ConfigError(*(f"{path}: {mistake}" for mistake in error.mistakes)) from None


@lru_cache(maxsize=2)
def _known(text: str, beside: Path) -> Protocol:
    """The same text is read once: processes that are forked share what their parent has read."""
    return parse(text, beside=beside)


def parse(source: str | Mapping[str, Any], *, beside: Path = Path()) -> Protocol:
    """Read a protocol from TOML text, or from what TOML gave; `beside` is the folder from which paths in it are seen.

    Raises:
        ConfigError: one line per mistake: key, what was found, what was expected, the near miss.
    """
    raw = {"grades": [grade.model_dump() for grade in GRADES]} | dict(_toml(source))
    overrides, mistakes = _overrides(raw.pop("projects", {}))
    raw, overrides = _seen_from(beside, raw), {key: _seen_from(beside, table) for key, table in overrides.items()}
    whole, wrong = _read(raw)
    by_project = {key: _read(merged(raw, override)) for key, override in overrides.items()}
    for key, (_, also_wrong) in by_project.items():
        mistakes += [f"projects.{key}.{mistake}" for mistake in also_wrong if mistake not in wrong]
    if whole is None or wrong or mistakes:
        raise ConfigError(*wrong, *mistakes)
    return whole.model_copy(update={"projects": tuple((key, own) for key, (own, _) in by_project.items())})


def _toml(source: str | Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return tomllib.loads(source) if isinstance(source, str) else source
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"found text that is not TOML, expected a protocol file: {error}") from None


def _seen_from(folder: Path, table: dict[str, Any]) -> dict[str, Any]:
    """The table with its folder of texts as a path that can be opened."""
    name = table.get("messages") if isinstance(table, dict) else None
    return {**table, "messages": str(folder / name)} if name and isinstance(name, str) else table


def _read(raw: dict[str, Any]) -> tuple[Protocol | None, list[str]]:
    """A protocol, or None and what is wrong with it."""
    try:
        protocol = Protocol.model_validate(raw)
    except ValidationError as error:
        return None, lines(error, Protocol, raw)
    return protocol, list(contradictions(protocol))


def _overrides(raw: object) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The tables [projects.KEY], or a plain list of keys, and what is wrong with them."""
    tables = {key: {} for key in raw if isinstance(key, str)} if isinstance(raw, list) else raw
    if not isinstance(tables, dict) or (isinstance(raw, list) and len(tables) != len(raw)):
        return {}, [line("projects", raw, "tables [projects.KEY], or a list of different project keys")]
    return tables, [mistake for key, table in tables.items() if (mistake := _wrong_override(key, table))]


def _wrong_override(key: str, table: object) -> str:
    if not PROJECT_KEY.fullmatch(key):
        return line("projects", key, "a Jira project key in capitals", did_you_mean(key, [key.upper()]))
    if not isinstance(table, dict):
        return line(f"projects.{key}", table, "a table")
    return f"projects.{key}.projects: unknown key; projects do not nest" if "projects" in table else ""
