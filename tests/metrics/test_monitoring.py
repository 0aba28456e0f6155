"""What the dashboard and the alert rules ask for is what is shown."""

import json
import re
from pathlib import Path

import redis
from prometheus_client import generate_latest
from prometheus_client.core import CollectorRegistry

from worker.look.failures import Failures
from worker.metrics import ALL, REMAINING, Tally
from worker.queue import queues
from worker.queue.shared_metrics import flush
from worker.web.exposition import Exposition

FOLDER = Path(__file__).parents[2] / "docs" / "monitoring"
NAME = re.compile(r"escalation_[a-z_]+")


def shown(kv: redis.Redis) -> set[str]:
    """Every name that a scrape can show."""
    tally, queue = Tally(), queues.tickets(kv)
    for metric in ALL:
        labels = ["x" for _ in metric.labels]
        (tally.observe(metric, 1.0, *labels) if metric.timed else tally.add(metric, *labels))
    flush(kv, tally)
    queue.sweep_finished()
    kv.set(REMAINING, 1)
    registry = CollectorRegistry()
    registry.register(Exposition(kv, queue, Failures(kv)))
    return set(NAME.findall(generate_latest(registry).decode()))


def test_every_name_exists(kv: redis.Redis) -> None:
    known = shown(kv)
    for file in ("dashboard.json", "alerts.yaml"):
        asked = set(NAME.findall((FOLDER / file).read_text()))
        assert asked and asked <= known, asked - known


def test_every_figure_is_explained(kv: redis.Redis) -> None:
    text = (FOLDER / "README.md").read_text()
    bare = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in shown(kv)}
    assert {name for name in bare if f"`{name}`" not in text} == set()


def test_the_dashboard_is_one(kv: redis.Redis) -> None:
    board = json.loads((FOLDER / "dashboard.json").read_text())
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"]) >= 12
    assert all(panel["targets"] and panel["title"] for panel in board["panels"])
