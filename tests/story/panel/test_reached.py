"""People are reached: in a whole life of tickets each next step has somebody who is called, and a time that is ahead.

Everything that colleagues read is gathered from Jira as it stands there, in both markups and both languages: no account
id, no date as a deadline that had passed when it was written, no "please" that is said to nobody.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox import CommentView, Sandbox
from tests.story.panel_reading import calls, notes, replies, says
from tests.storytelling import Clock, Story
from worker.jira.text.reading import plain

PM, CC, EM = "project-manager", "client-contact", "engineering-manager"
PROJECTS = pytest.mark.parametrize("project", ["SUP", "OPS"])
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])
ZONE = ZoneInfo("America/New_York")
MONTHS = {  # by their first three letters, which no two share in a language
    "en": "jan feb mar apr may jun jul aug sep oct nov dec".split(),  # noqa: SIM905
    "de": "jan feb mär apr mai jun jul aug sep okt nov dez".split(),  # noqa: SIM905
}
MOMENT = {
    "en": r"\w+day, (?P<month>\w+) (?P<day>\d+), (?P<year>\d+), (?P<hour>\d+):(?P<minute>\d+) (?P<half>[AP])M ET",
    "de": r"\w+, (?P<day>\d+)\. (?P<month>\w+) (?P<year>\d+), (?P<hour>\d+):(?P<minute>\d+) Uhr ET",
}
BY = {"en": r"(?:\bby|\buntil|\bbefore) \W*", "de": r"(?:\bbis) \W*"}
ASKS = {"en": re.compile(r"next step|\bplease\b", re.I), "de": re.compile(r"nächster schritt|\bbitte\b", re.I)}
ADMINISTERS = ("administers", "Administration")


def deadlines(text: str, language: str) -> Iterator[datetime]:
    """The instants that a text gives as a time until which something is to be done."""
    for found in re.finditer(BY[language] + MOMENT[language], text):
        month = MONTHS[language].index(found["month"][:3].lower()) + 1
        hour = (
            int(found["hour"]) % 12 + 12 * (found.groupdict().get("half") == "P")
            if language == "en"
            else int(found["hour"])
        )
        yield datetime(int(found["year"]), month, int(found["day"]), hour, int(found["minute"]), tzinfo=ZONE)


def for_colleagues(story: Story) -> list[CommentView]:
    """Every comment of ours that colleagues read."""
    seen = {comment.id for comment in story.to_client()}
    issues = (story.now, *story.evaluations())
    return [c for issue in issues for c in issue.comments if c.author == "bot" and c.id not in seen]


def mentions(comment: CommentView) -> bool:
    return '"mention"' in json.dumps(comment.body) or "[~" in str(comment.body)


def ids(story: Story) -> set[str]:
    """What tells nobody anything: account ids, and Data Center's user keys."""
    people = story.jira.state.people.all
    return {person.account_id for person in people} | {person.key for person in people}


def judge(story: Story, language: str) -> None:
    """What holds for everything that was written so far."""
    hidden, told = for_colleagues(story), story.to_client()
    texts = [plain(comment.body) for comment in (*hidden, *told)] + [e.description for e in story.evaluations()]
    for text in texts:
        assert not [id for id in ids(story) if id in text], text
        assert not re.search(r"\b(?:here|hier|above|oben)\b", text), text
    for comment in hidden:
        text = plain(comment.body)
        for until in deadlines(text, language):
            assert until >= comment.created.replace(second=0, microsecond=0), text
        if ASKS[language].search(text):
            assert mentions(comment) or any(words in text for words in ADMINISTERS), text


def life(jira: Sandbox, clock: Clock, language: str, project: str) -> Story:
    stand_ins = {PM: {"substitutes": [jira.id_of("paul")]}, EM: {"substitutes": [jira.id_of("emma")]}}
    story = Story(jira, clock, language=language, seats=stand_ins)
    story.ticket(project)
    return story


def forward(story: Story, **delta: float) -> None:
    """Time passes, and the worker looks when it wants to."""
    end = story.clock.at + timedelta(**delta)
    while story.clock.at < end:
        wanted = story.settle().look_again_at or end
        story.clock.at = min(max(wanted, story.clock.at + timedelta(minutes=1)), end)
    story.settle()


