"""Says in one line each what is wrong in something people wrote.

The line has the key, what was found, what was expected, and the near miss. What is expected comes from the field's own
description, or from the ValueError of its check. Must never show the value of a secret.
"""

import re
from collections.abc import Iterable
from datetime import date, time
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

_LONGEST = 60


def lines(error: ValidationError, model: type[BaseModel], raw: object) -> list[str]:
    """One line for each mistake that pydantic found when it read `raw` as a `model`."""
    return list(dict.fromkeys(_line(dict(one), model, raw) for one in error.errors(include_url=False)))


def line(path: str, found_value: object, expected: str, near: str = "") -> str:
    """The one form of every mistake; `near` is what `did_you_mean` gave."""
    return f"{path}: found {found(found_value)}, expected {expected}{near}"


def did_you_mean(word: object, known: Iterable[str], count: int = 3) -> str:
    """The near misses of a word as the end of a sentence; empty when nothing is near. Case does not matter."""
    by_fold = {one.casefold(): one for one in known}
    near = get_close_matches(str(word).casefold(), by_fold, n=count, cutoff=0.6)
    return f"; did you mean {' or '.join(by_fold[one] for one in near)}?" if near else ""


def found(value: object) -> str:
    """A value as its author would recognise it."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, time):
        return f"'{value:%H:%M}'"
    if isinstance(value, date):
        return value.isoformat()
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _line(one: dict[str, Any], model: type[BaseModel], raw: object) -> str:
    path, expected, known = _walk(one["loc"], model, raw)
    if one["type"] == "extra_forbidden":
        return f"{path}: unknown key{did_you_mean(one['loc'][-1], known) or '; known here: ' + ', '.join(known)}"
    if one["type"] == "missing":
        return f"{path}: missing, expected {expected}"
    if one["type"] == "value_error":
        expected = str(one["ctx"]["error"])
    return line(path, one["input"], expected, _near_choice(one))


def _near_choice(one: dict[str, Any]) -> str:
    choices = re.findall(r"'([^']*)'", one["ctx"]["expected"]) if one["type"] == "literal_error" else []
    return did_you_mean(one["input"], choices, 1)


def _walk(loc: tuple[int | str, ...], model: type[BaseModel], raw: object) -> tuple[str, str, list[str]]:
    """The path in the author's words, what the field there expects, and the keys known beside it."""
    path, expected, known = "", "something else", [name for name in model.model_fields if name != "projects"]
    here: type[BaseModel] | None = model
    for step in loc:
        raw = _inside(raw, step)
        if isinstance(step, int):
            path += f"[{_name(raw, step)}]"
            continue
        path += f".{step}" if path else step
        field = here.model_fields.get(step) if here else None
        if here and field is None:
            known = list(here.model_fields)
        expected = (field.description if field else None) or expected
        here = _model_of(field.annotation) if field else None
        known = list(here.model_fields) if here else known
    return path, expected, known


def _inside(raw: object, step: int | str) -> object:
    try:
        return raw[step]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return None


def _name(entry: object, position: int) -> str:
    """Entries with a name are called by it, others by their place, counted from one."""
    name = entry.get("name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) and name else f"#{position + 1}"


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_of(part))), None)
