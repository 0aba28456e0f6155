"""Rich text as a browser shows it: a small tree of elements, of Atlassian documents and of wiki markup alike.

A subset of what Jira renders: what people and the worker write (headings, lists, tables, panels, quotes, code,
mentions, links, marks). What is not known stays words. Nobody's text ever becomes an element.
"""

import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from sandbox.state.adf import TEXT_BLOCKS
from sandbox.state.model import Body

Node = list[Any]
"""`[tag, attributes, children]`; a child is such a node, or text."""
Name = Callable[[str], str]
"""Who is mentioned: the name, for an accountId or a user name."""

_VOID = {"br", "hr"}
_MARKS = {"strong": "strong", "em": "em", "code": "code", "strike": "s", "underline": "u"}
_ELEMENTS = {
    "paragraph": "p",
    "hardBreak": "br",
    "rule": "hr",
    "codeBlock": "pre",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "blockquote": "blockquote",
    "tableRow": "tr",
    "tableHeader": "th",
    "tableCell": "td",
    "taskList": "ul",
    "taskItem": "li",
    "decisionList": "ul",
    "decisionItem": "li",
}
_EMPTY = {"hardBreak", "rule", "paragraph", "codeBlock", "tableCell", "tableHeader"}
_SAFE_LINK = re.compile(r"(?:https?://|mailto:|/)", re.I)


def tree(body: Body | None, name: Name = str) -> list[Node]:
    """The text as elements; none for an empty text."""
    if body is None:
        return []
    return _Wiki(name).blocks(body) if isinstance(body, str) else _children(body, name)


def html(body: Body | None, name: Name = str) -> str:
    """As Jira's `renderedBody` and `renderedFields` have it."""
    return "".join(map(_html, tree(body, name)))


def _html(node: Node | str) -> str:
    if isinstance(node, str):
        return escape(node)
    tag, attributes, children = node
    head = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f"<{tag}{head}/>" if tag in _VOID else f"<{tag}{head}>{''.join(map(_html, children))}</{tag}>"


def mention(name: str) -> Node:
    """A person who is called by name."""
    return ["span", {"class": "mention"}, [f"@{name.removeprefix('@')}"]]


# -- Atlassian documents


def _children(node: dict[str, Any], name: Name) -> list[Any]:
    return [_element(child, name) for child in node.get("content") or []]


def _element(node: dict[str, Any], name: Name) -> Node | str:
    kind, attrs = str(node.get("type")), node.get("attrs") or {}
    if kind == "text":
        return _marked(str(node.get("text", "")), node.get("marks") or ())
    if kind == "mention":
        return mention(name(str(attrs.get("id"))) if attrs.get("id") else str(attrs.get("text", "")))
    if kind == "table":
        return ["table", {}, [["tbody", {}, _children(node, name)]]]
    if "content" in node or kind in _EMPTY:
        return [_tag(kind, attrs), _attributes(kind, attrs), _children(node, name)]
    return str(attrs.get("text") or attrs.get("shortName") or attrs.get("url") or "")


def _tag(kind: str, attrs: dict[str, Any]) -> str:
    if kind == "heading":
        return f"h{min(max(int(attrs.get('level', 3)), 1), 6)}"
    return _ELEMENTS.get(kind) or ("p" if kind in TEXT_BLOCKS else "div")


def _attributes(kind: str, attrs: dict[str, Any]) -> dict[str, str]:
    return {"class": f"panel {attrs.get('panelType', 'info')}"} if kind == "panel" else {}


def _marked(text: str, marks: Any) -> Node | str:
    shown: Node | str = text
    for mark in marks:
        kind, href = mark.get("type"), str((mark.get("attrs") or {}).get("href", ""))
        if kind in _MARKS:
            shown = [_MARKS[kind], {}, [shown]]
        elif kind == "link" and _SAFE_LINK.match(href):
            shown = ["a", {"href": href}, [shown]]
    return shown


# -- wiki markup

_FENCED = re.compile(r"\{(noformat|code|panel|quote|info|note|warning|tip)(?::[^}\n]*)?\}(.*?)(?:\{\1\}|\Z)", re.S)
_HEADING, _QUOTED = re.compile(r"h([1-6])\.\s+(.*)"), re.compile(r"bq\.\s+(.*)")
_ITEM, _ROW = re.compile(r"\s*([*#-]+)\s+(.*)"), re.compile(r"\s*\|(.*)")
_INLINE = re.compile(
    r"\\(?P<escaped>[-#*_+?^~|%{}\[\]()!@\\:;])"
    r"|\[~(?:accountid:)?(?P<person>[^\]\s]+)\]"
    r"|\[(?P<link>[^\[\]\n]+)\]"
    r"|(?<![\w\\*])\*(?=\S)(?P<strong>[^*\n]+?)(?<=\S)\*(?!\w)"
    r"|(?<![\w\\_])_(?=\S)(?P<em>[^_\n]+?)(?<=\S)_(?!\w)"
    r"|(?<![\w\\-])-(?=[^\s-])(?P<strike>[^\n-]+?)(?<=[^\s-])-(?![\w-])"
    r"|\{\{(?P<code>[^}\n]+)\}\}"
    r"|&\#(?P<number>\d{1,7});"
    r"|(?P<br>\n|\\\\)"
)


