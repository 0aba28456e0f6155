"""Words by which one client might learn that there are others.

(design §4 "Telling": "no other client's name, request or number of requests"). Only where linked requests are told,
too, can a text have more than one reader.

Counting words, ordinals and "not the only one", in the languages that texts are shipped in. What an author meant cannot
be known; a text held back by mistake costs little, since its client hears grade and definition all the same.
"""

import re

_CLIENT = "clients?|customers?|requests?|organi[sz]ations?"
_KUNDE = "kunde|kunden|kundin|kundinnen|anfragen?|organisation(?:en)?"
_PERSON = r"clients?|customers?|organi[sz]ations?|kunden?|kundin(?:nen)?|organisation(?:en)?"
_MANY = "other|another|further|several|many|multiple|numerous|various|both|two|three|four|five|six|seven|eight|nine|ten"
_VIELE = "andere[mnrs]?|weitere[nr]?|mehrere[nr]?|viele[nr]?|beide[nr]?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn"
_ALL = r"all|every|each|some|most|(?:a\s+)?few|(?:one|two)\s+more|(?:a\s+)?dozens?|hundreds|thousands"
_ALLE = r"alle[rn]?|jede[mnrs]?|einige[nr]?|manche[mnrs]?|meisten|sämtliche[nr]?"
_ALLE += r"|zahlreiche[nr]?|etliche[nr]?|dutzende|hunderte|ein\s+paar"
_BETWEEN = r"(?:\s+(?:of|our|the|other|more|affected|unserer?|anderen?|weiteren?|betroffenen?))*"
_NTH = r"(?:second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(?:st|nd|rd|th))"
_NTE = r"(?:(?:zweit|dritt|viert|fünft|sechst|siebt|acht|neunt|zehnt)e[nr]?|\d+\.)"
_TELLS = r"(?:report|reported|reports|tell|tells|told|ask|asks|asked|complain\w*|raise\w*)"
_MELDET = r"(?:meldet|melden|gemeldet|fragt|fragen|gefragt|sagt|sagen|beschwert)"

_SPOKEN = (
    rf"(?:\d+|{_MANY}){_BETWEEN}\s+(?:{_CLIENT})",
    rf"(?:\d+|{_VIELE}){_BETWEEN}\s+(?:{_KUNDE})",
    rf"(?:{_ALL}|{_ALLE}){_BETWEEN}\s+(?:{_PERSON})",  # without requests: "all requests fail" speaks of the product
    rf"{_NTH}\s+(?:{_PERSON}|person|one)?\s*(?:who|that|to)\s+(?:has\s+|have\s+)?{_TELLS}",
    rf"{_NTH}\s+(?:client|customer|organi[sz]ation)",
    rf"{_NTE}\s+(?:kunde|kundin|organisation)",
    rf"{_NTE}(?:\s+\w+)?\s*,\s*(?:der|die|das)\s+(?:\w+\s+){{0,4}}{_MELDET}",
    rf"(?:not|\w+n['’]t)\s+(?:the\s+only\s+(?:ones?|{_PERSON}|person|people)|alone)",
    rf"nicht\s+(?:der|die|das)\s+einzigen?(?=\s+(?:{_PERSON})|\s*(?:[.,;!:\n]|$|mit\b|die\b|der\b))",
    r"nicht\s+allein(?:e)?\s+(?:damit|mit)",
    rf"(?:others|somebody\s+else|someone\s+else|people\s+elsewhere)\s+(?:who\s+)?(?:has|have|had|also|too)?\s*(?:also\s+)?{_TELLS}",
    rf"(?:andere|jemand\s+anders?)\s+(?:haben|hat)\s+(?:\w+\s+){{0,4}}{_MELDET}",
)
_OTHERS = re.compile(rf"(?<!\w)(?:{'|'.join(_SPOKEN)})(?!\w)", re.IGNORECASE)


def tells_of_others(text: str) -> bool:
    """Whether a text may tell its reader that other clients have asked, or how many."""
    return _OTHERS.search(text) is not None
