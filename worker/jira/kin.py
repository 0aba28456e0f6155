"""A memory of evaluations and strangers that remembers nothing, for commands without Redis."""

from collections.abc import Collection, Sequence


class NoKin:
    """A memory that remembers nothing: for commands that run without Redis."""

    def evaluations_of(self, ticket: str) -> frozenset[str]:
        """None are known."""
        return frozenset()

    def remember_evaluations(self, ticket: str, evaluations: Sequence[str]) -> None:
        """Is not remembered."""

    def remember_stranger(self, id: str) -> None:
        """Is not remembered."""

    def requests_of(self, ticket: str) -> frozenset[str]:
        """None are known."""
        return frozenset()

    def remember_requests(self, ticket: str, requests: Collection[str]) -> None:
        """Is not remembered."""

    def strangers(self, ids: Collection[str]) -> frozenset[str]:
        """None are known."""
        return frozenset()
