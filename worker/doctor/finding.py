"""What doctor says of one thing: ok, worth a thought, or to be mended. A value; it never holds a secret."""

from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["ok", "advice", "mend"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line.

    Attributes:
        group: the part of the set-up, such as "redis".
        name: the thing, such as a setting's name or "SUP: due date".
        level: only "mend" makes the whole not well.
        found: what was found.
        mend: what would do; empty where all is well.
    """

    group: str
    name: str
    level: Level
    found: str
    mend: str = ""

    def plain(self) -> dict[str, str]:
        """As JSON shows it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Group:
    """Makes the findings of one part of the set-up."""

    name: str

    def ok(self, name: str, found: str) -> Finding:
        """All is well."""
        return Finding(self.name, name, "ok", found)

    def advice(self, name: str, found: str, mend: str) -> Finding:
        """It works, and could be better; or it cannot be told."""
        return Finding(self.name, name, "advice", found, mend)

    def mend(self, name: str, found: str, mend: str) -> Finding:
        """It will not work as it is."""
        return Finding(self.name, name, "mend", found, mend)
