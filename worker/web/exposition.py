"""GET /metrics, in Prometheus' format: the figures of all processes from Redis, and what the queue says right now.

Every web process shows the same figures, so ask one of them, or take the maximum over them; only `redis_up` and
`redis_trouble` are each process's own. It asks Jira nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from time import monotonic

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from worker.look.failures import Failures
from worker.metrics import ALL, BUCKETS, REMAINING, SEPARATOR, Metric
from worker.queue.redis_trouble import KINDS, Trouble, trouble
from worker.queue.redis_watch import probe
from worker.queue.roster import Roster
from worker.queue.shared_metrics import HASH
from worker.queue.store import Store, StoreError
from worker.queue.workqueue import WorkQueue
from worker.sweep.result import HELD
from worker.threads import Once

PREFIX = "escalation_"
Labelled = Mapping[tuple[str, ...], Mapping[str, float]]


class Exposition(Collector):
    """Collects from Redis whenever it is asked; `grades` are those of the protocol, `period` is between two sweeps."""

    def __init__(
        self,
        store: Store,
        queue: WorkQueue,
        failures: Failures,
        grades: Sequence[str] = (),
        period: float = 300,
        *,
        expires: date | None = None,
    ) -> None:
        self._store = store
        self._expires = expires
        self._queue = queue
        self._failures = failures
        self._roster = Roster(store)
        self._grades = grades
        self._period = period
        self._began = monotonic()
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        self._once = Once(lambda: generate_latest(self._registry))

    async def __call__(self, _: Request) -> Response:
        """Answer a scrape."""
        return Response(await self._once(), media_type=CONTENT_TYPE_LATEST)

    def collect(self) -> Iterator[Family]:
        """All figures; where Redis does not answer, only that."""
        try:
            found: dict[str, str] = self._store.hgetall(HASH)  # type: ignore[assignment]
            families = [*(_family(metric, self._of(metric, found)) for metric in ALL), *self._present()]
        except StoreError as error:
            families = [_gauge("redis_up", "Whether Redis answers.", 0), _troubles(trouble(error))]
        yield from families

    def _present(self) -> Iterator[Family]:
        sizes, oldest = self._queue.sizes(), self._queue.oldest_dirty_age()
        tickets = GaugeMetricFamily(f"{PREFIX}tickets", "Tickets in the queue, by state.", labels=["state"])
        for state, count in sizes.items():
            tickets.add_metric([state], count)
        yield _gauge("redis_up", "Whether Redis answers.", 1)
        yield _troubles(self._refusal())
        yield tickets
        yield _gauge("oldest_ticket_seconds", "How long the ticket has waited that waits longest.", oldest)
        yield _gauge("failed_tickets", "Tickets of which something waits to be mended.", len(self._failures.listed()))
        yield _gauge("workers", "Workers that said within 15 seconds that they listen.", len(self._roster.listening()))
        restless = len(self._roster.starting_over())
        yield _gauge("workers_starting_over", "Hosts on which a worker starts over and over.", restless)
        yield _gauge("first_contacts_held", "Old tickets that SWEEP_LIMIT holds back.", int(self._store.get(HELD) or 0))
        yield _gauge("sweep_period_seconds", "SWEEP_SECONDS: how often a sweep is due.", self._period)
        yield _gauge("sweep_age_seconds", "Seconds since a sweep came to its end, or since one could.", self._age())
        if self._expires:
            ends = datetime.combine(self._expires, time(), UTC).timestamp()
            yield _gauge("credentials_expire_timestamp_seconds", "When the credentials for Jira end.", ends)
        remaining = self._store.get(REMAINING)
        if remaining is not None:
            yield _gauge(
                "jira_rate_limit_remaining", "What Jira last said is left of its limit.", float(str(remaining))
            )

    def _age(self) -> float:
        """Where no sweep has ended since Redis knows: since the queue opened, or at least since this process began."""
        for age in (self._queue.sweep_age(), self._queue.open_for()):
            if age is not None:
                return age
        return monotonic() - self._began

    def _of(self, metric: Metric, found: Mapping[str, str]) -> Labelled:
        """What can be counted stands at 0, whether or not it was."""
        nothing: dict[tuple[str, ...], Mapping[str, float]] = {labels: {} for labels in metric.known(self._grades)}
        return nothing | dict(_of(metric, found))

    def _refusal(self) -> Trouble | None:
        """Why Redis takes no writes although it answers, as when it is full."""
        try:
            probe(self._store)
        except StoreError as error:
            return trouble(error)
        return None


def _troubles(met: Trouble | None) -> Family:
    """Each kind stands at 0 or 1 all the time, so that an alert knows the one from the other."""
    family = GaugeMetricFamily(f"{PREFIX}redis_trouble", "Why Redis cannot be used.", labels=["kind"])
    for kind in KINDS:
        family.add_metric([kind], bool(met and met.kind == kind))
    return family


def _gauge(name: str, help: str, value: float) -> Family:
    return GaugeMetricFamily(f"{PREFIX}{name}", help, value=value)


def _of(metric: Metric, found: Mapping[str, str]) -> Labelled:
    """The figures of one metric: by its labels, then by part (histograms have several)."""
    values: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for name, value in found.items():
        first, *labels, part = name.split(SEPARATOR)
        if first == metric.name and len(labels) == len(metric.labels):
            values[tuple(labels)][part] = float(value)
    return values


def _family(metric: Metric, values: Labelled) -> Family:
    if not metric.timed:
        counter = CounterMetricFamily(f"{PREFIX}{metric.name}", metric.help, labels=metric.labels)
        for labels, parts in sorted(values.items()):
            counter.add_metric(labels, parts.get("", 0))
        return counter
    histogram = HistogramMetricFamily(f"{PREFIX}{metric.name}", metric.help, labels=metric.labels)
    for labels, parts in sorted(values.items()):
        histogram.add_metric(labels, list(_cumulated(parts)), sum_value=parts.get("sum", 0))
    return histogram


def _cumulated(parts: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    total = 0.0
    for bucket in (*map(str, BUCKETS), "+Inf"):
        total += parts.get(bucket, 0)
        yield bucket, total
