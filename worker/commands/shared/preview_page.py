"""The texts on one page, near to how Jira shows them: each once, with switches for seat, grade, language and flavour.

The page loads nothing and runs nothing: the switches are radio buttons that style sheets look at, so that every text is
reachable without a script; where a browser does not know `:has`, all forms are shown below each other. Every text is
escaped: what people wrote is never markup here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

import config
from config.protocol import Protocol
from worker.escalation.dates.formatting import stamp
from worker.escalation.texts.document import Block, Document, Span
from worker.escalation.views.catalogue import Kind, Said, Variant

HERE = Path(__file__).parent
AUDIENCES = {"client": "what clients read", "colleagues": "what stays inside"}
COLOURS = {"client": "green", "colleagues": "amber"}
NAMES = {"seat": "Seat", "grade": "Grade", "language": "Language", "flavour": "As on"}
FLAVOURS = {"cloud": "Jira Cloud", "dc": "Data Center", "mail": "mail"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on the page: the texts in each language, the chosen one first; and of a ticket what the next look would
    say, and what was said already. `planned` is None for a sample."""

    title: str
    subject: str
    protocol: Protocol
    languages: Mapping[str, Sequence[Kind]]
    planned: Sequence[tuple[str, Document]] | None = None
    said: Sequence[Said] = ()


def page(shown: Shown) -> str:
    """A whole page of HTML."""
    rules, first = shown.protocol, next(iter(shown.languages))
    grades = [grade.name for grade in rules.grades]
    switches = {
        "seat": [seat.title for seat in rules.panel.seats],
        "grade": grades,
        "language": sorted(shown.languages),
        "flavour": list(FLAVOURS),
    }
    usual = next((grade.name for grade in rules.grades if grade.timing == "next-business-night"), grades[0])
    chosen = {"seat": switches["seat"][0], "grade": usual, "language": first, "flavour": "cloud"}
    return _template().render(
        title=shown.title,
        about="as they would be said now" if shown.planned is not None else "a sample; nothing of it has been said",
        subject=shown.subject,
        style=Markup((Path(config.__file__).parent / "style.css").read_text(encoding="utf-8")),  # noqa: S704 - our own
        own_style=Markup((HERE / "preview.css").read_text(encoding="utf-8")),  # noqa: S704 - our own
        switches={name: [_quotable(value) for value in values] for name, values in switches.items()},
        chosen=chosen,
        names=NAMES,
        shown_as=FLAVOURS,
        audiences=AUDIENCES,
        colours=COLOURS,
        grades=grades,
        kinds=shown.languages[first],
        ticket=shown.planned is not None,
        planned=shown.planned or (),
        said=shown.said,
        variants=lambda kind: _variants(kind, shown.languages),
        anchor=anchor,
        drawn=drawn,
        at=lambda instant: stamp(instant, rules.zone),
    )


def _variants(kind: Kind, languages: Mapping[str, Sequence[Kind]]) -> Iterator[tuple[str, Variant]]:
    """Every form of a text, in every language."""
    for language, kinds in languages.items():
        same = next((each for each in kinds if (each.title, each.audience) == (kind.title, kind.audience)), None)
        yield from ((language, variant) for variant in (same.variants if same else ()))


def anchor(title: str) -> str:
    """What a link to a text ends with."""
    return re.sub(r"\W+", "-", title.lower()).strip("-")


def _quotable(value: str) -> str:
    """A value as a style sheet may hold it between quotes."""
    return re.sub(r'["\\\n<>]', "", value)


def drawn(document: Document, level: int = 3) -> Markup:
    """The document as Jira shows it; its headings are of that level on this page."""
    return Markup("\n").join(_block(block, level) for block in document.blocks)


def _block(block: Block, level: int) -> Markup:
    lines = [_line(line) for line in block.lines]
    paragraphs = Markup().join(Markup("<p>{}</p>").format(text) for text in lines)
    match block.kind:
        case "heading":
            return Markup("<h{0}>{1}</h{0}>").format(level, Markup(" ").join(lines))
        case "bullets":
            return Markup("<ul>{}</ul>").format(Markup().join(Markup("<li>{}</li>").format(text) for text in lines))
        case "quote":
            return Markup("<blockquote>{}</blockquote>").format(paragraphs)
        case "note" | "important" as kind:
            return Markup('<aside class="{}">{}</aside>').format(kind, paragraphs)
        case "table":
            return _table(lines, block.columns)
    return Markup("<pre>{}</pre>").format(block.text) if block.kind == "example" else paragraphs


def _table(cells: Sequence[Markup], columns: int) -> Markup:
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    head, *body = [_row(row, "td" if number else "th") for number, row in enumerate(rows)]
    return Markup("<table><tr>{}</tr>{}</table>").format(
        head, Markup().join(Markup("<tr>{}</tr>").format(row) for row in body)
    )


def _row(cells: Iterable[Markup], tag: str) -> Markup:
    return Markup().join(Markup("<{0}>{1}</{0}>").format(tag, cell) for cell in cells)


def _line(spans: Iterable[Span]) -> Markup:
    return Markup().join(map(_span, spans))


def _span(span: Span) -> Markup:
    if span.mentions:
        return Markup('<span class="mention">{}</span>').format(span.text.removeprefix("@"))
    text = escape(span.text).replace("\n", Markup("<br>"))
    return Markup("<strong>{}</strong>").format(text) if span.strong else text


@cache
def _template() -> Template:
    source = (HERE / "preview.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source)
