"""Where a protocol is read from a file: the one way in which a process gets its rules."""

from functools import lru_cache, partial
from pathlib import Path

from config import ConfigError
from config.kept.results import or_made
from config.protocol import TABLES, Protocol
from config.protocol_path import DEFAULT
from config.values import folder_of_texts, known_zone


def load(path: str | Path = DEFAULT) -> Protocol:
    """Read a protocol file.

    Raises:
        ConfigError: one line per mistake, each beginning with the file's name.
    """
    try:
        return _known(Path(path).read_text(encoding="utf-8-sig"), Path(path).parent)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; expected a protocol file") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: found bytes that are not UTF-8, expected a protocol file in UTF-8") from None
    except ConfigError as error:
        raise ConfigError(*(f"{path}: {mistake}" for mistake in error.mistakes)) from None


@lru_cache(maxsize=2)
def _known(text: str, beside: Path) -> Protocol:
    """The same text is read once: processes that are forked share what their parent has read, and what was found to be
    right is kept for the next process."""
    protocol = or_made(partial(_checked, text, beside), "protocol", str(beside), text, of=TABLES)
    return protocol if _stands(protocol) else _checked(text, beside)


def _checked(text: str, beside: Path) -> Protocol:
    from config.checking.parser import parse  # noqa: PLC0415 - what it imports takes longer than most answers

    return parse(text, beside=beside)


def _stands(protocol: Protocol) -> bool:
    """Whether what the world outside the file adds to it still holds: zones are known, folders of texts are there."""
    try:
        for each in (protocol, *protocol.by_project.values()):
            known_zone(each.timezone), folder_of_texts(each.messages)
    except ValueError:
        return False
    return True
