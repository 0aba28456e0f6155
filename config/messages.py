"""The texts: one Markdown template a file in `config/messages/`, filled in by Jinja.

A name that a template uses and nobody gives stops the start instead of reaching a reader (`StrictUndefined`). Whatever
is filled in stays literal text: it can become no markup, neither in the template nor in Jira.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, Undefined, pass_context
from jinja2.runtime import Context

from config import ConfigError

FOLDER = Path(__file__).parent / "messages"
OPEN, CLOSE = "\ue000", "\ue001"
_LITERAL = "_literal"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A filled-in template: Markdown with `OPEN number CLOSE` where something was filled in, and what that was."""

    markdown: str
    literal: Mapping[str, str]


class Messages:
    """The texts of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = Environment(  # noqa: S701  no HTML is made here, and nothing filled in is ever parsed
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_mark,
        )

    def render(self, name: str, /, **values: object) -> Rendered:
        """The text `name`, filled in.

        Raises:
            ConfigError: the template is missing, broken, or uses a name that is not there.
        """
        literal: dict[str, str] = {}
        try:
            markdown = self._environment.get_template(f"{name}.md").render(**values, **{_LITERAL: literal})
        except TemplateError as error:
            raise ConfigError(f"{self._folder / name}.md: {error.message or type(error).__name__}") from error
        return Rendered(markdown, literal)


@pass_context
def _mark(context: Context, value: object) -> str:
    """Puts what is filled in behind a mark, so that the Markdown parser never sees it."""
    if isinstance(value, Undefined):
        str(value)  # raises: a strict undefined tells which name is missing
    literal: dict[str, str] = context[_LITERAL]
    literal[str(len(literal))] = str(value)
    return f"{OPEN}{len(literal) - 1}{CLOSE}"


@cache
def load(folder: Path = FOLDER) -> Messages:
    """The texts of a folder, loaded once."""
    return Messages(folder)
