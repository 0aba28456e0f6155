"""Words by which a client might learn who judged their report (design §5.3; protocol 3.3).

A person is named by what Jira calls them, by their given name, or by a form of address and their family name. A given
name alone counts only where it can hardly be anything else: a text held back by mistake costs its client the reasons.
"""

import re
from collections.abc import Iterable, Iterator

from worker.escalation.comments.name_words import GENERIC, GIVEN, ORDINARY

_ADDRESSES = (
    r"(?:mr|mrs|ms|miss|dr|doctor|doktor|prof(?:essor)?|herrn?|hr|frau|mme|mlle|señora?|sra?|signora?"
    r"|kolleg(?:e|en|in))\.?"
)
_DEGREE = (
    r"(?:jr|sr|i{2,3}|iv|phd|ph\.d|md|m\.d|dvm|vmd|mba|msc|bsc|cvt|rvt|lvt|esq|mrcvs|dacv\w+)\.?"
    r"|(?:med|vet|rer|nat|dipl|ing)\.(?:-ing\.)?|dr\.(?:\w+\.)+"
)
_TITLE = re.compile(rf"(?:{_ADDRESSES}|{_DEGREE})", re.IGNORECASE)
_DEGREES = re.compile(rf"(?:,\s*(?:{_DEGREE}))+$", re.IGNORECASE)
_ASIDE = re.compile(r"[(\[|/].*| - .*", re.DOTALL)
_NAME = re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]+)*")
_FORMS = r"(?:['’](?:s|ll|d|ve|re)(?!\w))?(?!['’]\w)"
_SAYS = (
    r"(?:\s+(?:sa(?:id|ys)|th(?:inks|ought)|wr(?:ites|ote)|t(?:ells|old)|agrees|disagree[sd]|believes|voted"
    r"|(?:is\s+)?work(?:s|ing)\s+on|(?:is\s+)?look(?:s|ing)\s+(?:at|into)"
    r"|sagte?|meinte?|schr(?:eibt|ieb)|denkt|glaubte?|arbeitet\s+(?:an|daran)|kümmert\s+sich)"
    r"|['’]s\s+(?:opinion|view|words|comment|judge?ment|vote))"
)


def are_named(text: str, names: Iterable[str], reader: str = "") -> bool:
    """Whether a text names one of these people: whole in any case, or as people call each other.

    Args:
        names: what Jira calls them, such as `Erin Engineering` or `Engineering, Erin (R&D)`.
        reader: what Jira calls whoever reads it; their own name is no secret to them.
    """
    own = {word.casefold() for word in re.findall(r"\w+", reader)}
    calls = "|".join(call for name in names for call in _calls(name, own))
    return bool(calls) and re.search(rf"(?<!\w)(?=\w)(?:{calls})(?!\w)", text) is not None


def _calls(name: str, own: set[str]) -> Iterator[str]:
    """Every way to name somebody, as a regular expression; none for what is called by one generic word (`Support`)."""
    words = _words(name)
    if not words or {word.casefold() for word in words} <= own:
        return
    first, last = words[0], words[-1]
    shared = any(GENERIC.fullmatch(part) for word in words for part in re.findall(r"\w+", word))
    yield from _whole(name, words, shared)
    if first.casefold() not in own and (first.casefold() in GIVEN or not (shared or len(words) == 1)):
        yield from _given(first)
    if last.casefold() not in own and not shared:
        yield rf"(?i:{_ADDRESSES}\s+{re.escape(last)})"


def _words(name: str) -> list[str]:
    """Given names first, without titles, degrees and what stands in brackets; a family name in capitals is the last."""
    family, _, given = _DEGREES.sub("", _ASIDE.sub("", name).strip()).partition(",")
    words = [word for word in f"{given} {family}".split() if not _TITLE.fullmatch(word)]
    if len(words) > 1 and words[0].isupper() and not words[-1].isupper() and len(words[0]) > 3:
        return [*words[1:], words[0]]
    return words


def _whole(name: str, words: list[str], shared: bool) -> Iterator[str]:
    """A whole name as Jira has it and as it is said; one of generic words alone (`Support Team`) as it is written."""
    generic = all(GENERIC.fullmatch(word) for word in words)
    if len(words) == 1 and words[0] == name:
        yield from _single(name, generic)
        return
    said = {name} if len(words) == 1 else {name, " ".join(words), *([] if shared else [f"{words[0]} {words[-1]}"])}
    spaced = "|".join(r"\s+".join(re.escape(word) for word in each.split()) for each in said)
    yield spaced if generic else f"(?i:{spaced})"


def _single(name: str, generic: bool) -> Iterator[str]:
    """Who is called by one word: in any case, unless it could be any word."""
    if len(name) < 3 or name.casefold() in ORDINARY:
        yield from _given(name)
    elif not generic:
        yield f"(?i:{re.escape(name)})"


def _given(first: str) -> Iterator[str]:
    """A given name as it is written, also in the genitive; one that is a word, too, where somebody says something."""
    name = first if first[0].isupper() and not first.isupper() else first.title() if len(first) > 2 else first
    if not (_NAME.fullmatch(name) and name[0].isupper()):
        return
    genitive = "" if f"{name}s".casefold() in ORDINARY else "s?"
    spelt = "|".join({re.escape(name), re.escape(name.upper() if len(name) > 2 else name)})
    if name.casefold() in ORDINARY:
        yield rf"(?:{spelt}){_SAYS}"
    else:
        yield rf"(?:{spelt}){genitive}{_FORMS}"
