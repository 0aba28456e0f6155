"""The `escalation` command. Each command only reads its options and calls an ordinary function.

A setting that is wrong ends every command with exit code 2 and one line per mistake on stderr. Modules are imported
where they are needed, so that a command which wants neither Jira nor Redis starts at once.
"""

import os
import sys
from collections.abc import Sequence

import click

from config import ConfigError, settings

WRONG = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def escalation() -> None:
    """Run a hotfix escalation protocol in Jira."""


@escalation.command()
def run() -> None:
    """Run everything in one terminal; without JIRA_URL on a sandbox Jira."""
    from worker import supervisor  # noqa: PLC0415

    sys.exit(supervisor.run(settings.load()))


@escalation.command()
def web() -> None:
    """Run the web process: deliveries from Jira, the release gate, health."""
    from worker import processes  # noqa: PLC0415

    processes.serve_web(settings.load())


@escalation.command()
def worker() -> None:
    """Run a worker process: it looks at tickets and acts."""
    from worker import processes  # noqa: PLC0415

    sys.exit(processes.work(settings.load()))


@escalation.command()
def beat() -> None:
    """Run the scheduler: it asks for a sweep every SWEEP_SECONDS."""
    from worker import processes  # noqa: PLC0415

    processes.beat(settings.load())


@escalation.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8090, show_default=True, help="Port to listen on.")
@click.option("--flavour", type=click.Choice(["cloud", "dc"]), default="cloud", show_default=True)
@click.option("--webhook-url", help="Where deliveries go, signed with SANDBOX_WEBHOOK_SECRET.")
def sandbox(host: str, port: int, flavour: str, webhook_url: str | None) -> None:
    """Run the sandbox Jira alone."""
    from sandbox.process import PortTaken, serve  # noqa: PLC0415

    webhooks = [(webhook_url, os.environ.get("SANDBOX_WEBHOOK_SECRET", ""))] if webhook_url else []
    token = os.environ.get("SANDBOX_TOKEN")
    try:
        serve(host, port, "dc" if flavour == "dc" else "cloud", webhooks, tokens={"bot": token} if token else None)
    except PortTaken as taken:
        raise ConfigError(str(taken)) from None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    try:
        escalation.main(arguments, prog_name="escalation")
    except ConfigError as error:
        print(error, file=sys.stderr)
        sys.exit(WRONG)


if __name__ == "__main__":
    main()
