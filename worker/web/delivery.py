"""What a webhook delivery says: which ticket it hints at.

Pure functions over bytes and parsed JSON. A delivery is only a hint "look at this ticket": nothing in it is believed
but ids and labels, and whatever shape it has, nothing here raises. The shapes are those of developer.atlassian.com
"Webhooks" and of captured deliveries: without issue, labels, user or fieldId, with ids as numbers, and worse.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from worker.queue.workqueue import deleted_key
from worker.web.event import Body

LONGEST_LABEL = 255  # in Jira; comparing a longer one with ours would only cost time
COMMENT_OF = re.compile(r"/issue/([0-9]{1,20})/comment/")


@dataclass(frozen=True, slots=True)
class Hint:
    """A ticket that may need a look.

    Attributes:
        issue: the issue id; an evaluation's parent where the delivery names it.
        certain: False where only the queue's memory of kinship can say whether it concerns us (talk).
        talk: what makes two deliveries about one comment the same, or None.
        deleted: whether that very issue was deleted.
        linked: the other end, where two issues were linked or are no longer: either may be a ticket of ours, and only
            the queue's memory can say whether one is.
    """

    issue: str
    certain: bool = True
    talk: str | None = None
    linked: str | None = None
    deleted: bool = False


def duplicate_keys(body: Body, identifier: str | None, hint: Hint) -> tuple[str, ...]:
    """What marks a delivery as seen: Jira's identifier, else the body; and the comment in its present wording."""
    own = f"id:{identifier[:200]}" if identifier else f"body:{hashlib.sha256(body).hexdigest()}"
    gone = (deleted_key(hint.issue),) if hint.deleted else ()
    return (own, hint.talk, *gone) if hint.talk else (own, *gone)


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
    said = _object(event)
    name, items = _word(said.get("webhookEvent")), _items(_object(said.get("changelog")).get("items"))
    commented = said.get("issue_event_type_name") == "issue_commented" and not items
    is_talk = commented or name.startswith("comment_")
    if not is_talk and not name.startswith("jira:issue_"):
        return _link(_object(said.get("issueLink"))) if name.startswith("issuelink_") else None
    comment = _object(said.get("comment"))
    if own_account and own_account in _names(_author(said, comment, name)):
        return None
    issue = _object(said.get("issue"))
    fields = _object(issue.get("fields"))
    carried, put_on = _labels(fields.get("labels")), _label_words(items, "toString")
    id, touched = _id(issue.get("id")), carried | put_on | _label_words(items, "fromString")
    if id and not touched.isdisjoint(evaluations):
        return Hint(_id(_object(fields.get("parent")).get("id")) or id, talk=_talk(comment, name))
    if id and not commented and not touched.isdisjoint(labels):
        return Hint(id, talk=_talk(comment, name), deleted=name == "jira:issue_deleted")
    if is_talk and (about := id or _issue_of(comment)):
        return Hint(about, certain=False, talk=_talk(comment, name))
    # a ticket that just got a label which only looks like ours: somebody waits in vain
    in_vain = any(map(is_alike, carried | put_on)) and (name == "jira:issue_created" or put_on)
    return Hint(id) if id and in_vain else None


def _link(link: Mapping[str, object]) -> Hint | None:
    source, destination = _id(link.get("sourceIssueId")), _id(link.get("destinationIssueId"))
    return Hint(source, certain=False, linked=destination) if source and destination else None


def _author(event: Mapping[str, object], comment: Mapping[str, object], name: str) -> Mapping[str, object]:
    if name in ("comment_created", "comment_updated"):
        return _object(comment.get("updateAuthor") or comment.get("author"))
    return _object(event.get("user"))


def _names(person: Mapping[str, object]) -> tuple[object, object]:
    return person.get("accountId"), person.get("name")


def _issue_of(comment: Mapping[str, object]) -> str | None:
    found = COMMENT_OF.search(_word(comment.get("self")))
    return found[1] if found else None


def _talk(comment: Mapping[str, object], name: str) -> str | None:
    id, updated = _id(comment.get("id")), _word(comment.get("updated"))
    if id is None or not updated or name == "comment_deleted":
        return None
    if not updated.isascii():  # no instant; and half an emoji could not be kept in the queue
        return None
    return f"comment:{id}:{updated[:40]}"


def _labels(carried: object) -> frozenset[str]:
    short = (label for label in _items(carried) if isinstance(label, str) and len(label) <= LONGEST_LABEL)
    return frozenset(label.lower() for label in short)


def _label_words(items: Sequence[object], side: str) -> frozenset[str]:
    """The labels that were there before a change (`fromString`) or are there after it (`toString`)."""
    changes = (item for item in map(_object, items) if "labels" in (item.get("fieldId"), item.get("field")))
    return frozenset(word for item in changes for word in _word(item.get(side)).lower().split())


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _id(value: object) -> str | None:
    text = str(value) if isinstance(value, str | int) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= 20 else None
