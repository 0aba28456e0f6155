"""Where in a vote the text for the client stands, as people write it, and why something that looks like one is none.

`Client:` begins a paragraph or a line; it is that one paragraph, line breaks inside it included. Where the word stands
alone, or is a heading, it is the paragraph or the list right below it. Only the author's own words count, only the
first such text, and nothing below a quotation (design §4, "A vote").
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from config import messages
from config.messages import Keywords
from worker.escalation.comments.authorship import Part
from worker.escalation.comments.says_nothing import says_nothing

ENGLISH = Keywords()
BELOW = "it stands below a quotation, where it cannot be told whose words it is"
EXAMPLE = "it is the example of this sub-task as it stands"
SECOND = "only the first text for the client in a comment is told"
ALONE = "nothing of your own stands right below the word that begins it"
NEARLY = "it does not begin with the word that was asked for"
WITHIN = "the word that begins it stands in the middle of a line, and has to begin one"
OPENING = "\ue003"
"""What a caller puts before a line that the grade begins: nothing in such a line is for the client."""

_READERS = re.compile("client|customer|kund|klient|klant|клиент|お客|顧客|クライアント|客户|客戶|고객", re.IGNORECASE)
"""What stands in every line that nearly begins a text for the client, besides the words of our own texts."""
_EDGES = " *_\n\t"
_BEFORE = r"^(?:[^\S\n]|[*_>#•·\-–—])*"
_ASIDE = r"(?:[*_]*[^\S\n]*\([^()\n]{1,30}\))?"
"""What may stand behind the word: `Client (public):`."""
_NEARLY = re.compile(
    rf"{_BEFORE}(?:(?:(?:text|message|note|answer|reply|words?)\s+)?(?:for|to)\s+(?:the\s+)?(?:client|customer)s?"
    r"|(?:client|customer)(?:['’]s)?\s+(?:text|message|note|answer|reply|wording)|(?:dear\s+)?customers?|(?:dear\s+)?clients?"
    r"|(?:text\s+)?(?:für|an)\s+(?:den\s+|die\s+)?kund(?:en|in|innen)|kundentext|(?:liebe[rn]?\s+)?(?:kunden?|kundin(?:nen)?)"
    r"|(?:message\s+)?(?:pour|à|au)\s+(?:le\s+|la\s+)?clients?|(?:(?:para|per|al|ao)\s+(?:el\s+|la\s+|il\s+|o\s+)?)?cliente"
    r"|(?:dla\s+)?klienta?|(?:voor\s+de\s+)?klant|(?:till\s+)?kunden|(?:для\s+)?клиента?"
    rf"|(?:お客様|お客さま|顧客|クライアント)(?:へ|向け|宛て?)?|(?:给|致)?(?:客户|客戶)|고객(?:님|에게)?){_ASIDE}[\s*_]*[:：]",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(slots=True)
class Told:
    """What a comment says to the client ("" for nothing), what it says to colleagues, and why something that may have
    been meant for the client is not."""

    text: str = ""
    internal: list[str] = field(default_factory=list)
    why_not: str = ""
    stood_alone: bool = False


def begins_one(line: str, keywords: Keywords) -> bool:
    """Whether a line begins a text for the client."""
    return _word(keywords).match(line) is not None


def split(parts: Sequence[Part], keywords: Keywords) -> Told:
    """Takes a comment apart: what is for the client, what for colleagues."""
    told, waiting, before = Told(), False, "author"
    for part in parts:
        if part.whose != "author":
            waiting = waiting and part.whose == "struck" and told.text != ""
            _miss(told, part, keywords, after=before)
        elif waiting and part.kind == "item" and not _word(keywords).match(part.text):
            told.text = f"{told.text}\n- {part.text}".strip()
        elif waiting and not told.text and not _find(part, keywords):
            told.text, waiting = part.text.strip(_EDGES), False
        else:
            waiting = _read(told, part, keywords)
        before = part.whose
    if says_nothing(told.text):
        told.text = ""
    if not told.text:
        told.why_not = told.why_not or (ALONE if told.stood_alone else "")
    return told


def _read(told: Told, part: Part, keywords: Keywords) -> bool:
    """Reads one part of the author's; gives True where the word stands alone, and the text is expected below."""
    found = _find(part, keywords)
    if found is None or told.text:
        told.why_not = told.why_not or (SECOND if found else _missed(part, keywords))
        told.internal.extend([part.text] if part.text else [])
        return False
    above, text = part.text[: found[0]].strip(), part.text[found[1] :]
    told.internal.extend([above] if above else [])
    more = _word(keywords).search(text)
    if more:
        told.internal.append(text[more.start() :].strip())
        told.why_not, text = SECOND, text[: more.start()]
    told.text = text.strip(_EDGES)
    told.why_not = "" if told.text and told.why_not != SECOND else told.why_not
    told.stood_alone = told.stood_alone or not told.text
    return not told.text


