"""The texts: one Markdown template a file, filled in by Jinja, in the language of a project, with its own texts first.

English stands in `config/messages/`, other languages in folders of their names below it; a folder of one's own is laid
out alike. A name that a template uses and nobody gives stops the start instead of reaching a reader
(`StrictUndefined`). Whatever is filled in stays literal text: it can become no markup, neither in the template nor in
Jira. A client must never get a text of two languages.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, Undefined, pass_context
from jinja2.runtime import Context

from config import ConfigError
from config.mistakes import did_you_mean, line

if TYPE_CHECKING:
    from config.protocol import Protocol

FOLDER = Path(__file__).parent / "messages"
ENGLISH = "en"
FOR_CLIENTS = ("client", "closing")
PHRASES = "phrases.toml"
OPEN, CLOSE = "\ue000", "\ue001"
_LITERAL = "_literal"


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody whom a text calls, so that Jira tells them. Given to a template like any other value, and the only one
    that does not stay literal text; only our own code makes one, from an id that Jira gave us."""

    id: str
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Rendered:
    """A filled-in template: Markdown with `OPEN number CLOSE` where something was filled in, and what that was."""

    markdown: str
    literal: Mapping[str, str | Mention]


@dataclass(frozen=True, slots=True)
class Keywords:
    """The words a person begins with: a paragraph for the client; giving up the seat; that a ticket is resolved."""

    client: str = "Client"
    recused: str = "Recused"
    resolved: str = "Resolved"


class Messages:
    """The texts of one language, with those of an own folder before the shipped ones.

    What a language lacks is there in English; texts for clients must be complete, save that of reasons which follow
    an answer (`speaks`).
    """

    def __init__(self, language: str = ENGLISH, own: Path | None = None) -> None:
        """Raises:
        ConfigError: a text for clients is missing in that language, a file of the own folder has a name that is
            nearly a text's, or the phrases are not what they should be.
        """
        roots = [own, FOLDER] if own else [FOLDER]
        self.language = language
        self._folders = [folder for tag in _tags(language) for folder in _folders(roots, tag)]
        spoken = (
            [tag for tag in _tags(language) if tag != ENGLISH] if language.partition("-")[0] != ENGLISH else [ENGLISH]
        )
        self._own = [folder for tag in spoken for folder in _folders(roots, tag)]
        _check_names(own, language)
        _check_clients(roots, language)
        self._environment = Environment(  # noqa: S701  no HTML is made here, and nothing filled in is ever parsed
            loader=FileSystemLoader(self._folders),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_mark,
        )
        tables = [_phrases(folder / PHRASES) for folder in reversed(self._folders)]
        self._phrases = _merged(tables, "phrases")
        self.keywords = Keywords(**_merged(tables, "keywords"))

    def speaks(self, name: str) -> bool:
        """Whether a text is there in this very language, and not only in English."""
        return any((folder / f"{name}.md").is_file() for folder in self._own)

    def phrase(self, english: str) -> str:
        """A sentence or a word that the code fills in, in this language; as it is where nobody has translated it."""
        return self._phrases.get(english, english)

    def render(self, name: str, /, **values: object) -> Rendered:
        """The text `name`, filled in.

        Raises:
            ConfigError: the template is missing, broken, or uses a name that is not there.
        """
        literal: dict[str, str | Mention] = {}
        try:
            markdown = self._environment.get_template(f"{name}.md").render(**values, **{_LITERAL: literal})
        except TemplateError as error:
            raise ConfigError(f"{self._path(name)}: {error.message or type(error).__name__}") from error
        return Rendered(markdown, literal)

    def _path(self, name: str) -> Path:
        paths = [folder / f"{name}.md" for folder in self._folders]
        return next((path for path in paths if path.is_file()), paths[-1])


@cache
def shipped() -> tuple[str, ...]:
    """The languages that come with the worker."""
    return (ENGLISH, *sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir()))


def names() -> list[str]:
    """The names of all texts."""
    return sorted(path.stem for path in FOLDER.glob("*.md"))


def of(protocol: "Protocol") -> Messages:
    """The texts of a protocol.

    Raises:
        ConfigError: see Messages.
    """
    return load(protocol.language, protocol.messages)


