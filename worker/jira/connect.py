"""The connection to the Jira site that the settings name."""

from config.settings import Settings
from worker.jira.signin.credentials import credentials
from worker.jira.site import READ_SECONDS, Pausing, Site


def site(settings: Settings, pauses: Pausing | None = None, *, read_seconds: float = READ_SECONDS) -> Site:
    """The Jira of the settings.

    Raises:
        ConfigError: there is none, or the credentials are missing.
    """
    secrets = [secret.get_secret_value() for secret in settings.record_secrets]
    return Site(credentials(settings.require_jira()), pauses, read_seconds=read_seconds, record_secrets=secrets)
