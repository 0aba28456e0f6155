"""Which webhook is ours, and what to say where Jira does not let us see to it."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import TypeAdapter, ValidationError

from config import ConfigError
from config.settings import Address, Settings
from worker.commands.shared.exits import MEND, UNREACHABLE, end, words
from worker.errors import CannotDo, TryAgain, Unauthorized
from worker.jira import webhooks
from worker.jira.site import Refused
from worker.jira.webhooks import NotAdministrator, Registered
from worker.web import address


def is_ours(each: Registered, address: str) -> bool:
    """Whether it delivers to our address."""
    return each.url.rstrip("/") == address


def deliver_to(settings: Settings, url: str | None) -> str:
    """Where Jira is to deliver: `--url`, else PUBLIC_URL, else where web listens."""
    if url:
        try:
            return webhooks.address(TypeAdapter(Address).validate_python(url.strip()))
        except ValidationError:
            raise ConfigError(
                "--url: expected an http:// or https:// address without user, password, query or fragment"
            ) from None
    return webhooks.address(settings.public_url or address.url_here(settings.host, settings.port))


@contextmanager
def explained(settings: Settings, address: str, projects: tuple[str, ...]) -> Iterator[None]:
    """Ends the command with one clear line, and its exit code, for whatever Jira has against it."""
    try:
        yield
    except NotAdministrator as error:
        end(MEND, f"{error.what} {error.mend}\n{_by_hand(address, projects)}")
    except CannotDo as error:
        end(MEND, f"{error.what} {error.mend}")
    except Refused as error:
        end(MEND, f"{error}. Jira does not take the webhook as it is; is the URL one that it may deliver to?")
    except (TryAgain, Unauthorized) as error:
        end(UNREACHABLE, words(error))


def _by_hand(address: str, projects: tuple[str, ...]) -> str:
    jql = f"project in ({', '.join(sorted(projects))})" if projects else "leave it empty"
    return "\n".join(
        (
            "An administrator can do it by hand: Settings → System → WebHooks → Create a WebHook",
            "    Name    escalation-worker",
            f"    URL     {address}",
            "    Secret  the first of JIRA_WEBHOOK_SECRETS",
            "    Events  issue created, updated, deleted; comment created, updated, deleted",
            f"    JQL     {jql}",
        )
    )
