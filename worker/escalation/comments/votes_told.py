"""Words by which a client might learn how colleagues came to a grade (design §5.3; protocol 3.3).

Votes, majorities and disagreements among those who graded, in the languages that texts are shipped in. Surveys have
votes, too, phones have voices (`Stimmen`) and dates are agreed on (`abgestimmt`): such a word counts only beside the
grade, a number or somebody of ours. A text held back by mistake costs its client the reasons.
"""

import re

_SEV = r"(?:sev\b|(?:p|prio)\W?\d)"
_GRADE = (
    r"(?:sev\b|(?:p|prio)\W?\d|other\b|(?:it|this)(?=\s*(?:[.,;!?]|$))"
    r"|(?:the\s+|an?\s+)?(?:\w+\s+)?(?:grade|severity|escalation|hotfix))"
)
_STUFE = (
    r"(?:sev\b|(?:p|prio)\W?\d|other\b"
    r"|(?:\w+\s+){0,2}(?:stufe|einstufung|schwere\w*|dringlichkeit|hotfix|eskalation))"
)
_NUMBER = r"(?:\d+|one|two|three|four|both|all|zwei|drei|vier|beide|alle)"
_WORDS = r"(?:\w+\s+){0,2}?"
_JUDGED = (
    r"(?:(?:dis)?agreed?|voted|graded|chose|wanted|preferred|judged|rated|ruled|favou?red|insisted|decided|settled|thought"
    r"|(?:was|were)\s+(?:for|against|split|divided|unanimous|in\s+favou?r))"
)
_FAVOURED = (
    r"(?:voted|graded|disagreed|preferred|favou?red|insisted|overruled|(?:wanted|chose|rated|judged)\s+" + _GRADE + ")"
)
_WOLLTE = (
    r"(?:stimmten?\b|votierten?\b|(?:wollten?|wählten?|hätten?|bevorzugten?)\s+"
    + _STUFE
    + r"|sah(?:en)?\s+\w+\s+anders"
    r"|(?:war|waren)\s+(?:für|gegen|dafür|dagegen|(?:sich|uns)\s+(?:\w+\s+)?(?:un)?einig|\w+\s+Meinung))"
)
_OURS = (
    r"(?:support|engineering|management|the\s+chair|(?:project|engineering|product|release|our)\s+manager"
    r"|(?:an?|one|two|three|my|our|some|other|both|all)\s+(?:other\s+)?colleagues?)"
)
_UNSER = (
    r"(?:ich|wir|der\s+Support|der\s+Vertrieb|die\s+Entwicklung|der\s+Vorsitz|die\s+Mehrheit"
    r"|alle|beide|zwei|drei|alle\s+drei|die\s+anderen"
    r"|(?:eine?|zwei|drei|die|alle|beide|meine?|unsere?)\s+(?:anderen?\s+)?Kolleg(?:e|en|in|innen))"
)
_TO_ONE = r"(?:one|none|nil|zero|eins|einer?|einen|null)"

