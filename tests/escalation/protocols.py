"""Protocols for the tests of time: the default one with some business settings changed."""

from config.checking.parser import parse
from config.protocol import Protocol

_SEATS = [{"name": name, "title": name, "holder": name} for name in ("a", "b", "engineering-manager")]


def protocol(timezone: str = "America/New_York", **business: object) -> Protocol:
    """The default protocol, in this zone, with these keys of [business]."""
    return parse({"timezone": timezone, "business": business, "panel": {"seats": _SEATS}})
