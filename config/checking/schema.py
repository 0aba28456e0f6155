"""Whether each value of a protocol file is well written: by pydantic, from the annotations of protocol.py.

What is wrong is one line each, in the words of whoever wrote the file; what is expected comes from the annotation's
last words, or from the ValueError of its check.
"""

import re
from dataclasses import is_dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from config.mistakes import did_you_mean, line
from config.protocol import Protocol

_SCHEMA = TypeAdapter(Protocol)


def read(raw: object) -> tuple[Protocol | None, list[str]]:
    """The protocol in what TOML gave, or None and one line for each mistake."""
    try:
        return _SCHEMA.validate_python(raw), []
    except ValidationError as error:
        found = [dict(one) for one in error.errors(include_url=False)]
        return None, list(dict.fromkeys(_line(one, raw) for one in found if not _follows(one, found)))


def _follows(one: dict[str, Any], found: list[dict[str, Any]]) -> bool:
    """Whether a list is too short only because its entries have mistakes, which are said themselves."""
    path = one["loc"]
    return one["type"] == "too_short" and any(
        len(path) < len(o["loc"]) and o["loc"][: len(path)] == path for o in found
    )


def _line(one: dict[str, Any], raw: object) -> str:
    path, expected, known = _walk(one["loc"], raw)
    if one["type"] == "unexpected_keyword_argument":
        return f"{path}: unknown key{did_you_mean(one['loc'][-1], known) or '; known here: ' + ', '.join(known)}"
    if one["type"] == "missing":
        return f"{path}: missing, expected {expected}"
    if one["type"] == "value_error":
        expected = str(one["ctx"]["error"])
    return line(path, one["input"], expected, _near_choice(one))


def _near_choice(one: dict[str, Any]) -> str:
    choices = re.findall(r"'([^']*)'", one["ctx"]["expected"]) if one["type"] == "literal_error" else []
    return did_you_mean(one["input"], choices, 1)


def _walk(loc: tuple[int | str, ...], raw: object) -> tuple[str, str, list[str]]:
    """The path in the author's words, what is expected there, and the keys known beside it."""
    path, expected, known = "", "something else", [name for name in _keys(Protocol) if name != "projects"]
    here: type | None = Protocol
    for step in loc:
        raw = _inside(raw, step)
        if isinstance(step, int):
            path += f"[{_name(raw, step)}]"
            continue
        path += f".{step}" if path else step
        annotation = _keys(here).get(step) if here else None
        if here and annotation is None:
            known = list(_keys(here))
        expected = _last_words(annotation) or expected
        here = _table_in(annotation)
        known = list(_keys(here)) if here else known
    return path, expected, known


@cache
def _keys(table: type) -> dict[str, Any]:
    """The annotations of a table's keys."""
    return get_type_hints(table, include_extras=True)


def _last_words(annotation: Any) -> str:
    words = [each for each in getattr(annotation, "__metadata__", ()) if isinstance(each, str)]
    return words[-1] if words else ""


def _table_in(annotation: Any) -> type | None:
    """The table that a key holds, or holds a list of."""
    if isinstance(annotation, type) and is_dataclass(annotation):
        return annotation
    return next((table for part in get_args(annotation) if (table := _table_in(part))), None)


def _inside(raw: object, step: int | str) -> object:
    try:
        return raw[step]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return None


def _name(entry: object, position: int) -> str:
    """Entries with a name are called by it, others by their place, counted from one."""
    name = entry.get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) and name else f"#{position + 1}"
