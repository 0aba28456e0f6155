"""Jira Cloud's burst limit, for a bench: so many calls a second for each endpoint of a site, whoever makes them
(developer.atlassian.com, "Rate limiting": 100 for GET and POST, 50 for PUT and DELETE, 150 for reading one issue)."""

import re
import time
from dataclasses import dataclass, field

from sandbox.http.call_log import Record
from sandbox.http.faults import Fault, too_many

A_SECOND = {"GET": 100.0, "POST": 100.0, "PUT": 50.0, "DELETE": 50.0}
READING_ONE_ISSUE = 150.0


@dataclass(slots=True)
class Burst(Fault):
    """Answers 429 to calls beyond the limit. `buckets`: what is left for an endpoint, and since when."""

    buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wants(self, record: Record) -> bool:
        """Whether this call is one too many; one that is not is counted."""
        endpoint = f"{record.method} {re.sub(r'/([A-Z]+-)?[0-9]+(?=/|$)', '/{}', record.path)}"
        most = (
            READING_ONE_ISSUE if endpoint.endswith("/issue/{}") and record.method == "GET" else A_SECOND[record.method]
        )
        now = time.monotonic()
        left, since = self.buckets.get(endpoint, (most, now))
        left = min(most, left + (now - since) * most)
        self.buckets[endpoint] = (left - (left >= 1), now)
        return left < 1


def limit() -> Burst:
    """The limit, to be added to a sandbox's faults."""
    told = too_many(1)
    return Burst("answer", status=told.status, headers=told.headers, body=told.body, times=None)
