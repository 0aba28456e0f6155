"""Where a protocol is read from a file: the one way in which a process gets its rules."""

from functools import lru_cache
from pathlib import Path

from config import ConfigError
from config.protocol import Protocol
from config.protocol_path import DEFAULT


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
    """The same text is read once: processes that are forked share what their parent has read."""
    from config.checking.parser import parse  # noqa: PLC0415

    return parse(text, beside=beside)
