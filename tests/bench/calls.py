"""What a whole round costs in calls to Jira, listed one by one with why each is needed, on both flavours, everything
warm that is remembered; then what a look at a settled ticket costs.

    python -m tests.bench.calls
"""

import re
from collections.abc import Callable, Iterator, Sequence

from sandbox import Sandbox
from sandbox.http.call_log import Record
from tests.bench.parts.figure import Figure, show
from tests.story.jira.test_calls import VOTES, one_by_one, together
from tests.storytelling import MONDAY, Clock, Story

BUDGET = {"cloud": {together: 12, one_by_one: 14}, "dc": {together: 24, one_by_one: 24}}
WHY = (
    ("POST", r"/bulkfetch$", "the ticket, its record, its evaluations and their comments, fresh, in one call"),
    ("POST", r"/issue/bulk$", "opens the three evaluations at once, each with the property that makes it ours"),
    ("GET", r"/issue/\w+/comment$", "the comments that reading the ticket does not give here"),
    ("GET", r"/transitions$", "how an evaluation is closed (remembered afterwards)"),
    ("POST", r"/transitions$", "closes the evaluation of a vote that was recorded"),
    ("GET", r"/comment/\d+$", "reads back that the client can read the answer; posting it does not say so here"),
    ("PUT", r"/issue/\w+$", "the decision: labels, due date and record in one edit"),
    ("PUT", r"/properties/escalation$", "keeps in the record what was opened, or said, so that it is never done twice"),
)
OF_TICKET = "the ticket and its record, fresh"
OF_EVALUATION = (
    "an evaluation with its votes, fresh (read beside the others; no call here gives several issues with properties)"
)


def figures(quick: bool) -> Iterator[Figure]:
    """Counts first, then each call of a round."""
    for flavour in ("cloud", "dc"):
        clock = Clock(MONDAY)
        with Sandbox(flavour, clock=clock) as jira:
            story = warm(jira, clock)
            for how in (together, one_by_one):
                calls = of(story, how)
                name = f"{flavour}: a whole round, votes {how.__name__.replace('_', ' ')}"
                yield Figure(name, f"{len(calls)} calls", f"≤ {BUDGET[flavour][how]}")
                if how is one_by_one and not quick:
                    yield from _one_by_one(flavour, story, calls)
            calls = of(story, lambda story: story.look(), fresh=False)
            yield Figure(f"{flavour}: a look at a settled ticket", f"{len(calls)} calls")


def warm(jira: Sandbox, clock: Clock) -> Story:
    """A worker that has seen a round before."""
    story = Story(jira, clock)
    story.request()
    story.vote(*VOTES)
    return story


def of(story: Story, what: Callable[[Story], object], *, fresh: bool = True) -> Sequence[Record]:
    """The worker's calls while that happens, on a new ticket where `fresh`."""
    if fresh:
        story.ticket()
    before = len(story.jira.calls())
    what(story)
    return story.jira.calls()[before:]


def _one_by_one(flavour: str, story: Story, calls: Sequence[Record]) -> Iterator[Figure]:
    for number, call in enumerate(calls, 1):
        yield Figure(f"{flavour}, call {number}", f"`{call.method} {_short(call)}`: {why(call, story.now.id)}")


def _short(call: Record) -> str:
    return re.sub(r"/\d+", "/{id}", re.sub(r"^/rest/(api/)?", "", call.path))


def why(call: Record, ticket: str) -> str:
    """What a call of that ticket's round is for. Raises LookupError at one that nobody has explained here."""
    if call.method == "POST" and call.path.endswith("/comment"):
        if not call.path.endswith(f"/{ticket}/comment"):
            return "says on the evaluation that nothing more is asked, before it is closed"
        return "tells colleagues how it was decided" if "internal" in str(call.body) else "tells the client"
    if call.method == "GET" and re.search(r"/issue/\d+$", call.path):
        return OF_TICKET if call.path.endswith(f"/{ticket}") else OF_EVALUATION
    for method, path, reason in WHY:
        if call.method == method and re.search(path, call.path):
            return reason
    raise LookupError(f"{call.method} {call.path} is not explained")


if __name__ == "__main__":
    show(figures)