@pytest.mark.timeout(120)
@PROJECTS
@LANGUAGES
def test_a_whole_life_of_a_ticket(jira: Sandbox, clock: Clock, language: str, project: str) -> None:
    story = life(jira, clock, language, project)
    story.request(project)
    story.vote("", "SEV-2: broken for all", "Recused: I wrote it")
    assert story.evaluation(EM).assignee == "emma"
    forward(story, hours=1, minutes=30)
    story.say(EM, "Recused: so did I", by="emma")
    forward(story, hours=2)
    assert story.evaluation(PM).assignee == "paul"
    assert "escalation-stalled" in story.now.labels
    judge(story, language)
    story.say(PM, "SEV-2: agreed", by="paul")
    story.settle()
    assert "sev-2" in story.now.labels

    forward(story, days=1)
    jira.assign(story.key, "emma")
    forward(story, days=2)
    assert "sla-breached" in story.now.labels
    judge(story, language)

    clock.forward(hours=1)
    story.request()
    story.vote("SEV-1: now all is down", "SEV-2: no", "OTHER: no", round=2)
    forward(story, hours=1)
    judge(story, language)

    story.key = ""
    story.ticket(project)
    jira.label(story.key, "escalation-drill")
    story.request(project)
    story.vote("SEV-1", "", "SEV-2: I do not think so")
    forward(story, hours=6)
    assert story.to_client() == []
    judge(story, language)


@LANGUAGES
def test_after_an_outage_a_note_says_what_is(jira: Sandbox, clock: Clock, language: str) -> None:
    story = life(jira, clock, language, "SUP")
    clock.at = datetime.fromisoformat("2026-11-23T10:00-05:00")
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    clock.at = datetime.fromisoformat("2026-11-24T23:00-05:00")  # nobody looked for a day: the night has begun
    story.settle()
    [note] = notes(story, "That night has begun" if language == "en" else "Diese Nacht hat begonnen")
    assert says(note, "8 hours" if language == "en" else "8 Stunden")
    clock.at = datetime.fromisoformat("2026-11-30T09:00-05:00")  # nor for the days after it: the next night is to come
    story.settle()
    [broken] = notes(story, "was broken on" if language == "en" else "gebrochen: Bis dahin")
    assert says(broken, "Tuesday, December 1" if language == "en" else "Dienstag, 1. Dezember")
    judge(story, language)


# -- who is called


def test_a_substitute_is_called_and_has_a_time_of_their_own(jira: Sandbox, clock: Clock) -> None:
    story = life(jira, clock, "en", "SUP")
    clock.at = datetime.fromisoformat("2026-11-23T10:00-05:00")
    story.request()
    clock.at = datetime.fromisoformat("2026-11-23T12:00-05:00")
    story.settle()
    [note] = replies(story, PM, "is asked as substitute")
    assert calls(story, "paul", note) and story.jira.notified("paul") == [story.evaluation(PM).key]
    assert says(note, "1:00 PM ET"), "those present decide then"
    assert says(story.evaluation(PM).description, "Please answer by Monday, November 23, 2026, 1:00 PM ET")
    assert says(story.evaluation(PM).description, "Paul Standin is a substitute for the seat")
    assert story.evaluation(PM).duedate.isoformat() == "2026-11-23"


def test_a_substitute_who_is_asked_after_an_outage_is_given_time(jira: Sandbox, clock: Clock) -> None:
    story = life(jira, clock, "en", "SUP")
    clock.at = datetime.fromisoformat("2026-11-23T10:00-05:00")
    story.request()
    clock.at = datetime.fromisoformat("2026-11-23T17:00-05:00")
    story.settle()
    [note] = replies(story, PM, "is asked as substitute")
    assert says(note, "Monday, November 23, 2026, 6:00 PM ET")


def test_stalled_calls_the_chair_and_whoever_has_not_voted(jira: Sandbox, clock: Clock) -> None:
    story = Story(jira, clock)
    story.request()
    story.vote("SEV-2")
    story.forward(hours=4)
    [note] = notes(story, "is stalled")
    assert calls(story, "sam", note) and calls(story, "erin", note) and not calls(story, "petra", note)


def test_whoever_may_not_see_the_ticket_is_named_and_the_operator_hears_it(jira: Sandbox, clock: Clock) -> None:
    story = Story(jira, clock)
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    jira.assign(story.key, "otto")
    jira.project("SUP").denied.add(("otto", "BROWSE_PROJECTS"))
    alerts = []
    for _ in range(40):
        outcome = story.look()
        alerts += outcome.plan.alerts
        if outcome.plan.empty:
            clock.forward(hours=1)
    [half] = notes(story, "Half of the way")
    assert says(half, "Otto Outsider") and not calls(story, "otto", half) and jira.notified("otto") == []
    assert [failure["step"] for failure in story.record["failures"]] == ["reach Otto Outsider"]
    assert len(notes(story, "and may not see it")) == 1
    assert "operator" in {alert.kind for alert in alerts}


# -- what ends


