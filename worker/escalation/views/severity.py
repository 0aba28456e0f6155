"""Which colour a grade has on every page, whatever else is shown: the names of config/style.css. Pure."""

from config.protocol import Protocol

FIRST, SECOND, OTHER = "sev-first", "sev-second", "sev-other"


def severity(grade: str, protocol: Protocol) -> str:
    """The colour of a grade, by its place in its project's protocol (or in the whole one): the first, the second, or
    any other, those without timing among them."""
    promising = [each.name for each in protocol.grades if each.timing != "none"]
    return dict(zip(promising, (FIRST, SECOND), strict=False)).get(grade, OTHER)
