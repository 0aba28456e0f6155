"""A request that was linked while nobody heard of it is found by the sweep, which asks for the links along with the
tickets: no call more."""

import redis

from sandbox import Sandbox
from tests.storytelling import SEATS, Clock, Story
from tests.sweep.conftest import built, due, paths
from worker.look.context import Context
from worker.queue.workqueue import Notice


def decided(jira: Sandbox, clock: Clock, context: Context) -> Story:
    """A graded ticket of the engineers', looked at by a worker."""
    story = Story(jira, clock)
    story.reconciler = context.reconciler
    story.ticket("OPS", reporter="erin")
    story.jira.label(story.key, "escalation-requested")
    story.settle()
    for seat in SEATS:
        story.say(seat, "OTHER\n\nClient: It can wait.")
    clock.forward(minutes=1)
    outcome = story.settle()
    context.seen(outcome, clock())
    jira.reindex()
    return story


def asked(jira: Sandbox, story: Story, kind: str = "Duplicate") -> str:
    request = jira.create_ticket("SUP", "It is wrong here, too", reporter="carl")
    jira.link(request, story.key, kind)
    jira.reindex()
    return request


def test_a_late_link_makes_its_ticket_due_until_the_client_was_told(
    jira: Sandbox, clock: Clock, kv: redis.Redis
) -> None:
    context = built(jira, clock, kv)
    story = decided(jira, clock, context)
    assert due(context, clock()) == set()
    before = paths(jira, lambda: due(context, clock()))
    request = asked(jira, story)
    assert due(context, clock()) == {story.key}
    context.seen(story.settle(), clock())
    jira.reindex()
    assert due(context, clock()) == set() and len(story.jira.issue(request).public_comments) == 1
    assert paths(jira, lambda: due(context, clock())) == before


def test_links_that_tell_nobody_make_nothing_due(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    context = built(jira, clock, kv)
    story = decided(jira, clock, context)
    asked(jira, story, "Relates")
    jira.link(jira.create_ticket("OPS", "Another bug", reporter="erin"), story.key, "Duplicate")
    jira.reindex()
    assert due(context, clock()) == set()


def test_the_event_of_a_link_marks_the_ticket_and_not_the_request(jira: Sandbox, clock: Clock, kv: redis.Redis) -> None:
    context = built(jira, clock, kv)
    story = decided(jira, clock, context)
    context.queue.remember_evaluations(story.now.id, [e.id for e in story.evaluations()])
    request = jira.issue(asked(jira, story)).id
    taken = context.queue.intake([Notice(id, (f"k:{id}",), False, "", ours=True) for id in (request, story.now.id)])
    assert (taken.taken, taken.strangers) == (1, 1) and context.queue.sizes()["dirty"] == 1
