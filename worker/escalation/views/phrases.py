"""Phrases that every page and command uses for the same thing."""

from worker.escalation.facts.record import RESOLVED, SET_ASIDE, UNSERVED, WITHDRAWN

HOW = {
    "panel": "the panel has voted",
    "time-out": "the time was up; those who had voted decided",
    "chair": "the chair decided",
    "chair-silent": "the chair was asked about a lone vote and did not answer",
    "authority": "somebody who may grade put the label on",
}
"""How a decision came about, by the record's word for it."""

ENDED = {
    WITHDRAWN: "the request was withdrawn",
    RESOLVED: "the ticket was resolved",
    UNSERVED: "the ticket was moved to a project that is not served",
    SET_ASIDE: "an operator set the old request aside",
}
"""Why a round ended without a grade, by the record's word for it."""
