"""What a webhook delivery says: whether Jira signed it, and which ticket it hints at.

Pure functions over bytes and parsed JSON. A delivery is only a hint "look at this ticket": nothing in it is believed
but ids and labels, and whatever shape it has, nothing here raises. The shapes are those of developer.atlassian.com
"Webhooks" and of captured deliveries: without issue, labels, user or fieldId, with ids as numbers, and worse.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

METHODS = frozenset({"sha256", "sha384", "sha512"})
LONGEST_LABEL = 255  # in Jira; comparing a longer one with ours would only cost time
COMMENT_OF = re.compile(r"/issue/([0-9]{1,20})/comment/")


@dataclass(frozen=True, slots=True)
class Hint:
    """A ticket that may need a look.

    Attributes:
        issue: the issue id; an evaluation's parent where the delivery names it.
        certain: False where only the queue's memory of kinship can say whether it concerns us (talk).
        talk: what makes two deliveries about one comment the same, or None.
    """

    issue: str
    certain: bool = True
    talk: str | None = None


def is_signed(body: bytes, signature: str | None, secrets: Iterable[bytes]) -> bool:
    """Whether `signature` (X-Hub-Signature: method=hex) is the HMAC of the raw `body` under one of `secrets`."""
    method, _, given = (signature or "").strip().partition("=")
    if (method := method.lower()) not in METHODS:
        return False
    shown = given.strip().lower().encode(errors="replace")
    return any(hmac.compare_digest(hmac.digest(secret, body, method).hex().encode(), shown) for secret in secrets)


def duplicate_keys(body: bytes, identifier: str | None, hint: Hint) -> tuple[str, ...]:
    """What marks a delivery as seen: Jira's identifier, else the body; and the comment in its present wording."""
    own = f"id:{identifier[:200]}" if identifier else f"body:{hashlib.sha256(body).hexdigest()}"
    return (own, hint.talk) if hint.talk else (own,)


def hint(
    event: object,
    labels: frozenset[str],
    evaluations: frozenset[str],
    own_account: str | None,
    is_alike: Callable[[str], bool] = lambda label: False,
) -> Hint | None:
    """Which ticket `event` hints at; None where it does not concern us or is the echo of our own write.

    Args:
        event: the parsed body, of any shape.
        labels: every label that is ours, in lower case.
        evaluations: those that evaluations carry (projects may differ), in lower case.
        own_account: our accountId (Cloud) or user name (Data Center); None while it is not known.
        is_alike: whether a label (in lower case) was probably meant to be the request label.
    """
    name = _text(event, "webhookEvent")
    is_talk = name.startswith("comment_") or _is_commented(event)
    if not is_talk and not name.startswith("jira:issue_"):
        return None
    if own_account and own_account in _people(_author(event, name)):
        return None
    carried = frozenset(_carried(event))
    found = _of_issue(event, carried, labels, evaluations) or (_of_talk(event) if is_talk else None)
    return found or _of_look_alike(event, carried, is_alike)


def _is_commented(event: object) -> bool:
    return _text(event, "issue_event_type_name") == "issue_commented" and not _at(event, "changelog", "items")


def _author(event: object, name: str) -> object:
    if name in ("comment_created", "comment_updated"):
        return _at(event, "comment", "updateAuthor") or _at(event, "comment", "author")
    return _at(event, "user")


def _people(user: object) -> tuple[object, ...]:
    return tuple(_at(user, name) for name in ("accountId", "name"))


def _of_issue(
    event: object, carried: frozenset[str], labels: frozenset[str], evaluations: frozenset[str]
) -> Hint | None:
    touched = carried.union(_lost(event))
    if touched.isdisjoint(labels) and touched.isdisjoint(evaluations):
        return None
    issue = _id(_at(event, "issue", "id"))
    if issue is None:
        return None
    if evaluations & touched:
        issue = _id(_at(event, "issue", "fields", "parent", "id")) or issue
    elif _is_commented(event):
        return None  # talk on a ticket, not on an evaluation
    return Hint(issue, talk=_talk(event))


def _of_look_alike(event: object, carried: Iterable[str], is_alike: Callable[[str], bool]) -> Hint | None:
    """A ticket that just got a label which only looks like ours: somebody waits in vain."""
    if not any(map(is_alike, carried)):
        return None
    issue = _id(_at(event, "issue", "id"))
    if issue is None:
        return None
    is_news = bool({*_lost(event, "toString")}) or _text(event, "webhookEvent") == "jira:issue_created"
    return Hint(issue) if is_news else None


def _of_talk(event: object) -> Hint | None:
    issue = _id(_at(event, "issue", "id")) or _issue_of_comment(event)
    return Hint(issue, certain=False, talk=_talk(event)) if issue else None


def _issue_of_comment(event: object) -> str | None:
    found = COMMENT_OF.search(_text(event, "comment", "self"))
    return found[1] if found else None


def _talk(event: object) -> str | None:
    comment, updated = _id(_at(event, "comment", "id")), _text(event, "comment", "updated")
    if comment is None or not updated or _text(event, "webhookEvent") == "comment_deleted":
        return None
    return f"comment:{comment}:{updated[:40]}"


def _carried(event: object) -> Iterator[str]:
    for label in _items(_at(event, "issue", "fields", "labels")):
        if isinstance(label, str) and len(label) <= LONGEST_LABEL:
            yield label.lower()


def _lost(event: object, side: str = "fromString") -> Iterator[str]:
    for item in _items(_at(event, "changelog", "items")):
        if "labels" in (_at(item, "fieldId"), _at(item, "field")):  # Data Center has no fieldId
            yield from _text(item, side).lower().split()


def _at(value: object, *path: str) -> object:
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def _text(value: object, *path: str) -> str:
    found = _at(value, *path)
    return found if isinstance(found, str) else ""


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _id(value: object) -> str | None:
    text = str(value) if isinstance(value, str | int) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= 20 else None
