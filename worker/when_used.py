"""Modules that are loaded when something of them is used, not when they are imported.

For what a package that we need imports although we do not use it, and a short command would spend its time on.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec
from threading import RLock
from types import ModuleType
from typing import Any


def put_off(name: str) -> None:
    """Lets that module stand in `sys.modules` without its contents until one of them is asked for. Whoever imports it,
    or a module below it, notices nothing; one that is loaded stays."""
    spec = None if name in sys.modules else _spec(name)
    if spec is not None:
        module = sys.modules[name] = module_from_spec(spec)
        module.__getattr__ = _Contents(module).get  # type: ignore[method-assign]
        parent, _, child = name.rpartition(".")
        if parent in sys.modules:  # as the import system does for a module that it loads
            setattr(sys.modules[parent], child, module)


class _Contents:
    """What a module will hold. The first who asks loads it; other threads wait meanwhile."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._lock = RLock()
        self._begun = False

    def get(self, name: str) -> Any:
        module = self._module
        if not self._begun and self._is_below(name):
            return import_module(f"{module.__name__}.{name}")  # asked for by what lies beside it, which is loading
        with self._lock:
            if not self._begun:
                self._load()
        if name not in vars(module):
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}", name=name, obj=module)
        return vars(module)[name]

    def _is_below(self, name: str) -> bool:
        path = vars(self._module).get("__path__")
        return path is not None and PathFinder.find_spec(f"{self._module.__name__}.{name}", path) is not None

    def _load(self) -> None:
        spec = self._module.__spec__
        assert spec is not None and spec.loader is not None
        self._begun = True  # while it loads, it may ask for what it does not have yet
        try:
            spec.loader.exec_module(self._module)
        except BaseException:
            self._begun = False
            raise
        vars(self._module).pop("__getattr__", None)


def _spec(name: str) -> ModuleSpec | None:
    """Where it is found, without importing what it lies in, as `importlib.util.find_spec` would."""
    path, spec = None, None
    for end, letter in enumerate(f"{name}."):
        if letter == ".":
            spec = PathFinder.find_spec(name[:end], path)
            if spec is None:
                return None
            path = spec.submodule_search_locations
    return spec
