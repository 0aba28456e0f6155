"""Frozen values as JSON and back.

Dataclasses of ours, instants, dates, times of day, lengths of time, tuples, sets and mappings: what is no plain JSON is
a list of its kind and what it holds. Reading makes nothing but these, and the classes that it is given.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

_READ: Mapping[str, Callable[[Any], object]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda parts: timedelta(*parts),
}
_MANY: Mapping[str, Callable[[Any], object]] = {"tuple": tuple, "frozenset": frozenset, "dict": dict}


def encoded(value: Any) -> Any:
    """The value as JSON can hold it; TypeError for one of another kind, and an instant keeps its offset alone."""
    match value:
        case None | str() | int():
            return value
        case date() | time():
            return [type(value).__name__, value.isoformat()]
        case timedelta():
            return ["timedelta", [value.days, value.seconds, value.microseconds]]
        case tuple() | frozenset():
            return [type(value).__name__, [encoded(each) for each in value]]
        case dict():
            return ["dict", [encoded(pair) for pair in value.items()]]
    if is_dataclass(value):
        return [type(value).__name__, [encoded(getattr(value, field.name)) for field in fields(value)]]
    raise TypeError(f"{type(value).__name__} is not kept")


def decoded(value: Any, of: tuple[type, ...]) -> Any:
    """The value again; `of` are the dataclasses in it."""
    if not isinstance(value, list):
        return value
    kind, held = value
    if kind in _READ:
        return _READ[kind](held)
    inner = [decoded(each, of) for each in held]
    if kind in _MANY:
        return _MANY[kind](inner)
    own = next(each for each in of if each.__name__ == kind)
    return own(**dict(zip((field.name for field in fields(own)), inner, strict=True)))
