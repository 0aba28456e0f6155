"""A ticket's own page, as HTML: everything in it is escaped, whoever wrote it."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from worker.escalation.views.account import Account, Step

HERE = Path(__file__).parent


def page(key: str, ticket: Account | None, link: Callable[[str], str], *, names: bool) -> str:
    """The page of the ticket with that key.

    Args:
        ticket: its account; None where nothing is kept of it.
        link: gives an issue's address in Jira for its key, "" where it is not known.
        names: whether people's names and what people wrote may stand there.
    """
    return _template().render(key=key, ticket=ticket, link=link, names=names, answers=True, left=())


def nothing_known(key: str, left: tuple[Step, ...] = ()) -> str:
    """The page of a ticket of which nothing is kept but, maybe, why looks were given up."""
    return _template().render(key=key, ticket=None, link=str, names=False, answers=True, left=left)


def no_answer(key: str) -> str:
    """The page while Redis does not answer."""
    return _template().render(key=key, ticket=None, link=str, names=False, answers=False, left=())


@cache
def _template() -> Template:
    source = (HERE / "ticket.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source)
