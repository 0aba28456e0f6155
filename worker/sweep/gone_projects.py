"""Projects that the protocol file names and Jira does not have (any more), or that our account may not browse.

Jira refuses a search that names one such project whole. They are left out of the searches, so that the other projects
go on, and are named in the log, by `escalation failures list` and by `escalation doctor`.
"""

from collections.abc import Sequence

import structlog

from worker.jira.search import are_gone
from worker.look.context import Context
from worker.look.failures import PROJECT, Failed

KEY = "sweep:gone-projects"
MEND = "Take [projects.{}] out of the protocol file, or give our account Browse Projects there. The others go on."

log = structlog.get_logger()


class GoneProjects:
    """Those of the served projects that are known to be gone."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._served = sorted(context.protocol.by_project)

    @property
    def known(self) -> frozenset[str]:
        """Their keys."""
        return frozenset(map(str, self._context.store.smembers(KEY)))

    def look_again(self) -> None:
        """A full sweep begins: whatever is still gone is found out anew. Raises what asking Jira does."""
        known = self.known
        still = are_gone(self._context.site, sorted(known & set(self._served)))
        if known:
            self._context.store.delete(KEY)
        if still:
            self._context.store.sadd(KEY, *still)
        for key in known - set(still):
            self._context.failures.drop(_id(key))
            log.info("a project is searched again", project=key)

    def among(self, keys: Sequence[str]) -> list[str]:
        """Those of these that are gone, as Jira says now; the others will hear of it. Raises what asking Jira does."""
        found = are_gone(self._context.site, keys)
        for key in filter(self._is_news, found):
            what = f"The project {key} of the protocol file does not exist, or our account may not browse it."
            log.error("a project is not searched", project=key, what=what, mend=MEND.format(key))
            self._context.failures.note(_id(key), key, [Failed("search", what, MEND.format(key))])
        return found

    def _is_news(self, key: str) -> bool:
        """Searches run side by side, and each meets it."""
        return bool(self._context.store.sadd(KEY, key))


def _id(key: str) -> str:
    return f"{PROJECT}{key}"