_SPOKEN = (
    # votes
    r"outvoted|unanimous(?:ly)?|panell?ists?|(?:casting|deciding|majority|minority|dissenting|split)\s+votes?",
    rf"(?:I|we|us|support|engineering|panel|majority|colleagues?|(?:project|engineering|product|release)\s+manager|chair)\s+{_WORDS}voted",
    rf"(?:vot(?:e|es|ed|ing))\s+(?:for|against|on|in\s+favou?r\s+of)\s+{_GRADE}",
    rf"{_NUMBER}\s+votes?\s+(?:to|against)\s+(?:\d+|{_TO_ONE})|(?:we|there)\s+(?:had|was|were)\s+{_NUMBER}\s+votes?",
    r"(?:two|three|both|all(?:\s+three)?|the\s+others?)\s+voted",
    rf"(?:voted|wanted|chose|preferred|favou?red|(?:was|were)\s+(?:for|against))\s+{_SEV}",
    rf"(?:wollten?|wählten?|hätten?|bevorzugten?|(?:war|waren)\s+(?:für|gegen))\s+{_SEV}",
    rf"[2-5]\s+out\s+of\s+[3-5]\s+{_JUDGED}|(?:two|three)\s+out\s+of\s+(?:three|four|five)\s+{_JUDGED}",
    r"votes?\s+(?:was|were|is|are|went|came\s+out|has\s+been)\s+(?:very\s+)?"
    r"(?:close|split|divided|unanimous|tied|even|clear|narrow|for|against|two|three|\d|(?:counted|cast)(?!\s+(?:twice|in)\b))",
    r"(?:my|our|(?:panel|chair)['’]?s?)\s+votes?",
    rf"(?:I|we|support|engineering|{_OURS})\s+(?:was|were|got|has\s+been|have\s+been)\s+overruled",
    # who was for what
    r"(?:two|three|four|both|all)\s+of\s+us(?!\s+(?:at|here|in|are|hope|wish|thank|apologi[sz]e|will)\b)",
    rf"(?:one|some|most|none|neither|each)\s+of\s+us\s+{_WORDS}{_JUDGED}",
    rf"majority\s+(?:of\s+us|chose|voted|wanted|decided|graded|preferred|agreed|vote|decision|opinion"
    rf"|(?:was|were)\s+(?:for|against|in\s+favou?r)|(?:for|against)\s+{_GRADE})",
    r"(?:by|with)\s+an?\s+(?:\w+\s+)?majority(?:\s+of\s+(?:votes|us)|(?!\s+of\b))",
    rf"{_OURS}\s+{_WORDS}{_FAVOURED}",
    rf"I\s+{_WORDS}(?:graded|(?:wanted|preferred|chose|was\s+for|was\s+against)\s+{_GRADE})",
    r"we\s+(?:\w+\s+)?disagreed|we\s+(?:could|did)\s*n[o'’]t\s+(?:all\s+)?agree|we\s+were\s+(?:split|divided)",
    r"split\s+decision|the\s+chair\s+(?:\w+\s+)?(?:decided|voted|ruled|settled|chose|graded)",
    # the panel
    rf"(?:the|an?|{_NUMBER}|each|every|another|other|our|of|by)\s+evaluators?(?!\s+(?:of|for|in)\b)|evaluators\s+{_JUDGED}",
    r"(?:evaluation|grading)\s+panel|panel\s+of\s+(?:\d|two|three|four|five|experts|colleagues|evaluators)",
    rf"the\s+panel\s+(?:(?:has|have|had|could|did|then|also|not|all|finally)\s+){{0,3}}"
    rf"(?:{_JUDGED}|found\s+(?:sev|that|it|this|your|the)\b)|(?:reviewers|graders|judges|assessors)\s+{_JUDGED}",
    r"(?:decided|graded|judged|rated|chosen|agreed|assessed|evaluated)\s+(?:on\s+)?by\s+(?:the|a|our)\s+panel",
    r"(?:the|our|a|one|two|three|all|both|other)\s+panel(?:['’]s)?\s+(?:members?|decision)"
    r"(?!\s+of\b|\s+(?:\w+\s+)?(?:list|page|tree|tab|area|view|menu|export|table)s?\b)",
    # how many against how many
    rf"(?:two|three|four)\s+(?:against|versus|vs\.?)\s+{_TO_ONE}",
    rf"(?<!from )(?:two|three|four)\s+to\s+{_TO_ONE}(?!\s+ratio)",
    rf"(?:zwei|drei|vier)\s+gegen\s+{_TO_ONE}|(?<!von )(?:zwei|drei|vier)\s+zu\s+{_TO_ONE}",
    r"[2-4]\s*(?::|-|to|zu)\s*[01]\s+(?:for|against|in\s+favou?r|für|gegen)|[2-4]\s+(?:against|gegen)\s+[01]",
    r"(?:result|outcome|vote|it|Ergebnis|es)\s+(?:was|went|ended|stood|war|stand|ging)\s+[2-4]\s*(?::|-|to|zu)\s*[01](?!\s*[\d:])",
    # German
    r"überstimmt|einstimmig\w*|Stimmenmehrheit|Gegenstimmen?|Votum|vot(?:ierte?n?|iert)|Gremiums?(?:mitglied\w*)?",
    rf"(?:darüber|dafür|dagegen|haben|hat|über\s+(?:{_STUFE}|\w+\s+(?:meldung|ticket|fall))\W?\w*\s+{_WORDS})\s*abgestimmt",
    r"wir\s+stimmten\s+(?:darüber\s+)?ab|Stimmen\s+(?:gingen|waren|sind)\s+(?:auseinander|gleich|geteilt|knapp)",
    rf"(?:für|gegen)\s+{_STUFE}\W?\w*\s+(?:{_WORDS}(?:ab)?gestimmt|stimmten?)",
    r"(?:dafür|dagegen)\s+(?:\w+\s+)?(?:gestimmt|stimmten?|zu\s+stimmen)|stimmten?\s+(?:\w+\s+)?(?:dafür|dagegen)",
    rf"stimm(?:t|te|ten|en|e)\s+{_WORDS}(?:für|gegen)\s+{_STUFE}",
    r"(?:\d+|zwei|drei|vier|beide|alle(?:\s+\w+)?)\s+Stimmen(?!\s+(?:der|des|zur|in|im|klingen|auf|aus|fehlen)\b)",
    rf"Stimmen?\s+{_WORDS}(?:für|gegen)\s+{_STUFE}|Stimmen\s+zu\s+{_TO_ONE}",
    r"Ergebnis\s+(?:der|unserer)\s+Abstimmung(?!\s+(?:in|auf)\b)|Abstimmung\s+(?:ergab|endete|ging|fiel|war\s+(?:knapp|eindeutig|einstimmig))",
    rf"Abstimmung\s+über\s+{_STUFE}",
    r"mehrheitlich\w*|Mehrheitsentscheid\w*",
    r"Mehrheit\s+(?:von\s+uns|der\s+Stimmen|stimmte|wollte|entschied|votierte|sah|fand|(?:hat|hatte)\s+(?:sich\s+)?(?:für|gegen)"
    r"|war\s+(?:dafür|dagegen|für|gegen)|für|gegen)",
    r"(?:zwei|drei|alle|beide|\d)\s+von\s+uns",
    rf"k?eine[rs]?\s+von\s+uns\s+{_WOLLTE}",
    rf"{_UNSER}\s+(?:\w+\s+)?(?:war|waren)\s+(?:für|gegen)\s+{_STUFE}|{_UNSER}\s+waren\s+(?:dafür|dagegen)",
    rf"(?:eine?|zwei|drei|die|alle|beide|meine?)\s+(?:anderen?\s+)?Kolleg(?:e|en|in|innen)\s+{_WOLLTE}",
    r"(?:waren|sind)\s+(?:wir\s+)?uns\s+(?:nicht\s+(?:\w+\s+)?|alle\s+|un)einig|uneins",
    r"(?:die|der|alle|beide|zwei|drei|ein)\s+Bewerter(?:n|in|innen)?",
    rf"Gutachter(?:n|in|innen)?\s+{_WOLLTE}",
)
_VOTES = re.compile(rf"(?<!\w)(?=\w)(?:{'|'.join(_SPOKEN)})(?!\w)", re.IGNORECASE)


def tells_of_votes(text: str) -> bool:
    """Whether a text may tell its reader that, or how, colleagues have voted."""
    return _VOTES.search(text) is not None
