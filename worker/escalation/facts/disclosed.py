"""What of the texts for a client may go out, and what was held back: plain values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Withheld:
    """A text that may not go out: whose seat it is from, the text, and the reason."""

    seat: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The reasoning for the client ("" means the grade's definition must do) and from whose seat it is, what was held
    back, and which other texts there were, by seat."""

    reasoning: str
    withheld: tuple[Withheld, ...] = ()
    seat: str = ""
    others: tuple[tuple[str, str], ...] = ()
