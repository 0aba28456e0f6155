"""What is remembered of projects: asked for once, however many threads want to know."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from worker.jira.projects import Projects


class SlowSite:
    """A Jira that takes its time and counts what it is asked."""

    cloud = True

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get(self, path: str, **query: Any) -> Any:
        self.asked.append(path)
        time.sleep(0.1)
        return {"issueTypes": [{"id": "10003", "subtask": True}], "projectTypeKey": "software"}


def test_threads_that_want_to_know_the_same_ask_once() -> None:
    site, together = SlowSite(), threading.Barrier(8)
    projects = Projects(site)  # type: ignore[arg-type]

    def want(_: int) -> str:
        together.wait()
        return projects.subtask_type("SUP")

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(want, range(8))) == {"10003"}
    assert site.asked == ["/project/SUP"]
    projects.forget_type("SUP")
    assert projects.subtask_type("SUP") == "10003" and len(site.asked) == 2
