"""Evaluations that were opened as often as they may be and are not there: a rule deletes them, a level hides them.

Their seats count as given up, until they are seen again. Nothing is opened or noted here.
"""

from config.protocol import Protocol
from worker.escalation.facts.model import Escalation

MOST = 2
OPEN = "open "


def opening(seat: str) -> str:
    """The key under which the opening of a seat's evaluation is counted."""
    return f"{OPEN}{seat}"


def asked(ticket: Escalation, protocol: Protocol) -> str:
    """When the round was asked for, as far as the changelog says: whoever asks anew is served anew."""
    put = ticket.puts.get(protocol.labels.request.lower())
    return (put.at if put else ticket.created).isoformat()


def lost(ticket: Escalation, protocol: Protocol, round: int) -> frozenset[str]:
    """The seats of a round whose evaluations are not to be had."""
    return frozenset(seat.name for seat in protocol.panel.seats if _is_lost(ticket, protocol, round, seat.name))


def _is_lost(ticket: Escalation, protocol: Protocol, round: int, seat: str) -> bool:
    tried = ticket.tried(opening(seat), f"{round} {asked(ticket, protocol)}")
    return tried >= MOST and ticket.seat(seat, round) is None
