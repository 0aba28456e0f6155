"""How people write a grade at the beginning of a line: decorated, greeted, led to, spelled their way, doubted, denied.

Words of other languages are here because panelists write in theirs; what is not known is asked back, never guessed.
"""

import re
import unicodedata
from functools import lru_cache

from config.protocol import Grade

BOX = r"(?:\[(?:[\sx✓✔✗✘✕✖☑☒✅❌_\-]{0,3}|ok)\]|\((?:[/xyn!+\-\s✓✔✗✘]?|on|off)\))"
"""A box that may be ticked, and a sign of wiki markup that ticks one."""
_DECORATION = re.compile(rf"^(?::[a-z0-9_+\-]+:|{BOX}|\((?:i|\*[rgby]?|flag|flagoff)\)|[^\w?？¿@]|_)+", re.IGNORECASE)
"""Signs of any kind, an emoji by its name, one of wiki markup's, a box."""
_GREETING = re.compile(
    r"""^(?:
      hi | hello | hey | dear | good\ (?:morning|afternoon|evening|day)
    | hallo | guten\ (?:morgen|tag|abend) | moin | servus | liebe[rs]? | sehr\ geehrte[rs]?
    | bonjour | bonsoir | salut | ch[eè]re?s? | hola | buenos\ d[ií]as | buenas\ (?:tardes|noches) | estimad[oa]s?
    | ciao | ol[aá] | お疲れ様です | お世話になっております | こんにちは | おはようございます
    )(?:[\s,、][^\d:：?？]{0,40})?[\s,.!:、。]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_LED_IN = re.compile(
    r"""^(?:(?:my|our|the|meine?|unsere?|die|mon|ma|notre|mi|nuestr[oa]|el|la)\s+|私の)?(?:
      vote | grade | grading | severity(?:\ grade|\ level)? | verdict | rating | assessment
    | stimme | votum | einstufung | schweregrad | stufe | bewertung
    | gravité | sévérité | niveau | gravedad | severidad | voto | nivel | 重大度 | 深刻度 | 投票 | 評価 | 判定
    )[\s*_]*[:：=]+[\s*_\"'“„]*""",
    re.IGNORECASE | re.VERBOSE,
)
_DENIED = re.compile(
    r"""
    # a word of denial, and nothing more in that breath
    ^[\s:;,.()\-–—=]*(?:
        no | nope | no\ way | never | not | not\ really | not\ at\ all | certainly\ not | surely\ not
      | (?:absolutely|definitely|of\ course|probably|rather)\ not | by\ no\ means | wrong | incorrect
      | at\ (?:most|least|best) | maybe | perhaps | possibly
      | nein | nee | nö | niemals | nicht | eher\ nicht | keinesfalls | auf\ keinen\ fall | keineswegs | nie
      | falsch | höchstens | mindestens | allenfalls | vielleicht | eventuell
      | non | pas\ du\ tout | jamais | faux | peut-être | nunca | de\ ninguna\ manera | quizás? | tal\ vez
      | não | niet | może | нет | いいえ | 違います | たぶん | 多分
    )\s*(?:$|[,;.!–—)])

    # denied in so many words
    | ^[\s:;,.()\-–—=]*(?:it\ is\ |it['’]s\ )?
      (?:not|isn['’]t|hardly|nicht|kaum|kein\ fall|pas|no\ está|no\ es)\s+(?:really\ |quite\ |yet\ |wirklich\ |ganz\ )?
      (?:sure|justified|warranted|needed|necessary|appropriate|applicable|met|right|correct
        |sicher|gerechtfertigt|nötig|notwendig|angemessen|erfüllt|gegeben|zutreffend|richtig
        |justifiée?|nécessaire|justificad[oa]|necesari[oa])\b
    | ^[\s:;,.()\-–—=]*(?:i\ )?
      (?:disagree|(?:don['’]t|do\ not)\ (?:think\ so|agree)
        |denied|rejected|abgelehnt|overkill|exaggerated|übertrieben)\b

    # a verb beside the grade that denies it, or leaves it open; "is not loading" is a reason
    | ^\s+(?:is|was|seems|looks|feels|sounds|appears)(?:\s+|(?=n['’]?t\b))
      (?:(?:not|n['’]?t|never|no)\s(?!\w+ing\b|usable|available|possible|reachable|accessible)
        |(?:hardly|too|far\ too|way\ too|a\ bit|a\ lot(?!\ of)|excessive|exaggerated|overkill|unjustified
          |unwarranted|unnecessary
          |wrong|over)\b)
    | ^\s+(?:does|do|should|can|must)(?:\s+not|not|n['’]?t|['’]t)\s+(?:fit|apply|match|hold|seem|look|feel|be)\b
    | ^\s+(?:would|could|might|may)(?:\s+not|n['’]t)?\s+(?:be|seem|fit)\b
    | ^\s+(?:ist|war|scheint|wirkt|passt|gilt|trifft|halte\ ich|finde\ ich|sehe\ ich)\s+(?:\w+\s+){0,3}?
      (?:nicht|kein\w*|zu|übertrieben|überzogen|unangemessen|falsch)\b
    | ^\s+(?:wäre|würde|könnte|kommt\ nicht\ (?:in\ frage|infrage|in\ betracht))\b
    | ^\s+(?:n['’]est\s+pas|ne\s+(?:se\s+justifie|convient|correspond|s['’]applique)|serait|semble\s+(?:trop|exagéré))
    | ^\s+(?:no\s+(?:es|está|se|parece|procede|aplica|corresponde)|sería|parece\s+(?:demasiado|exagerad))
    | ^\s+(?:to\ )?nie\ (?:jest|pasuje) | ^\s+(?:non\ è|não\ (?:é|está|se\ aplica))\b
    | ^\s+is\ (?:niet|geen)\b | ^\s*[—–-]?\s*это\ не\b
    | ^\s*(?:では|じゃ)(?:ない|なく|ありません)
    | ^\s*(?:には|に|は)?(?:該当しない|該当しません|当たらない|当たりません|不要|違う)

    # this one or another
    | ^[\s(,]*(?:or\ (?:lower|less|higher|worse|below|above)|oder\ (?:niedriger|weniger|höher|schlimmer)
      |ou\ (?:moins|plus|pire)|o\ (?:menos|más|peor))\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What stands behind a grade and denies it; a no that begins a reason ("no workaround") denies nothing."""
_DOUBT = re.compile(
    r"^[\s!(\[,;:–—-]*(?:really|seriously|maybe|wirklich|echt|vraiment|de\s+verdad|本当)?[\s(]*[?？]", re.IGNORECASE
)
_BREATH = 200
_SEPARATOR = r"(?=\s*(?:$|[:：;,.、。\-–—=>→()（）\[\]!/*_]))"
_JOINED = r"\s*(?:/|&|\+|\b(?:or|and|to|bis|vs)\b\.?)\s*"
_ANOTHER = re.compile(
    rf"""
    {_JOINED}(?:sev\w*[\s\-_.\#:]*)?\d\b                   # SEV-1/2, SEV-1 or SEV-3
    | [,\-–—]\d\b                                          # SEV-1-2
    | \s*[,\-–—]\s*sev\w*[\s\-_.\#:]*\d\b                  # SEV-1, SEV 3
    | \s*[,\-–—]\s*\d\s*(?:$|[:;,.?!–—])(?!\d)             # SEV-1 – 2: …, but not SEV-1 – 2 clinics are down
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NUMBERS = {"1": "one", "2": "two", "3": "three", "4": "four", "5": "five"}


def is_greeting(line: str) -> bool:
    """Whether a line greets, and says nothing else."""
    return _GREETING.match(line.strip()) is not None


def undecorated(line: str) -> str:
    """A line as it is compared: without signs before its first word, letters and digits in their usual width."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", line)).strip()


def is_doubted(rest: str) -> bool:
    """Whether a question mark follows the grade."""
    return _DOUBT.match(_breath(rest)) is not None


def is_denied(rest: str) -> bool:
    """Whether what follows the grade takes it back."""
    return _DENIED.match(_breath(rest)) is not None


def _breath(rest: str) -> str:
    """The first words: a pattern that looks for them would look at a page of blanks again from each of them."""
    return re.sub(r"\s+", " ", rest)[:_BREATH]


def leading(first: str, grades: tuple[Grade, ...]) -> tuple[Grade | None, str]:
    """The grade at the beginning of a line, and what follows it; None where there is none. A word that leads to it may
    stand before it: `Severity:`, `My vote:`."""
    grade, rest = _leading(first, grades)
    led_in = _LED_IN.match(first) if grade is None else None
    return _leading(first[led_in.end() :], grades) if led_in else (grade, rest)


def _leading(first: str, grades: tuple[Grade, ...]) -> tuple[Grade | None, str]:
    """The longest, should one name begin like another."""
    found = [(match.end(), grade) for grade in grades if (match := of(grade).match(first))]
    end, grade = max(found, key=lambda each: each[0], default=(0, None))
    return grade, first[end:]


def another_follows(rest: str, grades: tuple[Grade, ...]) -> bool:
    """Whether a second grade is joined to the first: `SEV-1/2`, `SEV-2 or other`; not `SEV-2 – 3 clinics`."""
    return bool(_ANOTHER.match(rest)) or any(_joined(of(grade).pattern).match(rest) for grade in grades)


@lru_cache
def _joined(spelling: str) -> re.Pattern[str]:
    return re.compile(rf"{_JOINED}(?:{spelling}){_SEPARATOR}", re.IGNORECASE)


def mentioned(first: str, grades: tuple[Grade, ...]) -> set[str]:
    """The grades with a number that stand anywhere in the line (a bare word such as "other" is only a word there)."""
    return {grade.name for grade in grades if _has_number(grade.name) and of(grade).search(first)}


@lru_cache
def _has_number(name: str) -> bool:
    return any(letter.isdigit() for letter in name)


def of(grade: Grade) -> re.Pattern[str]:
    """How a person may write the grade: `SEV-1`, `sev 1`, `Sev1`, `severity 1`; `OTHER`, `Other:`, `other –`; and as
    its label, where that is more than one word, and so no word of a sentence: `sev-other`."""
    return _of(grade.name, grade.label)


@lru_cache
def _of(name: str, label: str) -> re.Pattern[str]:
    if len(_words(label)) > 1 and _words(label) != _words(name):
        return re.compile(rf"{_named(name).pattern}|(?i:{_spelled(label)}{_SEPARATOR})", _named(name).flags)
    return _named(name)


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", name.lower())


@lru_cache
def _named(name: str) -> re.Pattern[str]:
    if not _has_number(name):
        exact = rf"{re.escape(name)}\b"
        return re.compile(rf"(?:{exact}|(?i:(?:all\s+)?{re.escape(name)}s?(?:\s+bugs?)?){_SEPARATOR})")
    return re.compile(rf"{_spelled(name)}(?![0-9A-Za-z]|_\w|\.\d)", re.IGNORECASE)


def _spelled(name: str) -> str:
    """Its words, with whatever people put between them."""
    parts = re.findall(r"[^\W\d_]+|\d+", name)
    return r"(?<![A-Za-z0-9])" + r"[\s\-_‐-―−.:#]*".join(_part(part) for part in parts)


def _part(part: str) -> str:
    if part.lower() == "sev":
        return r"sev(?:erity)?(?:\s+level)?"
    return rf"(?:{part}|{_NUMBERS[part]}(?!-\w))" if part in _NUMBERS else re.escape(part)


def begins_like_one(first: str, grades: tuple[Grade, ...]) -> bool:
    """Whether a line begins with the word of a grade, whatever follows it."""
    return any(_word(grade.name).match(first) for grade in grades)


@lru_cache
def _word(name: str) -> re.Pattern[str]:
    word = re.match(r"[^\W\d_]+", name)
    return re.compile(rf"{re.escape(word[0] if word else name)}\b", re.IGNORECASE)


def trimmed(rest: str) -> str:
    """What follows a grade or another word to begin with, without the signs between them."""
    return re.sub(r"^[\s:;,.\-–—=>→|*_`)\]}~!\"'”’]+", "", rest).strip()