@PROJECTS
def test_what_ends_is_said_once_on_each_evaluation_before_it_closes(jira: Sandbox, clock: Clock, project: str) -> None:
    story = Story(jira, clock, panel={"confirm_votes": True})
    story.request(project)
    story.vote("SEV-1: down")
    assert len(replies(story, PM, "is recorded: SEV-1")) == 1 and story.evaluation(PM).status == "Done"
    story.vote("", "SEV-1: all of it")
    assert [e.status for e in story.evaluations()] == ["Done"] * 3
    assert len(replies(story, EM, "without a vote")) == 1
    for seat in (PM, CC, EM):
        said = replies(story, seat, "Nothing more is asked")
        assert len(said) == (0 if (seat, project) == (CC, "OPS") else 1), "there the summary stands"
    story.forward(hours=1)
    assert len(notes(story, "Nothing more is asked")) == (2 if project == "OPS" else 3)


def test_whose_vote_was_not_needed_is_told_and_whose_vote_counted_reads_the_summary(story: Story) -> None:
    story.request()
    story.vote("SEV-1: down", "SEV-1: all of it")
    assert [e.status for e in story.evaluations()] == ["Done"] * 3
    assert [len(replies(story, seat, "Nothing more is asked")) for seat in (PM, CC, EM)] == [0, 0, 1]


def test_giving_up_a_seat_closes_it_and_stays_in_the_summary(jira: Sandbox, clock: Clock) -> None:
    story = Story(jira, clock)
    story.request()
    story.vote("Recused: I know the client")
    assert story.evaluation(PM).status == "Done"
    assert len(replies(story, PM, "has given up the seat")) == 1
    story.vote("", "SEV-2", "SEV-2")
    [summary] = notes(story, "Decision of round 1")
    assert says(summary, "Petra Project given up I know the client")


def test_a_seat_that_is_asked_anew_after_it_was_given_up_is_opened_again(jira: Sandbox, clock: Clock) -> None:
    story = Story(jira, clock)
    story.request()
    story.vote("Recused: I know the client")
    assert story.evaluation(PM).status == "Done"
    story.rules(seats={PM: {"substitutes": [jira.id_of("paul")]}})
    story.forward(minutes=1)
    seat = story.evaluation(PM)
    assert seat.status != "Done" and seat.assignee == "paul"
    story.say(PM, "SEV-2: broken", by="paul")
    story.vote("", "SEV-2", "SEV-2")
    assert [vote["person"] for vote in story.record["decision"]["votes"] if vote["seat"] == PM] == [jira.id_of("paul")]
    assert all(each.status == "Done" for each in story.evaluations())


@PROJECTS
def test_the_chair_who_is_asked_again_finds_the_evaluation_open(jira: Sandbox, clock: Clock, project: str) -> None:
    story = Story(jira, clock)
    story.request(project)
    story.vote("SEV-1: all is down", "", "OTHER: only one site")
    assert story.evaluation(EM).status == "Done"
    story.forward(hours=3)
    assert story.evaluation(EM).status != "Done"
    [question] = replies(story, EM, "needs the word of the chair")
    assert calls(story, "erin", question)
    story.forward(minutes=1)
    story.say(EM, "SEV-1: you are right")
    story.settle()
    assert story.now.labels == ("sev-1",) and story.evaluation(EM).status == "Done"


def test_where_the_screen_has_no_due_date_an_evaluation_opens_without(jira: Sandbox, clock: Clock) -> None:
    jira.hide_field("duedate", "SUP")
    story = Story(jira, clock)
    story.request()
    assert [e.duedate for e in story.evaluations()] == [None] * 3
    assert "failures" not in story.record


# -- other people's rules


@PROJECTS
def test_a_rule_that_closes_the_ticket_after_us_is_not_believed(jira: Sandbox, clock: Clock, project: str) -> None:
    jira.project(project).closes_parents = True
    story = Story(jira, clock, client={"closing": True})
    story.request(project)
    story.vote("SEV-2", "SEV-2", "SEV-2")
    assert story.now.status == "Done" and len(story.to_client()) == 1, "no client hears that it is resolved"
    [note] = notes(story, "probably by a rule")
    assert calls(story, "erin", note)
    assert "resolved_at" not in story.record
    forward(story, hours=23)
    assert len(story.to_client()) == 1 and len(notes(story, "probably by a rule")) == 1
    forward(story, hours=2)
    assert len(story.to_client()) == 2 and story.record["resolved_at"]


def test_somebody_says_that_it_is_resolved(jira: Sandbox, clock: Clock) -> None:
    jira.project("SUP").closes_parents = True
    story = Story(jira, clock, client={"closing": True})
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    clock.forward(hours=1)
    jira.comment(story.key, "Resolved, it went out last night.", by="erin")
    story.settle()
    assert len(story.to_client()) == 2


def test_a_colleague_who_closes_it_right_after_us_is_believed(jira: Sandbox, clock: Clock) -> None:
    story = Story(jira, clock, client={"closing": True})
    story.request()
    story.vote("SEV-2", "SEV-2", "SEV-2")
    jira.close(story.key, by="sam")
    story.settle()
    assert len(story.to_client()) == 2 and notes(story, "probably by a rule") == []