class _Wiki:
    """Data Center's markup."""

    def __init__(self, name: Name) -> None:
        self._name = name

    def blocks(self, text: str) -> list[Node]:
        """Fenced blocks first, since nothing within one ends it."""
        made: list[Node] = []
        text, at = text.replace("\r\n", "\n"), 0
        for found in _FENCED.finditer(text):
            made += self._plain(text[at : found.start()])
            made.append(self._fenced(found[1], found[2]))
            at = found.end()
        return [*made, *self._plain(text[at:])]

    def _fenced(self, kind: str, inner: str) -> Node:
        if kind in ("noformat", "code"):
            return ["pre", {}, [inner.strip("\n")]]
        tag, attributes = ("blockquote", {}) if kind == "quote" else ("div", {"class": f"panel {kind}"})
        return [tag, attributes, self.blocks(inner)]

    def _plain(self, text: str) -> Iterator[Node]:
        for paragraph in re.split(r"\n[ \t]*\n", text):
            lines = [line for line in paragraph.split("\n") if line.strip()]
            while lines:
                yield self._block(lines)

    def _block(self, lines: list[str]) -> Node:
        """The block that the first lines make; takes them away."""
        if found := _HEADING.fullmatch(lines[0].strip()):
            lines.pop(0)
            return [f"h{found[1]}", {}, self.inline(found[2])]
        if found := _QUOTED.fullmatch(lines[0].strip()):
            lines.pop(0)
            return ["blockquote", {}, [["p", {}, self.inline(found[1])]]]
        for pattern, make in ((_ITEM, self._list), (_ROW, self._table)):
            if taken := _while(lines, pattern):
                return make(taken)
        text = _until(lines, (_HEADING, _QUOTED, _ITEM, _ROW))
        return ["p", {}, self.inline("\n".join(text))]

    def _list(self, lines: list[str]) -> Node:
        """Lists within lists are shown in one."""
        items = [found for line in lines if (found := _ITEM.fullmatch(line))]
        tag = "ol" if items[0][1].startswith("#") else "ul"
        return [tag, {}, [["li", {}, self.inline(found[2])] for found in items]]

    def _table(self, lines: list[str]) -> Node:
        return ["table", {}, [["tbody", {}, [self._row(line.strip()) for line in lines]]]]

    def _row(self, line: str) -> Node:
        mark, tag = ("||", "th") if line.startswith("||") else ("|", "td")
        cells = re.split(rf"(?<!\\){re.escape(mark)}", line.removeprefix(mark).removesuffix(mark))
        return ["tr", {}, [[tag, {}, self.inline(cell.strip())] for cell in cells]]

    def inline(self, text: str) -> list[Any]:
        """A line with its marks."""
        made: list[Any] = []
        at = 0
        for found in _INLINE.finditer(text):
            made += [text[at : found.start()], self._phrase(found)]
            at = found.end()
        return [part for part in (*made, text[at:]) if part != ""]

    def _phrase(self, found: re.Match[str]) -> Node | str:
        kind, said = str(found.lastgroup), str(found[found.lastgroup or 0])
        if kind == "person":
            return mention(self._name(said))
        if kind == "link":
            return self._link(said)
        if kind in ("strong", "em", "strike"):
            return [_MARKS[kind], {}, self.inline(said)]
        if kind == "code":
            return ["code", {}, [said]]
        return ["br", {}, []] if kind == "br" else chr(int(said)) if kind == "number" and int(said) < 0x110000 else said

    def _link(self, said: str) -> Node | str:
        words, _, href = said.rpartition("|")
        return ["a", {"href": href}, self.inline(words or href)] if _SAFE_LINK.match(href) else f"[{said}]"


def _while(lines: list[str], pattern: re.Pattern[str]) -> list[str]:
    """The first lines, as long as they are like that; taken away."""
    taken: list[str] = []
    while lines and pattern.fullmatch(lines[0]):
        taken.append(lines.pop(0))
    return taken


def _until(lines: list[str], patterns: tuple[re.Pattern[str], ...]) -> list[str]:
    """The first line, and those after it until one begins a block of its own; taken away."""
    taken = [lines.pop(0)]
    while lines and not any(pattern.fullmatch(lines[0].strip()) for pattern in patterns):
        taken.append(lines.pop(0))
    return taken
