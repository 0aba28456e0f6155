"""The JSON of a delivery, no more of it than is ever looked at.

An event of Jira's is some kilobytes of which a few words say what it is about. The rest is checked for being JSON and
passed over, which takes half of the time that reading all of it would (docs/decisions/12-intake.md).

How deep JSON may be nested is another thing in each version of Python. What a parser gives up on is read without its
depths: nothing that is looked at lies there.
"""

import json
import re
from typing import Any, NoReturn, TypedDict

import msgspec

Body = bytes | bytearray
"""What was sent, as it came."""

DEEPEST = 50
"""How deep something may lie to be looked at where a parser gives up."""

_BRACKET_OR_STRING = re.compile(rb'[][{}]|"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_OPENING = (b"[", b"{")
_OPENED_BY = {b"]": b"[", b"}": b"{"}


class Person(TypedDict, total=False):
    """Who did or wrote something."""

    accountId: Any
    name: Any


class Comment(TypedDict, total=False):
    """What was said."""

    id: Any
    self: Any
    author: Person | None
    updateAuthor: Person | None
    updated: Any


class Parent(TypedDict, total=False):
    """The ticket of a sub-task."""

    id: Any


class Fields(TypedDict, total=False):
    """What the issue carries."""

    labels: Any
    parent: Parent | None


class Issue(TypedDict, total=False):
    """What it happened to."""

    id: Any
    fields: Fields | None


class Change(TypedDict, total=False):
    """One field that changed."""

    field: Any
    fieldId: Any
    fromString: Any
    toString: Any


class Link(TypedDict, total=False):
    """Two issues that were linked, or are no longer."""

    sourceIssueId: Any
    destinationIssueId: Any


class Changelog(TypedDict, total=False):
    """All fields that changed."""

    items: list[Change] | None


class Event(TypedDict, total=False):
    """A delivery (developer.atlassian.com, "Webhooks"), as it usually is: what `delivery.hint` reads of it."""

    webhookEvent: Any
    issue_event_type_name: Any
    user: Person | None
    issue: Issue | None
    comment: Comment | None
    changelog: Changelog | None
    issueLink: Link | None


_USUAL = msgspec.json.Decoder(Event)


def read(body: Body) -> object:
    """What `body` says: of an event only what `Event` names, of JSON in any other shape all.

    A string may hold half an emoji, and then cannot be encoded. Raises ValueError where it is no JSON in UTF-8.
    """
    if not body.isascii():
        str(body, "utf-8")  # what is passed over has to be text, too
    try:
        return _read(body)
    except RecursionError:
        return _read(_without_depths(body))


def _read(body: Body) -> object:
    try:
        return _whatever_its_shape(body)
    except msgspec.DecodeError:
        # JSON still, where a text was cut in the middle of an emoji ("\\ud83d"): Jira would not send it again
        return json.loads(str(body, "utf-8"), parse_constant=_refuse)


def _whatever_its_shape(body: Body) -> object:
    try:
        return _USUAL.decode(body)
    except msgspec.ValidationError:  # JSON so far, but of another shape
        return msgspec.json.decode(body)


def _without_depths(body: Body) -> bytes:
    """`body` with null in place of all that lies deeper than `DEEPEST`, of which only the brackets are checked."""
    kept, opened, since = bytearray(), bytearray(), 0
    for found in _BRACKET_OR_STRING.finditer(body):
        bracket = found[0]
        if bracket in _OPENING:
            if len(opened) == DEEPEST:
                kept += body[since : found.start()] + b"null"
            opened += bracket
        elif bracket in _OPENED_BY:
            if not opened.endswith(_OPENED_BY[bracket]):
                raise ValueError("a bracket that closes nothing")
            del opened[-1]
            if len(opened) == DEEPEST:
                since = found.end()
    if opened:
        raise ValueError("a bracket that nothing closes")
    return bytes(kept + body[since:])


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
