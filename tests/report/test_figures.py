"""Figures by hand: what is counted, in which week, and what became of each promise."""

from dataclasses import replace
from datetime import datetime, timedelta

from config import protocol_file
from worker.escalation.facts.model import Escalation, Evaluation, Person
from worker.escalation.facts.record import DECIDED, WITHDRAWN, Breach, Decision, Kept, PastRound, Record, Told
from worker.escalation.views.tickets import Facts, Ticket
from worker.report.figures import Figures, Row, figures, week_of

RULES = protocol_file.load()
NOW = datetime.fromisoformat("2026-11-27T12:00-05:00")
SINCE = datetime.fromisoformat("2026-10-30T00:00-04:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def graded(grade: str, graded_at: str, *, asked: str = "", window_end: str = "", key: str = "SUP-1") -> Ticket:
    """A ticket graded in its first round, open, the client told."""
    when = at(graded_at)
    kept = Kept(grade, when, window_end=at(window_end) if window_end else None)
    record = Record(
        1, DECIDED, at(asked) if asked else None, decision=Decision(1, grade, when), promise=kept, told=Told(1, "auto")
    )
    return Ticket(key, "SUP", record)


def resolved(ticket: Ticket, when: str) -> Ticket:
    return replace(ticket, done=True, resolved_at=at(when))


def counted(*tickets: Ticket, since: datetime = SINCE, now: datetime = NOW) -> Figures:
    return figures(Facts(tickets), RULES, since, now)


def row(found: Figures, week: str, grade: str) -> Row:
    [one] = [each for each in found.by_week if (each.week, each.grade) == (week, grade)]
    return one


def outcome(found: Figures) -> tuple[int, int, int]:
    return found.total.kept, found.total.broken, found.total.open


def test_median_and_ninetieth_percentile() -> None:
    took = (10, 20, 30, 40, 50, 60, 70, 80, 90, 400)
    asked = at("2026-11-24T09:00-05:00")
    tickets = [
        graded("SEV-2", (asked + timedelta(minutes=minutes)).isoformat(), asked=asked.isoformat(), key=f"SUP-{minutes}")
        for minutes in took
    ]
    whole = row(counted(*tickets), "2026-W48", "SEV-2")
    assert (whole.graded, whole.timed) == (10, 10)
    assert (whole.median, whole.p90) == (timedelta(minutes=55), timedelta(minutes=90))
    odd = row(counted(*tickets[:3]), "2026-W48", "SEV-2")
    assert (odd.median, odd.p90) == (timedelta(minutes=20), timedelta(minutes=30))


def test_the_hour_that_comes_twice_is_two_hours_long() -> None:
    found = counted(graded("OTHER", "2026-11-01T01:30-05:00", asked="2026-11-01T01:30-04:00"))
    assert row(found, "2026-W44", "OTHER").median == timedelta(hours=1)
    named_zone = graded("OTHER", "2026-11-01T12:00-05:00")
    record = replace(
        named_zone.record,
        request_at=datetime(2026, 10, 31, 12, tzinfo=RULES.zone),
        decision=Decision(1, "OTHER", datetime(2026, 11, 1, 12, tzinfo=RULES.zone)),
    )
    assert counted(replace(named_zone, record=record)).total.median == timedelta(hours=25)


def test_weeks_are_iso_weeks_on_the_clocks_of_the_protocol() -> None:
    assert week_of(at("2026-11-23T04:59+00:00"), RULES.zone) == "2026-W47"
    assert week_of(at("2026-11-23T05:00+00:00"), RULES.zone) == "2026-W48"
    assert week_of(at("2027-01-03T12:00-05:00"), RULES.zone) == "2026-W53"
    ticket = graded("OTHER", "2026-12-24T12:00-05:00")
    found = counted(ticket, now=at("2027-01-05T12:00-05:00"))
    assert found.weeks == ("2026-W52", "2026-W53", "2027-W01")


def test_a_promise_of_a_night_is_kept_until_the_night_has_ended() -> None:
    ticket = graded("SEV-2", "2026-11-23T10:00-05:00", window_end="2026-11-25T07:00-05:00")
    assert outcome(counted(resolved(ticket, "2026-11-25T06:59:59-05:00"))) == (1, 0, 0)
    assert outcome(counted(resolved(ticket, "2026-11-25T07:00-05:00"))) == (0, 1, 0)
    assert outcome(counted(ticket, now=at("2026-11-24T12:00-05:00"))) == (0, 0, 1)
    assert outcome(counted(ticket)) == (0, 1, 0)


def test_the_gravest_is_broken_at_the_end_of_its_day() -> None:
    ticket = graded("SEV-1", "2026-11-24T22:00-05:00")
    assert outcome(counted(resolved(ticket, "2026-11-24T23:59-05:00"))) == (1, 0, 0)
    assert outcome(counted(resolved(ticket, "2026-11-25T00:00-05:00"))) == (0, 1, 0)
    [breach] = counted(ticket).breaches
    assert (breach.key, breach.round, breach.grade, breach.at) == ("SUP-1", 1, "SEV-1", at("2026-11-25T00:00-05:00"))


def test_a_promise_counts_in_the_week_in_which_it_was_settled() -> None:
    ticket = graded("SEV-2", "2026-11-20T10:00-05:00", window_end="2026-11-24T07:00-05:00")
    found = counted(resolved(ticket, "2026-11-23T22:00-05:00"))
    assert (row(found, "2026-W47", "SEV-2").graded, row(found, "2026-W47", "SEV-2").kept) == (1, 0)
    assert (row(found, "2026-W48", "SEV-2").graded, row(found, "2026-W48", "SEV-2").kept) == (0, 1)
    open_still = counted(ticket, now=at("2026-11-23T12:00-05:00"))
    assert row(open_still, "2026-W47", "SEV-2").open == 1


def test_a_grade_without_timing_promises_nothing() -> None:
    assert outcome(counted(graded("OTHER", "2026-11-23T10:00-05:00"))) == (0, 0, 0)


def test_broken_and_then_resolved_stays_broken_and_is_counted_once() -> None:
    ticket = graded("SEV-2", "2026-11-23T10:00-05:00", window_end="2026-11-25T07:00-05:00")
    breach = Breach(1, "SEV-2", at("2026-11-25T12:00+00:00"))
    told = replace(ticket, record=replace(ticket.record, breaches=(breach,)))
    found = counted(resolved(told, "2026-11-26T10:00-05:00"))
    assert outcome(found) == (0, 1, 0)
    assert [each.at for each in found.breaches] == [breach.at]


def test_a_confirmed_grade_is_a_second_grading_and_still_one_promise() -> None:
    first = graded("SEV-2", "2026-11-23T10:00-05:00", window_end="2026-11-25T07:00-05:00")
    confirmed = replace(
        first.record,
        round=2,
        request_at=at("2026-11-24T09:00-05:00"),
        decision=Decision(2, "SEV-2", at("2026-11-24T10:30-05:00"), previous="SEV-2"),
        rounds=(PastRound(1, DECIDED, "SEV-2", at("2026-11-23T10:00-05:00"), "100"),),
    )
    found = counted(replace(first, record=confirmed), now=at("2026-11-24T12:00-05:00"))
    whole = row(found, "2026-W48", "SEV-2")
    assert (whole.graded, whole.timed, whole.median) == (2, 1, timedelta(minutes=90))
    assert outcome(found) == (0, 0, 1)


def test_a_promise_broken_before_another_grade_stays_broken() -> None:
    ticket = resolved(graded("SEV-1", "2026-11-26T10:00-05:00"), "2026-11-26T11:00-05:00")
    record = replace(
        ticket.record,
        round=2,
        decision=Decision(2, "SEV-1", at("2026-11-26T10:00-05:00"), previous="SEV-2"),
        rounds=(PastRound(1, DECIDED, "SEV-2", at("2026-11-23T10:00-05:00"), "100"),),
        breaches=(Breach(1, "SEV-2", at("2026-11-25T07:00-05:00")),),
    )
    found = counted(replace(ticket, record=record))
    assert [(each.grade, each.graded, each.kept, each.broken) for each in found.grades] == [
        ("SEV-1", 1, 1, 0),
        ("SEV-2", 1, 0, 1),
        ("OTHER", 0, 0, 0),
    ]
    assert [(each.round, each.grade) for each in found.breaches] == [(1, "SEV-2")]


def test_a_new_round_under_way_does_not_count_the_standing_grade_twice() -> None:
    ticket = graded("OTHER", "2026-11-23T10:00-05:00", asked="2026-11-23T09:00-05:00")
    record = ticket.record.next_round(2)
    found = counted(replace(ticket, record=replace(record, request_at=at("2026-11-24T09:00-05:00"))))
    assert (found.total.graded, found.total.timed) == (1, 0)


def test_what_was_before_the_time_does_not_count_but_what_is_open_is_listed() -> None:
    old = graded("SEV-2", "2026-09-01T10:00-04:00", window_end="2026-09-03T07:00-04:00", key="SUP-7")
    found = counted(old)
    assert (found.total.graded, outcome(found)) == (0, (0, 0, 0))
    assert [each.key for each in found.graded_open] == ["SUP-7"]


def test_done_and_nobody_knows_when_is_not_judged() -> None:
    ticket = graded("SEV-2", "2026-11-23T10:00-05:00", window_end="2026-11-25T07:00-05:00")
    assert outcome(counted(replace(ticket, done=True))) == (0, 0, 1)


def test_labels_tell_what_is_at_risk_and_stalled_while_the_ticket_is_open() -> None:
    risky = replace(graded("SEV-2", "2026-11-26T10:00-05:00", window_end="2026-11-28T07:00-05:00"))
    risky = replace(risky, labels=frozenset({"sla-at-risk"}))
    stalled = Ticket("SUP-2", "SUP", Record(1), frozenset({"escalation-stalled"}))
    found = counted(risky, stalled, replace(stalled, key="SUP-3", done=True))
    assert [each.key for each in found.at_risk] == ["SUP-1"]
    assert found.at_risk[0].breaks_at == at("2026-11-28T07:00-05:00")
    assert found.stalled == ("SUP-2",)


def test_rounds_that_ended_without_a_grade_by_reason() -> None:
    lately = Record(1, WITHDRAWN, at("2026-11-23T10:00-05:00"))
    found = counted(
        Ticket("SUP-1", "SUP", lately),
        Ticket("SUP-2", "SUP", replace(lately, request_at=at("2026-01-05T10:00-05:00"))),
        Ticket("SUP-3", "SUP", replace(lately, ended="")),
    )
    assert found.ended == ((WITHDRAWN, ("SUP-1",)),)


def test_the_client_not_told_is_listed() -> None:
    ticket = graded("OTHER", "2026-11-23T10:00-05:00")
    assert counted(ticket).untold == ()
    assert [each.key for each in counted(replace(ticket, record=replace(ticket.record, told=None))).untold] == ["SUP-1"]


def panel_of(
    key: str, record: Record, *rounds: tuple[int, str], drill: bool = False, person: str = "Petra"
) -> Escalation:
    """A ticket whose project manager is asked in these rounds, each since that instant."""
    evaluations = tuple(
        Evaluation(f"{key[4:]}{round}", f"{key}{round}", round, "project-manager", at(since), "petra", drill=drill)
        for round, since in rounds
    )
    people = {"petra": Person("petra", person)}
    labels = ("escalation-requested",)
    return Escalation("1", key, "SUP", "bot", NOW, labels=labels, evaluations=evaluations, record=record, people=people)


def test_whom_open_rounds_wait_for_the_longest_first() -> None:
    under_way = panel_of("SUP-1", Record(2), (1, "2026-11-27T04:00-05:00"), (2, "2026-11-27T07:00-05:00"))
    over = panel_of("SUP-2", Record(1, WITHDRAWN, standing=True, request_at=NOW), (1, "2026-11-27T04:00-05:00"))
    new = panel_of("SUP-3", Record(), (1, "2026-11-27T05:00-05:00"))
    found = figures(Facts(asked=(under_way, over, new)), RULES, SINCE, NOW)
    assert [(each.key, each.round) for each in found.waiting] == [("SUP-3", 1), ("SUP-1", 2)]


def test_nobody_is_waited_for_before_now() -> None:
    """Jira's clock may be some seconds ahead of ours."""
    [waiting] = figures(
        Facts(asked=(panel_of("SUP-3", Record(), (1, "2026-11-27T12:00:09-05:00")),)), RULES, SINCE, NOW
    ).waiting
    assert waiting.since == NOW


def test_a_drill_never_counts() -> None:
    real = graded("SEV-1", "2026-11-24T22:00-05:00").record
    decision = Decision(1, "SEV-1", at("2026-11-24T22:00-05:00"), drill=True)
    decided = replace(real, decision=decision, told=None, breaches=(Breach(1, "SEV-1", at("2026-11-20T00:00-05:00")),))
    under_way = Ticket("SUP-2", "SUP", Record(1), frozenset({"escalation-drill", "escalation-stalled"}))
    withdrawn = Ticket("SUP-3", "SUP", Record(1, WITHDRAWN), frozenset({"escalation-drill"}))
    waiting = panel_of("SUP-2", Record(1), (1, "2026-11-27T05:00-05:00"), drill=True)
    found = figures(Facts((Ticket("SUP-1", "SUP", decided), under_way, withdrawn), (waiting,)), RULES, SINCE, NOW)
    assert (found.total.graded, found.breaches, found.total.open) == (0, (), 0)
    assert (found.graded_open, found.untold, found.waiting, found.stalled, found.ended) == ((), (), (), (), ())


def test_a_real_round_after_a_drill_counts() -> None:
    ticket = graded("SEV-2", "2026-11-26T10:00-05:00", window_end="2026-11-28T07:00-05:00")
    drill = PastRound(1, DECIDED, "SEV-1", at("2026-11-24T10:00-05:00"), drill=True)
    record = replace(
        ticket.record, round=2, decision=Decision(2, "SEV-2", at("2026-11-26T10:00-05:00")), rounds=(drill,)
    )
    found = counted(replace(ticket, record=record))
    assert [(row.grade, row.graded, row.open) for row in found.grades[:2]] == [("SEV-1", 0, 0), ("SEV-2", 1, 1)]


def test_nothing_at_all() -> None:
    found = counted()
    assert found.weeks == ("2026-W48",)
    assert (found.total.graded, found.total.median, found.breaches) == (0, None, ())
