"""The protocol file, read with every text tried once."""

from pathlib import Path

from config import protocol_file
from config.protocol import Protocol
from worker.escalation.views import preview

_tried: set[Protocol] = set()


def load_protocol(path: Path) -> Protocol:
    """The protocol, with every text tried once, so that a broken one stops the start.

    Raises:
        ConfigError: the file or a text is wrong.
    """
    protocol = protocol_file.load(path)
    for each in {protocol, *protocol.by_project.values()} - _tried:  # texts are read once in a process
        preview.every_text(each)
        _tried.add(each)
    return protocol


def trust(protocol: Protocol) -> None:
    """Every text of this protocol was tried, by another process."""
    _tried.update({protocol, *protocol.by_project.values()})
