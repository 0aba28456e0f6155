"""The list of failures, and the tickets on it that a person names."""

from worker.commands.shared.exits import WRONG, end
from worker.look.failures import Failures


def chosen(failures: Failures, keys: tuple[str, ...]) -> list[tuple[str, str]]:
    """Id and key of each that is named, of all where none is; ends the command with 2 for one that is not listed."""
    listed = {key: id for id, (key, _) in failures.listed().items()}
    unknown = [key for key in keys if key.upper() not in listed and key not in listed]
    if unknown:
        end(WRONG, f"not on the list of failures: {', '.join(unknown)}. See `escalation failures list`.")
    wanted = {key.upper() for key in keys}
    return [(id, key) for key, id in listed.items() if not keys or key.upper() in wanted]
