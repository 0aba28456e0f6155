"""Redis is wiped in mid-round while half of all webhooks get lost and Jira's search lags behind: every ticket ends as
it should within two sweeps of the last thing that people did (design §5.1)."""

import random
import time
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.faults.crowd import Crowd
from tests.faults.house import until
from tests.faults.town import town

SWEEP, LAG = 10, 3


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("flavour", ["cloud", "dc"])
def test_redis_is_wiped_in_mid_round(flavour: str, tmp_path: Path) -> None:
    with Sandbox(flavour) as jira, town(jira, tmp_path, workers=1, SWEEP_SECONDS=str(SWEEP)) as there:
        jira.deliveries.post.drop_share, jira.index_lag = 0.5, LAG
        crowd = Crowd.of(jira, 12, 0, random.Random(7))
        crowd.act()
        crowd.act()
        until(lambda: all(len(jira.issue(ticket.key).subtasks) == 3 for ticket in crowd.tickets), 2 * SWEEP + LAG)
        crowd.act(hurry=True)
        assert there.wipe()
        while not crowd.told:
            crowd.act(hurry=True)
        began = time.monotonic()
        while crowd.not_right() and time.monotonic() < began + 2 * SWEEP:
            time.sleep(0.1)
        lost = sum(delivery.outcome == "dropped" for delivery in jira.deliveries.log)
        print(
            f"\n{flavour}: {len(crowd.tickets)} tickets, {lost} of {len(jira.deliveries.log)} webhooks lost; "
            f"all right {time.monotonic() - began:.1f} s after the last vote (two sweeps: {2 * SWEEP} s)"
        )
        assert crowd.not_right() == {}, there.log[-20_000:]
