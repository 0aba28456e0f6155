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


def _settings() -> settings.Settings:
    """For a command that an operator runs beside a running system: its settings, and only warnings on the terminal."""
    from worker import log, running  # noqa: PLC0415

    found = running.settings()
    log.set_up(found.log_format, "WARNING")
    return found


@escalation.command()
@click.argument("key")
@click.option("--dry-run", is_flag=True, help="Print the plan, write nothing.")
def reconcile(key: str, dry_run: bool) -> None:
    """Look at one ticket now, and print what is done."""
    from worker import cli_tickets  # noqa: PLC0415

    cli_tickets.reconcile(_settings(), key, dry_run=dry_run)


@escalation.command()
@click.option("--dry-run", is_flag=True, help="Print what is due, hand nothing to the workers.")
def sweep(dry_run: bool) -> None:
    """Find the tickets that are due for a look, now."""
    from worker import cli_tickets  # noqa: PLC0415

    cli_tickets.sweep_now(_settings(), dry_run=dry_run)


@escalation.group()
def failures() -> None:
    """Tickets for which something could not be done, and why."""


@failures.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_(as_json: bool) -> None:
    """List them, with what mends each."""
    from worker import cli_tickets  # noqa: PLC0415

    cli_tickets.list_failures(_settings(), as_json=as_json)


@failures.command()
@click.argument("keys", nargs=-1)
def retry(keys: tuple[str, ...]) -> None:
    """Try again at once: these tickets, or all."""
    from worker import cli_tickets  # noqa: PLC0415

    cli_tickets.retry_failures(_settings(), keys)


@failures.command()
@click.argument("keys", nargs=-1, required=True)
def drop(keys: tuple[str, ...]) -> None:
    """Take tickets off the list."""
    from worker import cli_tickets  # noqa: PLC0415

    cli_tickets.drop_failures(_settings(), keys)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    try:
        escalation.main(arguments, prog_name="escalation")
    except ConfigError as error:
        print(error, file=sys.stderr)
        sys.exit(WRONG)


if __name__ == "__main__":
    main()
