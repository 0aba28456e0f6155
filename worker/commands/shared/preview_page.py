"""The texts on one page, near to how Jira shows them. Every text is escaped: what people wrote is never markup here."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from worker.escalation.texts.document import Block, Document, Span

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; margin: 2rem 0 .5rem; }
h4 { font-size: 1.05rem; margin: 1rem 0 .5rem; }
article { border: 1px solid #8888; border-radius: 6px; padding: .5rem 1.25rem; overflow-wrap: anywhere; }
aside, pre, blockquote { border-radius: 4px; padding: .5rem 1rem; margin: 1rem 0; background: #8882; }
aside p { margin: .25rem 0; }
aside.important { border-left: 4px solid #6554c0; }
aside.note { border-left: 4px solid #0065ff; }
blockquote { border-left: 3px solid #8888; } pre { white-space: pre-wrap; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid #8888; padding: .35rem .6rem; text-align: left; vertical-align: top; overflow-wrap: normal; }
:is(th, td):first-child { white-space: nowrap; }
"""


def page(title: str, sections: Iterable[tuple[str, Sequence[tuple[str, Document]]]]) -> str:
    """A whole page of HTML: sections by heading, texts by name."""
    body = "\n".join(part for heading, texts in sections for part in _section(heading, texts))
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}: texts</title>\n'
        f"<style>{_STYLE}</style>\n<h1>{escape(title)}: nothing of this has been said</h1>\n{body}\n</html>\n"
    )


def _section(heading: str, texts: Sequence[tuple[str, Document]]) -> Iterator[str]:
    yield f"<h2>{escape(heading)}</h2>"
    yield from () if texts else ("<p>nothing</p>",)
    for name, document in texts:
        blocks = "\n".join(map(_block, document.blocks))
        yield f"<h3>{escape(name)}</h3>\n<article>\n{blocks}\n</article>"


def _block(block: Block) -> str:
    lines = [_line(line) for line in block.lines]
    paragraphs = "".join(f"<p>{text}</p>" for text in lines)
    match block.kind:
        case "heading":
            return f"<h4>{' '.join(lines)}</h4>"
        case "bullets":
            return f"<ul>{''.join(f'<li>{text}</li>' for text in lines)}</ul>"
        case "quote":
            return f"<blockquote>{paragraphs}</blockquote>"
        case "note" | "important" as kind:
            return f'<aside class="{kind}">{paragraphs}</aside>'
        case "table":
            return _table(lines, block.columns)
    return f"<pre>{escape(block.text)}</pre>" if block.kind == "example" else paragraphs


def _table(cells: Sequence[str], columns: int) -> str:
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    head, *body = ["".join(f"<{tag}>{cell}</{tag}>" for cell in row) for row, tag in zip(rows, _tags(), strict=False)]
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in body)}</table>"


def _tags() -> Iterator[str]:
    yield "th"
    while True:
        yield "td"


def _line(spans: Iterable[Span]) -> str:
    return "".join(f"<strong>{_text(span)}</strong>" if span.strong else _text(span) for span in spans)


def _text(span: Span) -> str:
    return escape(span.text).replace("\n", "<br>")
