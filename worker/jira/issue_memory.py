"""Which issues are known to be evaluations of which ticket: a memory that may be lost, never the truth."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Relatives:
    """The issues that are known to belong to a ticket: its evaluations, and the linked requests whose clients are
    told."""

    evaluations: frozenset[str] = frozenset()
    requests: frozenset[str] = frozenset()


class IssueMemory(Protocol):
    """Which issues are known to be evaluations of which ticket: a memory that may be lost, never the truth."""

    def relatives(self, ticket: str) -> Relatives:
        """Those known of a ticket."""

    def remember_evaluations(self, ticket: str, evaluations: list[str]) -> None:
        """Remember these."""

    def remember_requests(self, ticket: str, requests: Collection[str]) -> None:
        """Remember that these are they, and no others."""

    def remember_stranger(self, id: str) -> None:
        """Remember that this issue is no evaluation, unless it is known to be one."""

    def strangers(self, ids: Collection[str]) -> frozenset[str]:
        """Those of `ids` that are known to be no evaluations."""


class NoIssueMemory:
    """A memory that remembers nothing: for commands that run without Redis."""

    def relatives(self, ticket: str) -> Relatives:
        """None are known."""
        return Relatives()

    def remember_evaluations(self, ticket: str, evaluations: Sequence[str]) -> None:
        """Is not remembered."""

    def remember_stranger(self, id: str) -> None:
        """Is not remembered."""

    def remember_requests(self, ticket: str, requests: Collection[str]) -> None:
        """Is not remembered."""

    def strangers(self, ids: Collection[str]) -> frozenset[str]:
        """None are known."""
        return frozenset()
