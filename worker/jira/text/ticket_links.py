"""On Cloud a ticket's key in a text is plain letters; here those of the one ticket a text is about become a link to it.

Only that key, only to that ticket's own page, and nothing else is ever linked. Data Center links keys by itself.
"""

from collections.abc import Iterator
from typing import Any


def linked(node: dict[str, Any], key: str, address: str) -> dict[str, Any]:
    """The same ADF, in which `key` leads to `address` wherever it stands as a word of its own; code stays as it is."""
    if node["type"] == "codeBlock":
        return node
    parts: list[dict[str, Any]] = []
    for child in node["content"]:
        if "content" in child:
            parts.append(linked(child, key, address))
        elif key in child.get("text", ""):
            parts += _parts(child, key, address)
        else:
            parts.append(child)
    return {**node, "content": parts}


def _parts(node: dict[str, Any], key: str, address: str) -> Iterator[dict[str, Any]]:
    mark = {"type": "link", "attrs": {"href": address}}
    for number, text in enumerate(_split(node["text"], key)):
        if text:
            marks = [*node.get("marks", ()), *([mark] if number % 2 else [])]
            yield {**node, "text": text, **({"marks": marks} if marks else {})}


def _split(text: str, key: str) -> list[str]:
    """The text in turns of what is not the key and what is; `SUP-41` is not in `SUP-412`, nor in `XSUP-41`."""
    parts, rest = [""], text
    while key in rest:
        before, _, after = rest.partition(key)
        rest = after
        if before[-1:].isalnum() or after[:1].isalnum():
            parts[-1] += before + key
        else:
            parts[-1] += before
            parts += [key, ""]
    parts[-1] += rest
    return parts
