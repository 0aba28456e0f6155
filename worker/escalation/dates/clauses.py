"""The protocol's clauses (R…) and the readings where it leaves something open (D…), a sentence each.

Whoever shows a bare number shows this sentence with it. R… is what the vendor's protocol says; D… is how this worker
reads it, mostly by a setting of the protocol file; A… is a gap with a local policy (protocol.md).
"""

import re
from collections.abc import Iterator

SENTENCES = {
    "R1": "A hotfix is a bug with a major impact on the client's operations, often without a manual workaround.",
    "R2": "A client may ask that such a bug be evaluated as a hotfix.",
    "R3": "A bug that is accepted moves up in the development queue.",
    "R4": "The worst cases, such as a system-wide outage, are handled at once.",
    "R5": "Any change to production is a risk to all users, so there is a rule for when changes may go out.",
    "R6": "Bugs that need an urgent evaluation go through the escalation process.",
    "R7": "The panel: the Project Manager, the Support or Operations person who spoke with the client, and the "
    "Engineering Manager.",
    "R8": "The panel judges the report and its impact on the clients who sent it.",
    "R9": "A bug gets its grade after the panel's evaluation.",
    "R10": "Once a requested ticket is graded, the client is told the grade and the reasoning.",
    "R11": "SEV-1: the entire platform, or large parts of its infrastructure, is down.",
    "R12": "SEV-1 is worked on immediately and released as soon as the fix is there, business hours included.",
    "R13": "Only SEV-1 fixes may be released in business hours.",
    "R14": "SEV-2: day-to-day work is severely impacted, and there is no simple workaround.",
    "R15": "SEV-2 is fixed before planned work, as soon as the first engineer is available that day.",
    "R16": "SEV-2 is released, after it is fixed, overnight on the next business day.",
    "R17": "All other bugs: the product does not work as intended.",
    "R18": "For all other bugs the protocol states no timing.",
    "D1": "Hours are read on the clocks of the protocol file's time zone, summer time included.",
    "D2": "The hours in which only SEV-1 is released hold on every day, or on business days alone (gate_days).",
    "D3": "A business day is a working day of the country that is set, without its public holidays.",
    "D4": "The hours begin at the opening minute and end right before the closing one.",
    "D5": '"That day" is the business day of the grade; after same_day_cutoff, or on a day off, the next one.',
    "D6": "The night of the next business day begins on it, or ends on it (overnight).",
    "D7": "The due date is the day on which that night begins, or ends (due_date).",
    "D8": "The promise is broken when that night is over and the ticket is not resolved.",
    "D9": "The due date of SEV-1 is the day of its grade; no hour is stated, and that day's end is the limit.",
    "D10": "Where no timing is stated, nothing is promised and no due date is written; one that a person set stays.",
    "D11": '"Graded" is the instant that Jira gives the deciding vote, not when the worker read it.',
    "D12": "Three votes: the middle one. Two and no third in time: the higher; a lone SEV-1 goes to the chair. "
    "Fewer than two: no grade.",
    "D13": "All votes are waited for, but two for SEV-1 decide at once.",
    "D14": "Who spoke with the client is found in the ticket; else it is the seat's holder.",
    "D15": "The client reads only what was written for the client, or what the grade means.",
    "D16": "A new grade starts a new clock; the same grade, confirmed, does not. A broken promise stays on record.",
    "D17": "A severity label put on by hand counts only from somebody with the authority to grade.",
    "D18": "What cannot be told is not allowed; outside business hours the clock alone decides.",
    "D19": "The rule holds for every change to production; a release may go out if each of its tickets may.",
    "D20": "What the vendor's protocol does not say is local policy.",
    "A19": "A rollback is a change like any other: it waits, or somebody overrides the rule and says why.",
    "A20": "A release has to end before the hours begin, not only to start before them.",
}


def named(clause: str) -> Iterator[tuple[str, str]]:
    """Each number in a text such as "R16, D6", with its sentence; what is no number is passed over."""
    for number in re.findall(r"\b[RDA]\d+\b", clause):
        if number in SENTENCES:
            yield number, SENTENCES[number]