@cache
def sources(own: str = "") -> tuple[str, ...]:
    """Every template that there is, in all languages: the shipped ones, and those of an own folder ("" for none)."""
    return tuple(path.read_text(encoding="utf-8-sig") for path in _files(own, "*.md"))


@cache
def sentences(own: str = "") -> tuple[str, ...]:
    """Every sentence that is filled in, in all languages."""
    tables = (_phrases(path).get("phrases", {}) for path in _files(own, PHRASES))
    return tuple(dict.fromkeys(sentence for table in tables for pair in table.items() for sentence in pair))


@cache
def told_words(own: str = "") -> tuple[str, ...]:
    """The words, in all languages, that begin a text for the client."""
    tables = (_phrases(path).get("keywords", {}) for path in _files(own, PHRASES))
    return tuple(dict.fromkeys((Keywords().client, *(table["client"] for table in tables if "client" in table))))


def _files(own: str, name: str) -> list[Path]:
    roots = [Path(own), FOLDER] if own else [FOLDER]
    return [path for root in roots for path in (*sorted(root.glob(name)), *sorted(root.glob(f"*/{name}")))]


@cache
def load(language: str = ENGLISH, own: str = "") -> Messages:
    """The texts of a language and an own folder ("" for none), loaded once."""
    return Messages(language, Path(own) if own else None)


def _tags(language: str) -> list[str]:
    """`de-AT`, then `de`, then English."""
    return list(dict.fromkeys((language, language.partition("-")[0], ENGLISH)))


def _folders(roots: Iterable[Path], tag: str) -> Iterator[Path]:
    yield from (root if tag == ENGLISH else root / tag for root in roots)


def _check_names(own: Path | None, language: str) -> None:
    """A text that nobody would ever read is a slip of its author."""
    folders = _folders([own], language) if own else ()
    for path in sorted(path for folder in folders for path in folder.glob("*.md")):
        near = did_you_mean(path.stem, names(), 1)
        if path.stem not in names() and near:
            raise ConfigError(line(str(path), path.stem, "the name of a text", near))


def _check_clients(roots: list[Path], language: str) -> None:
    """English is complete; another language must have every text for clients, whichever folder it is in."""
    spoken = [tag for tag in _tags(language) if tag != ENGLISH]
    folders = [folder for tag in spoken for folder in _folders(roots, tag)]
    missing = [name for name in FOR_CLIENTS if not any((folder / f"{name}.md").is_file() for folder in folders)]
    if language.partition("-")[0] != ENGLISH and missing:
        files = " and ".join(f"{language}/{name}.md" for name in missing)
        where = roots[0] if len(roots) > 1 else 'a folder of your own (messages = "…")'
        expected = f"{files} in {where}, or one of the languages {', '.join(shipped())}"
        raise ConfigError(line("language", language, expected, did_you_mean(language, shipped())))


def _phrases(path: Path) -> dict[str, dict[str, str]]:
    """The tables of a file of phrases; empty where there is none."""
    if not path.is_file():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise ConfigError(f"{path}: found text that is not TOML, expected phrases: {error}") from None
    if not all(_is_table(name, table) for name, table in tables.items()):
        expected = "[phrases] with sentences, and [keywords] with client, recused and resolved"
        raise ConfigError(line(str(path), ", ".join(tables), expected))
    return tables


def _merged(tables: Iterable[Mapping[str, dict[str, str]]], name: str) -> dict[str, str]:
    return {key: words for table in tables for key, words in table.get(name, {}).items()}


def _is_table(name: str, table: object) -> bool:
    known = {"phrases": None, "keywords": set(Keywords.__slots__)}.get(name, set())
    if not isinstance(table, dict) or not all(isinstance(word, str) and word.strip() for word in table.values()):
        return False
    return known is None or set(table) <= known


@pass_context
def _mark(context: Context, value: object) -> str:
    """Puts what is filled in behind a mark, so that the Markdown parser never sees it."""
    if isinstance(value, Undefined):
        str(value)  # raises: a strict undefined tells which name is missing
    literal: dict[str, str | Mention] = context[_LITERAL]
    literal[str(len(literal))] = value if isinstance(value, Mention) else str(value)
    return f"{OPEN}{len(literal) - 1}{CLOSE}"
