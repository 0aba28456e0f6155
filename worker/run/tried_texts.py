"""The protocol with every text tried once, at the start of a process that may never say one.

Trying them loads calendars, languages and templates. Where a process can be forked, a child does it beside us, and what
it took is gone with it.
"""

from collections.abc import Callable
from pathlib import Path

from config import ConfigError, mistakes_in, protocol_file
from config.protocol import Protocol
from worker.look import protocol_with_texts
from worker.run import forked


def protocol(path: Path) -> Protocol:
    """The protocol. Whoever calls it has one thread and no open connection.

    Raises:
        ConfigError: the file or a text is wrong.
    """
    return begun(path)()


def begun(path: Path) -> Callable[[], Protocol]:
    """Begins at once; what is given waits for the end, and is as `protocol`."""
    if not forked.POSSIBLE or protocol_with_texts.is_tried(path):
        return lambda: protocol_with_texts.load_protocol(path)
    asked = forked.Question(lambda: mistakes_in(lambda: protocol_with_texts.load_protocol(path)))

    def answer() -> Protocol:
        if mistakes := asked.answer():
            raise ConfigError(*mistakes)
        return protocol_with_texts.trust(protocol_file.load(path))

    return answer
