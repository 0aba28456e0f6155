"""Lays the overrides of one Jira project over the protocol.

Works on what TOML gave, before any check, so that the whole is checked as if it had been written out; it must never
change what it is given.
"""

from typing import Any


def merged(base: dict[str, Any], override: object) -> dict[str, Any]:
    """`base` with the override's values. Tables merge key by key, values replace.

    Lists replace too, except lists of named tables (grades, seats): an entry inherits what it leaves out from the entry
    of the same name, and a list that names known entries only changes those and keeps the others as they are.
    """
    if not isinstance(override, dict):
        return base
    return base | {key: _value(base.get(key), value) for key, value in override.items() if key != "projects"}


def _value(base: object, override: object) -> object:
    if isinstance(base, dict) and isinstance(override, dict):
        return merged(base, override)
    if _by_name(base) and _by_name(override):
        return _entries(_by_name(base), _by_name(override))
    return override


def _entries(base: dict[str, dict[str, Any]], override: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    whole = {name: _entry(base.get(name, {}), entry) for name, entry in override.items()}
    return list((base | whole if whole.keys() <= base.keys() else whole).values())


def _entry(base: dict[str, Any], override: dict[str, Any]) -> dict[str, Any]:
    """What a grade tells the client belongs to its definition: another one does not inherit it."""
    inherited = {key: value for key, value in base.items() if key != "told" or "definition" not in override}
    return inherited | override


def _by_name(entries: object) -> dict[str, dict[str, Any]]:
    """A list of tables by their names; empty for anything else, and where a name is missing or comes twice."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return {}
    named = {entry["name"]: entry for entry in entries if isinstance(entry.get("name"), str)}
    return named if len(named) == len(entries) else {}
