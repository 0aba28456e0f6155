"""The protocol file, read with every text tried once."""

from pathlib import Path

from config import ConfigError, protocol_file
from config.protocol import Protocol
from worker.escalation.views import preview

_tried: set[Protocol] = set()


def load_protocol(path: Path) -> Protocol:
    """The protocol, with every text tried once, so that a broken one stops the start.

    Raises:
        ConfigError: the file or a text is wrong.
    """
    protocol = protocol_file.load(path)
    for each in _all_of(protocol) - _tried:  # texts are read once in a process
        preview.every_text(each)
        _tried.add(each)
    return protocol


def trust(protocol: Protocol) -> Protocol:
    """The same: every text of it was tried, by another process."""
    _tried.update(_all_of(protocol))
    return protocol


def is_tried(path: Path) -> bool:
    """Whether every text of that protocol was."""
    try:
        return _all_of(protocol_file.load(path)) <= _tried
    except ConfigError:
        return False


def _all_of(protocol: Protocol) -> set[Protocol]:
    return {protocol, *protocol.by_project.values()}
