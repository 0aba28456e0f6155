"""From TOML to a protocol: the overrides of projects laid over it, and every mistake in one line.

Nothing here decides what a rule means.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from config import ConfigError
from config.checking import schema
from config.checking.contradictions import contradictions
from config.checking.project_overrides import merged
from config.keys import PROJECT_KEY
from config.mistakes import did_you_mean, line
from config.protocol import GRADES, Protocol


def parse(source: str | Mapping[str, Any], *, beside: Path = Path()) -> Protocol:
    """Read a protocol from TOML text, or from what TOML gave; `beside` is the folder from which paths in it are seen.

    Raises:
        ConfigError: one line per mistake: key, what was found, what was expected, the near miss.
    """
    raw = {"grades": [asdict(grade) for grade in GRADES]} | dict(_toml(source))
    overrides, mistakes = _overrides(raw.pop("projects", {}))
    raw, overrides = _seen_from(beside, raw), {key: _seen_from(beside, table) for key, table in overrides.items()}
    whole, wrong = _read(raw)
    by_project = {key: _read(merged(raw, override)) for key, override in overrides.items()}
    for key, (_, also_wrong) in by_project.items():
        mistakes += [f"projects.{key}.{mistake}" for mistake in also_wrong if mistake not in wrong]
    if whole is None or wrong or mistakes:
        raise ConfigError(*wrong, *mistakes)
    own = tuple((key, protocol) for key, (protocol, _) in by_project.items() if protocol)
    return replace(whole, projects=own)


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
    protocol, wrong = schema.read(raw)
    return protocol, wrong if protocol is None else list(contradictions(protocol))


def _overrides(raw: object) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The tables [projects.KEY], or a plain list of keys, and what is wrong with them."""
    tables = {key: {} for key in raw if isinstance(key, str)} if isinstance(raw, list) else raw
    if not isinstance(tables, dict) or (isinstance(raw, list) and len(tables) != len(raw)):
        return {}, [line("projects", raw, "tables [projects.KEY], or a list of different project keys")]
    return tables, [mistake for key, table in tables.items() if (mistake := _wrong_override(key, table))]


def _wrong_override(key: str, table: object) -> str:
    if not PROJECT_KEY.fullmatch(key):
        near = did_you_mean(key, [key.upper()]) if PROJECT_KEY.fullmatch(key.upper()) else ""
        return line("projects", key, "a Jira project key in capitals", near)
    if not isinstance(table, dict):
        return line(f"projects.{key}", table, "a table")
    return f"projects.{key}.projects: unknown key; projects do not nest" if "projects" in table else ""
