"""`escalation preview`: every text before anybody is told, for a sample ticket or a real one.

A sample needs neither Jira nor Redis, a real one is only read. Nothing is ever written to Jira here.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import click

from config import ConfigError, messages, protocol_file
from config.mistakes import line
from config.protocol import Protocol
from worker import clock, running_system
from worker.commands.shared.exits import UNREACHABLE, WRONG, tell, words
from worker.escalation.facts.model import Escalation
from worker.escalation.texts.document import Block, Document, Span
from worker.escalation.views import preview
from worker.escalation.views.catalogue import Kind, kinds, said
from worker.release import question

JIRA_SECONDS = 10.0
NOW, ALL = "Would be said now", "Texts"


def preview_texts(key: str | None, project: str | None, language: str | None, html: Path | None) -> int:
    """Prints the texts, or writes them as a page; 2 for a bad key, project or file, 3 where Jira cannot be asked.

    Raises:
        ConfigError: a setting, the protocol or a text is wrong.
    """
    from worker.errors import EscalationError, NotOurs  # noqa: PLC0415

    try:
        found = _ticket(key, language) if key else _sample(project, language)
        click.echo(_written(found, html))
    except (ValueError, NotOurs) as error:
        return tell(WRONG, str(error))
    except EscalationError as error:
        return tell(UNREACHABLE, words(error))
    return 0


@dataclass(frozen=True, slots=True)
class Found:
    """The facts that texts are made of: the protocol in the language that is wanted, in that of its file where none is;
    a ticket, unless a sample is shown."""

    title: str
    protocol: Protocol
    language: str | None
    ticket: Escalation | None = None
    now: datetime = preview.SAMPLE_AT
    planned: tuple[tuple[str, Document], ...] = ()

    @property
    def rules(self) -> Protocol:
        """In the language that is shown first."""
        return in_language(self.protocol, self.language)

    @property
    def texts(self) -> dict[str, Document]:
        """Every text once, in that language."""
        return preview.shown(self.rules, self.ticket, self.now)

    def languages(self) -> Iterator[tuple[str, list[Kind]]]:
        """The texts in each language there are texts for, the one that is shown first at the head."""
        for language in dict.fromkeys((self.rules.language, *messages.shipped())):
            rules = in_language(self.protocol, language)
            with contextlib.suppress(ConfigError):  # a language that lacks a text of the protocol file's own
                yield language, kinds(preview.shown(rules, self.ticket, self.now), rules)


def _sample(project: str | None, language: str | None) -> Found:
    rules = question.rules_of(project, protocol_file.load(running_system.protocol_file()))
    return Found("A sample ticket", rules, language)


def _ticket(key: str, language: str | None) -> Found:
    """The facts of a ticket, and what the next look at it would say."""
    from worker import log  # noqa: PLC0415
    from worker.escalation.plan.plan import plan  # noqa: PLC0415
    from worker.jira import connect, issue_memory  # noqa: PLC0415
    from worker.jira.override_note import Notices  # noqa: PLC0415

    [key] = question.keys_of([key], "KEY")
    settings = running_system.settings()
    log.set_up(settings.log_format, "WARNING")
    protocol = in_projects(protocol_file.load(settings.protocol_file), language)
    site = connect.site(settings, read_seconds=JIRA_SECONDS)
    ticket = Notices(site, protocol, issue_memory.NoIssueMemory()).find(key).in_order()
    now = clock.now()
    planned = tuple(preview.planned(plan(ticket, protocol, now)))
    return Found(key, protocol.for_project(ticket.project), language, ticket, now, planned)


def in_language(protocol: Protocol, language: str | None) -> Protocol:
    """The same rules with all texts in that language; None: as it is."""
    return replace(protocol, language=language) if language else protocol


def in_projects(protocol: Protocol, language: str | None) -> Protocol:
    """The same protocol, its projects too, with all texts in that language."""
    projects = tuple((key, in_language(own, language)) for key, own in protocol.projects)
    return replace(in_language(protocol, language), projects=projects)


def _written(found: Found, html: Path | None) -> str:
    if html is None:
        return "\n".join(_lines(found))
    try:
        html.write_text(_page(found), encoding="utf-8")
    except OSError as error:
        raise ConfigError(line("--html", str(html), f"a file that can be written ({error.strerror})")) from None
    return f"written to {html}"


def _page(found: Found) -> str:
    from worker.commands.shared import preview_page  # noqa: PLC0415 - the terminal wants no page

    ticket, sample = found.ticket, found.ticket or preview.sample(found.rules)
    return preview_page.page(
        preview_page.Shown(
            found.title,
            f"{sample.key} {sample.summary}",
            found.rules,
            dict(found.languages()),
            found.planned if ticket else None,
            said(ticket, found.rules) if ticket else (),
        )
    )


def _lines(found: Found) -> Iterator[str]:
    yield f"{found.title}: nothing of this has been said"
    if found.ticket:
        yield from _section(NOW, found.planned)
        yield from _beside(found)
    heading = f"{ALL}, as if each grade were decided now" if found.ticket else ALL
    yield from _section(heading, found.texts.items())


def _section(heading: str, texts: Iterable[tuple[str, Document]]) -> Iterator[str]:
    yield from ("", f"══ {heading} ══")
    shown = [each for name, text in texts for each in ("", f"── {name}", *_indented(in_terminal(text)))]
    yield from shown or ("", "nothing")


def _beside(found: Found) -> Iterator[str]:
    """What was said of the decision that stands, and how it would be said now."""
    for each in said(found.ticket, found.rules) if found.ticket else ():
        was = each.was.text.split("\n") if each.was else ["(the comment is not there any more, or cannot be seen)"]
        yield from ("", f"══ {each.title} on {each.where}: was said ══", *_indented(was))
        yield from ("", f"══ {each.title} on {each.where}: would be said now ══", *_indented(in_terminal(each.now)))


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"   {each}".rstrip() for each in lines)


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
