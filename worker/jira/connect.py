"""The connection to the Jira site that the settings name."""

from config.settings import Settings
from worker.jira.site import READ_SECONDS, Credentials, Pausing, Site


def site(settings: Settings, pauses: Pausing | None = None, *, read_seconds: float = READ_SECONDS) -> Site:
    """The Jira of the settings.

    Raises:
        ConfigError: there is none, or the credentials are missing.
    """
    access = settings.require_jira()
    return Site(
        Credentials(access.url, access.user, access.token.get_secret_value()), pauses, read_seconds=read_seconds
    )
