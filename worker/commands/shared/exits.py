"""How a command ends that did not do what it was asked: one line on stderr, and an exit code (docs/operate.md)."""

import contextlib
import sys
from collections.abc import Iterator
from typing import NoReturn

from worker.errors import CannotDo, EscalationError, NotOurs, TryAgain

MEND, WRONG, UNREACHABLE, INTERRUPTED = 1, 2, 3, 130


def tell(code: int, line: str) -> int:
    """Tells why; gives the code."""
    print(line, file=sys.stderr)
    return code


def end(code: int, line: str) -> NoReturn:
    """Tells why, and ends the command."""
    sys.exit(tell(code, line))


def words(error: EscalationError) -> str:
    """What a command tells of it. Whoever has just set things up has most likely set the wrong address."""
    unreachable = isinstance(error, TryAgain) and error.unreachable
    return f"{error}. Check JIRA_URL." if unreachable else str(error)


@contextlib.contextmanager
def reachable() -> Iterator[None]:
    """Ends the command with one line where Jira or Redis cannot be reached, or Jira asks for something to be mended."""
    from worker.queue.store import StoreError  # noqa: PLC0415 - most commands want no Redis, and start at once

    try:
        yield
    except StoreError as error:
        from worker.queue.redis_trouble import trouble  # noqa: PLC0415

        end(UNREACHABLE, str(trouble(error)))
    except NotOurs:
        raise
    except EscalationError as error:
        end(MEND if isinstance(error, CannotDo) else UNREACHABLE, words(error))
