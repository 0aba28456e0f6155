"""Words by which a client might learn who judged their report (design §5.3; protocol 3.3).

A person is named by what Jira calls them, by their given name, or by a form of address and their family name. What an
author meant cannot be known; a text held back by mistake costs little, since its author hears so at once.
"""

import re
from collections.abc import Iterable, Iterator

_ADDRESSES = r"(?:mr|mrs|ms|miss|dr|prof|herrn?|frau|mme|mlle|señora?|sra?|signora?)\.?"
_TITLE = re.compile(rf"{_ADDRESSES}$", re.IGNORECASE)
_ASIDE = re.compile(r"\s*[(\[|/].*$")
_GIVEN = re.compile(r"[^\W\d_]{3,}(?:-[^\W\d_]+)*")
_WORD = re.compile(
    r"""will | may | mark | bill | grace | hope | faith | joy | art | rich | frank | rose | april | june | august | guy
    | chance | miles | page | chip | dot | drew | rob | jack | ray | dawn | eve | summer | autumn | angel | star | sunny
    | crystal | max | ernst | wolf | heide | mai
    | admin\w* | automation | clients? | customers? | kunden\w* | (?:help)?desk | development | engineering | help
    | infrastructure | jira | manager | office | operations | ops | products? | projects? | release | sales | security
    | services? | support | systems? | teams? | technical | test | the | users? | worker""",
    re.IGNORECASE | re.VERBOSE,
)
"""Given names that are words, too, and what accounts are called that many people share: only the whole name counts."""


def are_called(text: str, names: Iterable[str], reader: str = "") -> bool:
    """Whether a text calls one of these people without their whole name, which is looked for in any case elsewhere.

    Args:
        names: what Jira calls them, such as `Erin Engineering` or `Engineering, Erin (R&D)`.
        reader: what Jira calls whoever reads it; their own name is no secret to them.
    """
    own = {word.casefold() for word in re.findall(r"\w+", reader)}
    calls = "|".join(call for name in names for call in _calls(name, own))
    return bool(calls) and re.search(rf"(?<!\w)(?:{calls})(?!\w)", text) is not None


def _calls(name: str, own: set[str]) -> Iterator[str]:
    """A person's given name as it is written, also in the genitive; the family name behind a form of address."""
    family, _, given = _ASIDE.sub("", name).partition(",")
    words = [word for word in f"{given} {family}".split() if not _TITLE.match(word)]
    if len(words) < 2:  # one word is the whole name
        return
    first, last = words[0], words[-1]
    if _GIVEN.fullmatch(first) and first[0].isupper() and not (_WORD.fullmatch(first) or first.casefold() in own):
        yield rf"(?:{re.escape(first)}|{re.escape(first.upper())})(?:['’]?s)?"
    yield rf"(?i:{_ADDRESSES}\s+{re.escape(last)})"
