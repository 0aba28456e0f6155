"""Words that stand where a text for the client should, and say nothing to one: `n/a`, `see internal`, `siehe oben`.

Only where they are all of it: "No reason to worry: your data is safe." says something.
"""

import re

_NOTHING = re.compile(
    r"""[\W_]*(?:(?:
      n\W?a | nothing | nil | not\ needed | ditto | empty | (?:the\ )?same | x{2,} | later | open | pending
    | tb[acd] | to-?do | (?:to|will)\ be\ (?:added|confirmed|decided|defined|done|written|filled\ in|provided)
    | (?:internal|for\ colleagues)(?:\ only)?

    # elsewhere
    | (?:please\ )?(?:see|read|refer\ to|as\ in|same\ as(?:\ in)?)\ (?:the\ |my\ |our\ )?
      (?:internal|reason(?:ing|s)?|votes?|grades?|first\ line|comments?|texts?|notes?|ticket|description|summary
        |definition)
      (?:\ (?:reasoning|reasons?|comments?|notes?|text))?(?:\ (?:above|below))?
    | (?:(?:please\ )?see|as|same\ as|like)\ (?:described\ |written\ |stated\ |said\ )?(?:above|below|before)

    # none
    | (?:i\ have\ )?(?:nothing|no\ more|not\ much)\ (?:else\ |more\ )?to\ (?:add|say|tell|report)
    | no(?:ne|\ (?:special\ |further\ |more\ )?
        (?:words?|texts?|comments?|messages?|reasons?|reasoning|answer|information|details))?
      (?:\ (?:given|needed|yet|available|necessary|required|provided|from\ me))?
    | not\ (?:given|applicable|necessary|required|yet|for\ the\ client)

    # somebody else
    | (?:please|some(?:one|body)\ please)\ (?:write|add|fill|say|put|enter)(?:\ in)?
      (?:\ (?:something|this|it|me|a\ text|text|that|reasons?))?(?:\ (?:in|here|for\ me|yourself))?

    # the same in German
    | keine?[rs]? | nichts | entfällt | k\W{0,2}a | s\.\ ?[oui] | dito | dasselbe | das\ gleiche | offen | folgt
    | später
    | nicht\ (?:nötig|notwendig|erforderlich|zutreffend|für\ (?:den\ )?kunden) | (?:nur\ )?intern
    | (?:bitte\ )?(?:siehe?|wie|vgl\.?|vergleiche)\ (?:bitte\ )?(?:
        (?:schon\ )?(?:oben|unten)(?:\ beschrieben|\ stehend)? | intern
        | (?:die\ |meine?\ )?(?:interne[snr]?\ )?(?:begründung|stimme|kommentar|notiz|beschreibung|ticket)(?:\ oben)?)
    | (?:ich\ habe\ )?nichts\ (?:weiter\ |mehr\ )?(?:hinzuzufügen|zu\ sagen|zu\ ergänzen|anzumerken)
    | keine?n?\ (?:weiteren?\ )?
      (?:angaben?|begründung(?:en)?|gr[uü]nde?|worte?|text|kommentar|nachricht|antwort|anmerkung(?:en)?)
      (?:\ (?:angegeben|nötig|notwendig|vorhanden))?
    | bitte\ (?:etwas\ |noch\ |text\ )?(?:schreiben|ergänzen|ausfüllen|einfügen|eintragen)
    | bitte\ schreib(?:t|en\ sie)?\ (?:etwas|was)

    # and in others
    | néant | rien | aucune? | sans\ objet | voir\ (?:ci-dessus|plus\ haut) | idem | nada | ningun[oa] | no\ aplica
    | ver\ arriba | nessun[oa] | niente | geen | niets | ingen | brak | нет
    | なし | 無し | 特になし | 同上 | 无 | 無 | 没有 | 없음
    )[\W_]*)?""",
    re.IGNORECASE | re.VERBOSE,
)


def says_nothing(text: str) -> bool:
    """Whether a text is a form that was filled in with nothing: no reasons for a client."""
    return _NOTHING.fullmatch(text) is not None
