"""The sandbox: the small Jira together with its page for people."""

from starlette.routing import Route

from sandbox.jira.site import Jira
from sandbox.page.page import page_routes


class Sandbox(Jira):
    """`with Sandbox("cloud", clock=clock) as jira:` and then `jira.url`; see the package's docstring for what it
    can do."""

    def pages(self) -> list[Route]:
        """The page at `/` and what belongs to it."""
        return page_routes(self)
