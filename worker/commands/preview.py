"""`escalation preview`: every text before anybody is told, for a sample ticket or a real one.

A sample needs neither Jira nor Redis, a real one is only read. Nothing is ever written to Jira here.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from config import ConfigError, protocol_file
from config.mistakes import line
from config.protocol import Protocol
from worker import clock, running_system
from worker.commands.shared import preview_page
from worker.commands.shared.exits import UNREACHABLE, WRONG, tell, words
from worker.escalation.texts.document import Block, Document, Span
from worker.escalation.views import preview
from worker.release import question

JIRA_SECONDS = 10.0
NOW, ALL = "Would be said now", "Texts"

Section = tuple[str, Sequence[tuple[str, Document]]]
"""A heading, and texts by their names."""


def preview_texts(key: str | None, project: str | None, language: str | None, html: Path | None) -> int:
    """Prints the texts, or writes them as a page; 2 for a bad key, project or file, 3 where Jira cannot be asked.

    Raises:
        ConfigError: a setting, the protocol or a text is wrong.
    """
    from worker.errors import EscalationError, NotOurs  # noqa: PLC0415

    try:
        title, sections = _ticket(key, language) if key else _sample(project, language)
        click.echo(_written(title, sections, html))
    except (ValueError, NotOurs) as error:
        return tell(WRONG, str(error))
    except EscalationError as error:
        return tell(UNREACHABLE, words(error))
    return 0


def _sample(project: str | None, language: str | None) -> tuple[str, list[Section]]:
    protocol = _in_language(protocol_file.load(running_system.protocol_file()), language)
    rules = question.rules_of(project, protocol)
    return "A sample ticket", [(ALL, list(preview.shown(rules).items()))]


def _ticket(key: str, language: str | None) -> tuple[str, list[Section]]:
    """The texts with the facts of a ticket, and first what the next look at it would say."""
    from worker import log  # noqa: PLC0415
    from worker.escalation.plan.plan import plan  # noqa: PLC0415
    from worker.jira import connect, issue_memory  # noqa: PLC0415
    from worker.jira.override_note import Notices  # noqa: PLC0415

    [key] = question.keys_of([key], "KEY")
    settings = running_system.settings()
    log.set_up(settings.log_format, "WARNING")
    protocol = _in_language(protocol_file.load(settings.protocol_file), language)
    ticket = (
        Notices(connect.site(settings, read_seconds=JIRA_SECONDS), protocol, issue_memory.NoIssueMemory())
        .find(key)
        .in_order()
    )
    now = clock.now()
    said = list(preview.planned(plan(ticket, protocol, now)))
    shown = preview.shown(protocol.for_project(ticket.project), ticket, now)
    return key, [(NOW, said), (f"{ALL}, as if each grade were decided now", list(shown.items()))]


def _in_language(protocol: Protocol, language: str | None) -> Protocol:
    """The same protocol, its projects too, with all texts in that language."""
    if not language:
        return protocol
    projects = tuple((key, own.model_copy(update={"language": language})) for key, own in protocol.projects)
    return protocol.model_copy(update={"language": language, "projects": projects})


def _written(title: str, sections: Sequence[Section], html: Path | None) -> str:
    if html is None:
        return "\n".join(_lines(title, sections))
    try:
        html.write_text(preview_page.page(title, sections), encoding="utf-8")
    except OSError as error:
        raise ConfigError(line("--html", str(html), f"a file that can be written ({error.strerror})")) from None
    return f"written to {html}"


def _lines(title: str, sections: Sequence[Section]) -> Iterator[str]:
    yield f"{title}: nothing of this has been said"
    for heading, texts in sections:
        yield from ("", f"══ {heading} ══")
        yield from () if texts else ("", "nothing")
        for name, document in texts:
            yield from ("", f"── {name}", *(f"   {each}".rstrip() for each in in_terminal(document)))


def in_terminal(document: Document) -> Iterator[str]:
    """The document in lines of plain text, as Markdown would have it."""
    for number, block in enumerate(document.blocks):
        yield from ("",) if number else ()
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    lines = [_bold(spans) for spans in block.lines]
    match block.kind:
        case "heading":
            yield from (f"### {text}" for text in lines)
        case "bullets":
            yield from (f"- {text}" for text in lines)
        case "quote" | "note" | "important":
            yield from _marked("> ", "\n\n".join(lines))
        case "table":
            rows = range(0, len(lines), block.columns)
            yield from (" | ".join(lines[start : start + block.columns]) for start in rows)
        case "example":
            yield from _marked("    ", block.text)
        case _:
            yield from "\n".join(lines).split("\n")


def _marked(mark: str, text: str) -> Iterable[str]:
    return (f"{mark}{each}".rstrip() for each in text.split("\n"))


def _bold(spans: Iterable[Span]) -> str:
    return "".join(f"**{span.text}**" if span.strong else span.text for span in spans)


@click.command()
@click.argument("key", required=False)
@click.option("--project", metavar="KEY", help="The sample by the rules of this Jira project.")
@click.option("--language", metavar="de", help="In this language instead of the protocol's.")
@click.option("--html", metavar="FILE", help="As a web page, into this file.")
def command(key: str | None, project: str | None, language: str | None, html: str | None) -> int:
    """Gives the exit code."""
    if key and project:
        raise click.UsageError("expected either a ticket's key or --project, and not both")
    return preview_texts(key, project, language, Path(html) if html else None)