def _find(part: Part, keywords: Keywords) -> tuple[int, int] | None:
    """Where the word stands in it, at the beginning of a line; a heading needs no colon."""
    if part.text.isascii() and not _may_hold(keywords, part.text.lower()):
        return None
    found = _word(keywords).search(part.text) or (_bare(keywords).match(part.text) if part.kind == "heading" else None)
    return found.span() if found else None


def _miss(told: Told, part: Part, keywords: Keywords, *, after: str) -> None:
    """Something of this kind that is not the author's, or of which it cannot be told: a person may have meant it."""
    if told.text or told.why_not or not _find(part, keywords):
        return
    if part.whose == "ours":
        told.why_not = EXAMPLE if after == "author" else ""
    elif part.whose == "quotation" and not part.marked:
        told.why_not = BELOW


def _missed(part: Part, keywords: Keywords) -> str:
    """Why a part of the author's that was probably meant for the client is not; "" where nothing of the kind stands."""
    if _is_nearly(part, keywords):
        return NEARLY
    return WITHIN if _inside(keywords).search(part.text) else ""


def _may_hold(keywords: Keywords, text: str) -> bool:
    return ENGLISH.client.lower() in text or keywords.client.lower() in text


def _is_nearly(part: Part, keywords: Keywords) -> bool:
    said = f"{part.text}:" if part.kind == "heading" else part.text  # a heading needs no colon
    text = said.lower()
    if not (_READERS.search(text) or any(word.lower() in text for word in messages.told_words())):
        return False
    return bool(_NEARLY.search(said) or _in_another_language(keywords).search(said))


@lru_cache
def _word(keywords: Keywords) -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in dict.fromkeys((ENGLISH.client, keywords.client)))
    return re.compile(rf"{_BEFORE}(?:{words}|Ｃｌｉｅｎｔ)[\s*_]*[:：][\s*_]*", re.IGNORECASE | re.MULTILINE)


@lru_cache
def _bare(keywords: Keywords) -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in dict.fromkeys((ENGLISH.client, keywords.client)))
    return re.compile(rf"{_BEFORE}(?:{words})[\s*_]*$", re.IGNORECASE)


@lru_cache
def _inside(keywords: Keywords) -> re.Pattern[str]:
    """The word as it is asked for, where a sentence or a line's cell begins within a line."""
    words = "|".join(re.escape(word) for word in dict.fromkeys((ENGLISH.client, keywords.client)))
    return re.compile(rf"(?:[.!?;|–—)\]]\s+|[(\[\"'“„«]|{OPENING})[*_]*(?:{words})[\s*_]*[:：]\s*\S")


@lru_cache
def _in_another_language(keywords: Keywords) -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in messages.told_words())
    return re.compile(
        rf"{_BEFORE}(?:(?:{words}){_ASIDE}[\s*_]*(?:[:：]|[-–—]\s)|(?:{words})[^\S\n]*+[*_]*+[^\S\n]*+$)",
        re.IGNORECASE | re.MULTILINE,
    )
